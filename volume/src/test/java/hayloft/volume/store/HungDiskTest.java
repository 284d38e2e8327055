package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.HookedDisk.Call;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Does a disk that does not answer hold up only who needs it?
@Timeout(60)
class HungDiskTest {
  @TempDir
  Path temp;

  private static VolumeSpec spec(int id) {
    return new VolumeSpec(id, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES);
  }

  @Test
  void aVolumeIsCreatedOnOneDiskWhileAnotherHangs() throws Exception {
    HookedDisk hung = new HookedDisk(new FileDisk(temp.resolve("hung")));
    FileDisk well = new FileDisk(temp.resolve("well"));
    CountDownLatch hangs = new CountDownLatch(1);
    CountDownLatch again = new CountDownLatch(1);
    try (VolumeStore store = VolumeStore.open(TestNeedles.CONFIG,
        List.of(new VolumeStore.Folder(hung, ""), new VolumeStore.Folder(well, "")),
        new NodeAddress("n", "localhost:1", "localhost:1", "dc", "rack"), new UUID(1, 2), InstantSource.system(),
        PooledByteBufAllocator.DEFAULT)) {
      hung.hook((call, name) -> {
        if (call == Call.FORCE && name.equals("1.dat")) {
          hangs.countDown();
          await(again);
        }
      });
      CompletableFuture<Void> waiting = CompletableFuture.runAsync(() -> create(store, 1, hung.describe()));
      await(hangs);
      store.create(spec(2), well.describe());
      assertEquals(List.of(2), store.volumes().stream().map(status -> status.spec().id()).toList());
      again.countDown();
      waiting.join();
      assertEquals(2, store.volumes().size());
    }
  }

  private static void create(VolumeStore store, int id, String directory) {
    try {
      store.create(spec(id), directory);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

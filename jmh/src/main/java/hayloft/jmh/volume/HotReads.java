package hayloft.jmh.volume;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeSpec;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/// Verified reads of 4 KiB needles that the page cache holds: without waiting, and through the directory's reading
/// threads.
///
///     java -cp ... hayloft.jmh.volume.HotReads DIR
final class HotReads {
  private static final int NEEDLES = 20_000;
  private static final int BYTES = 4096;
  private static final int READS = 200_000;

  private HotReads() {}

  @FunctionalInterface
  private interface Read {
    ReadResult of(FileId id) throws IOException;
  }

  public static void main(String[] args) throws IOException {
    FileDisk disk = new FileDisk(Path.of(args[0]));
    try (VolumeStore store = VolumeStore.open(VolumeStoreConfig.DEFAULTS,
        List.of(new VolumeStore.Folder(disk, "")), new NodeAddress("bench", "localhost:1", "localhost:1", "dc", "rack"),
        new UUID(1, 2), InstantSource.system(), ByteBufAllocator.DEFAULT)) {
      store.create(new VolumeSpec(1, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES));
      byte[] data = new byte[BYTES];
      new Random(1).nextBytes(data);
      CompletableFuture<?>[] written = new CompletableFuture<?>[NEEDLES];
      for (int key = 1; key <= NEEDLES; key++) {
        written[key - 1] = store.append(new NeedleDraft(new FileId(1, key, 7), NeedleKind.COMMIT,
            CommitSequence.of(1, key), Unpooled.EMPTY_BUFFER, Unpooled.wrappedBuffer(data), Durability.OS));
        if (key % 1000 == 0) {
          written[key - 1].join();
        }
      }
      CompletableFuture.allOf(written).join();
      for (int round = 0; round < 3; round++) {
        measure("readNow", id -> store.readNow(id, 0, BYTES));
        measure("read", id -> store.read(id, 0, BYTES));
      }
    }
    for (String name : disk.list()) {
      disk.delete(name);
    }
  }

  private static void measure(String name, Read read) throws IOException {
    Random random = new Random(2);
    int found = 0;
    int notCached = 0;
    long start = System.nanoTime();
    for (int i = 0; i < READS; i++) {
      switch (read.of(new FileId(1, 1 + random.nextInt(NEEDLES), 7))) {
        case ReadResult.Found(var bytes) -> {
          bytes.release();
          found++;
        }
        case ReadResult.NotCached() -> notCached++;
        case ReadResult.Absent() -> throw new IllegalStateException("a needle is missing");
      }
    }
    System.out.printf("%-8s %6d ns each, %d found, %d not cached%n", name, (System.nanoTime() - start) / READS, found,
        notCached);
  }
}

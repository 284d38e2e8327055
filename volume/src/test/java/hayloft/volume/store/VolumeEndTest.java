package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hayloft.common.Durability;
import hayloft.common.volume.VolumeState;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.HookedDisk.Call;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.pack.PackedDisk;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Does a volume that comes to a bad end, or a generation of it, claim nothing that is not so, and keep nothing open?
@Timeout(60)
class VolumeEndTest {

  @Test
  void aVolumeWhoseLastCheckpointMeetsABugSaysNothingOfItsEnd() throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    Volume volume = Volume.create(new VolumeFolder(PackedDisk.over(disk), "", TestNeedles.CONFIG),
        Descriptor.first(TestNeedles.SPEC, TestNeedles.STORE, 5, 6, 0),
        new Volume.Surroundings(TestNeedles.CONFIG, new AppendCounters(), new OpenFiles(2), ByteBufAllocator.DEFAULT,
            () -> 0));
    volume.append(TestNeedles.draft(1, new byte[100], Durability.OS)).join();
    disk.hook((call, name) -> {
      if (call == Call.FORCE && name.equals("7.dat")) {
        throw new OutOfMemoryError("simulated");
      }
    });
    assertThrows(OutOfMemoryError.class, volume::seal);
    disk.hook(HookedDisk.Hook.NONE);
    volume.seal();
    assertEquals(VolumeState.SEALED, volume.state());
    assertEquals(0, volume.descriptor().sealedLength(), "what is not synced may be gone");
    Generation last = volume.generation();
    volume.close();
    assertFalse(NeedleMap.isClean(disk, "7.map", last.superblock(), last.endBytes()));
    assertEquals(List.of(), disk.openFiles());
  }

  /// Of what belongs to the next generation already, or still to the one before.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSwitchThatFailsBehindTheRenameKeepsNothingOpen(boolean isInstalled) throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      for (long key = 1; key <= 10; key++) {
        store.append(TestNeedles.draft(key, new byte[1000], Durability.OS)).join();
      }
      TestNeedles.markDead(store, List.of(1L, 2L));
      boolean[] renamed = {false};
      disk.hook((call, name) -> {
        if (renamed[0] && (isInstalled ? call == Call.OPEN && name.startsWith("7.dead") : call == Call.SYNC)) {
          throw new IllegalStateException("a bug");
        }
        renamed[0] |= call == Call.RENAME && name.equals("7.dat.compact");
      });
      assertThrows(IllegalStateException.class, () -> store.compact(7));
      disk.hook(HookedDisk.Hook.NONE);
      assertEquals(8, TestNeedles.scan(store).size());
    }
    assertEquals(List.of(), disk.openFiles());
  }

  @Test
  void aMapThatCannotBeMadeAgainIsUnmapped(@TempDir Path folder) throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.exists(maps));
    try (VolumeStore store = TestNeedles.openWithVolume(new FileDisk(folder))) {
      for (long key = 1; key <= 300; key++) {
        store.append(TestNeedles.draft(key, new byte[10], Durability.OS)).join();
      }
    }
    byte[] map = Files.readAllBytes(folder.resolve("7.map"));
    for (int page = 4096; page < map.length; page += 4096) {
      map[page + 100] ^= 1;
    }
    Files.write(folder.resolve("7.map"), map);
    HookedDisk disk = new HookedDisk(new FileDisk(folder));
    try (VolumeStore store = TestNeedles.open(disk)) {
      disk.hook((call, name) -> {
        if (call == Call.OPEN && name.equals("7.idx")) {
          throw new OutOfMemoryError("simulated");
        }
      });
      assertThrows(OutOfMemoryError.class, () -> store.presence(7, 1));
      disk.hook(HookedDisk.Hook.NONE);
      try (var lines = Files.lines(maps)) {
        assertEquals(1, lines.filter(line -> line.contains(folder + "/7.map")).count(), "the damaged one");
      }
    }
  }
}

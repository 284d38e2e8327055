package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.VolumeStatus;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.SimulatedDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactionTest {

  private static void append(VolumeStore store, long key, int size) {
    store.append(TestNeedles.draft(key, TestNeedles.bytes(key, size), Durability.OS)).join();
  }

  @Test
  void givesDeadBytesBackAndKeepsTheRest(@TempDir Path folder) throws IOException {
    try (VolumeStore store = TestNeedles.openWithVolume(new FileDisk(folder))) {
      for (long key = 1; key <= 200; key++) {
        append(store, key, 10_000);
      }
      TestNeedles.markDead(store, LongStream.rangeClosed(1, 200).filter(key -> key % 4 != 0).boxed().toList());
      VolumeStatus before = store.volumes().getFirst();
      long deadLogBytes = Files.size(folder.resolve("7.dead"));
      assertTrue(store.compact(7));
      VolumeStatus after = store.volumes().getFirst();
      assertEquals(1, after.generation());
      assertEquals(before.sizeBytes() - before.deadBytes(), after.sizeBytes());
      assertEquals(after.sizeBytes(), Files.size(folder.resolve("7.dat")));
      assertEquals(0, after.deadNeedles());
      assertEquals(50, after.liveNeedles());
      assertTrue(Files.size(folder.resolve("7.dead")) < deadLogBytes);
      for (long key = 1; key <= 200; key++) {
        if (key % 4 == 0) {
          assertArrayEquals(TestNeedles.bytes(key, 10_000), TestNeedles.read(store, key));
        } else {
          assertTrue(TestNeedles.isAbsent(store, key));
        }
      }
      append(store, 201, 500);
      store.seal(7);
      assertTrue(store.compact(7), "a sealed volume is compacted too");
      assertEquals(2, store.volumes().getFirst().generation());
      assertEquals(51, TestNeedles.scan(store).size());
    }
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder))) {
      assertEquals(51, TestNeedles.scan(store).size());
      assertEquals(2, store.volumes().getFirst().generation());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void readsWritesAndMarksGoOn(long seed, @TempDir Path folder) throws Exception {
    Set<Long> alive = new ConcurrentSkipListSet<>();
    Set<Long> touched = ConcurrentHashMap.newKeySet(); // being marked, or about to be
    AtomicBoolean stop = new AtomicBoolean();
    try (VolumeStore store = TestNeedles.openWithVolume(new FileDisk(folder));
        ExecutorService threads = Executors.newCachedThreadPool()) {
      Future<?> writer = threads.submit(() -> {
        Random random = new Random(seed);
        List<CompletableFuture<Void>> waiting = new ArrayList<>();
        for (long key = 1; !stop.get(); key++) {
          long own = key;
          waiting.add(store
              .append(TestNeedles.draft(own, TestNeedles.bytes(own, (int) (own % 5000)), Durability.FSYNC))
              .thenRun(() -> alive.add(own)));
          if (waiting.size() == 16) {
            waiting.forEach(CompletableFuture::join);
            waiting.clear();
          }
          if (random.nextInt(40) == 0) {
            List<Long> some = alive.stream().filter(_ -> random.nextInt(3) == 0).limit(100).toList();
            touched.addAll(some);
            TestNeedles.markDead(store, some);
            alive.removeAll(some);
          }
        }
        waiting.forEach(CompletableFuture::join);
        return null;
      });
      Future<?> reader = threads.submit(() -> {
        Random random = new Random(seed + 100);
        while (!stop.get()) {
          for (long key : alive) {
            if (random.nextInt(50) == 0 && !touched.contains(key)) {
              boolean absent = TestNeedles.isAbsent(store, key);
              if (absent && !touched.contains(key)) {
                throw new AssertionError("seed " + seed + ": needle " + key + " is gone");
              }
            }
          }
        }
        return null;
      });
      for (int generation = 1; generation <= 8; generation++) {
        assertTrue(store.compact(7));
        assertEquals(generation, store.volumes().getFirst().generation());
      }
      stop.set(true);
      writer.get();
      reader.get();
      assertEquals(List.copyOf(alive), TestNeedles.scan(store).stream().sorted().toList(), "seed " + seed);
      for (long key : alive) {
        assertArrayEquals(TestNeedles.bytes(key, (int) (key % 5000)), TestNeedles.read(store, key));
      }
    }
    Files.delete(folder.resolve("7.map"));
    Files.delete(folder.resolve("7.idx"));
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder))) {
      assertEquals(List.copyOf(alive), TestNeedles.scan(store).stream().sorted().toList(), "rebuilt, seed " + seed);
    }
  }

  @Test
  void aDamagedNeedleStaysDamagedAndIsNotForgotten() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      long[] at = new long[21];
      for (int key = 1; key <= 20; key++) {
        at[key] = store.ends().getFirst().offsetBytes();
        append(store, key, 3000);
      }
      disk.flipBit("7.dat", at[5] + 20, 1); // head
      disk.flipBit("7.dat", at[9] + 49, 1); // meta
      disk.flipBit("7.dat", at[13] + 1000, 1); // data
      TestNeedles.markDead(store, List.of(1L, 6L));
      assertTrue(store.compact(7));
      for (long key = 1; key <= 20; key++) {
        long wanted = key;
        if (key == 1 || key == 6) {
          assertTrue(TestNeedles.isAbsent(store, key));
        } else if (key == 5 || key == 9 || key == 13) {
          assertThrows(CorruptNeedleException.class, () -> TestNeedles.read(store, wanted), "needle " + key);
        } else {
          assertArrayEquals(TestNeedles.bytes(key, 3000), TestNeedles.read(store, key));
        }
      }
      assertEquals(18, store.volumes().getFirst().liveNeedles());
    }
  }

  @Test
  void anErrorWhileCopyingLeavesTheVolumeAsItWas() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      for (int key = 1; key <= 50; key++) {
        append(store, key, 3000);
      }
      TestNeedles.markDead(store, List.of(1L, 6L));
      disk.failWrites(true);
      assertThrows(IOException.class, () -> store.compact(7));
      disk.failWrites(false);
      assertTrue(disk.list().stream().noneMatch(name -> name.contains(".compact")));
      assertEquals(0, store.volumes().getFirst().generation());
      append(store, 51, 100);
      assertTrue(store.compact(7));
      assertEquals(49, TestNeedles.scan(store).size());
    }
  }
}

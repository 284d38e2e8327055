package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.store.TestNeedles.Scanned;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VolumeCrashTest {

  static LongStream seeds() {
    Long one = Long.getLong("hayloft.seed");
    return one != null ? LongStream.of(one) : LongStream.range(0, Long.getLong("hayloft.seeds", 16));
  }

  /// What was acknowledged, and what was under way when the power went.
  private static final class Model {
    final Map<Long, Integer> alive = new HashMap<>(); // key to size of the data
    final Set<Long> dead = new HashSet<>();
    final Map<Long, Integer> appending = new HashMap<>();
    /// The catalog's marks by their sequences, durable before they are told.
    final NavigableMap<Long, List<Long>> marks = new TreeMap<>();
    long nextKey = 1;

    void markDead(VolumeStore store, List<Long> keys) throws IOException {
      long sequence = marks.size() + 1;
      marks.put(sequence, keys);
      alive.keySet().removeAll(keys);
      dead.addAll(keys);
      store.markDead(7, sequence, keys);
    }

    /// What the catalog does when it opens: the volume's cache of marks may lack some, or all that it has needles of.
    void tellMarks(VolumeStore store, String where) throws IOException {
      VolumeMarks known = store.marks().getFirst();
      assertTrue(known.goneSequence() <= known.completeSequence() && known.completeSequence() <= marks.size(),
          () -> where + ": " + known);
      for (Map.Entry<Long, List<Long>> mark : marks.tailMap(known.completeSequence(), false).entrySet()) {
        store.markDead(7, mark.getKey(), mark.getValue());
      }
    }

    /// Checks a store against what it must and may hold, and takes what it has for the truth.
    void settle(VolumeStore store, String where) throws IOException {
      tellMarks(store, where);
      Scanned all = TestNeedles.scanAll(store);
      assertEquals(List.of(), all.damaged(), where);
      Set<Long> scanned = new HashSet<>(all.live());
      for (long key : alive.keySet()) {
        assertTrue(scanned.contains(key), where + ": the scan lost needle " + key);
      }
      appending.forEach((key, size) -> {
        if (scanned.contains(key)) {
          alive.put(key, size);
        }
      });
      assertEquals(alive.keySet(), scanned, where);
      for (Map.Entry<Long, Integer> needle : alive.entrySet()) {
        assertArrayEquals(TestNeedles.bytes(needle.getKey(), needle.getValue()),
            TestNeedles.read(store, needle.getKey()), where + ": needle " + needle.getKey());
      }
      for (long key : dead) {
        assertTrue(TestNeedles.isAbsent(store, key), where + ": dead needle " + key + " came back");
      }
      for (long key : appending.keySet()) {
        assertTrue(alive.containsKey(key) || TestNeedles.isAbsent(store, key), where + ": half of needle " + key);
      }
      assertEquals(alive.size(), store.volumes().getFirst().liveNeedles(), where + ": live needles");
      appending.clear();
    }
  }

  private static void step(Random random, VolumeStore store, Model model) throws IOException {
    switch (random.nextInt(8)) {
      case 0 -> {
        List<Long> some = model.alive.keySet().stream().filter(_ -> random.nextInt(4) == 0).toList();
        model.markDead(store, some);
      }
      case 1 -> store.compact(7);
      default -> {
        List<CompletableFuture<Void>> done = new ArrayList<>();
        List<Long> keys = new ArrayList<>();
        for (int n = random.nextInt(12); n >= 0; n--) {
          long key = model.nextKey++;
          int size = random.nextInt(6) == 0 ? random.nextInt(150_000) : random.nextInt(3000);
          model.appending.put(key, size);
          keys.add(key);
          done.add(store.append(TestNeedles.draft(key, TestNeedles.bytes(key, size), Durability.FSYNC)));
        }
        IOException first = null;
        for (int i = 0; i < keys.size(); i++) {
          try {
            done.get(i).join();
            model.alive.put(keys.get(i), model.appending.remove(keys.get(i)));
          } catch (CompletionException e) {
            first = assertInstanceOf(IOException.class, e.getCause());
          }
        }
        if (first != null) {
          throw first;
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void acknowledgedNeedlesSurvivePowerCuts(long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(random);
    Model model = new Model();
    TestNeedles.openWithVolume(disk).close();
    for (int round = 0; round < 5; round++) {
      String where = "seed " + seed + " round " + round;
      disk.cutPowerAfter(1 + random.nextInt(120));
      boolean clean = false;
      try {
        VolumeStore store = TestNeedles.open(disk);
        try {
          for (int steps = 0; steps < 60; steps++) {
            step(random, store, model);
          }
        } finally {
          store.close();
        }
        clean = true;
      } catch (IOException e) {
        assertTrue(disk.isOff(), () -> where + ": " + e);
      }
      disk = clean && random.nextBoolean() ? disk.afterKill() : disk.afterPowerCut();
      try (VolumeStore store = TestNeedles.open(disk)) {
        model.settle(store, where);
      }
      if (random.nextInt(3) == 0) {
        disk.delete("7.idx");
        disk.delete("7.map");
        try (VolumeStore store = TestNeedles.open(disk)) {
          model.settle(store, where + " rebuilt");
        }
      }
    }
  }

  @Test
  void everyStepOfACompactionMayBeTheLast() throws IOException {
    boolean completed = false;
    for (int steps = 1; !completed; steps++) {
      for (int variant = 0; variant < 3; variant++) {
        Random random = new Random(steps * 31L + variant);
        SimulatedDisk disk = new SimulatedDisk(random);
        Model model = new Model();
        VolumeStore store = TestNeedles.openWithVolume(disk);
        for (int key = 1; key <= 40; key++) {
          store.append(TestNeedles.draft(key, TestNeedles.bytes(key, key * 100), Durability.FSYNC)).join();
          model.alive.put((long) key, key * 100);
        }
        List<Long> killed = LongStream.rangeClosed(1, 40).filter(key -> key % 3 == 0).boxed().toList();
        model.markDead(store, killed);
        disk.cutPowerAfter(steps);
        try {
          completed = store.compact(7);
          store.close();
        } catch (IOException e) {
          assertTrue(disk.isOff(), () -> "compaction failed by itself: " + e);
          completed = false;
        }
        disk = variant == 0 ? disk.afterKill() : disk.afterPowerCut();
        try (VolumeStore after = TestNeedles.open(disk)) {
          model.settle(after, "cut at step " + steps + " variant " + variant);
          int generation = after.volumes().getFirst().generation();
          assertTrue(generation == 0 || generation == 1, "generation " + generation);
          assertTrue(disk.list().stream().noneMatch(name -> name.contains(".compact")), () -> "leftovers");
          assertTrue(after.compact(7));
          model.settle(after, "compacted again");
        }
      }
    }
  }

  @Test
  void aFullDiskRefusesWritesAndTakesThemAgainOnceThereIsSpace() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      store.append(TestNeedles.draft(1, TestNeedles.bytes(1, 5000), Durability.FSYNC)).join();
      disk.setCapacity(disk.usedBytes() + 3000);
      assertEquals(Reason.NO_SPACE, refusal(store, 2, 100_000));
      assertArrayEquals(TestNeedles.bytes(1, 5000), TestNeedles.read(store, 1));
      TestNeedles.markDead(store, List.of(1L));
      assertTrue(TestNeedles.isAbsent(store, 1));
      disk.setCapacity(Long.MAX_VALUE);
      long deadline = System.nanoTime() + 5_000_000_000L;
      for (long key = 3;; key++) {
        try {
          store.append(TestNeedles.draft(key, TestNeedles.bytes(key, 5000), Durability.FSYNC)).join();
          break;
        } catch (CompletionException e) {
          assertTrue(System.nanoTime() < deadline, () -> "still refused: " + e);
        }
      }
      assertEquals(1, TestNeedles.scan(store).size());
    }
  }

  @Test
  void theReserveTakesNeedlesWithoutDataOnlyAndHoldsBehindFastWriters() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(4));
    try (VolumeStore store = TestNeedles.open(disk, TestNeedles.CONFIG.withMinFreeBytes(50_000))) {
      store.create(TestNeedles.SPEC);
      disk.setCapacity(disk.usedBytes() + 250_000);
      store.disks(); // free space is looked at anew
      long key = 1;
      List<CompletableFuture<Void>> done = new ArrayList<>();
      for (; key <= 100; key++) {
        done.add(store.append(TestNeedles.draft(key, TestNeedles.bytes(key, 5000), Durability.FSYNC)));
      }
      long refused = done.stream().filter(one -> one.handle((_, fault) -> fault != null).join()).count();
      assertTrue(refused > 50, "refused " + refused);
      assertTrue(disk.usableBytes() >= 50_000, "of the reserve is left: " + disk.usableBytes());
      for (int i = 0; i < 100; i++) {
        store.append(TestNeedles.withoutData(key++)).join();
      }
      assertEquals(Reason.NO_SPACE, refusal(store, key, 10_000));
      store.append(TestNeedles.book(key++)).join(); // without it nothing could be marked dead, and nothing freed
      disk.setCapacity(disk.usedBytes());
      assertEquals(Reason.NO_SPACE, refusal(store, key + 1, 0), "not even that, to the last byte");
      disk.setCapacity(disk.usedBytes() + 1000);
      store.append(TestNeedles.withoutData(key + 2)).join();
      assertEquals(100 - refused + 102, TestNeedles.scan(store).size());
    }
  }

  @Test
  void aMapThatCannotGrowCostsNoNeedle() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(5));
    long acknowledged = 0;
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      disk.refuseToMap(true);
      Reason refusal = null;
      for (long key = 1; refusal == null; key++) {
        try {
          store.append(TestNeedles.withoutData(key)).join();
          acknowledged = key;
        } catch (CompletionException e) {
          refusal = assertInstanceOf(VolumeUnwritableException.class, e.getCause()).reason();
        }
      }
      assertEquals(Reason.NO_SPACE, refusal);
      assertTrue(acknowledged > 1000, "slots used: " + acknowledged);
      for (long key = 1; key <= acknowledged; key++) {
        assertFalse(TestNeedles.isAbsent(store, key), "needle " + key);
      }
      TestNeedles.markDead(store, List.of(3L));
      disk.refuseToMap(false);
      assertTrue(store.compact(7));
      store.append(TestNeedles.withoutData(acknowledged + 10)).join();
      assertEquals(acknowledged, store.volumes().getFirst().liveNeedles());
    }
  }

  @Test
  void everyStepOfEmptyingAVolumeMayBeTheLast() throws IOException {
    boolean completed = false;
    for (int steps = 1; !completed; steps++) {
      for (int variant = 0; variant < 3; variant++) {
        Random random = new Random(steps * 31L + variant);
        SimulatedDisk disk = new SimulatedDisk(random);
        Model model = new Model();
        VolumeStore store = TestNeedles.openWithVolume(disk);
        for (int key = 1; key <= 20; key++) {
          store.append(TestNeedles.draft(key, TestNeedles.bytes(key, key * 100), Durability.FSYNC)).join();
          model.dead.add((long) key);
        }
        model.markDead(store, List.copyOf(model.dead));
        disk.setCapacity(disk.usedBytes()); // it needs no room
        disk.cutPowerAfter(steps);
        try {
          completed = store.compact(7);
          store.close();
        } catch (IOException e) {
          assertTrue(disk.isOff(), () -> "emptying failed by itself: " + e);
          completed = false;
        }
        disk = variant == 0 ? disk.afterKill() : disk.afterPowerCut();
        try (VolumeStore after = TestNeedles.open(disk)) {
          String where = "cut at step " + steps + " variant " + variant;
          model.settle(after, where);
          after.append(TestNeedles.draft(100, TestNeedles.bytes(100, 1000), Durability.FSYNC)).join();
          model.alive.put(100L, 1000);
          model.settle(after, where);
          assertTrue(after.compact(7), where);
          model.settle(after, where + ", compacted again");
        }
      }
    }
  }

  @Test
  void aVolumeThatCouldNotBeCreatedLeavesNothing() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(6));
    try (VolumeStore store = TestNeedles.open(disk)) {
      int failed = 0;
      for (long bytes = 0; store.volumes().isEmpty(); bytes += 700) {
        disk.setCapacity(disk.usedBytes() + bytes);
        List<String> before = disk.list();
        try {
          store.create(TestNeedles.SPEC, "simulated");
        } catch (IOException e) {
          assertEquals(before, disk.list(), "with " + bytes + " bytes");
          failed++;
        }
      }
      assertTrue(failed > 2, "it failed " + failed + " times");
    }
  }

  @Test
  void aFailedWriteOrSyncMakesTheVolumeReadOnlyForGood() throws IOException {
    for (boolean sync : new boolean[]{true, false}) {
      SimulatedDisk disk = new SimulatedDisk(new Random(2));
      VolumeStore store = TestNeedles.openWithVolume(disk);
      store.append(TestNeedles.draft(1, TestNeedles.bytes(1, 5000), Durability.FSYNC)).join();
      disk.failForces(sync);
      disk.failWrites(!sync);
      assertEquals(Reason.FAILED, refusal(store, 2, 5000));
      disk.failForces(false);
      disk.failWrites(false);
      assertEquals(Reason.FAILED, refusal(store, 3, 5000));
      assertArrayEquals(TestNeedles.bytes(1, 5000), TestNeedles.read(store, 1));
      assertTrue(TestNeedles.isAbsent(store, 2));
      assertEquals(Reason.FAILED, store.volumes().getFirst().unwritable().orElseThrow());
      store.close();
      try (VolumeStore after = TestNeedles.open(disk.afterPowerCut())) {
        assertArrayEquals(TestNeedles.bytes(1, 5000), TestNeedles.read(after, 1));
        assertEquals(List.of(1L), TestNeedles.scan(after));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatWasSyncedLaterSurvivesAPowerCutLikeWhatWasSyncedAtOnce(long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(random);
    VolumeStore store = TestNeedles.openWithVolume(disk);
    for (int key = 1; key <= 30; key++) {
      store.append(TestNeedles.draft(key, TestNeedles.bytes(key, random.nextInt(5000)), Durability.OS)).join();
      if (key == 20) {
        store.sync();
      }
    }
    try (VolumeStore after = TestNeedles.open(disk.afterPowerCut())) {
      List<Long> found = TestNeedles.scan(after);
      assertEquals(LongStream.rangeClosed(1, 20).boxed().toList(), found.subList(0, 20), "seed " + seed);
    }
  }

  @Test
  void aVolumeThatFailedWithUnsyncedNeedlesSaysSoForEver() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(4));
    VolumeStore store = TestNeedles.openWithVolume(disk);
    store.append(TestNeedles.draft(1, TestNeedles.bytes(1, 5000), Durability.FSYNC)).join();
    store.sync();
    store.append(TestNeedles.draft(2, TestNeedles.bytes(2, 5000), Durability.OS)).join();
    disk.failForces(true);
    assertThrows(IOException.class, store::sync);
    disk.failForces(false);
    assertThrows(IOException.class, store::sync, "a sync that failed is not tried again as if nothing had happened");
    assertEquals(Reason.FAILED, refusal(store, 3, 100));
    store.seal(7);
    assertThrows(IOException.class, store::sync);
    store.close();
  }

  @Test
  void aVolumeWithoutUnsyncedNeedlesIsNotTouchedByASync() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(5));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      store.append(TestNeedles.draft(1, TestNeedles.bytes(1, 5000), Durability.OS)).join();
      store.append(TestNeedles.draft(2, TestNeedles.bytes(2, 5000), Durability.FSYNC)).join();
      disk.failForces(true);
      store.sync();
      disk.failForces(false);
    }
  }

  @Test
  void deadMarksAreNoConcernOfASyncThatFails() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(3));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      store.append(TestNeedles.draft(1, TestNeedles.bytes(1, 50), Durability.FSYNC)).join();
      disk.failForces(true);
      store.markDead(7, 5, List.of(1L));
      disk.failForces(false);
      assertTrue(TestNeedles.isAbsent(store, 1));
      assertEquals(5, store.marks().getFirst().completeSequence());
    }
  }

  private static Reason refusal(VolumeStore store, long key, int size) {
    Throwable refusal = assertThrows(CompletionException.class,
        () -> store.append(TestNeedles.draft(key, TestNeedles.bytes(key, size), Durability.FSYNC)).join()).getCause();
    return assertInstanceOf(VolumeUnwritableException.class, refusal).reason();
  }
}

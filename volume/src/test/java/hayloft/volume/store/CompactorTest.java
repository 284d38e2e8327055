package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeStatus;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.volume.LoggedLines;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.HookedDisk.Call;
import hayloft.volume.disk.SimulatedDisk;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Does compaction go on whatever one volume does, and leave the disk its reserve?
@Timeout(60)
class CompactorTest {

  private static final VolumeStoreConfig OFTEN = TestNeedles.CONFIG
      .withCompaction(new CompactionConfig(0.3, 0, 1L << 40, Duration.ofMillis(1)));

  private static void fill(VolumeStore store, int volume, int needles, int dead) throws IOException {
    store.create(new VolumeSpec(volume, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES));
    byte[] data = new byte[10_000];
    Arrays.fill(data, (byte) 1);
    for (long key = 1; key <= needles; key++) {
      store.append(new NeedleDraft(new FileId(volume, key, 1), NeedleKind.COMMIT, CommitSequence.of(1, key),
          Unpooled.EMPTY_BUFFER, Unpooled.wrappedBuffer(data), Durability.OS)).join();
    }
    store.markDead(volume, 1, LongStream.rangeClosed(1, dead).boxed().toList());
  }

  private static VolumeStatus status(VolumeStore store, int volume) {
    return store.volumes().stream().filter(status -> status.spec().id() == volume).findFirst().orElseThrow();
  }

  private static double figure(VolumeStore store, String name) {
    Map<String, Double> told = new HashMap<>();
    store.figures().tell(new Figures() {
      @Override
      public void number(Figure figure, double value, String... labelValues) {
        told.merge(figure.name(), value, Double::sum);
      }

      @Override
      public void distribution(Figure figure, Histogram values, String... labelValues) {}
    });
    return told.getOrDefault(name, -1.0);
  }

  @Test
  void aVolumeThatCannotBeCompactedIsTriedEverLessOftenAndHoldsUpNoOther() throws Exception {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    try (LoggedLines lines = new LoggedLines(Compactor.class)) {
      try (VolumeStore store = TestNeedles.open(disk)) {
        fill(store, 7, 20, 15);
        fill(store, 8, 20, 10);
      }
      AtomicLong first = new AtomicLong();
      AtomicLong last = new AtomicLong();
      CountDownLatch attempts = new CountDownLatch(8);
      CountDownLatch other = new CountDownLatch(1);
      disk.hook((call, name) -> {
        if (call == Call.OPEN && name.equals("7.dat.compact")) {
          first.compareAndSet(0, System.nanoTime());
          last.set(System.nanoTime());
          attempts.countDown();
          throw new IOException("simulated EIO");
        }
        if (call == Call.OPEN && name.equals("8.dat.compact")) {
          other.countDown();
        }
      });
      try (VolumeStore store = TestNeedles.open(disk, OFTEN)) {
        assertTrue(other.await(30, TimeUnit.SECONDS), "the other volume waits");
        assertTrue(attempts.await(30, TimeUnit.SECONDS));
        assertTrue(last.get() - first.get() >= Duration.ofMillis(1 + 2 + 4 + 8 + 16 + 32 + 64).toNanos());
        assertEquals(1, lines.count("compaction.failed volume=7 "), "told once");
        assertEquals(1, figure(store, "hayloft_volume_compactions_postponed"));
        disk.hook(HookedDisk.Hook.NONE);
        assertTrue(store.compact(7), "by hand at once");
        assertEquals(0, figure(store, "hayloft_volume_compactions_postponed"));
      }
    }
  }

  @Test
  void anOutOfMemoryErrorIsNotTheLastOfTheBackground() throws Exception {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    try (VolumeStore store = TestNeedles.open(disk)) {
      fill(store, 7, 20, 15);
    }
    AtomicInteger attempts = new AtomicInteger();
    CountDownLatch compacted = new CountDownLatch(1);
    disk.hook((call, name) -> {
      if (call == Call.OPEN && name.equals("7.dat.compact") && attempts.incrementAndGet() < 3) {
        throw new OutOfMemoryError("Cannot reserve direct memory");
      }
      if (call == Call.RENAME && name.equals("7.dat.compact")) {
        compacted.countDown();
      }
    });
    try (VolumeStore store = TestNeedles.open(disk, OFTEN)) {
      assertTrue(compacted.await(30, TimeUnit.SECONDS));
      assertEquals(2, figure(store, "hayloft_volume_background_running"), "compactor and scrubber");
    }
  }

  @Test
  void twoCompactionsDoNotCountOnTheSameRoom() throws IOException {
    SimulatedDisk below = new SimulatedDisk(new Random(1));
    HookedDisk disk = new HookedDisk(below);
    try (VolumeStore store = TestNeedles.open(disk)) {
      fill(store, 7, 30, 5);
      fill(store, 8, 30, 5);
      below.setCapacity(below.usedBytes() + 450_000); // a copy needs 320,000
      CountDownLatch copying = new CountDownLatch(1);
      CountDownLatch letGo = new CountDownLatch(1);
      disk.hook((call, name) -> {
        if (call == Call.OPEN && name.equals("7.dat.compact")) {
          copying.countDown();
          await(letGo);
        }
      });
      CompletableFuture<Boolean> one = CompletableFuture.supplyAsync(() -> {
        try {
          return store.compact(7);
        } catch (IOException e) {
          throw new CompletionException(e);
        }
      });
      await(copying);
      assertFalse(store.compact(8), "the room is spoken for");
      letGo.countDown();
      assertTrue(one.join());
      assertTrue(store.compact(8), "and free again");
      assertEquals(1, status(store, 8).generation());
    }
  }

  @Test
  void roomThatWasNotGrantedIsNotClaimed() throws IOException {
    SimulatedDisk below = new SimulatedDisk(new Random(1));
    HookedDisk disk = new HookedDisk(below);
    below.setCapacity(1000);
    ClaimedRoom room = new ClaimedRoom();
    assertTrue(room.claim(disk, 600, 500).isEmpty());
    disk.hook((call, name) -> {
      throw new IOException("simulated EIO");
    });
    assertThrows(IOException.class, () -> room.claim(disk, 600, 0));
    disk.hook(HookedDisk.Hook.NONE);
    try (ClaimedRoom.Claim _ = room.claim(disk, 500, 500).orElseThrow()) {
      assertTrue(room.claim(disk, 1, 500).isEmpty());
    }
    room.claim(disk, 500, 500).orElseThrow().close();
  }

  /// A fault that passes costs nothing, and one that lasts does not keep the volume from being compacted for ever.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDiskThatDoesNotGiveANeedleIsAskedAgainBeforeItIsKeptAsDamaged(boolean passes) throws Exception {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    long length;
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      fill(store, 7, 10, 6);
      length = store.ends().getFirst().offsetBytes();
    }
    disk.makeUnreadable("7.dat", length - 600, length - 100);
    AtomicInteger others = new AtomicInteger();
    AtomicInteger copies = new AtomicInteger();
    HookedDisk hooked = new HookedDisk(disk);
    hooked.hook((call, name) -> {
      if (call == Call.OPEN && name.equals("7.dat.compact")) {
        if (others.incrementAndGet() <= 6) {
          throw new IOException("simulated failure of another kind, which says nothing of the place");
        }
        if (copies.incrementAndGet() == 3 && passes) {
          disk.makeReadable("7.dat");
        }
      }
    });
    try (VolumeStore store = TestNeedles.open(hooked, OFTEN)) {
      long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
      while (store.ends().getFirst().generation() == 0) {
        assertTrue(System.nanoTime() < end, "never compacted");
        Thread.onSpinWait();
      }
      assertEquals(passes ? 3 : 6, copies.get());
      FileId last = new FileId(7, 10, 1);
      if (passes) {
        assertInstanceOf(ReadResult.Found.class, store.read(last, 0, Integer.MAX_VALUE)).data().release();
      } else {
        assertThrows(CorruptNeedleException.class, () -> store.read(last, 0, Integer.MAX_VALUE));
      }
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(30, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aStoreThatCannotBeOpenedLeavesNothingOpen() throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    try (VolumeStore store = TestNeedles.open(disk)) {
      fill(store, 7, 3, 1);
      fill(store, 8, 3, 1);
    }
    assertEquals(List.of(), disk.openFiles());
    var before = Thread.getAllStackTraces().keySet();
    disk.hook((call, name) -> {
      if (call == Call.OPEN && name.equals("8.dat")) {
        throw new IOException("simulated EIO");
      }
    });
    assertThrows(IOException.class, () -> TestNeedles.open(disk, OFTEN));
    assertEquals(List.of(), disk.openFiles());
    disk.hook((call, name) -> {
      if (call == Call.OPEN && name.equals("fence")) {
        throw new IllegalStateException("a bug");
      }
    });
    disk.open("fence.new").close();
    disk.rename("fence.new", "fence");
    assertThrows(IllegalStateException.class, () -> TestNeedles.open(disk, OFTEN));
    var left = new HashSet<>(Thread.getAllStackTraces().keySet());
    left.removeAll(before);
    left.removeIf(thread -> !thread.getName().matches("(volume|compactor|scrubber)-.*"));
    assertEquals(Set.of(), left);
  }

  @Test
  void oneVolumeThatCannotBeClosedKeepsNoOtherOpen() throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    VolumeStore store = TestNeedles.open(disk);
    fill(store, 7, 3, 1);
    fill(store, 8, 3, 1);
    AtomicInteger calls = new AtomicInteger();
    disk.hook((call, name) -> {
      if (call == Call.FORCE_MAPPED && calls.incrementAndGet() == 1) {
        throw new IllegalStateException("a bug");
      }
    });
    assertThrows(IllegalStateException.class, store::close);
    assertEquals(List.of(), disk.openFiles());
    assertTrue(calls.get() > 1, "the other one's map was closed");
  }

  /// Two look at the free space of a disk at once, the first time, and the disk answers one of them slowly.
  @Test
  void untilTheDiskHasAnsweredOnceNobodyTakesItForFull() throws Exception {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    try (VolumeStore store = TestNeedles.open(disk)) {
      fill(store, 7, 3, 0);
    }
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch answered = new CountDownLatch(1);
    AtomicInteger calls = new AtomicInteger();
    disk.hook((call, name) -> {
      if (call == Call.USABLE_BYTES && calls.incrementAndGet() == 1) {
        asked.countDown();
        await(answered);
      }
    });
    try (VolumeStore store = TestNeedles.open(disk)) {
      var first = CompletableFuture.supplyAsync(() -> status(store, 7).unwritable());
      await(asked);
      assertEquals(Optional.empty(), status(store, 7).unwritable());
      answered.countDown();
      assertEquals(Optional.empty(), first.join());
    }
  }

  /// Somebody deletes or moves the file that is being written: what was acknowledged from then on would be gone with
  /// the process.
  @Test
  void intoAFileThatSomebodyTookAwayNothingMoreIsWritten(@TempDir Path folder) throws Exception {
    assumeTrue(Files.exists(Path.of("/proc/self/fd")), "nobody could tell here");
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder), OFTEN)) {
      fill(store, 7, 3, 0);
      assertTrue(status(store, 7).unwritable().isEmpty());
      Files.move(folder.resolve("7.dat"), folder.resolve("elsewhere"));
      while (status(store, 7).unwritable().isEmpty()) {
        Thread.onSpinWait(); // until the next round
      }
      assertEquals(Optional.of(VolumeUnwritableException.Reason.FAILED), status(store, 7).unwritable());
      assertInstanceOf(ReadResult.Found.class, store.read(new FileId(7, 1, 1), 0, 10));
      store.sync(); // what was acknowledged without a sync got one: nobody has to doubt it
      Files.move(folder.resolve("elsewhere"), folder.resolve("7.dat"));
    }
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder), OFTEN)) {
      assertInstanceOf(ReadResult.Found.class, store.read(new FileId(7, 3, 1), 0, 10));
      assertEquals(Optional.empty(), status(store, 7).unwritable(), "put back, it is written again");
    }
  }
}

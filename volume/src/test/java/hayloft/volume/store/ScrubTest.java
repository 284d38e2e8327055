package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.compaction.Pace;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.scrub.Damage;
import hayloft.volume.scrub.ScrubConfig;
import hayloft.volume.scrub.ScrubFigures;
import hayloft.volume.scrub.Scrubber;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Does scrubbing read everything, find what is damaged and nothing else, and remember where it was?
@Timeout(60)
class ScrubTest {

  private static final Pace AT_ONCE = new Pace(1L << 40);

  /// Keeps what it is told.
  private static final class Notes implements Scrubber.Watcher {
    final List<Long> damaged = new ArrayList<>();
    long done;
    long total;

    @Override
    public void read(long doneBytes, long totalBytes) {
      done = doneBytes;
      total = totalBytes;
    }

    @Override
    public void damaged(Damage damage) {
      damaged.add(damage.key());
    }
  }

  /// Moves by hand.
  private static final class TestClock implements InstantSource {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    @Override
    public synchronized Instant instant() {
      return now;
    }

    synchronized void advance(Duration by) {
      now = now.plus(by);
    }
  }

  private static VolumeStore open(Path folder, InstantSource clock, ScrubConfig scrub) throws IOException {
    return VolumeStore.open(TestNeedles.CONFIG.withScrub(scrub),
        List.of(new VolumeStore.Folder(new FileDisk(folder), "")),
        new NodeAddress("n", "localhost:1", "localhost:1", "dc", "rack"), TestNeedles.STORE, clock,
        ByteBufAllocator.DEFAULT);
  }

  private static final ScrubConfig OFF = new ScrubConfig(Duration.ZERO, 1 << 20);

  private static void append(VolumeStore store, long key, int size) {
    store.append(TestNeedles.draft(key, TestNeedles.bytes(key, size), Durability.FSYNC)).join();
  }

  private static long sizeOf(VolumeStore store) {
    return store.volumes().getFirst().sizeBytes();
  }

  private static void flip(Path folder, long at) throws IOException {
    try (var file = new RandomAccessFile(folder.resolve("7.dat").toFile(), "rw")) {
      file.seek(at);
      int old = file.read();
      file.seek(at);
      file.write(old ^ 4);
    }
  }

  @Test
  void whatIsWholeIsReadToTheEndAndClean(@TempDir Path folder) throws IOException {
    var clock = new TestClock();
    try (VolumeStore store = open(folder, clock, OFF)) {
      store.create(TestNeedles.SPEC);
      assertEquals(Duration.ZERO, store.scrubFigures().debt(), "nothing is stored");
      for (long key = 1; key <= 50; key++) {
        append(store, key, (int) key * 3_000);
      }
      clock.advance(Duration.ofHours(5));
      assertEquals(Duration.ofHours(5), store.scrubFigures().debt());
      var notes = new Notes();
      store.scrub(7, AT_ONCE, notes);
      assertEquals(List.of(), notes.damaged);
      assertEquals(sizeOf(store), notes.done);
      assertEquals(sizeOf(store), notes.total);
      assertEquals(Duration.ZERO, store.scrubFigures().debt());
      clock.advance(Duration.ofHours(1));
      assertEquals(Duration.ofHours(1), store.scrubFigures().debt());
    }
    try (VolumeStore store = open(folder, clock, OFF)) {
      assertEquals(Duration.ofHours(1), store.scrubFigures().debt(), "known after a restart");
    }
  }

  @Test
  void flippedBitsAreFoundWhereverTheyAre(@TempDir Path folder) throws IOException {
    long[] at = new long[9];
    try (VolumeStore store = open(folder, InstantSource.system(), OFF)) {
      store.create(TestNeedles.SPEC);
      for (int key = 1; key <= 8; key++) {
        at[key] = sizeOf(store);
        append(store, key, 100_000);
      }
      TestNeedles.markDead(store, List.of(5L));
      flip(folder, at[2] + 20); // head
      flip(folder, at[4] + 49); // meta
      flip(folder, at[5] + 5_000); // of a dead needle: nobody's loss
      flip(folder, at[7] + 90_000); // data
      var notes = new Notes();
      store.scrub(7, AT_ONCE, notes);
      assertEquals(List.of(2L, 4L, 7L), notes.damaged);
      assertEquals(List.of(2L, 4L, 7L), keys(store.scrubFigures()));
    }
    try (VolumeStore store = open(folder, InstantSource.system(), OFF)) {
      assertEquals(List.of(2L, 4L, 7L), keys(store.scrubFigures()), "known after a restart");
      TestNeedles.markDead(store, List.of(2L));
      assertEquals(List.of(4L, 7L), keys(store.scrubFigures()), "what was deleted is damaged no more");
      flip(folder, at[4] + 49);
      store.scrub(7, AT_ONCE, new Notes());
      assertEquals(List.of(7L), keys(store.scrubFigures()), "nor what is read well again");
    }
  }

  private static List<Long> keys(ScrubFigures figures) {
    return figures.damages().stream().map(Damage::key).sorted().toList();
  }

  @Test
  void whatWasFoundInAVolumeThatCannotAnswerStaysCounted(@TempDir Path folder) throws IOException {
    try (VolumeStore store = open(folder, InstantSource.system(), OFF)) {
      store.create(TestNeedles.SPEC);
      store.create(new VolumeSpec(8, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES));
      long second = 0;
      for (long key = 1; key <= 3; key++) {
        second = key == 2 ? sizeOf(store) : second;
        append(store, key, 10_000);
      }
      flip(folder, second + 5_000);
      store.scrub(7, AT_ONCE, new Notes());
    }
    Path map = folder.resolve("7.map");
    byte[] bytes = Files.readAllBytes(map);
    for (int page = 4096; page < bytes.length; page += 4096) {
      bytes[page + 100] ^= 1;
    }
    Files.write(map, bytes);
    Path away = folder.resolve("away");
    try (VolumeStore store = open(folder, InstantSource.system(), OFF)) {
      store.seal(7);
      Files.move(folder.resolve("7.dat"), away);
      assertEquals(List.of(2L), keys(store.scrubFigures()));
      List<String> told = new ArrayList<>();
      store.figures().tell(names(told));
      assertTrue(told.contains("hayloft_scrub_damaged_needles 1.0"), told::toString);
      assertTrue(told.stream().anyMatch(one -> one.startsWith("hayloft_disk_free_bytes ")), told::toString);
      Files.move(away, folder.resolve("7.dat"));
      assertEquals(List.of(2L), keys(store.scrubFigures()), "the map is made anew from the file");
      TestNeedles.markDead(store, List.of(2L));
      assertEquals(List.of(), keys(store.scrubFigures()));
    }
  }

  private static Figures names(List<String> told) {
    return new Figures() {
      @Override
      public void number(Figure figure, double value, String... labels) {
        told.add(figure.name() + " " + value);
      }

      @Override
      public void distribution(Figure figure, Histogram values, String... labels) {}
    };
  }

  @Test
  void aVolumeThatIsCompactedMeanwhileIsReadFromItsStart(@TempDir Path folder) throws IOException {
    try (VolumeStore store = open(folder, InstantSource.system(), OFF)) {
      store.create(TestNeedles.SPEC);
      for (long key = 1; key <= 20; key++) {
        append(store, key, 50_000);
      }
      TestNeedles.markDead(store, List.of(1L, 2L, 3L));
      boolean[] compacted = {false};
      long[] last = {0};
      store.scrub(7, AT_ONCE, new Scrubber.Watcher() {
        @Override
        public void read(long doneBytes, long totalBytes) {
          last[0] = doneBytes;
          if (!compacted[0]) {
            compacted[0] = true;
            try {
              assertTrue(store.compact(7));
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          }
        }

        @Override
        public void damaged(Damage damage) {
          throw new AssertionError("nothing is damaged: " + damage);
        }
      });
      assertEquals(1, store.volumes().getFirst().generation());
      assertEquals(sizeOf(store), last[0]);
    }
  }

  @Test
  void whoWatchesAndThePaceCanEndIt(@TempDir Path folder) throws IOException {
    try (VolumeStore store = open(folder, InstantSource.system(), OFF)) {
      store.create(TestNeedles.SPEC);
      append(store, 1, 1_000);
      var stopped = new Pace(1);
      stopped.stop();
      assertThrows(InterruptedIOException.class, () -> store.scrub(7, stopped, new Notes()));
      assertThrows(InterruptedIOException.class, () -> store.scrub(7, AT_ONCE, new Scrubber.Watcher() {
        @Override
        public void read(long doneBytes, long totalBytes) throws InterruptedIOException {
          throw new InterruptedIOException("enough");
        }

        @Override
        public void damaged(Damage damage) {}
      }));
      assertEquals(Optional.empty(), store.scrubRecord(7).verified());
    }
  }

  /// The clock says that the period is over before the store is opened, so the background begins at its first look.
  @Test
  void theBackgroundReadsByItself(@TempDir Path folder) throws Exception {
    var clock = new TestClock();
    try (VolumeStore store = open(folder, clock, OFF)) {
      store.create(TestNeedles.SPEC);
      append(store, 1, 1_000);
    }
    clock.advance(Duration.ofHours(1));
    var done = new CountDownLatch(1);
    var log = java.util.logging.Logger.getLogger(Scrubber.class.getName());
    var handler = new java.util.logging.Handler() {
      @Override
      public void publish(java.util.logging.LogRecord line) {
        if (line.getMessage().startsWith("scrub.passDone")) {
          done.countDown();
        }
      }

      @Override
      public void flush() {}

      @Override
      public void close() {}
    };
    log.setLevel(java.util.logging.Level.INFO);
    log.addHandler(handler);
    try (VolumeStore store = open(folder, clock, new ScrubConfig(Duration.ofMillis(20), 1 << 20))) {
      assertTrue(done.await(30, TimeUnit.SECONDS), "no pass in the background");
      assertEquals(Duration.ZERO, store.scrubFigures().debt());
    } finally {
      log.removeHandler(handler);
    }
    assertTrue(Files.readString(folder.resolve("scrub.json")).contains("\"verified\":\"2026-01-01T01:00:00Z\""));
  }

  @Test
  void aVolumeMarkedReadOnlyTakesNothingUntilItIsMarkedWritable() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      append(store, 1, 100);
      store.setReadOnly(7, true);
      assertRefused(store, Reason.READ_ONLY);
      TestNeedles.markDead(store, List.of(1L));
    }
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertRefused(store, Reason.READ_ONLY);
      assertEquals(Optional.of(Reason.READ_ONLY), store.volumes().getFirst().unwritable());
      assertTrue(store.compact(7));
      store.setReadOnly(7, false);
      append(store, 3, 100);
      store.seal(7);
      assertThrows(IOException.class, () -> store.setReadOnly(7, false));
      assertRefused(store, Reason.SEALED);
    }
  }

  private static void assertRefused(VolumeStore store, Reason reason) {
    var refusal = assertThrows(CompletionException.class, () -> append(store, 2, 100));
    assertEquals(reason, assertInstanceOf(VolumeUnwritableException.class, refusal.getCause()).reason());
  }
}

package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.Presence;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.Pace;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.OpenDescriptors;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.scrub.Scrubber;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Many sealed volumes, of which two may be open.
class ParkedVolumesTest {
  private static final int BOUND = 2;
  private static final VolumeStoreConfig CONFIG = TestNeedles.CONFIG.withOpenSealedVolumes(BOUND)
      .withCompaction(new CompactionConfig(1, 0, 1L << 40, Duration.ZERO));
  private static final Path PROC = Path.of("/proc/self/fd");

  static long[] seeds() {
    return new Random().longs(2).toArray();
  }

  private static FileId id(int volume, long key) {
    return new FileId(volume, key, (int) key * 31);
  }

  private static byte[] bytes(int volume, long key) {
    return TestNeedles.bytes(volume * 1000L + key, (int) (200 + key * 37 % 5000));
  }

  private static void fillAndSeal(VolumeStore store, int volume, int needles) throws IOException {
    store.create(new VolumeSpec(volume, "", ReplicaPlacement.NONE, "", 1 << 30));
    List<CompletableFuture<Void>> written = new ArrayList<>();
    for (long key = 1; key <= needles; key++) {
      written.add(store.append(new NeedleDraft(id(volume, key), NeedleKind.COMMIT, CommitSequence.of(1, key),
          Unpooled.EMPTY_BUFFER, Unpooled.wrappedBuffer(bytes(volume, key)), Durability.OS)));
    }
    written.forEach(CompletableFuture::join);
    store.seal(volume);
  }

  /// False if there is no such needle.
  private static boolean read(VolumeStore store, int volume, long key) throws IOException {
    ReadResult result = store.readNow(id(volume, key), 0, Integer.MAX_VALUE);
    if (result instanceof ReadResult.NotCached) {
      result = store.read(id(volume, key), 0, Integer.MAX_VALUE);
    }
    if (result instanceof ReadResult.Found(ByteBuf data)) {
      try {
        assertArrayEquals(bytes(volume, key), ByteBufUtil.getBytes(data), "volume " + volume + " needle " + key);
      } finally {
        data.release();
      }
      return true;
    }
    assertInstanceOf(ReadResult.Absent.class, result);
    return false;
  }

  private static void assertFewAreOpen(Path folder) throws IOException {
    List<String> open = OpenDescriptors.of(folder);
    assertTrue(open.stream().allMatch(name -> name.endsWith(".dat")), open.toString());
    assertTrue(open.size() <= 2 * BOUND, open.toString());
  }

  private static Map<String, Double> figures(VolumeStore store) {
    Map<String, Double> told = new TreeMap<>();
    store.figures().tell(new Figures() {
      @Override
      public void number(Figure figure, double value, String... labels) {
        told.merge(figure.name() + (labels.length == 2 ? " " + labels[1] : ""), value, Double::sum);
      }

      @Override
      public void distribution(Figure figure, Histogram values, String... labels) {}
    });
    return told;
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everythingGoesOnWithTwoOpenVolumesOfThirty(long seed, @TempDir Path folder) throws Exception {
    assumeTrue(Files.exists(PROC));
    int volumes = 30;
    int needles = 20;
    Set<String> touched = ConcurrentHashMap.newKeySet(); // being marked, or about to be
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder), CONFIG)) {
      for (int volume = 1; volume <= volumes; volume++) {
        fillAndSeal(store, volume, needles);
        assertFewAreOpen(folder);
      }
      List<Callable<Void>> jobs = new ArrayList<>();
      for (int reader = 0; reader < 4; reader++) {
        Random random = new Random(seed + reader);
        jobs.add(() -> {
          for (int i = 0; i < 1500; i++) {
            int volume = 1 + random.nextInt(volumes - 3);
            long key = 1 + random.nextInt(needles);
            if (!read(store, volume, key) && !touched.contains(volume + "/" + key)) {
              throw new AssertionError("seed " + seed + ": needle " + key + " of volume " + volume + " is gone");
            }
          }
          return null;
        });
      }
      jobs.add(() -> {
        Random random = new Random(seed + 100);
        for (int i = 1; i <= 300; i++) {
          int volume = 1 + random.nextInt(volumes - 3);
          List<Long> some = LongStream.rangeClosed(2, needles).filter(_ -> random.nextInt(20) == 0).boxed().toList();
          some.forEach(key -> touched.add(volume + "/" + key));
          store.markDead(volume, CommitSequence.of(2, i), some);
          for (long key : some) {
            assertEquals(Presence.DEAD, deadOrGone(store, volume, key), "seed " + seed);
          }
        }
        return null;
      });
      jobs.add(() -> {
        Random random = new Random(seed + 101);
        for (int i = 0; i < 60; i++) {
          store.compact(1 + random.nextInt(volumes - 3));
        }
        return null;
      });
      jobs.add(() -> {
        Random random = new Random(seed + 102);
        for (int i = 0; i < 60; i++) {
          store.scrub(1 + random.nextInt(volumes - 3), new Pace(1L << 40), Scrubber.Watcher.NONE);
        }
        return null;
      });
      jobs.add(() -> {
        for (int volume = volumes - 2; volume <= volumes; volume++) {
          store.markDead(volume, CommitSequence.of(2, 1), LongStream.rangeClosed(1, needles).boxed().toList());
          assertTrue(store.emptied().contains(volume));
          store.retire(volume);
        }
        return null;
      });
      runAll(jobs);
      assertEquals(List.of(), store.scrubFigures().damages(), "seed " + seed);
      for (int volume = 1; volume <= volumes - 3; volume++) {
        for (long key = 1; key <= needles; key++) {
          assertEquals(!touched.contains(volume + "/" + key), read(store, volume, key),
              "seed " + seed + " volume " + volume + " needle " + key);
        }
      }
      assertEquals(volumes - 3, store.volumes().size());
      assertFewAreOpen(folder);
      Map<String, Double> figures = figures(store);
      assertTrue(figures.getOrDefault("hayloft_volume_sealed_files open", -1.0) <= BOUND, figures.toString());
      assertTrue(figures.getOrDefault("hayloft_volume_sealed_files parked", 0.0) >= volumes - 3 - BOUND,
          figures.toString());
      assertTrue(figures.getOrDefault("hayloft_volume_reopened", 0.0) > volumes, figures.toString());
    }
    assertEquals(List.of(), OpenDescriptors.of(folder));
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder), CONFIG)) {
      assertEquals(List.of(), OpenDescriptors.of(folder), "nobody has used any yet");
      for (int volume = 1; volume <= volumes - 3; volume++) {
        for (long key = 1; key <= needles; key++) {
          assertEquals(!touched.contains(volume + "/" + key), read(store, volume, key), "seed " + seed);
        }
      }
      assertFewAreOpen(folder);
    }
  }

  private static Presence deadOrGone(VolumeStore store, int volume, long key) {
    Presence presence = store.presence(volume, key);
    return presence == Presence.GONE ? Presence.DEAD : presence; // compacted meanwhile
  }

  private static void runAll(List<Callable<Void>> jobs) throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(jobs.size())) {
      for (Future<Void> job : threads.invokeAll(jobs)) {
        job.get();
      }
    }
  }

  /// The simulated disk throws if a parked file is used.
  @ParameterizedTest
  @MethodSource("seeds")
  void noReaderMeetsAFileThatIsParkedUnderIt(long seed) throws Exception {
    Disk disk = new SimulatedDisk(new Random(seed));
    try (VolumeStore store = TestNeedles.open(disk, CONFIG.withOpenSealedVolumes(1))) {
      for (int volume = 1; volume <= 4; volume++) {
        fillAndSeal(store, volume, 5);
      }
      List<Callable<Void>> jobs = new ArrayList<>();
      for (int thread = 0; thread < 8; thread++) {
        Random random = new Random(seed + thread);
        jobs.add(() -> {
          for (int i = 0; i < 5000; i++) {
            int volume = 1 + random.nextInt(4);
            long key = 1 + random.nextInt(5);
            if (random.nextBoolean()) {
              assertTrue(read(store, volume, key), () -> "seed " + seed);
            } else {
              assertEquals(Presence.LIVE, store.presence(volume, key), () -> "seed " + seed);
            }
          }
          return null;
        });
      }
      jobs.add(() -> {
        for (int i = 0; i < 50; i++) {
          assertTrue(store.compact(1 + i % 4));
        }
        return null;
      });
      runAll(jobs);
    }
  }

  @Test
  void aVolumeWhoseFileWasReplacedIsRefusedByNameUntilTheFileIsBack(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(PROC));
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder), CONFIG)) {
      fillAndSeal(store, 1, 5);
      fillAndSeal(store, 2, 5);
      Path file = folder.resolve("1.dat");
      Path moved = folder.resolve("moved-away");
      Files.move(file, moved);
      assertTrue(refusal(store).contains(file + " is gone"), refusal(store));
      Files.copy(moved, file);
      assertTrue(refusal(store).contains(file + " is another file"), refusal(store));
      assertThrows(IOException.class, () -> store.compact(1));
      assertThrows(IOException.class, () -> store.scan(VolumePosition.start(1), new FailingVisitor()));
      assertTrue(read(store, 2, 1), "all others go on");
      store.markDead(1, CommitSequence.of(2, 1), List.of(5L));
      Files.move(moved, file, StandardCopyOption.REPLACE_EXISTING);
      assertTrue(read(store, 1, 1));
      assertTrue(store.compact(1));
      assertEquals(Presence.GONE, store.presence(1, 5));
      assertFewAreOpen(folder);
    }
  }

  private static String refusal(VolumeStore store) {
    return assertThrows(IOException.class, () -> read(store, 1, 1)).toString();
  }

  private static final class FailingVisitor implements NeedleVisitor {
    @Override
    public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) {
      throw new AssertionError("a needle of another file was shown");
    }

    @Override
    public void damaged(DamagedNeedle needle) {
      throw new AssertionError("another file was read");
    }
  }

  @Test
  void aFileThatIsDeletedWhileItIsOpenStaysOpen(@TempDir Path folder) throws IOException {
    assumeTrue(Files.exists(PROC));
    try (VolumeStore store = TestNeedles.open(new FileDisk(folder), CONFIG)) {
      for (int volume = 1; volume <= 10; volume++) {
        fillAndSeal(store, volume, 2);
      }
      assertTrue(read(store, 1, 1));
      Files.delete(folder.resolve("1.dat"));
      for (int round = 0; round < 3; round++) {
        for (int volume = 1; volume <= 10; volume++) {
          assertTrue(read(store, volume, 1), "it can still be copied, by the shell or from /proc");
        }
      }
    }
  }

  @Test
  void marksAndQuestionsOpenNoVolumeFile() throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      fillAndSeal(store, 1, 5);
      assertEquals(List.of(), disk.openFiles());
      store.markDead(1, CommitSequence.of(2, 1), List.of(1L));
      assertEquals(Presence.DEAD, store.presence(1, 1));
      assertTrue(store.holds(id(1, 2)));
      assertInstanceOf(ReadResult.NotCached.class, store.readNow(id(1, 2), 0, 10), "an event loop opens no file");
      assertEquals(1, store.volumes().getFirst().deadNeedles());
      assertEquals(List.of(), disk.openFiles());
      assertTrue(read(store, 1, 2));
      assertEquals(List.of("1.dat"), disk.openFiles());
    }
    assertEquals(List.of(), disk.openFiles());
  }

  @Test
  void withoutADescriptorOthersAreParkedBeforeAReaderIsToldSo() throws IOException {
    HookedDisk disk = new HookedDisk(new SimulatedDisk(new Random(1)));
    try (VolumeStore store = TestNeedles.open(disk, CONFIG.withOpenSealedVolumes(10))) {
      for (int volume = 1; volume <= 5; volume++) {
        fillAndSeal(store, volume, 2);
      }
      for (int volume = 1; volume <= 4; volume++) {
        assertTrue(read(store, volume, 1));
      }
      disk.hook((call, _) -> {
        if (call == HookedDisk.Call.UNPARK && disk.openFiles().size() >= 4) {
          throw new TooFewDescriptorsException("no descriptor", null);
        }
      });
      assertTrue(read(store, 5, 1));
      assertEquals(List.of("5.dat"), disk.openFiles());
      disk.hook((call, _) -> {
        if (call == HookedDisk.Call.UNPARK) {
          throw new TooFewDescriptorsException("no descriptor", null);
        }
      });
      assertThrows(TooFewDescriptorsException.class, () -> read(store, 1, 1));
      disk.hook(HookedDisk.Hook.NONE);
      assertTrue(read(store, 1, 1));
      assertTrue(read(store, 5, 1));
    }
  }

  @Test
  void aStoreOfFiveHundredSealedVolumesIsOpenedWithFewFiles() throws IOException {
    SimulatedDisk below = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.open(below, CONFIG)) {
      for (int volume = 1; volume <= 500; volume++) {
        fillAndSeal(store, volume, 2);
      }
    }
    HookedDisk disk = new HookedDisk(below);
    AtomicInteger most = new AtomicInteger();
    disk.hook((call, _) -> most.accumulateAndGet(disk.openFiles().size(), Math::max));
    try (VolumeStore store = TestNeedles.open(disk, CONFIG)) {
      assertEquals(List.of(), disk.openFiles());
      int threads = Runtime.getRuntime().availableProcessors();
      assertTrue(most.get() <= 5 * threads + BOUND, most + " files were open at a time, of " + threads + " threads");
      for (int volume = 1; volume <= 500; volume++) {
        assertTrue(read(store, volume, 2));
        assertEquals(Math.min(volume, BOUND), disk.openFiles().size());
      }
    }
    assertEquals(List.of(), disk.openFiles());
  }
}

package hayloft.e2e.damage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.volume.VolumeState;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCreation;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectDraft;
import hayloft.filer.PartOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.Upload;
import hayloft.filer.VersionSelector;
import hayloft.filer.gc.CollectorConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Years of overwrites, deletes and uploads given up, at small sizes and with a clock moved by hand: what a store
/// takes of files, descriptors, disk, mappings and heap is bounded by what lives in it, not by what was ever written.
///
/// `-Dhayloft.churn.days=N` sets how many days, `-Dhayloft.churn.seed=SEED` from what.
final class ChurnTest {

  private static final int DAYS = Integer.getInteger("hayloft.churn.days", 150);
  private static final long SEED = Long.getLong("hayloft.churn.seed", 1);
  private static final int KEYS = 60;
  private static final int WRITES_A_DAY = 60;
  private static final long LIMIT_BYTES = 1 << 20;
  private static final Duration GRACE = Duration.ofHours(1);
  private static final StoreUnderTest.Shape SHAPE = new StoreUnderTest.Shape(1, LIMIT_BYTES,
      new CollectorConfig(Duration.ZERO, GRACE, Duration.ofHours(1), Duration.ofHours(1), 512, 1_000_000));
  private static final long FILE_BYTES = 64 << 10;

  private final Random random = new Random(SEED);
  private final HandClock clock = new HandClock();
  private final Map<String, byte[]> live = new HashMap<>();
  private final List<String> curve = new ArrayList<>();
  private final List<String> broken = new ArrayList<>();

  @Test
  void monthsOfChurnTakeNoMoreThanWhatLives() throws IOException {
    Path root = StoreUnderTest.temporary("churn");
    StoreUnderTest store = StoreUnderTest.open(root, SHAPE, clock);
    try (var _ = new NamedInLog()) {
      Bucket bucket = bucket(store);
      long heapAtStart = 0;
      for (int day = 1; day <= DAYS; day++) {
        day(day, store, bucket);
        if (day == DAYS / 2) { // bounds must hold for a process that runs for long, and for its successor
          store.close();
          store = StoreUnderTest.open(root, SHAPE, clock);
        }
        if (day % 30 == 0 || day == DAYS) {
          Taken taken = Taken.by(store, root);
          heapAtStart = heapAtStart == 0 ? taken.heapBytes : heapAtStart;
          curve.add("day " + day + ": " + taken);
          check(day, store, taken, heapAtStart);
        }
      }
      for (Map.Entry<String, byte[]> entry : live.entrySet()) {
        var found = (Lookup.Found) store.catalog().find(bucket, entry.getKey(), VersionSelector.LATEST);
        assertArrayEquals(entry.getValue(), store.read(found.version()), entry.getKey());
      }
      assertEquals(List.of(), broken);
    } finally {
      curve.forEach(System.out::println);
      store.close();
      StoreUnderTest.delete(root);
    }
  }

  private static Bucket bucket(StoreUnderTest store) throws IOException {
    if (store.catalog().createBucket("churn", "owner", "", false,
        plain -> plain) instanceof BucketCreation.Created(Bucket bucket)) {
      return bucket;
    }
    throw new IllegalStateException("the bucket is there already");
  }

  private static ObjectDraft draft() {
    return new ObjectDraft(Map.of("content-type", "text/plain"), Map.of(), Map.of(), "owner", "STANDARD",
        Optional.empty());
  }

  private byte[] content(int most) {
    byte[] bytes = new byte[random.nextInt(most)];
    random.nextBytes(bytes);
    return bytes;
  }

  private void day(int day, StoreUnderTest store, Bucket bucket) throws IOException {
    boolean busy = day % 7 == 0; // more is written than a volume takes before anything is compacted
    for (int i = 0; i < (busy ? 2 * WRITES_A_DAY : WRITES_A_DAY); i++) {
      String key = "k" + random.nextInt(KEYS);
      if (random.nextInt(6) == 0) {
        store.catalog().delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
        live.remove(key);
      } else {
        put(store, bucket, key, content(busy ? 40_000 : random.nextInt(5) == 0 ? 24_000 : 900));
      }
    }
    uploadGivenUp(store, bucket);
    clock.advance(Duration.ofDays(1));
    store.collect();
    Map<Integer, String> failed = store.compact();
    assertEquals(Map.of(), failed);
  }

  private void put(StoreUnderTest store, Bucket bucket, String key, byte[] bytes) throws IOException {
    PutOutcome outcome = store.catalog().put(bucket, key, draft(), StoreUnderTest.md5(bytes),
        store.body(bucket, key, bytes), Precondition.NONE, Durability.FSYNC);
    assertTrue(outcome instanceof PutOutcome.Stored, outcome.toString());
    live.put(key, bytes);
  }

  private void uploadGivenUp(StoreUnderTest store, Bucket bucket) throws IOException {
    Upload upload = store.catalog().createUpload(bucket, "upload", draft(), Optional.empty(), false);
    for (int number = 1; number <= 3; number++) {
      byte[] bytes = content(4000);
      assertTrue(store.catalog().putPart(bucket, upload, number, StoreUnderTest.md5(bytes), Optional.empty(),
          store.body(bucket, "upload", bytes), Durability.FSYNC) instanceof PartOutcome.Stored);
    }
    assertTrue(store.catalog().abortUpload(bucket, "upload", upload.uploadId()));
  }

  /// What a store takes of the machine.
  private record Taken(int volumes, int files, int descriptors, long diskBytes, long deletedMappedBytes,
      long mappedBytes, long heapBytes) {

    static Taken by(StoreUnderTest store, Path root) throws IOException {
      List<Path> files;
      long disk = 0;
      try (Stream<Path> all = Files.walk(root)) {
        files = all.filter(Files::isRegularFile).toList();
        for (Path file : files) {
          disk += Files.size(file);
        }
      }
      int descriptors = 0;
      try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
        for (Path one : open.toList()) {
          descriptors += Files.isSymbolicLink(one) && pointsInto(one, root) ? 1 : 0;
        }
      }
      long deleted = 0;
      long mapped = 0;
      for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
        if (line.contains(root.toString())) {
          String[] range = line.substring(0, line.indexOf(' ')).split("-", 2);
          long bytes = Long.parseUnsignedLong(range[1], 16) - Long.parseUnsignedLong(range[0], 16);
          deleted += line.endsWith("(deleted)") ? bytes : 0;
          mapped += line.endsWith("(deleted)") ? 0 : bytes;
        }
      }
      System.gc();
      Runtime heap = Runtime.getRuntime();
      return new Taken(store.volumes().volumes().size(), files.size(), descriptors, disk, deleted, mapped,
          heap.totalMemory() - heap.freeMemory());
    }

    private static boolean pointsInto(Path descriptor, Path root) {
      try {
        return Files.readSymbolicLink(descriptor).startsWith(root);
      } catch (IOException _) {
        return false; // closed meanwhile
      }
    }
  }

  private void check(int day, StoreUnderTest store, Taken taken, long heapAtStart) {
    long liveBytes = live.values().stream().mapToLong(bytes -> bytes.length + 512).sum();
    long writable = store.volumes().volumes().stream().filter(one -> one.state() == VolumeState.WRITABLE).count();
    // what lives fills volumes by half at least; besides there are those that are open, and one just emptied or filled
    long volumes = 2 * (liveBytes / LIMIT_BYTES + 1) + writable + 1;
    String at = "day " + day + ", " + liveBytes + " bytes live: ";
    expect(at + "volumes", taken.volumes, volumes);
    expect(at + "files", taken.files, 6 * volumes + 40); // those of catalog and master besides
    expect(at + "descriptors", taken.descriptors, 6 * volumes + 40);
    // and the catalog's logs and tables
    expect(at + "bytes of disk", taken.diskBytes, 4 * liveBytes + volumes * 3 * FILE_BYTES + (4 << 20));
    expect(at + "bytes mapped", taken.mappedBytes, volumes * 2 * FILE_BYTES);
    expect(at + "bytes mapped of files that are gone", taken.deletedMappedBytes, volumes * FILE_BYTES);
    expect(at + "bytes of heap", taken.heapBytes, heapAtStart + (8 << 20));
  }

  private void expect(String what, long found, long most) {
    if (found > most) {
      broken.add(what + ": " + found + ", at most " + most + " expected");
    }
  }

  /// An index table that has grown is a new file; the former one must not stay mapped.
  @Test
  void tablesThatGrewLeaveNoMappingBehind() throws IOException {
    Path root = StoreUnderTest.temporary("growth");
    try (var _ = new NamedInLog();
        StoreUnderTest store = StoreUnderTest.open(root, SHAPE.limitedTo(16 << 20), clock)) {
      Bucket bucket = bucket(store);
      for (int i = 0; i < 20_000; i++) {
        put(store, bucket, "k" + i, new byte[1]);
      }
      Taken taken = Taken.by(store, root);
      assertTrue(taken.deletedMappedBytes <= taken.mappedBytes / 8, () -> "after growing: " + taken);
      for (int i = 0; i < 20_000; i++) {
        store.catalog().delete(bucket, "k" + i, VersionSelector.LATEST, Precondition.NONE);
      }
      clock.advance(Duration.ofDays(1));
      store.collect();
      assertEquals(Map.of(), store.compact());
      Taken after = Taken.by(store, root);
      assertTrue(after.deletedMappedBytes <= after.mappedBytes / 8, () -> "after compaction: " + after);
    } finally {
      StoreUnderTest.delete(root);
    }
  }
}

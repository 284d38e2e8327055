package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// A power cut takes what was acknowledged as `os` and not synced since, and what the key store had not flushed. The
/// key store flushes whenever its buffer is full. Whatever remains, the live catalog equals the rebuilt one, all that
/// was acknowledged as `fsync` is there, and of the rest each key is in a state that it once had.
///
/// `-Dhayloft.powercut.seeds=N` sets the number of seeds, `-Dhayloft.powercut.seed=S` a single one.
final class CatalogPowerCutTest {

  private static final int CUTS = 4;
  private static final int STEPS = 120;
  private static final int KEYS = 25;
  private static final int LARGE_BYTES = 3 * TestStore.CHUNK_BYTES + 1;

  @TempDir
  Path directory;

  static LongStream seeds() {
    Long single = Long.getLong("hayloft.powercut.seed");
    return single != null
        ? LongStream.of(single)
        : LongStream.rangeClosed(1, Integer.getInteger("hayloft.powercut.seeds", 8));
  }

  /// What a key's content was after each mutation since the last cut, oldest first; empty for none.
  private static final class History {
    final List<Optional<byte[]>> states = new ArrayList<>(List.of(Optional.empty()));
    int promised; // the index of the last state that was acknowledged as `fsync`, and of all before a cut

    void add(Optional<byte[]> state, Durability durability) {
      states.add(state);
      if (durability == Durability.FSYNC) {
        promised = states.size() - 1;
      }
    }

    boolean allows(Optional<byte[]> found) {
      return states.subList(promised, states.size()).stream().anyMatch(state -> same(state, found));
    }

    void settle(Optional<byte[]> found) {
      states.clear();
      states.add(found);
      promised = 0;
    }

    private static boolean same(Optional<byte[]> one, Optional<byte[]> other) {
      return one.isPresent() == other.isPresent()
          && (one.isEmpty() || java.util.Arrays.equals(one.get(), other.orElseThrow()));
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void whatAPowerCutLeavesIsWhatARebuildGives(long seed) throws IOException {
    var random = new Random(seed);
    var store = TestStore.withSmallWriteBuffer(directory);
    Bucket bucket = create(store, "bucket", Optional.empty());
    Map<String, History> histories = new HashMap<>();
    for (int cut = 0; cut < CUTS; cut++) {
      for (int step = 0; step < STEPS; step++) {
        bucket = step(store, bucket, random, histories);
      }
      store.catalog().crash();
      store.volumes.cutPower(random);
      store.reopen();
      store.catalog().collectNow(); // deletions of rows whose needles were marked dead may have been lost
      Map<String, String> rows = store.dump();
      store.rebuild();
      assertSame(store.dump(), rows, "seed " + seed);
      bucket = store.catalog().findBucket("bucket").orElseThrow();
      for (Map.Entry<String, History> entry : histories.entrySet()) {
        Optional<byte[]> found = content(store, bucket, entry.getKey());
        assertTrue(entry.getValue().allows(found), () -> "seed " + seed + ": " + entry.getKey()
            + " is in a state that it never had, or an older one than was promised");
        entry.getValue().settle(found);
      }
    }
    store.catalog().close();
  }

  private static void assertSame(Map<String, String> rebuilt, Map<String, String> rows, String what) {
    var missing = new TreeMap<>(rebuilt);
    missing.entrySet().removeAll(rows.entrySet());
    var extra = new TreeMap<>(rows);
    extra.entrySet().removeAll(rebuilt.entrySet());
    assertTrue(missing.isEmpty() && extra.isEmpty(),
        () -> what + ": missing " + missing.keySet() + ", without a needle " + extra.keySet());
  }

  /// One mutation, answers the bucket as it is then.
  private static Bucket step(TestStore store, Bucket bucket, Random random, Map<String, History> histories)
      throws IOException {
    int dice = random.nextInt(100);
    String key = "key " + random.nextInt(KEYS);
    History history = histories.computeIfAbsent(key, _ -> new History());
    Durability promised = bucket.durabilityOr(Durability.FSYNC);
    if (dice < 8) {
      Optional<Durability> next = random.nextInt(3) == 0 ? Optional.of(Durability.FSYNC) : Optional.of(Durability.OS);
      return store.catalog().updateBucket(bucket.name(), now -> now.withDurability(next)).orElseThrow();
    } else if (dice < 55) {
      byte[] bytes = new byte[random.nextInt(4) == 0 ? LARGE_BYTES : 200];
      random.nextBytes(bytes);
      store.put(bucket, key, bytes, longDraft(random), Precondition.NONE);
      history.add(Optional.of(bytes), promised);
    } else if (dice < 75) {
      store.catalog().delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
      history.add(Optional.empty(), history.states.getLast().isEmpty() ? Durability.OS : promised);
    } else if (dice < 85) {
      uploadOfChangingDurability(store, bucket, key, random, history);
      return store.catalog().findBucket(bucket.name()).orElseThrow();
    } else if (dice < 92) {
      tag(store, bucket, key, history);
    } else if (dice < 96) {
      store.catalog().collectNow();
    } else {
      store.volumes.compact(_ -> random.nextBoolean());
    }
    return bucket;
  }

  /// Tags that were acknowledged as `fsync` are nothing without their object.
  private static void tag(TestStore store, Bucket bucket, String key, History history) throws IOException {
    if (store.catalog().setTags(bucket, key, VersionSelector.LATEST, Map.of("a", "b")) instanceof Lookup.Found
        && bucket.durabilityOr(Durability.FSYNC) == Durability.FSYNC) {
      history.promised = history.states.size() - 1;
    }
  }

  /// Its parts are put with one durability, it is completed with another.
  private static void uploadOfChangingDurability(TestStore store, Bucket bucket, String key, Random random,
      History history) throws IOException {
    VolumeCatalog catalog = store.catalog();
    Upload upload = catalog.createUpload(bucket, key, TestStore.draft("owner"), Optional.empty(), false);
    byte[] bytes = new byte[random.nextBoolean() ? LARGE_BYTES : 100];
    random.nextBytes(bytes);
    catalog.putPart(bucket, upload, 1, TestStore.md5(bytes), Optional.empty(), store.body(bucket, key, bytes),
        bucket.durabilityOr(Durability.FSYNC));
    Durability last = random.nextBoolean() ? Durability.FSYNC : Durability.OS;
    Bucket then = catalog.updateBucket(bucket.name(), now -> now.withDurability(Optional.of(last))).orElseThrow();
    assertInstanceOf(CompleteOutcome.Completed.class, catalog.completeUpload(then, key, upload.uploadId(),
        List.of(new PartChoice(1, TestStore.md5(bytes), Optional.empty())), Optional.empty(), Precondition.NONE));
    history.add(Optional.of(bytes), last);
  }

  /// Long enough that the key store's buffer is full now and then.
  private static ObjectDraft longDraft(Random random) {
    var text = new StringBuilder();
    for (int i = 0; i < 16_000; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return new ObjectDraft(Map.of(), Map.of("filler", text.toString()), Map.of(), "owner", "STANDARD",
        Optional.empty());
  }

  private static Optional<byte[]> content(TestStore store, Bucket bucket, String key) throws IOException {
    return switch (store.catalog().find(bucket, key, VersionSelector.LATEST)) {
      case Lookup.Found(var version) -> Optional.of(store.read(version));
      case Lookup.Absent _ -> Optional.empty();
      case Lookup.DeleteMarker _ -> throw new AssertionError("the bucket has no versioning");
    };
  }

  private static Bucket create(TestStore store, String name, Optional<Durability> durability) throws IOException {
    return assertInstanceOf(BucketCreation.Created.class, store.catalog().createBucket(name, "owner", "us-east-1",
        false, plain -> plain.withDurability(durability))).bucket();
  }

  /// After a mere kill, too: a chunk that is not found may be damaged so that nobody knows it any more. Then its object
  /// is there, and mends with its volume.
  @Test
  void aChunkThatIsDamagedIsNoneThatAPowerCutTook() throws IOException {
    var store = new TestStore(directory);
    Bucket bucket = create(store, "bucket", Optional.of(Durability.OS));
    byte[] bytes = new byte[LARGE_BYTES];
    ObjectVersion made = assertInstanceOf(PutOutcome.Stored.class,
        store.put(bucket, "key", bytes, TestStore.draft("owner"), Precondition.NONE)).version();
    FileId chunk = assertInstanceOf(BodyLocation.Chunks.class, made.body()).pieces().getFirst().needle();
    store.catalog().crash();
    store.volumes.damage(chunk, false);
    store.reopen();
    assertEquals(made, assertInstanceOf(Lookup.Found.class,
        store.catalog().find(bucket, "key", VersionSelector.LATEST)).version());
    assertThrows(IOException.class, () -> store.read(made));
    store.catalog().collectNow();
    store.volumes.mend(chunk);
    store.restart();
    assertArrayEquals(bytes, content(store, bucket, "key").orElseThrow());
    store.catalog().close();
  }

  @Test
  void aVictimIsMarkedDeadOnlyOnceItsKillerSurvives() throws IOException {
    var store = new TestStore(directory);
    Bucket bucket = create(store, "bucket", Optional.of(Durability.OS));
    byte[] first = "first".getBytes(StandardCharsets.UTF_8);
    store.put(bucket.withDurability(Optional.of(Durability.FSYNC)), "key", "first");
    store.put(bucket, "key", "second");
    store.catalog().collectNow();
    store.catalog().crash();
    store.volumes.cutPower(new Random(1));
    store.reopen();
    byte[] found = content(store, bucket, "key").orElseThrow();
    assertNotEquals(0, found.length);
    assertArrayEquals(found.length == first.length ? first : "second".getBytes(StandardCharsets.UTF_8), found);
    store.catalog().close();
  }

  @Test
  void rowsWhoseNeedlesCouldNotBeSyncedAreNotTrustedAfterARestart() throws IOException {
    var store = new TestStore(directory);
    Bucket bucket = create(store, "bucket", Optional.of(Durability.FSYNC));
    store.put(bucket, "safe", "x");
    store.put(bucket.withDurability(Optional.of(Durability.OS)), "lost", "x");
    store.volumes.failSyncs();
    store.catalog().flushNow();
    store.put(bucket, "safe too", "x");
    store.catalog().crash();
    for (long seed = 1; store.volumes.live().size() > 3; seed++) { // until the cut has taken it
      store.volumes.cutPower(new Random(seed));
    }
    store.reopen();
    Map<String, String> rows = store.dump();
    store.rebuild();
    assertSame(store.dump(), rows, "after a failed sync");
    store.catalog().close();
  }
}

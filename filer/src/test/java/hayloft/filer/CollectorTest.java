package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.ByteRange;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.gc.CollectorConfig;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The collector beside what it cannot settle, with more than it can do at once, and with killers that wait.
final class CollectorTest {

  /// Too many chunks for a commit needle: a list.
  private static final byte[] WITH_LIST = new byte[12 * TestStore.CHUNK_BYTES];

  @TempDir
  Path directory;

  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    use(new TestStore(directory));
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private void use(TestStore next) throws IOException {
    if (store != null) {
      store.catalog().close();
    }
    store = next;
    bucket = create("bucket");
  }

  private Bucket create(String name) throws IOException {
    return assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket(name, "owner", "us-east-1", false, plain -> plain)).bucket();
  }

  private void delete(String key) throws IOException {
    store.catalog().delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
  }

  private ObjectVersion putWithList(String key) throws IOException {
    return assertInstanceOf(PutOutcome.Stored.class,
        store.put(bucket, key, WITH_LIST, TestStore.draft("owner"), Precondition.NONE)).version();
  }

  private long truths(Predicate<MemoryVolumes.Needle> which) {
    return store.liveTruths().stream().filter(which).count();
  }

  private int putAside(String reason) {
    return store.catalog().garbagePutAside().getOrDefault(reason, 0);
  }

  private boolean isCollected(ObjectVersion version) {
    FileId needle = switch (version.body()) {
      case BodyLocation.Inline(FileId commit) -> commit;
      case BodyLocation.Chunks(FileId commit, List<Piece> _) -> commit;
    };
    return !store.volumes.holds(needle);
  }

  /// Whatever the walk over a key remembers of a pass that failed: the newest version is not what the pass took for it.
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void aPassThatFailsTakesNothingFromTheNext(int failures) throws IOException {
    List<ObjectVersion> newest = new ArrayList<>();
    for (String key : List.of("a", "b", "c")) {
      store.put(bucket, key, "older");
      newest.add(store.put(bucket, key, "newest of " + key));
    }
    putWithList("d");
    newest.add(putWithList("d"));
    store.catalog().putUser(new User("ann", "Ann", "access", "older-secret", false));
    store.catalog().putUser(new User("ann", "Ann", "access", "newest-secret", false));
    for (int i = 0; i < failures; i++) {
      store.volumes.failAppends(
          draft -> new VolumeUnwritableException(draft.id().volume(), Reason.NO_SPACE, "full, on purpose"));
      assertThrows(VolumeUnwritableException.class, () -> store.catalog().collectNow());
      store.volumes.failAppends(_ -> null);
    }
    store.catalog().collectNow();
    for (String key : List.of("a", "b", "c")) {
      Lookup found = store.catalog().find(bucket, key, VersionSelector.LATEST);
      assertEquals("newest of " + key, new String(store.read(assertInstanceOf(Lookup.Found.class, found).version())));
    }
    assertEquals("newest-secret", store.catalog().findUserByAccessKey("access").orElseThrow().secretKey());
    newest.forEach(version -> assertFalse(isCollected(version)));
    assertEquals(0, truths(needle -> new String(needle.data()).equals("older")), "and what is dead goes");
  }

  @Test
  void whatIsBeingReadStaysAndNothingElseWaitsForIt() throws IOException {
    ObjectVersion read = putWithList("slow");
    BodyReader reader = store.catalog().read(read, ByteRange.whole(WITH_LIST.length));
    for (int i = 0; i < 600; i++) {
      store.put(bucket, "slow", "text " + i);
    }
    ObjectVersion other = store.put(bucket, "other", "text");
    delete("other");

    store.catalog().collectNow();
    assertTrue(isCollected(other));
    assertFalse(isCollected(read));
    assertEquals(1,
        truths(needle -> needle.kind() == NeedleKind.COMMIT && new String(needle.data()).startsWith("text ")));
    assertTrue(putAside("being_read") > 0, "it is told why it is not collected");

    reader.close();
    store.catalog().collectNow();
    assertTrue(isCollected(read));
    assertEquals(0, putAside("being_read"));
  }

  @Test
  void aClockThatWasAheadDelaysNothingForLongerThanTheGrace() throws IOException {
    Duration grace = Duration.ofSeconds(10);
    use(new TestStore(directory.resolve("grace"), new MemoryVolumes(), new CollectorConfig(Duration.ZERO, grace,
        Duration.ofHours(1), Duration.ofHours(1), 64, 1_000_000)));
    store.clock().advance(Duration.ofDays(10));
    for (int i = 0; i < 300; i++) {
      store.put(bucket, "ahead " + i, "first");
      store.put(bucket, "ahead " + i, "second");
    }
    store.clock().advance(Duration.ofDays(-10));
    ObjectVersion other = store.put(bucket, "other", "text");
    delete("other");
    store.catalog().collectNow();
    assertFalse(isCollected(other), "it was killed less than the grace ago");
    assertEquals(300, putAside("clock_ahead"));

    store.clock().advance(grace.plusSeconds(1));
    store.catalog().collectNow();
    assertTrue(isCollected(other));
    assertEquals(0, truths(needle -> new String(needle.data()).equals("first")));
    assertEquals(0, putAside("clock_ahead"));
    assertEquals(Duration.ZERO, store.catalog().garbageLag());
  }

  @Test
  void anObjectWhoseListCannotBeReadStepsAside() throws IOException {
    FileId list = listOf(putWithList("damaged"));
    store.volumes.damageData(list);
    delete("damaged");
    ObjectVersion other = putWithList("other");
    delete("other");

    store.catalog().collectNow();
    assertTrue(isCollected(other));
    assertEquals(1, putAside("unreadable"));
    assertTrue(store.catalog().find(bucket, "damaged", VersionSelector.LATEST) instanceof Lookup.Absent);

    store.volumes.mend(list);
    store.collectAndCompact();
    assertEquals(1, store.liveTruths().size(), "the bucket is all that is left");
  }

  @Test
  void anObjectWhoseVolumeIsMissingStepsAside() throws IOException {
    FileId list = listOf(putWithList("moved"));
    delete("moved");
    store.master.reportUnwritable(list.volume());
    ObjectVersion other = store.put(bucket, "other", "text");
    delete("other");
    store.volumes.takeAway(list.volume());

    store.catalog().collectNow();
    assertTrue(isCollected(other));
    assertEquals(1, putAside("volume_missing"));

    store.volumes.putBack(list.volume());
    store.collectAndCompact();
    assertEquals(1, store.liveTruths().size(), "the bucket is all that is left");
  }

  private static FileId listOf(ObjectVersion version) {
    BodyLocation.Chunks chunks = assertInstanceOf(BodyLocation.Chunks.class, version.body());
    return chunks.pieces().stream().filter(Piece::isList).findFirst().orElseThrow().needle();
  }

  @Test
  void manyOverwritesOfOneKeyAreAFewNeedlesOfMarks() throws IOException {
    use(new TestStore(directory.resolve("many"), new MemoryVolumes(1 << 20, Runnable::run), TestStore.COLLECT_AT_ONCE));
    int overwrites = 20_000;
    for (int i = 0; i < overwrites; i++) {
      store.put(bucket, "key", "");
    }
    store.catalog().collectNow();
    assertEquals(2, store.liveTruths().size(), "the bucket and the newest version");
    long books = store.volumes.live().stream().filter(MemoryVolumes.Needle::isBook).count();
    assertTrue(books < 10, books + " needles say that " + overwrites + " are dead");
    assertEquals(Map.of(), store.table(RowKeys.GARBAGE));
  }

  @Test
  void aTombstoneStaysUntilWhatItKilledIsGone() throws IOException {
    ObjectVersion killed = store.put(bucket, "key", "text");
    delete("key");
    store.catalog().collectNow();
    assertTrue(isCollected(killed));
    assertEquals(2, store.liveTruths().size(), "the bucket and the tombstone");
    assertEquals(1, store.table(RowKeys.REMAINS).size());
    assertEquals(1, store.table(RowKeys.SETTLED).size());
    assertTrue(store.table(RowKeys.OBJECTS).isEmpty(), "it is out of the way of readers");

    store.volumes.compact(_ -> true);
    store.catalog().collectNow();
    assertEquals(1, store.liveTruths().size());
    assertTrue(store.table(RowKeys.REMAINS).isEmpty());
    assertTrue(store.table(RowKeys.SETTLED).isEmpty());
  }

  @Test
  void ofTheTombstonesOfAKeyOnlyTheNewestWaits() throws IOException {
    for (int i = 0; i < 10; i++) {
      store.put(bucket, "key", "text");
      delete("key");
      store.catalog().collectNow();
    }
    assertEquals(1, store.table(RowKeys.SETTLED).size());
    assertEquals(2, store.liveTruths().size(), "the bucket and a tombstone");
  }

  /// The end of an upload and the tombstone above it are settled; then a replay scans the volume of the former alone.
  @Test
  void aReplayOfOneVolumeBringsNoSettledVersionBack() throws IOException {
    Upload upload = store.catalog().createUpload(bucket, "key", TestStore.draft("owner"), Optional.empty(), false);
    byte[] bytes = {1, 2, 3};
    String etag = TestStore.md5(bytes);
    store.catalog().putPart(bucket, upload, 1, etag, Optional.empty(), store.body(bucket, "key", bytes),
        hayloft.common.Durability.FSYNC);
    ObjectVersion made = assertInstanceOf(CompleteOutcome.Completed.class, store.catalog().completeUpload(bucket, "key",
        upload.uploadId(), List.of(new PartChoice(1, etag, Optional.empty())), Optional.empty(), Precondition.NONE))
        .version();
    int volume = assertInstanceOf(BodyLocation.Chunks.class, made.body()).commit().volume();
    store.master.reportUnwritable(volume);
    delete("key");
    store.catalog().collectNow();
    assertEquals(2, store.table(RowKeys.SETTLED).size());

    store.volumes.compact(id -> id == volume);
    store.crash();
    assertTrue(store.catalog().find(bucket, "key", VersionSelector.LATEST) instanceof Lookup.Absent);
    store.collectAndCompact();
    assertEquals(1, store.liveTruths().size());
  }

  @Test
  void chunksThatAListNamesAreUnclaimedWithTheirCommit() throws IOException {
    putWithList("key");
    assertEquals(Map.of(), store.table(RowKeys.CHUNKS));
    Upload upload = store.catalog().createUpload(bucket, "parts", TestStore.draft("owner"), Optional.empty(), false);
    store.catalog().putPart(bucket, upload, 1, TestStore.md5(WITH_LIST), Optional.empty(),
        store.body(bucket, "parts", WITH_LIST), hayloft.common.Durability.FSYNC);
    assertEquals(Map.of(), store.table(RowKeys.CHUNKS));
  }

  @Test
  void withNothingToDoNothingIsWritten() throws IOException {
    store.put(bucket, "key", "text");
    store.catalog().collectNow();
    store.restart();
    List<?> before = store.volumes.ends();
    store.catalog().collectNow();
    store.catalog().collectNow();
    assertEquals(before, store.volumes.ends());
  }

  @Test
  void whatAnotherProcessLeftWithoutACommitIsCollectedAndTheRestStays() throws IOException {
    store.body(bucket, "never put", WITH_LIST);
    ObjectVersion kept = putWithList("never put");
    store.crash();
    store.put(bucket, "other", "text"); // takes an epoch
    store.collectAndCompact();
    assertArrayEquals(WITH_LIST, store.read(kept));
    assertEquals(12 + 4, truths(needle -> needle.kind() == NeedleKind.CHUNK), "chunks and lists of the object");
    assertEquals(Map.of(), store.table(RowKeys.CHUNKS));
  }

  private void leaveOrphans() throws IOException {
    store.body(bucket, "never put", WITH_LIST);
    store.crash();
    store.put(bucket, "other", "text"); // takes an epoch
  }

  private long chunks() {
    return truths(needle -> needle.kind() == NeedleKind.CHUNK);
  }

  @Test
  void orphansWhoseMarksFindNoSpaceAreNotForgotten() throws IOException {
    use(new TestStore(directory.resolve("background"), new MemoryVolumes(300, Runnable::run),
        new CollectorConfig(Duration.ZERO, Duration.ZERO, Duration.ofMillis(1), Duration.ofHours(1), 64, 1_000_000)));
    store.volumes.failAppends(draft -> draft.kind() == NeedleKind.BOOK
        ? new VolumeUnwritableException(draft.id().volume(), Reason.NO_SPACE, "full, on purpose")
        : null);
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    try (var log = new LoggedLines()) {
      leaveOrphans();
      while (log.texts().stream().noneMatch(line -> line.startsWith("garbage.collectionFailed"))) {
        assertTrue(System.nanoTime() < end, "never tried");
        Thread.onSpinWait();
      }
    }
    store.volumes.failAppends(_ -> null);
    while (chunks() > 0) {
      assertTrue(System.nanoTime() < end, "forgotten");
      Thread.onSpinWait();
    }
  }

  @Test
  void aVolumeThatCannotBeToldOfItsOrphansCostsNoOther() throws IOException {
    use(new TestStore(directory.resolve("small"), new MemoryVolumes(6, Runnable::run), TestStore.COLLECT_AT_ONCE));
    leaveOrphans();
    int sick = store.volumes.live().stream().filter(needle -> needle.kind() == NeedleKind.CHUNK).findFirst()
        .orElseThrow().id().volume();
    long there = truths(needle -> needle.kind() == NeedleKind.CHUNK && needle.id().volume() == sick);
    assertTrue(there < chunks(), "in several volumes");
    store.volumes.failMarksOf(Set.of(sick));
    store.catalog().collectNow();
    assertEquals(there, chunks());
    store.volumes.failMarksOf(Set.of());
    store.restart(); // the marks are there: the volume is told of them
    store.catalog().collectNow();
    assertEquals(0, chunks());
  }
}

package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.filer.gc.CollectorConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What becomes of the catalog when volumes refuse, clients race, or time matters?
final class CatalogFaultTest {

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    use(new TestStore(directory));
  }

  private void use(TestStore next) throws IOException {
    store = next;
    bucket = create("bucket");
  }

  private Bucket create(String name) throws IOException {
    return switch (store.catalog().createBucket(name, "owner", "us-east-1", false, plain -> plain)) {
      case BucketCreation.Created(var created) -> created;
      case BucketCreation.NameTaken(var existing) -> existing;
    };
  }

  private Lookup find(String key) throws IOException {
    return store.catalog().find(bucket, key, VersionSelector.LATEST);
  }

  @Test
  void aVolumeThatRefusesForGoodIsLeftAndReported() throws IOException {
    int refusing = store.put(bucket, "a", "a").body() instanceof BodyLocation.Inline(var id) ? id.volume() : 0;
    store.volumes.failAppends(draft -> draft.id().volume() == refusing
        ? new VolumeUnwritableException(refusing, Reason.FAILED, "EIO")
        : null);
    for (int i = 0; i < 10; i++) {
      store.put(bucket, "b" + i, "b");
    }
    assertEquals(List.of(refusing), List.copyOf(store.master.sealed()));
    store.crash();
    assertInstanceOf(Lookup.Found.class, find("b9"));
    store.catalog().close();
  }

  @Test
  void withoutSpaceMutationsFailReadsGoOnAndNothingIsReported() throws IOException {
    ObjectVersion before = store.put(bucket, "a", "a");
    store.volumes.failAppends(
        draft -> new VolumeUnwritableException(draft.id().volume(), Reason.NO_SPACE, "below the reserve"));
    assertThrows(IOException.class, () -> store.put(bucket, "b", "b"));
    assertEquals(new Lookup.Found(before), find("a"));
    assertEquals(new Lookup.Absent(), find("b"));
    assertTrue(store.master.sealed().isEmpty());
    assertFalse(store.catalog().isStopped());
    store.volumes.failAppends(_ -> null);
    store.put(bucket, "b", "b");
    store.catalog().close();
  }

  @Test
  void withoutSpaceForDataDeletesGoOn() throws IOException {
    store.put(bucket, "a", "a");
    store.put(bucket, "b", "b");
    store.master.allowNoMoreVolumes();
    store.volumes.failAppends(draft -> draft.data().isReadable()
        ? new VolumeUnwritableException(draft.id().volume(), Reason.NO_SPACE, "below the reserve")
        : null);
    for (int i = 0; i < 3; i++) {
      assertThrows(IOException.class, () -> store.put(bucket, "c", "c"));
    }
    store.catalog().delete(bucket, "a", VersionSelector.LATEST, Precondition.NONE);
    store.catalog().createBucket("other", "owner", "us-east-1", false, plain -> plain);
    assertEquals(new Lookup.Absent(), find("a"));
    assertInstanceOf(Lookup.Found.class, find("b"));
    store.volumes.failAppends(_ -> null);
    store.catalog().close();
  }

  @Test
  void aFullQueueIsSaidAndNothingIsLeft() throws IOException {
    store.volumes.failAppends(_ -> new StoreBusyException("full"));
    assertThrows(StoreBusyException.class, () -> store.put(bucket, "a", "a"));
    assertThrows(IOException.class, () -> store.put(bucket, "a", "x".repeat(5000)));
    store.volumes.failAppends(_ -> null);
    assertEquals(new Lookup.Absent(), find("a"));
    store.catalog().close();
  }

  @Test
  void anObjectWhoseCommitIsRefusedLeavesNoChunks() throws IOException {
    store.volumes.failAppends(
        draft -> draft.kind() == NeedleKind.COMMIT ? new StoreBusyException("full") : null);
    assertThrows(StoreBusyException.class, () -> store.put(bucket, "a", "x".repeat(50_000)));
    store.volumes.failAppends(_ -> null);
    assertEquals(1, store.volumes.live().size(), "the bucket's needle");
    store.catalog().close();
  }

  @Test
  void anAppendOfUnknownOutcomeStopsTheCatalogUntilARestart() throws IOException {
    store.volumes.failAppends(_ -> new IllegalStateException("no idea"));
    assertThrows(IOException.class, () -> store.put(bucket, "a", "a"));
    store.volumes.failAppends(_ -> null);
    assertTrue(store.catalog().isStopped());
    assertThrows(RestartNeededException.class, () -> store.put(bucket, "b", "b"));
    store.restart();
    store.put(bucket, "b", "b");
    assertEquals(new Lookup.Absent(), find("a"));
    store.catalog().close();
  }

  @Test
  void aFormerOwnerCanCommitNothing() throws IOException {
    VolumeCatalog former = store.catalog();
    TestStore successor = store.takeOver();
    successor.put(bucket, "k", "x"); // the first commit takes the catalog over
    StaleEpochException refused = assertThrows(StaleEpochException.class,
        () -> former.createBucket("late", "owner", "us-east-1", false, plain -> plain));
    assertTrue(String.valueOf(refused.getMessage()).contains("fence"));
    assertTrue(former.isStopped());
    assertEquals(List.of(bucket), successor.catalog().buckets());
    former.crash();
    successor.catalog().close();
  }

  @Test
  void aStoreThatMissedAnOwnerIsRebuilt() throws IOException {
    store.put(bucket, "a", "a");
    store.catalog().flushNow();
    VolumeCatalog former = store.catalog();
    TestStore successor = store.takeOver();
    successor.catalog().delete(bucket, "a", VersionSelector.LATEST, Precondition.NONE);
    successor.catalog().collectNow();
    successor.catalog().close();
    former.crash();
    store.reopen();
    assertEquals(new Lookup.Absent(), find("a"));
    store.catalog().close();
  }

  @Test
  void ofManyCreatesThatExpectNothingExactlyOneWins() throws Exception {
    var condition = new Precondition(Optional.empty(), Optional.of("*"), Optional.empty(), Optional.empty());
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var answers = new ArrayList<Future<PutOutcome>>();
      for (int i = 0; i < 64; i++) {
        byte[] bytes = ("client " + i).getBytes(StandardCharsets.UTF_8);
        Callable<PutOutcome> create = () -> store.put(bucket, "contested", bytes, TestStore.draft("owner"), condition);
        answers.add(clients.submit(create));
      }
      int winners = 0;
      for (Future<PutOutcome> answer : answers) {
        if (answer.get() instanceof PutOutcome.Stored(var version)) {
          winners++;
          assertEquals(new Lookup.Found(version), find("contested"));
        }
      }
      assertEquals(1, winners);
    }
    store.catalog().close();
  }

  @Test
  void nothingIsCommittedIntoABucketThatIsDeletedMeanwhile() throws Exception {
    var stored = new AtomicInteger();
    var deleted = new AtomicInteger();
    try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < 32; i++) {
        String key = "k" + i;
        clients.submit(() -> {
          if (store.put(bucket, key, new byte[10], TestStore.draft("owner"),
              Precondition.NONE) instanceof PutOutcome.Stored) {
            stored.incrementAndGet();
          }
          return null;
        });
        clients.submit(() -> {
          if (store.catalog().deleteBucket(bucket) == BucketDeletion.DELETED) {
            deleted.incrementAndGet();
          }
          return null;
        });
      }
    }
    assertTrue(deleted.get() <= 1);
    assertEquals(deleted.get() == 1, stored.get() == 0, "deleted " + deleted + ", stored " + stored);
    store.catalog().close();
  }

  @Test
  void whatWasKilledWithinTheUndoWindowIsKept() throws IOException {
    store.catalog().close();
    use(new TestStore(directory.resolve("undo"), new MemoryVolumes(), new CollectorConfig(Duration.ofHours(1),
        Duration.ZERO, Duration.ofHours(1), Duration.ofHours(1), 64, 1000)));
    store.put(bucket, "a", "1");
    store.put(bucket, "a", "2");
    store.clock().advance(Duration.ofMinutes(30));
    store.put(bucket, "a", "3");
    store.catalog().collectNow();
    assertEquals(4, store.volumes.live().size());
    store.clock().advance(Duration.ofMinutes(45));
    store.catalog().collectNow();
    assertEquals(3, store.volumes.live().size(), "the first was hidden for an hour, the second was not");
    store.clock().advance(Duration.ofHours(1));
    store.catalog().collectNow();
    assertEquals(2, store.volumes.live().size());
    store.catalog().close();
  }

  @Test
  void aVersionThatIsBeingReadKeepsItsChunks() throws IOException {
    ObjectVersion version = store.put(bucket, "a", "x".repeat(3 * TestStore.CHUNK_BYTES));
    BodyReader reader = store.catalog().read(version, ByteRange.whole(version.sizeBytes()));
    release(reader.next());
    store.put(bucket, "a", "y");
    store.catalog().collectNow();
    for (ByteBuf piece = reader.next(); piece != null; piece = reader.next()) {
      piece.release();
    }
    store.catalog().collectNow();
    assertEquals(2, store.volumes.live().size());
    store.catalog().close();
  }

  private static void release(@Nullable ByteBuf piece) {
    if (piece != null) {
      piece.release();
    }
  }

  @Test
  void chunksOfAWriterThatDiedAreCollectedByTheNextOwner() throws IOException {
    BodyWriter writer = store.catalog().writeBody(bucket, "a", Durability.FSYNC);
    writer.write(Unpooled.wrappedBuffer(new byte[5 * TestStore.CHUNK_BYTES]));
    assertInstanceOf(StoredBody.InChunks.class, writer.finish());
    store.catalog().collectNow();
    assertEquals(6, store.volumes.live().size(), "a writer of this epoch may still commit");
    store.crash();
    store.catalog().collectNow();
    assertEquals(1, store.volumes.live().size());
    store.catalog().close();
  }

  @Test
  void aWriterThatGivesUpLeavesNothing() throws IOException {
    BodyWriter writer = store.catalog().writeBody(bucket, "a", Durability.FSYNC);
    writer.write(Unpooled.wrappedBuffer(new byte[5 * TestStore.CHUNK_BYTES + 1]));
    writer.discard();
    BodyWriter small = store.catalog().writeBody(bucket, "a", Durability.FSYNC);
    small.write(Unpooled.wrappedBuffer(new byte[10]));
    assertInstanceOf(StoredBody.InMemory.class, small.finish());
    small.discard();
    assertEquals(1, store.volumes.live().size());
    store.catalog().close();
  }

  @Test
  void secretsNeverLieInANeedleInTheClear() throws IOException {
    store.catalog().putUser(new User("u", "User", "AKID", "top-secret-key", false));
    for (MemoryVolumes.Needle needle : store.volumes.live()) {
      assertFalse(new String(needle.meta(), StandardCharsets.ISO_8859_1).contains("top-secret"));
    }
    store.dump().values().forEach(value -> assertFalse(value.contains(
        HexFormat.of().formatHex("top-secret".getBytes(StandardCharsets.UTF_8)))));
    store.catalog().close();
  }

  @Test
  void aCleanStopLeavesNothingToReplay() throws IOException {
    for (int i = 0; i < 50; i++) {
      store.put(bucket, "k" + i, "v");
    }
    store.restart();
    assertEquals(0, store.replayed());
    store.put(bucket, "one more", "v");
    store.crash();
    assertEquals(1, store.replayed());
    store.rebuild();
    assertEquals(52, store.replayed());
    store.catalog().close();
  }

  @Test
  void noRoomAnywhereIsSaidAsSuch() throws IOException {
    store.volumes.failAppends(
        draft -> new VolumeUnwritableException(draft.id().volume(), Reason.FULL, "full"));
    store.master.allowNoMoreVolumes();
    assertThrows(NoWritableVolumeException.class, () -> store.put(bucket, "a", "a"));
    store.volumes.failAppends(_ -> null);
    store.catalog().close();
  }
}

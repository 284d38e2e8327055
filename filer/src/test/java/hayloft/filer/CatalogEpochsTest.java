package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// When is an epoch taken, and is a sequence ever issued again, whatever of the records of epochs is lost?
final class CatalogEpochsTest {

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    bucket = assertInstanceOf(BucketCreation.Created.class, store.catalog().createBucket("bucket", "owner", "", false,
        plain -> plain.withVersioning(Versioning.ENABLED))).bucket();
  }

  private Set<Long> sequences() {
    Set<Long> found = new HashSet<>();
    store.volumes.live().forEach(needle -> assertTrue(found.add(needle.sequence()), "a sequence was issued twice"));
    return found;
  }

  private long highestEpoch() {
    return sequences().stream().mapToLong(CommitSequence::epoch).max().orElse(0);
  }

  @Test
  void startsThatCommitNothingSpendNoEpoch() throws IOException {
    int terms = store.master.terms();
    for (int i = 0; i < 5; i++) {
      store.restart();
      store.crash();
    }
    assertEquals(terms, store.master.terms());
    store.put(bucket, "k", "x");
    assertEquals(terms + 1, store.master.terms());
    store.put(bucket, "k", "y");
    assertEquals(terms + 1, store.master.terms());
    store.catalog().close();
  }

  @Test
  void nothingThatMustNotWaitTakesAnEpoch() throws IOException {
    store.restart();
    int terms = store.master.terms();
    var body = new StoredBody.InMemory(Unpooled.copiedBuffer("x", StandardCharsets.UTF_8));
    assertEquals(Optional.empty(), store.catalog().putNow(bucket, "k", TestStore.draft("owner"), "0".repeat(32), body,
        Precondition.NONE, Durability.FSYNC, Runnable::run));
    body.bytes().release();
    assertEquals(terms, store.master.terms());
    store.catalog().close();
  }

  @Test
  void anEpochWhoseFenceFailedIsUsedOnceItIsFenced() throws Exception {
    store.put(bucket, "k", "x");
    store.restart();
    int terms = store.master.terms();
    long before = highestEpoch();
    store.volumes.failFences(1);
    for (int i = 0; i < 20; i++) {
      assertThrows(NoWritableVolumeException.class, () -> store.put(bucket, "k", "y"));
    }
    assertTrue(store.catalog().isWithoutFence());
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (store.catalog().isWithoutFence()) {
      assertTrue(System.nanoTime() < deadline, "the fence is not tried again");
      try {
        store.put(bucket, "k", "y");
      } catch (NoWritableVolumeException e) {
        assertTrue(store.catalog().isWithoutFence(), String.valueOf(e.getMessage()));
      }
    }
    assertEquals(terms + 1, store.master.terms());
    assertTrue(highestEpoch() > before);
    store.restart();
    store.put(bucket, "k", "z");
    assertEquals(terms + 2, store.master.terms(), "a start does not know of the former's epoch");
    store.catalog().close();
  }

  @Test
  void anEpochWhoseMarkFindsNoSpaceIsTakenOnce() throws IOException {
    store.restart();
    int terms = store.master.terms();
    store.rows.failWith(call -> {
      if (call == BreakableRows.Call.FLUSH) {
        throw new DiskFullException("no space", new IOException());
      }
    });
    for (int i = 0; i < 5; i++) {
      assertThrows(DiskFullException.class, () -> store.put(bucket, "k", "x"));
    }
    store.rows.mend();
    store.put(bucket, "k", "x");
    assertEquals(terms + 1, store.master.terms());
    store.catalog().close();
  }

  @Test
  void whateverForgetsEpochsNoSequenceIsIssuedTwice() throws IOException {
    for (int round = 0; round < 8; round++) {
      store.put(bucket, "k", "x" + round);
      long before = highestEpoch();
      store.catalog().crash();
      if ((round & 1) != 0) {
        store.master.forgetEpochs();
      }
      if ((round & 2) != 0) {
        store.volumes.loseFence();
      }
      store.reopen();
      if ((round & 4) != 0) {
        store.rebuild();
      }
      store.put(bucket, "k", "y" + round);
      assertTrue(highestEpoch() > before, "round " + round);
    }
    store.catalog().close();
  }

  /// Collections relied on what was flushed since.
  @Test
  void anOlderCopyOfTheSameEpochIsMadeAnew() throws IOException {
    Bucket plain = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("plain", "owner", "", false, made -> made)).bucket();
    store.put(plain, "k", "v");
    store.catalog().flushNow();
    Path copy = store.catalogDirectory().resolveSibling("copy");
    copy(store.catalogDirectory(), copy);
    store.catalog().delete(plain, "k", VersionSelector.LATEST, Precondition.NONE);
    store.catalog().flushNow();
    store.collectAndCompact();
    store.collectAndCompact();
    store.catalog().crash();
    delete(store.catalogDirectory());
    copy(copy, store.catalogDirectory());
    store.reopen();
    assertInstanceOf(Lookup.Absent.class, store.catalog().find(plain, "k", VersionSelector.LATEST));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void aFenceThatWasRaisedByAStartThatWroteNothingCostsNoRebuild() throws IOException {
    store.put(bucket, "k", "x");
    store.volumes.failAppends(_ -> new hayloft.common.volume.StoreBusyException("full"));
    store.restart();
    assertThrows(IOException.class, () -> store.put(bucket, "k", "y"));
    store.volumes.failAppends(_ -> null);
    store.restart();
    assertEquals(0, store.replayed());
    store.put(bucket, "k", "y");
    store.restart();
    assertEquals(0, store.replayed());
    store.catalog().close();
  }

  @Test
  void epochsThatOthersTookAndDidNotUseCostNoRebuild() throws IOException {
    store.put(bucket, "k", "x");
    store.catalog().close();
    for (int i = 0; i < 3; i++) {
      store.master.takeCatalog(0);
    }
    store.reopen();
    assertEquals(0, store.replayed());
    store.put(bucket, "k", "y");
    store.restart();
    assertEquals(0, store.replayed());
    store.catalog().close();
  }

  @Test
  void aProcessThatSeesAnothersNeedlesStopsBeforeItsFirstCommit() throws IOException {
    store.put(bucket, "k", "x");
    store.restart();
    VolumeCatalog first = store.catalog();
    TestStore second = store.takeOver();
    second.put(bucket, "k", "y");
    IOException refused = assertThrows(IOException.class,
        () -> first.createBucket("late", "owner", "", false, plain -> plain));
    assertTrue(String.valueOf(refused.getMessage()).contains("another process"), refused.getMessage());
    assertTrue(first.isStopped());
    assertThrows(RestartNeededException.class, () -> first.createBucket("late", "owner", "", false, plain -> plain));
    first.crash();
    second.catalog().close();
  }

  /// A successor that has committed nothing has not fenced anybody.
  @Test
  void aSuccessorThatMissedWhatItsPredecessorWroteMeanwhileStops() throws IOException {
    TestStore second = store.takeOver();
    store.put(bucket, "late", "x");
    IOException refused = assertThrows(IOException.class, () -> second.put(bucket, "k", "y"));
    assertTrue(String.valueOf(refused.getMessage()).contains("another process"), refused.getMessage());
    assertTrue(second.catalog().isStopped());
    second.catalog().crash();
    second.reopen();
    assertInstanceOf(Lookup.Found.class, second.catalog().find(bucket, "late", VersionSelector.LATEST));
    second.put(bucket, "k", "y");
    second.catalog().close();
    store.catalog().crash();
  }

  @Test
  void aReplayThatMeetsANeedleAboveAllEpochsThatAreToldStops() throws IOException {
    store.catalog().close();
    var id = new FileId(store.volumes.ends().getFirst().volume(), 1L << 50, 7);
    store.volumes.append(new NeedleDraft(id, NeedleKind.COMMIT, CommitSequence.of(900, 1),
        Unpooled.wrappedBuffer(MutationCodec.encode(new Mutation.DeleteUser("u", Instant.EPOCH), false, "")),
        Unpooled.EMPTY_BUFFER, Durability.FSYNC)).join();
    store.volumes.hideEpochs();
    IOException refused = assertThrows(IOException.class, store::reopen);
    assertTrue(String.valueOf(refused.getMessage()).contains("epoch 900"), refused.getMessage());
  }

  private void writeByHand(FileId id, NeedleKind kind, long sequence) {
    store.volumes.append(new NeedleDraft(id, kind, sequence,
        Unpooled.wrappedBuffer(MutationCodec.encode(new Mutation.DeleteUser("u", Instant.EPOCH), false, "")),
        Unpooled.EMPTY_BUFFER, Durability.FSYNC)).join();
  }

  @Test
  void needlesUnderSequencesThatAreNoneAreSteppedOverAndToldOnce() throws IOException {
    store.put(bucket, "k", "x");
    int volume = store.volumes.ends().getFirst().volume();
    long epochs = store.volumes.highestEpoch();
    store.catalog().crash();
    long[] sequences = {-1, Long.MIN_VALUE, CommitSequence.MAX_EPOCH + 1 << 40};
    for (int i = 0; i < sequences.length; i++) {
      writeByHand(new FileId(volume, FileId.HIGHEST_KEY + i, 7), i == 1 ? NeedleKind.CHUNK : NeedleKind.COMMIT,
          sequences[i]);
    }
    store.volumes.setHighestEpoch(volume, epochs); // as volumes count it: such a sequence is below all others
    try (var log = new LoggedLines()) {
      store.reopen();
      assertEquals(1, log.texts().stream().filter(line -> line.startsWith("catalog.straySequence needles=3")).count(),
          () -> log.texts().toString());
    }
    assertInstanceOf(Lookup.Found.class, store.catalog().find(bucket, "k", VersionSelector.LATEST));
    store.put(bucket, "k", "y");
    store.catalog().collectNow();
    store.restart();
    Map<String, String> rows = store.dump();
    store.rebuild();
    assertEquals(rows, store.dump());
    store.put(bucket, "k", "z");
    store.catalog().close();
  }

  @Test
  void theLastEpochOfAllKeepsNoStoreFromStarting() throws IOException {
    int volume = store.volumes.ends().getFirst().volume();
    store.catalog().crash();
    writeByHand(new FileId(volume, FileId.HIGHEST_KEY, 7), NeedleKind.COMMIT,
        CommitSequence.of(CommitSequence.MAX_EPOCH, CommitSequence.MAX_COUNTER));
    for (int i = 0; i < 2; i++) {
      store.rebuild();
      IOException refused = assertThrows(IOException.class, () -> store.put(bucket, "k", "x"));
      assertTrue(String.valueOf(refused.getMessage()).contains("epochs are spent"), refused.getMessage());
      assertEquals("bucket", store.catalog().buckets().getFirst().name());
    }
    store.restart();
    store.catalog().close();
  }

  @Test
  void anEpochIsRenewedBeforeItsCounterEndsWhileTheCatalogWorks() throws Exception {
    store.catalog().close();
    store.renewEpochsAt(40);
    store.reopen();
    long first = highestEpoch() + 1;
    var sequencesInOrder = new java.util.ArrayList<Long>();
    long deadline = System.nanoTime() + 30_000_000_000L;
    while (highestEpoch() < first + 3) {
      assertTrue(System.nanoTime() < deadline, "epochs are not renewed");
      sequencesInOrder.add(store.put(bucket, "k", "x").sequence());
    }
    assertEquals(sequencesInOrder.stream().sorted().toList(), sequencesInOrder, "sequences of a key rise");
    long last = highestEpoch();
    Map<String, String> rows = store.dump();
    store.crash();
    assertEquals(rows, store.dump());
    store.rebuild();
    assertEquals(rows, store.dump());
    store.put(bucket, "k", "y");
    assertTrue(highestEpoch() > last);
    store.catalog().close();
  }
}

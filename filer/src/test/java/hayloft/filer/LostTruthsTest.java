package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.MemoryVolumes.Needle;
import hayloft.filer.audit.AuditReport;
import hayloft.filer.audit.CatalogAudit;
import hayloft.filer.audit.Finding;
import hayloft.filer.losses.Losses.Loss;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MutationKind;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Damage in the head or meta of a needle, and then a replay: is anything older shown as the truth, or anything hidden
/// silently?
final class LostTruthsTest {

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    bucket = create("barn", Versioning.UNVERSIONED);
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private Bucket create(String name, Versioning versioning) throws IOException {
    Bucket created = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket(name, "owner", "", false, plain -> plain)).bucket();
    return versioning == Versioning.UNVERSIONED
        ? created
        : store.catalog().updateBucket(name, now -> now.withVersioning(versioning)).orElseThrow();
  }

  private Lookup find(String key) throws IOException {
    return store.catalog().find(bucket, key, VersionSelector.LATEST);
  }

  private void delete(String key) throws IOException {
    store.catalog().delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
  }

  private String text(String key) throws IOException {
    ObjectVersion version = assertInstanceOf(Lookup.Found.class, find(key)).version();
    return new String(store.read(version), StandardCharsets.UTF_8);
  }

  private Needle newest(Predicate<Envelope> wanted) throws IOException {
    Needle newest = null;
    for (Needle needle : store.volumes.live()) {
      if (wanted.test(Envelope.read(needle.meta())) && (newest == null || needle.sequence() > newest.sequence())) {
        newest = needle;
      }
    }
    if (newest == null) {
      throw new AssertionError("no such needle");
    }
    return newest;
  }

  private FileId newestOf(MutationKind kind) throws IOException {
    return newest(envelope -> envelope.kind() == kind).id();
  }

  /// The newest mutation of a key.
  private FileId newestOf(String key) throws IOException {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    return newest(
        envelope -> envelope.kind() != MutationKind.CHUNK && java.util.Arrays.equals(envelope.key(), keyBytes))
        .id();
  }

  private static LostTruthException assertLost(Executable request) {
    return assertThrows(LostTruthException.class, request);
  }

  private List<String> losses() throws IOException {
    return store.catalog().lostTruths().stream().map(Loss::toString).toList();
  }

  @Test
  void neitherAnOverwrittenNorADeletedObjectComesBack() throws IOException {
    store.put(bucket, "k", "OLD");
    store.put(bucket, "gone", "SECRET");
    store.put(bucket, "safe", "x");
    store.put(bucket, "k", "NEW");
    delete("gone");
    store.volumes.damage(newestOf("k"), true);
    store.volumes.damage(newestOf("gone"), true);
    store.rebuild();
    LostTruthException lost = assertLost(() -> find("k"));
    String message = String.valueOf(lost.getMessage());
    assertTrue(message.contains("barn/k") && message.contains("volume "), message);
    assertLost(() -> find("gone"));
    assertEquals(Optional.empty(), store.catalog().findNow(bucket, "k", VersionSelector.LATEST));
    assertEquals("x", text("safe"));
    assertEquals(List.of("gone", "k", "safe"), store.catalog().list(bucket, new ListQuery("", "", Optional.empty(), 10))
        .objects().stream().map(ListedVersion::key).toList(), "listings go on");
    assertTrue(losses().stream().anyMatch(loss -> loss.startsWith("object barn/k in volume ")), losses().toString());
    store.restart();
    assertLost(() -> find("k"));
    assertLost(() -> store.catalog().setTags(bucket, "k", VersionSelector.LATEST, Map.of()));
    assertLost(() -> store.catalog().setAcl(bucket, "k", VersionSelector.LATEST, _ -> ""));
    assertLost(() -> store.catalog().delete(bucket, "k", VersionSelector.LATEST, ifMatch("x")));
    assertLost(() -> store.put(bucket, "k", new byte[1], TestStore.draft("owner"), ifMatch("x")));
  }

  private static Precondition ifMatch(String etag) {
    return new Precondition(Optional.of(etag), Optional.empty(), Optional.empty(), Optional.empty());
  }

  @Test
  void aNewObjectWhoseOnlyNeedleIsDamagedIsNotSimplyAbsent() throws IOException {
    store.put(bucket, "k", "only");
    store.volumes.damage(newestOf("k"), true);
    store.rebuild();
    assertLost(() -> find("k"));
    assertEquals(1, losses().size());
    assertTrue(losses().getFirst().startsWith("something that no row names in volume "), losses().toString());
    assertEquals(new Lookup.Absent(), find("other"));
  }

  @Test
  void overwritingMakesAKeySureForGood() throws IOException {
    store.put(bucket, "k", "OLD");
    store.put(bucket, "k", "LOST");
    FileId damaged = newestOf("k");
    store.volumes.damage(damaged, true);
    store.rebuild();
    store.put(bucket, "k", "NEWER");
    assertEquals("NEWER", text("k"));
    assertEquals(List.of(), losses());
    delete("k");
    store.catalog().collectNow();
    store.volumes.mend(damaged);
    store.rebuild();
    assertEquals(new Lookup.Absent(), find("k"), "it is dead, be it readable or not");
    assertEquals(List.of(), losses());
  }

  @Test
  void deletingMakesAKeySureForGood() throws IOException {
    store.put(bucket, "k", "LOST");
    FileId damaged = newestOf("k");
    store.volumes.damage(damaged, true);
    store.rebuild();
    delete("k");
    assertEquals(new Lookup.Absent(), find("k"));
    assertEquals(List.of(), losses());
    store.volumes.mend(damaged);
    store.rebuild();
    assertEquals(new Lookup.Absent(), find("k"));
  }

  @Test
  void whatIsReadableAgainAtAStartCounts() throws IOException {
    store.put(bucket, "k", "OLD");
    store.put(bucket, "k", "NEW");
    FileId damaged = newestOf("k");
    store.volumes.damage(damaged, true);
    store.rebuild();
    store.restart();
    assertLost(() -> find("k"));
    store.volumes.mend(damaged);
    store.restart();
    assertEquals("NEW", text("k"));
    assertEquals(List.of(), losses());
  }

  @Test
  void whatIsGivenUpLetsWhatIsOlderCountForGood() throws IOException {
    store.put(bucket, "k", "OLD");
    store.put(bucket, "other", "x");
    store.put(bucket, "k", "NEW");
    FileId damaged = newestOf("k");
    FileId other = newestOf("other");
    store.volumes.damage(damaged, true);
    store.volumes.damage(other, true);
    store.rebuild();
    List<Loss> given = store.catalog().giveUp(lost -> lost.needleKey() == damaged.key());
    assertEquals(1, given.size());
    assertEquals("OLD", text("k"));
    assertLost(() -> find("other"));
    store.volumes.mend(damaged);
    store.rebuild();
    assertEquals("OLD", text("k"));
    assertEquals(1, store.catalog().giveUp(_ -> true).size());
    assertEquals(new Lookup.Absent(), find("other"));
    assertEquals(0, store.catalog().lostTruthCount());
  }

  @Test
  void ofAKeyWithVersionsWhatIsNewerThanTheLossIsSure() throws IOException {
    Bucket versioned = create("versions", Versioning.ENABLED);
    bucket = versioned;
    ObjectVersion first = store.put(versioned, "k", "1");
    ObjectVersion second = store.put(versioned, "k", "2");
    ObjectVersion third = store.put(versioned, "k", "3");
    FileId damaged = newestOf("k");
    store.volumes.damage(damaged, true);
    store.rebuild();
    bucket = store.catalog().findBucket("versions").orElseThrow();
    assertLost(() -> find("k"));
    for (ObjectVersion version : List.of(first, second, third)) {
      assertLost(() -> store.catalog().find(bucket, "k", new VersionSelector.Exactly(version.versionId())));
      assertLost(() -> store.catalog().delete(bucket, "k", new VersionSelector.Exactly(version.versionId()),
          Precondition.NONE));
    }
    ObjectVersion fourth = store.put(bucket, "k", "4");
    assertEquals("4", text("k"));
    assertInstanceOf(Lookup.Found.class,
        store.catalog().find(bucket, "k", new VersionSelector.Exactly(fourth.versionId())));
    assertLost(() -> store.catalog().find(bucket, "k", new VersionSelector.Exactly(first.versionId())));
    assertEquals(1, losses().size(), "it stays until it is given up");
    store.catalog().delete(bucket, "k", new VersionSelector.Exactly(fourth.versionId()), Precondition.NONE);
    assertLost(() -> find("k"));
  }

  @Test
  void anErasureThatIsLostDoesNotBringItsVersionBack() throws IOException {
    bucket = create("versions", Versioning.ENABLED);
    ObjectVersion first = store.put(bucket, "k", "1");
    store.catalog().delete(bucket, "k", new VersionSelector.Exactly(first.versionId()), Precondition.NONE);
    store.volumes.damage(newestOf(MutationKind.ERASE_VERSION), true);
    store.rebuild();
    bucket = store.catalog().findBucket("versions").orElseThrow();
    assertLost(() -> find("k"));
    assertLost(() -> store.catalog().find(bucket, "k", new VersionSelector.Exactly(first.versionId())));
  }

  @Test
  void uploadsWhoseNeedlesAreLostAnswerErrorsUntilTheyAreAborted() throws IOException {
    VolumeCatalog catalog = store.catalog();
    Upload upload = catalog.createUpload(bucket, "big", TestStore.draft("owner"), Optional.empty(), false);
    byte[] part = new byte[100];
    catalog.putPart(bucket, upload, 1, TestStore.md5(part), Optional.empty(), store.body(bucket, "big", part),
        Durability.FSYNC);
    store.volumes.damage(newestOf(MutationKind.PUT_PART), true);
    store.rebuild();
    List<PartChoice> choice = List.of(new PartChoice(1, TestStore.md5(part), Optional.empty()));
    assertLost(() -> store.catalog().findUpload(bucket, "big", upload.uploadId()));
    assertLost(() -> store.catalog().listParts(bucket, upload, 0, 10));
    assertLost(() -> store.catalog().completeUpload(bucket, "big", upload.uploadId(), choice, Optional.empty(),
        Precondition.NONE));
    assertLost(() -> store.catalog().putPart(bucket, upload, 1, TestStore.md5(part), Optional.empty(),
        store.body(bucket, "big", part), Durability.FSYNC));
    assertTrue(store.catalog().abortUpload(bucket, "big", upload.uploadId()));
    assertEquals(Optional.empty(), store.catalog().findUpload(bucket, "big", upload.uploadId()));
    assertEquals(List.of(), losses());
  }

  @Test
  void aCompletionThatIsLostDoesNotLetTheUploadGoOn() throws IOException {
    VolumeCatalog catalog = store.catalog();
    Upload upload = catalog.createUpload(bucket, "big", TestStore.draft("owner"), Optional.empty(), false);
    byte[] part = new byte[100];
    catalog.putPart(bucket, upload, 1, TestStore.md5(part), Optional.empty(), store.body(bucket, "big", part),
        Durability.FSYNC);
    List<PartChoice> choice = List.of(new PartChoice(1, TestStore.md5(part), Optional.empty()));
    catalog.completeUpload(bucket, "big", upload.uploadId(), choice, Optional.empty(), Precondition.NONE);
    store.volumes.damage(newestOf(MutationKind.PUT_VERSION), true);
    store.rebuild();
    assertLost(() -> store.catalog().findUpload(bucket, "big", upload.uploadId()));
    assertLost(() -> find("big"));

    store.put(bucket, "big", "NEWER");
    for (int start = 0; start < 2; start++) {
      assertEquals("NEWER", text("big"));
      assertLost(() -> store.catalog().findUpload(bucket, "big", upload.uploadId()));
      assertEquals(1, losses().size(), "a newer object says nothing of the upload");
      store.rebuild();
    }
    store.catalog().settleNow();
    assertEquals(1, losses().size());
    assertTrue(store.catalog().abortUpload(bucket, "big", upload.uploadId()));
    store.catalog().settleNow();
    assertEquals("NEWER", text("big"));
    assertEquals(List.of(), losses());
  }

  @Test
  void aBucketWhoseNewestDocumentIsLostAnswersErrors() throws IOException {
    store.put(bucket, "k", "x");
    store.catalog().updateBucket("barn", now -> now.withVersioning(Versioning.ENABLED));
    store.volumes.damage(newestOf(MutationKind.PUT_BUCKET), true);
    store.rebuild();
    assertInstanceOf(LostTruthException.class,
        assertThrows(UncheckedIOException.class, () -> store.catalog().findBucket("barn")).getCause());
    assertLost(() -> store.catalog().createBucket("barn", "thief", "", false, plain -> plain));
    assertLost(() -> store.catalog().updateBucket("barn", now -> now));
    assertEquals(Optional.empty(), store.catalog().findBucket("another"));
    assertTrue(losses().getFirst().startsWith("bucket barn in volume "), losses().toString());
    store.catalog().giveUp(_ -> true);
    assertEquals(bucket, store.catalog().findBucket("barn").orElseThrow());
  }

  @Test
  void aUserWhoseDeletionIsLostDoesNotComeBack() throws IOException {
    store.catalog().putUser(new User("u", "User", "AK", "secret", true));
    store.catalog().deleteUser("u");
    store.volumes.damage(newestOf(MutationKind.DELETE_USER), true);
    store.rebuild();
    assertThrows(UncheckedIOException.class, () -> store.catalog().findUserByAccessKey("AK"));
    assertThrows(UncheckedIOException.class, () -> store.catalog().findUserById("u"));
    assertEquals(List.of(), store.catalog().users());
    store.catalog().putUser(new User("u", "User", "AK2", "secret", true));
    assertTrue(store.catalog().findUserByAccessKey("AK2").isPresent());
    assertEquals(List.of(), losses());
  }

  @Test
  void aUserOfWhomNothingElseIsLeftIsNotSimplyAbsent() throws IOException {
    store.catalog().putUser(new User("u", "User", "AK", "secret", true));
    store.volumes.damage(newestOf(MutationKind.PUT_USER), true);
    store.rebuild();
    assertThrows(UncheckedIOException.class, () -> store.catalog().findUserById("u"));
    assertTrue(store.catalog().findUserById("v").isEmpty());
  }

  /// What the rows of the former catalog knew behind the end of the file is kept over the rebuild.
  @Test
  void behindTheEndOfAFileThatWasCutNothingOlderIsShown() throws IOException {
    store.put(bucket, "k", "OLD");
    store.put(bucket, "k", "NEW");
    FileId newest = newestOf("k");
    store.catalog().close();
    store.volumes.cut(newest.volume(), 1);
    store.reopen();
    assertLost(() -> find("k"));
    assertTrue(losses().getFirst().startsWith("something unknown in "), losses().toString());
    assertTrue(losses().getLast().startsWith("object barn/k in "), losses().toString());
    store.restart();
    assertLost(() -> find("k"));
    store.put(bucket, "k", "NEWEST");
    assertEquals("NEWEST", text("k"));
    assertEquals(1, losses().size(), "there may have been more than anybody knows");
    store.catalog().giveUp(_ -> true);
    assertEquals(List.of(), losses());
  }

  /// The catalog has seen the file up to just where it ends now; the index log knows what was behind.
  @Test
  void aFileThatWasCutWhereTheCatalogHadComeToIsFound() throws IOException {
    store.put(bucket, "k", "OLD");
    store.put(bucket, "other volume", "x");
    store.catalog().checkpointNow();
    store.catalog().flushNow();
    store.put(bucket, "k", "NEW");
    store.catalog().crash();
    store.volumes.cut(newestOf("k").volume(), 1);
    store.reopen();
    assertLost(() -> find("k"));
    store.restart();
    assertLost(() -> find("k"));
    store.put(bucket, "k", "NEWEST");
    store.restart();
    assertEquals("NEWEST", text("k"));
  }

  /// Neither rows nor index log know yet of the commit that lay behind the last position, and nobody else names its
  /// chunks.
  @Test
  void whatLayBehindTheEndOfAFileMayNameChunks() throws IOException {
    for (int i = 0; i < 4; i++) {
      store.put(bucket, "before " + i, "x");
    }
    store.catalog().checkpointNow();
    store.catalog().flushNow();
    byte[] large = new byte[5 * TestStore.CHUNK_BYTES];
    store.put(bucket, "large", large, TestStore.draft("owner"), Precondition.NONE);
    int volume = newestOf("large").volume();
    store.catalog().crash();
    store.volumes.cutUnindexed(volume);
    store.reopen();
    assertInstanceOf(Lookup.Absent.class, find("large"));
    long chunks = chunks();
    assertTrue(chunks > 0);
    store.catalog().collectNow();
    store.restart();
    store.catalog().collectNow();
    assertEquals(chunks, chunks());
    store.catalog().close();
    store.volumes.uncut(volume);
    store.reopen();
    assertArrayEquals(large, store.read(assertInstanceOf(Lookup.Found.class, find("large")).version()));
    assertEquals(List.of(), losses());
  }

  @Test
  void ofDamageThatNobodyKnowsThePlaceIsToldAndNothingIsJudgedAnOrphan() throws IOException {
    BodyWriter writer = store.catalog().writeBody(bucket, "a", Durability.FSYNC);
    writer.write(Unpooled.wrappedBuffer(new byte[3 * TestStore.CHUNK_BYTES]));
    writer.finish();
    store.put(bucket, "k", "x");
    FileId damaged = newestOf("k");
    store.volumes.damage(damaged, false);
    store.rebuild();
    long chunks = chunks();
    for (int i = 0; i < 2; i++) {
      store.catalog().collectNow();
      assertEquals(chunks, chunks());
      store.restart();
    }
    assertTrue(losses().getFirst().startsWith("something unknown in volume "), losses().toString());
    store.catalog().giveUp(_ -> true);
    store.restart();
    store.catalog().collectNow();
    assertEquals(0, chunks());
  }

  private long chunks() {
    return store.volumes.live().stream().filter(needle -> needle.kind() == NeedleKind.CHUNK).count();
  }

  @Test
  void chunksOfAnObjectWhoseCommitIsDamagedStayOverManyStarts() throws IOException {
    byte[] large = new byte[5 * TestStore.CHUNK_BYTES];
    store.put(bucket, "large", large, TestStore.draft("owner"), Precondition.NONE);
    FileId damaged = newestOf("large");
    store.volumes.damage(damaged, true);
    long chunks = chunks();
    store.rebuild();
    for (int i = 0; i < 3; i++) {
      store.catalog().collectNow();
      store.restart();
    }
    assertEquals(chunks, chunks());
    store.volumes.mend(damaged);
    store.restart();
    assertArrayEquals(large, store.read(assertInstanceOf(Lookup.Found.class, find("large")).version()));
  }

  /// The replay does not come by the damaged place: the catalog had seen the chunk when it was good.
  @Test
  void anObjectWhoseChunkIsDamagedBeyondRecognitionIsNoHalfOfAPowerCut() throws IOException {
    byte[] large = new byte[3 * TestStore.CHUNK_BYTES];
    Bucket fast = store.catalog().updateBucket("barn", now -> now.withDurability(Optional.of(Durability.OS)))
        .orElseThrow();
    StoredBody body = store.body(fast, "large", large);
    store.catalog().checkpointNow();
    store.catalog().flushNow();
    store.catalog().put(fast, "large", TestStore.draft("owner"), TestStore.md5(large), body, Precondition.NONE,
        Durability.OS);
    FileId chunk = newestOf(MutationKind.CHUNK);
    store.catalog().crash();
    store.volumes.damage(chunk, false);
    store.reopen();
    ObjectVersion version = assertInstanceOf(Lookup.Found.class, find("large")).version();
    assertThrows(IOException.class, () -> store.read(version));
    store.volumes.mend(chunk);
    assertArrayEquals(large, store.read(version));
  }

  @Test
  void aFileThatWasCutAndComesBackHasItsChunksStill() throws IOException {
    byte[] large = new byte[5 * TestStore.CHUNK_BYTES];
    store.put(bucket, "large", large, TestStore.draft("owner"), Precondition.NONE);
    int volume = newestOf("large").volume();
    long chunks = chunks();
    store.catalog().close();
    store.volumes.cut(volume, 1);
    store.reopen();
    assertLost(() -> find("large"));
    store.catalog().collectNow();
    store.restart();
    store.catalog().collectNow();
    assertEquals(chunks, chunks());
    store.catalog().close();
    store.volumes.uncut(volume);
    store.reopen();
    assertArrayEquals(large, store.read(assertInstanceOf(Lookup.Found.class, find("large")).version()));
    assertEquals(List.of(), losses());
  }

  /// A collection was forgotten, so rows are there again whose needles a compaction took. Behind the end of a file that
  /// is cut they count as lost like others; when the file is whole again nobody waits for what no file ever had.
  @Test
  void whatACompactionTookIsNotLostOnceTheFileIsWholeAgain() throws IOException {
    store.put(bucket, "k", new byte[2 * TestStore.CHUNK_BYTES], TestStore.draft("owner"), Precondition.NONE);
    store.put(bucket, "k", "NEW");
    store.put(bucket, "deleted", "x");
    delete("deleted");
    store.catalog().collectNow();
    store.volumes.compact(_ -> true);
    store.restart();
    store.catalog().collectNow();
    store.volumes.compact(_ -> true);
    store.crash();
    store.catalog().close();
    store.volumes.cutBehindFirst();
    store.reopen();
    assertFalse(losses().isEmpty());
    store.catalog().close();
    store.volumes.ends().forEach(end -> store.volumes.uncut(end.volume()));
    store.reopen();
    assertEquals(List.of(), losses());
    assertEquals("NEW", text("k"));
    assertInstanceOf(Lookup.Absent.class, find("deleted"));
  }

  @Test
  void aVolumeThatIsMissingIsToldAndKeepsChunksFromBeingJudged() throws IOException {
    byte[] large = new byte[5 * TestStore.CHUNK_BYTES];
    store.put(bucket, "large", large, TestStore.draft("owner"), Precondition.NONE);
    int volume = newestOf("large").volume();
    long chunks = chunks();
    assertTrue(chunks > 0);
    store.catalog().crash();
    store.volumes.takeAway(volume);
    store.reopen();
    store.rebuild();
    store.catalog().collectNow();
    store.restart();
    store.catalog().collectNow();
    assertTrue(losses().contains("something unknown in volume " + volume), losses().toString());
    store.catalog().close();
    store.volumes.putBack(volume);
    store.reopen();
    assertEquals(List.of(), losses());
    assertEquals(chunks, chunks());
    assertArrayEquals(large, store.read(assertInstanceOf(Lookup.Found.class, find("large")).version()));
  }

  @Test
  void theAuditTellsOfThem() throws IOException {
    store.put(bucket, "k", "1");
    store.put(bucket, "k", "2");
    store.volumes.damage(newestOf("k"), true);
    store.rebuild();
    var findings = new ArrayList<Finding>();
    AuditReport report = store.catalog().audit(Set.of(), new CatalogAudit.Watcher() {
      @Override
      public void progress(String doing, long done, long total, String unit) {}

      @Override
      public void found(Finding finding) {
        findings.add(finding);
      }
    });
    assertFalse(report.isClean());
    assertEquals(1L, report.findings().get(Finding.Kind.TRUTH_LOST));
    assertTrue(findings.stream().anyMatch(finding -> finding.whose().startsWith("object barn/k in volume ")),
        findings.toString());
  }

  @Test
  void whatSomethingNewerStandsInPlaceOfIsStruckOffSoonAfterAStart() throws IOException {
    store.put(bucket, "k", "1");
    FileId damaged = newestOf("k");
    store.put(bucket, "k", "2");
    store.volumes.damage(damaged, true);
    store.rebuild();
    assertEquals("2", text("k"));
    store.catalog().settleNow();
    assertEquals(List.of(), losses());
  }
}

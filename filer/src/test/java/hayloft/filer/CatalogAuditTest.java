package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.filer.audit.AuditReport;
import hayloft.filer.audit.CatalogAudit;
import hayloft.filer.audit.Finding;
import hayloft.filer.audit.Finding.Kind;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.VersionBody;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does an audit see what is wrong between rows and needles, and nothing where nothing is?
final class CatalogAuditTest {

  private static final long FREE_KEY = 1L << 60;

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;
  private final List<Finding> findings = new ArrayList<>();

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("barn", "owner", "", false, plain -> plain)).bucket();
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private AuditReport audit(Integer... volumes) throws IOException {
    findings.clear();
    return store.catalog().audit(Set.of(volumes), new CatalogAudit.Watcher() {
      @Override
      public void progress(String doing, long done, long total, String unit) {}

      @Override
      public void found(Finding finding) {
        findings.add(finding);
      }
    });
  }

  private ObjectVersion put(String key, int size) throws IOException {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return assertInstanceOf(PutOutcome.Stored.class,
        store.put(bucket, key, bytes, TestStore.draft("owner"), Precondition.NONE)).version();
  }

  private static FileId commitOf(ObjectVersion version) {
    return switch (version.body()) {
      case BodyLocation.Inline(FileId needle) -> needle;
      case BodyLocation.Chunks(FileId commit, _) -> commit;
    };
  }

  private void append(NeedleKind kind, Mutation mutation) {
    var id = new FileId(store.volumes.ends().getFirst().volume(), FREE_KEY, 7);
    store.volumes.append(new NeedleDraft(id, kind, CommitSequence.of(900, 1),
        Unpooled.wrappedBuffer(MutationCodec.encode(mutation, false, "owner")), Unpooled.wrappedBuffer(new byte[100]),
        Durability.FSYNC)).join();
  }

  /// The kill forgets that the collector has taken rows away, but not that needles are dead, nor what a compaction
  /// took. As long as a volume is missing the collector does not come to these rows again; whoever looks at the catalog
  /// must not be told of losses.
  @Test
  void whatACollectionTookThatAKillForgotIsNotMissed() throws IOException {
    put("large", 5_000);
    put("large", 5_001);
    put("gone", 3_000);
    store.catalog().delete(bucket, "gone", VersionSelector.LATEST, Precondition.NONE);
    Upload upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    byte[] part = new byte[3_000];
    store.catalog().putPart(bucket, upload, 1, TestStore.md5(part), Optional.empty(), store.body(bucket, "up", part),
        Durability.FSYNC);
    store.catalog().abortUpload(bucket, "up", upload.uploadId());
    store.catalog().checkpointNow();
    store.catalog().flushNow();
    store.catalog().collectNow();
    store.crash();
    assertTrue(audit().isClean(), findings.toString());
    store.catalog().collectNow();
    store.volumes.compact(_ -> true);
    store.restart();
    store.catalog().collectNow();
    store.volumes.compact(_ -> true);
    store.crash();
    assertTrue(audit().isClean(), findings.toString());
  }

  @Test
  void aStoreThatIsWholeIsClean() throws IOException {
    put("small", 100);
    put("large", 25_300); // a tree of lists
    put("small", 200);
    put("gone", 5_000);
    store.catalog().putUser(new User("u", "U", "AK", "secret", false));
    Upload upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    byte[] part = new byte[3_000];
    store.catalog().putPart(bucket, upload, 1, TestStore.md5(part), Optional.empty(), store.body(bucket, "up", part),
        Durability.FSYNC);
    store.catalog().delete(bucket, "gone", VersionSelector.LATEST, Precondition.NONE);
    AuditReport report = audit();
    assertTrue(report.isClean(), findings.toString());
    assertTrue(report.chunks() > 25, "chunks " + report.chunks());
    assertEquals(1, report.rows().get('B'));
    store.catalog().collectNow();
    assertTrue(audit().isClean(), findings.toString());
    store.rebuild();
    assertTrue(audit().isClean(), findings.toString());
  }

  @Test
  void aMutationThatNoRowShowsIsFound() throws IOException {
    append(NeedleKind.COMMIT, new Mutation.PutVersion(bucket.id(), "hidden",
        VersionBody.object(true, Instant.EPOCH, 100, "0".repeat(32), TestStore.draft("owner"), List.of())));
    AuditReport report = audit();
    assertEquals(Map.of(Kind.ROW_MISSING, 1L), report.findings());
    assertEquals("object barn/hidden", findings.getFirst().whose());
    store.rebuild();
    assertTrue(audit().isClean(), "a rebuild mends it");
  }

  @Test
  void aChunkThatNothingRefersToIsFound() throws IOException {
    append(NeedleKind.CHUNK, new Mutation.Chunk(bucket.id(), "lost", Instant.EPOCH));
    AuditReport report = audit();
    assertEquals(Map.of(Kind.CHUNK_UNNAMED, 1L), report.findings());
    assertEquals(100, report.unnamedBytes());
    assertEquals("chunk of barn/lost", findings.getFirst().whose());
  }

  @Test
  void rowsAndObjectsWhoseNeedlesAreGoneAreFound() throws IOException {
    ObjectVersion small = put("small", 100);
    ObjectVersion large = put("large", 2_500);
    FileId chunk = ((BodyLocation.Chunks) large.body()).pieces().getFirst().needle();
    store.volumes.markDead(commitOf(small).volume(), Long.MAX_VALUE - 1, List.of(commitOf(small).key()));
    store.volumes.markDead(chunk.volume(), Long.MAX_VALUE, List.of(chunk.key()));
    AuditReport report = audit();
    assertEquals(Map.of(Kind.ROW_WITHOUT_NEEDLE, 1L, Kind.CHUNK_MISSING, 1L), report.findings());
    assertFalse(report.isClean());
    assertTrue(findings.contains(new Finding(Kind.CHUNK_MISSING, NeedleAt.of(chunk), "object barn/large")),
        findings.toString());
    assertTrue(audit(9_999).isClean(), "of another volume nothing is said");
  }

  /// What ended an upload waits, settled, until the parts are gone from their files: its own bytes went long before.
  @Test
  void theBytesOfADeadVersionThatWaitsForItsUploadsPartsAreNotMissed() throws IOException {
    Upload upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    byte[] part = new byte[25_300]; // a tree of lists
    store.catalog().putPart(bucket, upload, 1, TestStore.md5(part), Optional.empty(), store.body(bucket, "up", part),
        Durability.FSYNC);
    ObjectVersion made = assertInstanceOf(CompleteOutcome.Completed.class,
        store.catalog().completeUpload(bucket, "up", upload.uploadId(),
            List.of(new PartChoice(1, TestStore.md5(part), Optional.empty())), Optional.empty(), Precondition.NONE))
        .version();
    FileId piece = ((BodyLocation.Chunks) made.body()).pieces().getFirst().needle();
    put("up", 10);
    store.catalog().collectNow();
    assertEquals(1L, store.catalog().rowCounts().get('Z'), "the completion is settled");
    assertTrue(audit().isClean(), findings.toString());
    assertEquals(Map.of(), store.catalog().ownersOf(Set.of(NeedleAt.of(piece))), "nobody misses what is dead");
    store.rebuild();
    store.catalog().collectNow();
    assertTrue(audit().isClean(), findings.toString());
  }

  /// An audit is asked for when something is wrong: it says so, and looks at the rest.
  @Test
  void aVolumeThatIsNotThereEndsNoAudit() throws IOException {
    ObjectVersion large = put("large", 25_300); // a tree of lists
    ObjectVersion small = put("small", 100);
    BodyLocation.Piece list = ((BodyLocation.Chunks) large.body()).pieces().getFirst();
    assertTrue(list.isList());
    store.volumes.takeAway(list.needle().volume());
    AuditReport report = audit();
    assertFalse(report.isClean());
    assertTrue(findings.stream().anyMatch(finding -> finding.whose().contains("barn/large")), findings.toString());
    assertTrue(report.rows().getOrDefault('O', 0L) >= 2, "rows " + report.rows());
    assertEquals(List.of("object barn/small"),
        store.catalog().ownersOf(Set.of(NeedleAt.of(commitOf(small)))).get(NeedleAt.of(commitOf(small))));
  }

  @Test
  void theOwnersOfNeedlesAreNamed() throws IOException {
    ObjectVersion small = put("small", 100);
    ObjectVersion large = put("large", 25_300);
    FileId piece = ((BodyLocation.Chunks) large.body()).pieces().getFirst().needle();
    Map<NeedleAt, List<String>> owners = store.catalog()
        .ownersOf(Set.of(NeedleAt.of(commitOf(small)), NeedleAt.of(piece), new NeedleAt(77, 77)));
    assertEquals(Map.of(NeedleAt.of(commitOf(small)), List.of("object barn/small"), NeedleAt.of(piece),
        List.of("object barn/large")), owners);
  }

  @Test
  void whoWatchesCanEndIt() throws IOException {
    put("small", 100);
    assertThrows(InterruptedIOException.class, () -> store.catalog().audit(Set.of(), new CatalogAudit.Watcher() {
      @Override
      public void progress(String doing, long done, long total, String unit) throws InterruptedIOException {
        throw new InterruptedIOException("enough");
      }

      @Override
      public void found(Finding finding) {}
    }));
  }

  @Test
  void aCatalogThatIsToBeRebuiltIsSoAtTheNextStartAndOnlyThen() throws IOException {
    put("small", 100);
    Map<String, String> before = store.dump();
    store.restart();
    assertEquals(0, store.replayed(), "a clean stop leaves nothing to replay");
    store.catalog().rebuildAtNextStart();
    assertEquals(before, store.dump());
    store.restart();
    assertEquals(2, store.replayed(), "bucket and object");
    assertEquals(before, store.dump());
    store.restart();
    assertEquals(0, store.replayed());
  }
}

package hayloft.e2e.damage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.filer.Bucket;
import hayloft.filer.BucketDeletion;
import hayloft.filer.CompleteOutcome;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.PartChoice;
import hayloft.filer.PartOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.Upload;
import hayloft.filer.UploadQuery;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A catalog is killed before its key store has flushed that a collection took rows away, and the volumes were
/// compacted meanwhile: the rows are there again, and their needles are in no file. The next collection comes to the
/// same end as the first.
final class ForgottenCollectionTest {
  private static final StoreUnderTest.Shape SHAPE = StoreUnderTest.Shape.SMALL;
  private static final byte[] FEW = "a few bytes".getBytes(StandardCharsets.UTF_8);
  private static final byte[] CHUNKS = new byte[3 * StoreUnderTest.CHUNK_BYTES + 1];
  private static final Durability FSYNC = Durability.FSYNC;

  private final HandClock clock = new HandClock();
  private Path directory = Path.of("");

  @BeforeEach
  void makeDirectory() throws IOException {
    directory = StoreUnderTest.temporary("forgotten");
  }

  @AfterEach
  void deleteDirectory() throws IOException {
    StoreUnderTest.delete(directory);
  }

  @Test
  void whatACompactionTookIsNotMarkedAgainAndNothingWaitsForIt() throws IOException {
    Path killed = directory.resolve("killed");
    try (StoreUnderTest living = StoreUnderTest.open(directory.resolve("living"), SHAPE, clock)) {
      fillAndDelete(living);
      living.collect();
      assertEquals(Map.of(), living.compact());
      living.copyTo(killed);
    }
    try (StoreUnderTest store = StoreUnderTest.open(killed, SHAPE, clock)) {
      assertTrue(rows(store, 'O') > 6 && rows(store, 'P') > 0, "the collection was forgotten");
      store.collect();
      assertAsRebuilt(store);
      assertShowsWhatWasKept(store);
    }
    try (StoreUnderTest store = StoreUnderTest.open(killed, SHAPE, clock)) {
      assertEquals(Map.of(), store.compact());
      store.collect();
      assertEquals(0, rows(store, 'R'), "remains");
      assertEquals(0, rows(store, 'Z'), "killers that wait");
      assertAsRebuilt(store);
      assertShowsWhatWasKept(store);
    }
  }

  private static void fillAndDelete(StoreUnderTest store) throws IOException {
    store.catalog().createBucket("plain", "owner", "us-east-1", false, bucket -> bucket);
    store.catalog().createBucket("versions", "owner", "us-east-1", true, bucket -> bucket);
    store.catalog().createBucket("gone", "owner", "us-east-1", false, bucket -> bucket);
    Bucket plain = store.catalog().findBucket("plain").orElseThrow();
    Bucket versions = store.catalog().findBucket("versions").orElseThrow();
    Bucket gone = store.catalog().findBucket("gone").orElseThrow();
    put(store, plain, "kept", CHUNKS);
    put(store, plain, "overwritten", CHUNKS);
    put(store, plain, "overwritten", FEW);
    put(store, plain, "deleted", FEW);
    put(store, plain, "deleted in chunks", CHUNKS);
    delete(store, plain, "deleted", VersionSelector.LATEST);
    delete(store, plain, "deleted in chunks", VersionSelector.LATEST);
    put(store, versions, "erased", FEW);
    ObjectVersion erased = put(store, versions, "erased", CHUNKS);
    delete(store, versions, "erased", new VersionSelector.Exactly(erased.versionId()));
    complete(store, plain, "completed", upload(store, plain, "completed"));
    delete(store, plain, "completed", VersionSelector.LATEST);
    Upload aborted = upload(store, plain, "aborted");
    store.catalog().abortUpload(plain, "aborted", aborted.uploadId());
    put(store, gone, "of a bucket that goes", FEW);
    delete(store, gone, "of a bucket that goes", VersionSelector.LATEST);
    assertEquals(BucketDeletion.DELETED, store.catalog().deleteBucket(gone));
  }

  private static ObjectDraft draft() {
    return new ObjectDraft(Map.of("content-type", "binary/octet-stream"), Map.of(), Map.of(), "owner", "STANDARD",
        Optional.empty());
  }

  private static ObjectVersion put(StoreUnderTest store, Bucket bucket, String key, byte[] bytes) throws IOException {
    PutOutcome outcome = store.catalog().put(bucket, key, draft(), StoreUnderTest.md5(bytes),
        store.body(bucket, key, bytes), Precondition.NONE, FSYNC);
    return assertInstanceOf(PutOutcome.Stored.class, outcome).version();
  }

  private static void delete(StoreUnderTest store, Bucket bucket, String key, VersionSelector which)
      throws IOException {
    assertInstanceOf(DeleteOutcome.Deleted.class, store.catalog().delete(bucket, key, which, Precondition.NONE));
  }

  private static Upload upload(StoreUnderTest store, Bucket bucket, String key) throws IOException {
    Upload upload = store.catalog().createUpload(bucket, key, draft(), Optional.empty(), false);
    assertInstanceOf(PartOutcome.Stored.class, store.catalog().putPart(bucket, upload, 1, StoreUnderTest.md5(CHUNKS),
        Optional.empty(), store.body(bucket, key, CHUNKS), FSYNC));
    return upload;
  }

  private static void complete(StoreUnderTest store, Bucket bucket, String key, Upload upload) throws IOException {
    var part = new PartChoice(1, StoreUnderTest.md5(CHUNKS), Optional.empty());
    assertInstanceOf(CompleteOutcome.Completed.class, store.catalog().completeUpload(bucket, key, upload.uploadId(),
        List.of(part), Optional.empty(), Precondition.NONE));
  }

  private static long rows(StoreUnderTest store, char table) throws IOException {
    return store.catalog().rowCounts().getOrDefault(table, 0L);
  }

  private static void assertShowsWhatWasKept(StoreUnderTest store) throws IOException {
    Bucket plain = store.catalog().findBucket("plain").orElseThrow();
    assertArrayEquals(CHUNKS, read(store, plain, "kept"));
    assertArrayEquals(FEW, read(store, plain, "overwritten"));
    for (String key : List.of("deleted", "deleted in chunks", "completed", "aborted")) {
      assertFalse(store.catalog().find(plain, key, VersionSelector.LATEST) instanceof Lookup.Found, key);
    }
    assertEquals(List.of(), store.catalog()
        .listUploads(plain, new UploadQuery("", "", Optional.empty(), Optional.empty(), 10)).uploads());
    Bucket versions = store.catalog().findBucket("versions").orElseThrow();
    assertEquals(1, store.catalog()
        .listVersions(versions, new VersionQuery("", "", Optional.empty(), Optional.empty(), 10)).entries().size());
    assertArrayEquals(FEW, read(store, versions, "erased"));
    assertTrue(store.catalog().findBucket("gone").isEmpty());
    assertEquals(List.of(), store.audit(true));
  }

  private static byte[] read(StoreUnderTest store, Bucket bucket, String key) throws IOException {
    Lookup found = store.catalog().find(bucket, key, VersionSelector.LATEST);
    return store.read(assertInstanceOf(Lookup.Found.class, found).version());
  }

  private void assertAsRebuilt(StoreUnderTest store) throws IOException {
    Path lost = directory.resolve("lost");
    store.copyTo(lost);
    StoreUnderTest.delete(lost.resolve("d0/catalog"));
    try (StoreUnderTest rebuilt = StoreUnderTest.open(lost, SHAPE, clock)) {
      assertEquals(rows(rebuilt, 'R'), rows(store, 'R'), "remains");
      assertEquals(rebuilt.dump(), store.dump());
    } finally {
      StoreUnderTest.delete(lost);
    }
  }
}

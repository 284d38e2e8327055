package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.filer.quota.Quota;
import hayloft.filer.quota.QuotaExceededException;
import hayloft.filer.quota.Usage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does a bucket hold what its quota allows, and no more?
final class QuotasTest {

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain);
    bucket = store.catalog().findBucket("bucket").orElseThrow();
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private void allow(OptionalLong bytes, OptionalLong objects) throws IOException {
    bucket = store.catalog().updateBucket("bucket", new Quota(bytes, objects)::on).orElseThrow();
  }

  private PutOutcome put(String key, int sizeBytes) throws IOException {
    return store.put(bucket, key, new byte[sizeBytes], TestStore.draft("owner"), Precondition.NONE);
  }

  @Test
  void whatExceedsItIsRefusedAndLeavesNothing() throws IOException {
    allow(OptionalLong.of(10_000), OptionalLong.empty());
    put("a", 6000);
    assertThrows(QuotaExceededException.class, () -> put("b", 5000));
    put("b", 4000);
    assertThrows(QuotaExceededException.class, () -> put("c", 1));
    assertEquals(new Usage(10_000, 2), store.catalog().usage(bucket));
    store.catalog().collectNow();
    assertEquals(2, store.catalog().rowCounts().getOrDefault('O', 0L), "no row of what was refused");
  }

  @Test
  void whatWasNotStoredIsGivenBack() throws IOException {
    allow(OptionalLong.of(1000), OptionalLong.of(2));
    put("a", 400);
    var exists = new Precondition(Optional.empty(), Optional.of("*"), Optional.empty(), Optional.empty());
    for (int i = 0; i < 5; i++) {
      assertTrue(store.put(bucket, "a", new byte[400], TestStore.draft("owner"),
          exists) instanceof PutOutcome.Refused);
    }
    put("b", 600);
  }

  @Test
  void whatWasDeletedIsFreeAgainAtTheNextCount() throws IOException {
    allow(OptionalLong.empty(), OptionalLong.of(1));
    put("a", 1);
    store.catalog().delete(bucket, "a", VersionSelector.LATEST, Precondition.NONE);
    assertEquals(new Usage(0, 0), store.catalog().usage(bucket));
    put("b", 1);
  }

  @Test
  void partsCountAsTheyComeIn() throws IOException {
    allow(OptionalLong.of(5000), OptionalLong.of(1));
    Upload upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    byte[] bytes = new byte[3000];
    String etag = TestStore.md5(bytes);
    store.catalog().putPart(bucket, upload, 1, etag, Optional.empty(), store.body(bucket, "up", bytes),
        Durability.FSYNC);
    assertEquals(new Usage(3000, 0), store.catalog().usage(bucket), "counting does not forget them");
    StoredBody more = store.body(bucket, "up", bytes);
    assertThrows(QuotaExceededException.class, () -> store.catalog().putPart(bucket, upload, 2, etag, Optional.empty(),
        more, Durability.FSYNC));
    store.catalog().completeUpload(bucket, "up", upload.uploadId(), List.of(new PartChoice(1, etag, Optional.empty())),
        Optional.empty(), Precondition.NONE);
    assertEquals(new Usage(3000, 1), store.catalog().usage(bucket));
  }

  @Test
  void ofAPartThatWasSentAgainTheNewestCountsAndNothingOfAnUploadThatWasAborted() throws IOException {
    Upload upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
    for (int sizeBytes : new int[]{3000, 2000}) {
      byte[] bytes = new byte[sizeBytes];
      store.catalog().putPart(bucket, upload, 1, TestStore.md5(bytes), Optional.empty(),
          store.body(bucket, "up", bytes), Durability.FSYNC);
    }
    put("up", 1);
    assertEquals(new Usage(2001, 1), store.catalog().usage(bucket));
    store.catalog().abortUpload(bucket, "up", upload.uploadId());
    assertEquals(new Usage(1, 1), store.catalog().usage(bucket));
  }

  @Test
  void itOutlivesARebuildAndCanBeTakenAway() throws IOException {
    allow(OptionalLong.of(10), OptionalLong.empty());
    store.rebuild();
    bucket = store.catalog().findBucket("bucket").orElseThrow();
    assertEquals(Optional.of(new Quota(OptionalLong.of(10), OptionalLong.empty())), Quota.of(bucket));
    assertThrows(QuotaExceededException.class, () -> put("a", 11));
    allow(OptionalLong.empty(), OptionalLong.empty());
    put("a", 11);
  }
}

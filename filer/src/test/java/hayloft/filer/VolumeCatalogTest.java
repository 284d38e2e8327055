package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does the catalog keep its word, one promise at a time? The model test tries them in combination.
final class VolumeCatalogTest {

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    bucket = create("bucket");
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private Bucket create(String name) throws IOException {
    return switch (store.catalog().createBucket(name, "owner", "us-east-1", false, plain -> plain)) {
      case BucketCreation.Created(var created) -> created;
      case BucketCreation.NameTaken(var existing) -> throw new AssertionError(existing + " is there");
    };
  }

  private ObjectVersion found(String key) throws IOException {
    return assertInstanceOf(Lookup.Found.class, store.catalog().find(bucket, key, VersionSelector.LATEST)).version();
  }

  private static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void whatIsPutIsFoundReadAndListed() throws IOException {
    ObjectVersion put = store.put(bucket, "a/b", "hello");
    assertEquals(put, found("a/b"));
    assertEquals("null", put.versionId());
    assertArrayEquals("hello".getBytes(StandardCharsets.UTF_8), store.read(put));
    ObjectPage page = store.catalog().list(bucket, new ListQuery("", "", Optional.empty(), 10));
    assertEquals(List.of(ListedVersion.of(put)), page.objects());
    assertTrue(page.next().isEmpty());
  }

  @Test
  void everythingOutlivesAKillAndARebuild() throws IOException {
    store.put(bucket, "small", "x");
    byte[] large = bytes(25_300, 1);
    store.put(bucket, "large", large, TestStore.draft("owner"), Precondition.NONE);
    store.catalog().putUser(new User("u", "User", "AK", "secret", true));
    Map<String, String> before = store.dump();
    store.crash();
    assertEquals(before, store.dump());
    store.rebuild();
    assertEquals(before, store.dump());
    assertArrayEquals(large, store.read(found("large")));
    assertEquals("secret", store.catalog().findUserByAccessKey("AK").orElseThrow().secretKey());
  }

  @Test
  void rangesOfATreeOfPiecesAreReadRight() throws IOException {
    byte[] large = bytes(41_234, 2);
    store.put(bucket, "large", large, TestStore.draft("owner"), Precondition.NONE);
    ObjectVersion version = found("large");
    var random = new Random(3);
    for (int i = 0; i < 200; i++) {
      int from = random.nextInt(large.length);
      int to = from + random.nextInt(large.length - from + 1);
      assertArrayEquals(Arrays.copyOfRange(large, from, to), store.read(version, new ByteRange(from, to)));
    }
  }

  @Test
  void anUploadIsCompletedWithoutCopyingAndTwiceWithTheSameAnswer() throws IOException {
    VolumeCatalog catalog = store.catalog();
    Upload upload = catalog.createUpload(bucket, "big", TestStore.draft("owner"), Optional.empty(), false);
    byte[] first = bytes(2500, 4);
    byte[] second = bytes(700, 5);
    for (byte[] part : List.of(first, second)) {
      int number = part == first ? 1 : 7;
      assertInstanceOf(PartOutcome.Stored.class, catalog.putPart(bucket, upload, number, TestStore.md5(part),
          Optional.empty(), store.body(bucket, "big", part), Durability.FSYNC));
    }
    var choices = List.of(new PartChoice(1, TestStore.md5(first), Optional.empty()),
        new PartChoice(7, TestStore.md5(second), Optional.empty()));
    CompleteOutcome outcome = catalog.completeUpload(bucket, "big", upload.uploadId(), choices, Optional.empty(),
        Precondition.NONE);
    ObjectVersion version = assertInstanceOf(CompleteOutcome.Completed.class, outcome).version();
    assertEquals(outcome, catalog.completeUpload(bucket, "big", upload.uploadId(), choices, Optional.empty(),
        Precondition.NONE));
    assertEquals(version, found("big"));
    assertEquals(2, version.partCount());
    assertEquals(List.of(1, 7), catalog.parts(version).stream().map(Part::number).toList());
    byte[] whole = Arrays.copyOf(first, 3200);
    System.arraycopy(second, 0, whole, 2500, 700);
    assertArrayEquals(whole, store.read(version));
    catalog.collectNow();
    assertArrayEquals(whole, store.read(version));
    assertTrue(catalog.findUpload(bucket, "big", upload.uploadId()).isEmpty());
    Map<String, String> before = store.dump();
    store.rebuild();
    assertEquals(before, store.dump());
    assertArrayEquals(whole, store.read(found("big")));
    store.catalog().delete(bucket, "big", VersionSelector.LATEST, Precondition.NONE);
    store.catalog().collectNow();
    store.rebuild();
    store.collectAndCompact();
    assertEquals(1, store.liveTruths().size(), "the bucket's needle is all that is left");
  }

  @Test
  void deletedThingsLeaveNothingBehind() throws IOException {
    for (int i = 0; i < 20; i++) {
      store.put(bucket, "k" + i % 5, bytes(i * 170, i), TestStore.draft("owner"), Precondition.NONE);
    }
    for (int i = 0; i < 5; i++) {
      store.catalog().delete(bucket, "k" + i, VersionSelector.LATEST, Precondition.NONE);
    }
    assertEquals(BucketDeletion.DELETED, store.catalog().deleteBucket(bucket));
    store.collectAndCompact();
    assertEquals(Map.of(), store.dump());
    assertEquals(List.of(), store.liveTruths());
    assertFalse(store.catalog().findBucket("bucket").isPresent());
    bucket = create("bucket");
  }
}

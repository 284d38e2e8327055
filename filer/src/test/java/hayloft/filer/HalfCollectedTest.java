package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A collection that is killed between two marks leaves an object whose chunks are partly gone, beside its commit
/// needle. Does a rebuild that comes then bring anything back?
///
/// The bodies are acknowledged as `os`: a replay may then take missing chunks for those that a power cut took.
final class HalfCollectedTest {

  private static final byte[] FOUR_CHUNKS = new byte[3 * TestStore.CHUNK_BYTES + 1];

  @TempDir
  Path directory;

  @Test
  void aKilledCollectionBringsNothingBackWhereverItWasKilled() throws IOException {
    boolean killed = true;
    int marks = 0;
    for (; killed; marks++) {
      TestStore store = storeWithGarbage("after-" + marks);
      Bucket bucket = store.catalog().findBucket("bucket").orElseThrow();

      killed = collectUpTo(store, marks);
      store.rebuild();
      String after = "killed after " + marks + " marks";
      assertEmpty(store, bucket, after);
      store.catalog().collectNow();
      var rows = store.dump();
      store.rebuild();
      assertEquals(rows, store.dump(), after);
      assertEmpty(store, bucket, after);
      store.catalog().close();
    }
    assertTrue(marks > 6, marks + " steps are fewer than books and volumes that are told of them");
  }

  /// What a collection has begun, the next one ends; a replay that scans a compacted volume anew is not to end it in
  /// its own way.
  @Test
  void aCrashAfterTheRebuildTakesNothingForHalvesOfAPowerCut() throws IOException {
    boolean killed = true;
    for (int marks = 0; killed; marks++) {
      TestStore store = storeWithGarbage("after-" + marks);
      killed = collectUpTo(store, marks);
      store.rebuild();
      store.volumes.compact(_ -> true);
      Set<FileId> alive = alive(store);
      store.crash();
      assertEquals(alive, alive(store), "killed after " + marks + " marks");
      store.catalog().close();
    }
  }

  private TestStore storeWithGarbage(String name) throws IOException {
    TestStore store = TestStore.of(directory.resolve(name), Durability.OS);
    store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain);
    Bucket bucket = store.catalog().findBucket("bucket").orElseThrow();
    putAndDelete(store, bucket);
    uploadAndDelete(store, bucket);
    return store;
  }

  private static Set<FileId> alive(TestStore store) {
    return store.volumes.live().stream().map(needle -> needle.id()).collect(Collectors.toSet());
  }

  private static void putAndDelete(TestStore store, Bucket bucket) throws IOException {
    assertInstanceOf(PutOutcome.Stored.class,
        store.put(bucket, "plain", FOUR_CHUNKS, TestStore.draft("owner"), Precondition.NONE));
    store.catalog().delete(bucket, "plain", VersionSelector.LATEST, Precondition.NONE);
  }

  private static void uploadAndDelete(TestStore store, Bucket bucket) throws IOException {
    Upload upload = store.catalog().createUpload(bucket, "parts", TestStore.draft("owner"), Optional.empty(), false);
    String etag = TestStore.md5(FOUR_CHUNKS);
    assertInstanceOf(PartOutcome.Stored.class, store.catalog().putPart(bucket, upload, 1, etag, Optional.empty(),
        store.body(bucket, "parts", FOUR_CHUNKS), Durability.OS));
    assertInstanceOf(CompleteOutcome.Completed.class, store.catalog().completeUpload(bucket, "parts", upload.uploadId(),
        List.of(new PartChoice(1, etag, Optional.empty())), Optional.empty(), Precondition.NONE));
    store.catalog().delete(bucket, "parts", VersionSelector.LATEST, Precondition.NONE);
  }

  /// Whether the collection was killed.
  private static boolean collectUpTo(TestStore store, int marks) throws IOException {
    store.volumes.failMarksAfter(marks);
    store.catalog().collectNow();
    boolean killed = store.volumes.wasKilled();
    store.volumes.failMarksAfter(Integer.MAX_VALUE);
    return killed;
  }

  private static void assertEmpty(TestStore store, Bucket bucket, String what) throws IOException {
    for (String key : List.of("plain", "parts")) {
      assertFalse(store.catalog().find(bucket, key, VersionSelector.LATEST) instanceof Lookup.Found, what + ": " + key);
    }
    var all = new UploadQuery("", "", Optional.empty(), Optional.empty(), 10);
    assertEquals(List.of(), store.catalog().listUploads(bucket, all).uploads(), what);
  }
}

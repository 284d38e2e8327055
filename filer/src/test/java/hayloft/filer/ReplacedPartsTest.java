package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import hayloft.common.Durability;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Does a part that is sent again give its former bytes back at once, and never those that are needed?
final class ReplacedPartsTest {

  private static final int LARGE_BYTES = 40 * TestStore.CHUNK_BYTES; // its pieces are listed in needles of their own

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;
  private Upload upload;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain);
    bucket = store.catalog().findBucket("bucket").orElseThrow();
    upload = store.catalog().createUpload(bucket, "up", TestStore.draft("owner"), Optional.empty(), false);
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private byte[] part(int number, int sizeBytes, int content) throws IOException {
    byte[] bytes = new byte[sizeBytes];
    Arrays.fill(bytes, (byte) content);
    assertInstanceOf(PartOutcome.Stored.class, store.catalog().putPart(bucket, upload, number, TestStore.md5(bytes),
        Optional.empty(), store.body(bucket, "up", bytes), Durability.FSYNC));
    return bytes;
  }

  private int liveBytes() throws IOException {
    store.catalog().collectNow();
    return store.volumes.live().stream().mapToInt(needle -> needle.data().length).sum();
  }

  @Test
  void theFormerBytesAreCollectedBeforeTheUploadEnds() throws IOException {
    part(1, LARGE_BYTES, 1);
    part(2, 10, 2);
    int once = liveBytes();
    for (int again = 0; again < 3; again++) {
      part(1, LARGE_BYTES, 3);
      part(2, 10, 4);
    }
    byte[] first = part(1, LARGE_BYTES, 5);
    byte[] second = part(2, 10, 6);
    assertEquals(once, liveBytes());
    assertEquals(2L, store.catalog().rowCounts().get('P'));
    Map<String, String> rows = store.dump();
    store.rebuild();
    store.catalog().collectNow();
    assertEquals(rows, store.dump());
    complete(first, second);
    store.catalog().collectNow();
    ObjectVersion made = assertInstanceOf(Lookup.Found.class,
        store.catalog().find(bucket, "up", VersionSelector.LATEST)).version();
    byte[] whole = Arrays.copyOf(first, LARGE_BYTES + 10);
    System.arraycopy(second, 0, whole, LARGE_BYTES, 10);
    assertArrayEquals(whole, store.read(made));
  }

  @Test
  void whatACompletionUsesStays() throws IOException {
    part(1, LARGE_BYTES, 1);
    byte[] first = part(1, LARGE_BYTES, 2);
    complete(first);
    liveBytes();
    ObjectVersion made = assertInstanceOf(Lookup.Found.class,
        store.catalog().find(bucket, "up", VersionSelector.LATEST)).version();
    assertArrayEquals(first, store.read(made));
  }

  /// A mark that is made and a process that is killed before the next one.
  @Test
  void aKillBetweenTheMarksChangesNothing() throws IOException {
    part(1, 3 * TestStore.CHUNK_BYTES, 1);
    byte[] first = part(1, 3 * TestStore.CHUNK_BYTES, 2);
    for (int marks = 0; marks < 5; marks++) {
      store.volumes.failMarksAfter(marks);
      try {
        store.catalog().collectNow();
      } catch (IOException _) {
        // killed
      }
      store.volumes.failMarksAfter(Integer.MAX_VALUE);
      store.rebuild();
      List<Part> parts = store.catalog().listParts(bucket, upload, 0, 10);
      assertEquals(List.of(TestStore.md5(first)), parts.stream().map(Part::etag).toList());
    }
    store.catalog().collectNow();
    complete(first);
    ObjectVersion made = assertInstanceOf(Lookup.Found.class,
        store.catalog().find(bucket, "up", VersionSelector.LATEST)).version();
    assertArrayEquals(first, store.read(made));
  }

  private void complete(byte[]... parts) throws IOException {
    var choices = new java.util.ArrayList<PartChoice>();
    for (int i = 0; i < parts.length; i++) {
      choices.add(new PartChoice(i + 1, TestStore.md5(parts[i]), Optional.empty()));
    }
    assertInstanceOf(CompleteOutcome.Completed.class, store.catalog().completeUpload(bucket, "up", upload.uploadId(),
        choices, Optional.empty(), Precondition.NONE));
  }
}

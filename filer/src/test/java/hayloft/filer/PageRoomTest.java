package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.PageRoom;
import hayloft.common.volume.StoreBusyException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Pages of objects, versions and uploads that end where their room does.
final class PageRoomTest {

  /// What the strings, the record and its place are, as the JVM lays them out without compressed references.
  private static final int LEAST_BYTES_AROUND_ROW = 8 + 16 + 6 * 8 + 2 * 8 + 32;
  private static final int LEAST_BYTES_AROUND_STRING = 40;
  private static final Map<String, String> LARGE_HEADERS = headers();
  private static final List<String> KEYS = List.of("a", "b/1", "b/2", "c", "d".repeat(1024), "\u00fc".repeat(512),
      "\u20ac".repeat(341));

  @TempDir
  Path directory;

  private TestStore store;
  private Bucket bucket;

  /// Lets rows in as long as their bytes fit.
  private static final class Room implements PageRoom {

    private final Map<String, Long> bytesByName = new HashMap<>();
    private final long bytes;
    private long taken;

    Room(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public boolean takes(String name, long heapBytes) {
      if (taken > 0 && taken + heapBytes > bytes) {
        return false;
      }
      taken += heapBytes;
      bytesByName.put(name, heapBytes);
      return true;
    }
  }

  private static Map<String, String> headers() {
    return Map.of("content-type", "t".repeat(10_000), "cache-control", "c".repeat(15_000));
  }

  private static ObjectDraft largeDraft(String owner) {
    return new ObjectDraft(LARGE_HEADERS, Map.of("m", "v".repeat(5_000)), Map.of("tag", "value"), owner, "STANDARD",
        Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC32, "AAAAAA==", false)), "an acl");
  }

  @BeforeEach
  void fill() throws IOException {
    store = new TestStore(directory);
    bucket = assertInstanceOf(BucketCreation.Created.class,
        store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain)).bucket();
    bucket = store.catalog().updateBucket("bucket", now -> now.withVersioning(Versioning.ENABLED)).orElseThrow();
    for (String key : KEYS) {
      store.put(bucket, key, new byte[]{1}, largeDraft(key.length() > 1000 ? "another" : "owner"), Precondition.NONE);
    }
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  @Test
  void aPageOfObjectsEndsWhereItsRoomDoesAndTheNextOneGoesOn() throws IOException {
    for (String delimiter : List.of("", "/")) {
      ObjectPage whole = store.catalog().list(bucket, new ListQuery("", delimiter, Optional.empty(), 1000));
      for (int roomBytes : new int[]{1, 700, 2_000, 4_000}) {
        List<ListedVersion> objects = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        Optional<String> after = Optional.empty();
        int pages = 0;
        do {
          Room room = new Room(roomBytes);
          ObjectPage page = store.catalog().list(bucket, new ListQuery("", delimiter, after, 1000, room));
          assertEquals(room.bytesByName.size(), page.objects().size() + page.commonPrefixes().size());
          objects.addAll(page.objects());
          prefixes.addAll(page.commonPrefixes());
          after = page.next();
          pages++;
        } while (after.isPresent());
        assertEquals(whole.objects(), objects);
        assertEquals(whole.commonPrefixes(), prefixes);
        assertTrue(pages > 1, pages + " pages");
      }
    }
  }

  @Test
  void aPageOfVersionsEndsWithinAKeyAndTheNextOneGoesOnThere() throws IOException {
    for (int i = 0; i < 5; i++) {
      store.put(bucket, "b/1", new byte[]{1}, largeDraft("owner"), Precondition.NONE);
    }
    store.catalog().delete(bucket, "b/1", VersionSelector.LATEST, Precondition.NONE);
    for (String delimiter : List.of("", "/")) {
      VersionPage whole = store.catalog().listVersions(bucket,
          new VersionQuery("", delimiter, Optional.empty(), Optional.empty(), 1000));
      for (int roomBytes : new int[]{1, 700, 2_000, 4_000}) {
        List<VersionPage.Entry> entries = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        Optional<VersionPage.Next> after = Optional.empty();
        do {
          VersionPage page = store.catalog().listVersions(bucket, new VersionQuery("", delimiter,
              after.map(VersionPage.Next::key), after.flatMap(VersionPage.Next::versionId), 1000,
              new Room(roomBytes)));
          entries.addAll(page.entries());
          prefixes.addAll(page.commonPrefixes());
          after = page.next();
        } while (after.isPresent());
        assertEquals(whole.entries(), entries);
        assertEquals(whole.commonPrefixes(), prefixes);
      }
    }
  }

  @Test
  void aPageOfUploadsEndsWhereItsRoomDoesAndTheNextOneGoesOn() throws IOException {
    for (String key : KEYS) {
      for (int i = 0; i < 2; i++) {
        store.catalog().createUpload(bucket, key, largeDraft("owner"), Optional.of(ChecksumAlgorithm.SHA1), true);
      }
    }
    for (String delimiter : List.of("", "/")) {
      UploadPage whole = store.catalog().listUploads(bucket,
          new UploadQuery("", delimiter, Optional.empty(), Optional.empty(), 1000));
      for (int roomBytes : new int[]{1, 700, 2_000, 4_000}) {
        List<ListedUpload> uploads = new ArrayList<>();
        List<String> prefixes = new ArrayList<>();
        Optional<UploadPage.Next> after = Optional.empty();
        do {
          UploadPage page = store.catalog().listUploads(bucket, new UploadQuery("", delimiter,
              after.map(UploadPage.Next::key), after.map(UploadPage.Next::uploadId).filter(id -> !id.isEmpty()), 1000,
              new Room(roomBytes)));
          uploads.addAll(page.uploads());
          prefixes.addAll(page.commonPrefixes());
          after = page.next();
        } while (after.isPresent());
        assertEquals(whole.uploads(), uploads);
        assertEquals(whole.commonPrefixes(), prefixes);
      }
    }
  }

  @Test
  void noRoomForTheFirstRowIsTold() {
    PageRoom none = (_, _) -> {
      throw new StoreBusyException("no room");
    };
    assertThrows(StoreBusyException.class,
        () -> store.catalog().list(bucket, new ListQuery("", "", Optional.empty(), 10, none)));
  }

  /// Whatever the client stored beside the bytes: a row keeps what a listing shows, and no more than was asked for.
  @Test
  void aRowIsAskedForWithNoLessThanItKeeps() throws IOException {
    var room = new Room(Long.MAX_VALUE);
    ObjectPage page = store.catalog().list(bucket, new ListQuery("", "", Optional.empty(), 1000, room));
    for (ListedVersion row : page.objects()) {
      long kept = LEAST_BYTES_AROUND_ROW + string(row.key()) + string(row.versionId()) + string(row.etag())
          + (row.ownerId().equals("owner") ? 0 : string(row.ownerId()));
      long asked = room.bytesByName.getOrDefault(row.key(), 0L);
      assertTrue(kept <= asked && asked < kept + 300, () -> row.key() + " keeps " + kept + ", asked for " + asked);
    }
    var prefixes = new Room(Long.MAX_VALUE);
    String deep = "\u0416".repeat(100) + "/";
    store.put(bucket, deep + "k", "x");
    store.catalog().list(bucket, new ListQuery(deep.substring(0, 1), "/", Optional.empty(), 10, prefixes));
    assertTrue(prefixes.bytesByName.getOrDefault(deep, 0L) >= 8 + string(deep), () -> prefixes.bytesByName.toString());
  }

  private static long string(String text) {
    boolean narrow = IntStream.range(0, text.length()).allMatch(i -> text.charAt(i) <= 0xff);
    return LEAST_BYTES_AROUND_STRING + (narrow ? 1L : 2L) * text.length();
  }

  @Test
  void whatIsListedIsWhatIsFound() throws IOException {
    for (ListedVersion row : store.catalog().list(bucket, new ListQuery("", "", Optional.empty(), 1000)).objects()) {
      ObjectVersion found = assertInstanceOf(Lookup.Found.class,
          store.catalog().find(bucket, row.key(), VersionSelector.LATEST)).version();
      assertEquals(ListedVersion.of(found), row);
      assertEquals(LARGE_HEADERS, found.attributes().headers());
    }
    Upload upload = store.catalog().createUpload(bucket, "up", largeDraft("another"),
        Optional.of(ChecksumAlgorithm.CRC32C), false);
    assertEquals(List.of(ListedUpload.of(upload)), store.catalog().listUploads(bucket,
        new UploadQuery("up", "", Optional.empty(), Optional.empty(), 10)).uploads());
  }
}

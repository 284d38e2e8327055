package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.request.PercentEncoding;
import hayloft.s3.xml.XmlWriter;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Pages whose rows and documents find little room.
final class ListingRoomTest {

  /// The longest keys of characters that take the most in a document, and usual ones.
  private static final List<String> KEYS = Stream.concat(
      Stream.of("\u0001".repeat(1023), "\"".repeat(1023), "\u2028".repeat(340), "\u00fc".repeat(511), "%".repeat(1023),
          "\ud83d\ude00".repeat(255), "\ufffe".repeat(340)),
      IntStream.range(0, 20).mapToObj(i -> "usual" + i))
      .flatMap(key -> Stream.of(key, key + "/")).sorted().toList();

  private final TestStore store = new TestStore().withBucket("b");

  /// So much heap, and how often it was waited for.
  private static final class Heap implements Claims {
    private long leftBytes;
    private int waits;

    Heap(long bytes) {
      leftBytes = bytes;
    }

    @Override
    public void take(Kind kind, long bytes) throws StoreBusyException {
      waits++;
      if (!takeNow(kind, bytes)) {
        throw new StoreBusyException(bytes + " wanted of " + leftBytes);
      }
    }

    @Override
    public boolean takeNow(Kind kind, long bytes) {
      if (bytes > leftBytes) {
        return false;
      }
      leftBytes -= bytes;
      return true;
    }

    @Override
    public void giveBack(Kind kind, long bytes) {
      leftBytes += bytes;
    }
  }

  @BeforeEach
  void fill() {
    for (String key : KEYS) {
      String path = "/b/" + URLEncoder.encode(key, StandardCharsets.UTF_8).replace("+", "%20");
      assertEquals(200, store.put(path, "x").status());
      assertEquals(200, store.send("POST", path + "?uploads", "").status());
    }
  }

  private FakeExchange get(String target, Heap heap) {
    FakeExchange exchange = store.request("GET", target, "").with("x-test-key", "alice");
    exchange.claims = heap;
    return store.send(exchange);
  }

  @ParameterizedTest
  @ValueSource(strings = {"list-type=2", "list-type=2&fetch-owner=true", "versions", "", "uploads"})
  void aDocumentStaysWithinWhatItsRowsHaveClaimed(String query) {
    for (String more : List.of("", "&encoding-type=url", "&delimiter=/", "&encoding-type=url&delimiter=/",
        "&prefix=usual1")) {
      var heap = new Heap(Long.MAX_VALUE / 2);
      FakeExchange page = get("/b?" + query + more, heap);
      assertEquals(200, page.status(), () -> more + page.text());
      assertTrue(heap.waits <= 2, () -> query + more + ": waited " + heap.waits + " times, so the document grew");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {80 << 10, 100 << 10, 112 << 10})
  void pagesThatFindLittleRoomGiveEveryKeyOnce(long bytes) {
    List<String> keys = new ArrayList<>();
    String after = "";
    int pages = 0;
    while (true) {
      var heap = new Heap(bytes);
      FakeExchange page = get("/b?list-type=2&encoding-type=url"
          + (after.isEmpty() ? "" : "&continuation-token=" + after), heap);
      assertEquals(200, page.status());
      keys.addAll(page.elements("Key"));
      assertEquals(Integer.toString(page.elements("Key").size()), page.element("KeyCount"));
      pages++;
      if (page.element("IsTruncated").equals("false")) {
        break;
      }
      after = page.element("NextContinuationToken");
    }
    assertEquals(KEYS.stream().map(PercentEncoding::encodeKey).sorted().toList(), keys.stream().sorted().toList());
    assertTrue(pages > 1);
  }

  @Test
  void aPageWithoutRoomForARowIsRefused() {
    for (String query : List.of("list-type=2", "versions", "", "uploads")) {
      assertEquals("503 SlowDown", codeOf(get("/b?" + query, new Heap(50 << 10))), query);
    }
  }

  @Test
  void keysAreCountedAsTheyAreWritten() {
    for (String key : KEYS) {
      assertTrue(PercentEncoding.encodedBytes(key) >= PercentEncoding.encodeKey(key).length(), key);
      XmlWriter xml = new XmlWriter(64);
      int before = written(new XmlWriter(64), "");
      assertEquals(written(xml, key) - before, XmlWriter.escapedBytes(key), key);
    }
  }

  private static int written(XmlWriter xml, String text) {
    xml.text("a", text);
    var document = xml.finish();
    try {
      return document.readableBytes();
    } finally {
      document.release();
    }
  }
}

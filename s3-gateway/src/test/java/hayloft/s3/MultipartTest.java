package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import hayloft.filer.ChecksumAlgorithm;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MultipartTest {

  private final TestStore store = new TestStore().withBucket("b");
  private final TestChecksums checksums = new TestChecksums();

  @AfterEach
  void noBodyIsLeftOpen() {
    assertEquals(0, store.catalog.openBodies);
    assertEquals(0, FakeGate.open);
  }

  private String begin(String... headers) {
    return store.send("POST", "/b/k?uploads", "", headers).element("UploadId");
  }

  private String part(String upload, int number, String body, String... headers) {
    FakeExchange stored = store.put("/b/k?partNumber=" + number + "&uploadId=" + upload, body, headers);
    assertEquals(200, stored.status(), stored.text());
    return String.valueOf(stored.header("etag"));
  }

  private static String order(String... etags) {
    StringBuilder order = new StringBuilder("<CompleteMultipartUpload>");
    for (int i = 0; i < etags.length; i++) {
      order.append("<Part><PartNumber>").append(i + 1).append("</PartNumber><ETag>")
          .append(etags[i].replace("\"", "&quot;"))
          .append("</ETag></Part>");
    }
    return order.append("</CompleteMultipartUpload>").toString();
  }

  /// @param sums elements with the parts' checksums
  private static String order(List<String> etags, List<String> sums) {
    StringBuilder order = new StringBuilder("<CompleteMultipartUpload>");
    for (int i = 0; i < etags.size(); i++) {
      order.append("<Part><PartNumber>").append(i + 1).append("</PartNumber><ETag>")
          .append(etags.get(i).replace("\"", "&quot;")).append("</ETag>").append(sums.get(i)).append("</Part>");
    }
    return order.append("</CompleteMultipartUpload>").toString();
  }

  private String element(ChecksumAlgorithm algorithm, String text) {
    return "<Checksum" + algorithm + ">" + sum(algorithm, text) + "</Checksum" + algorithm + ">";
  }

  private FakeExchange complete(String upload, String order, String... headers) {
    return store.send("POST", "/b/k?uploadId=" + upload, order, headers);
  }

  @Test
  void partsBecomeAnObject() {
    String upload = begin("content-type", "a/b", "x-amz-meta-m", "1");
    String one = part(upload, 1, "hello ");
    String two = part(upload, 2, "world");
    FakeExchange done = complete(upload, order(one, two));
    assertEquals(200, done.status(), done.text());
    assertEquals("http://127.0.0.1:8333/b/k", done.element("Location"));
    assertTrue(done.element("ETag").endsWith("-2&quot;"));
    FakeExchange got = store.get("/b/k");
    assertEquals("hello world a/b 1",
        got.text() + " " + got.header("content-type") + " " + got.header("x-amz-meta-m"));
    assertEquals(200, complete(upload, order(one, two)).status(), "idempotent");
    assertEquals("404 NoSuchUpload", codeOf(store.get("/b/k?uploadId=" + upload)));
  }

  @Test
  void partsOfAnObjectAreRead() {
    String upload = begin();
    complete(upload, order(part(upload, 1, "hello "), part(upload, 2, "world")));
    FakeExchange second = store.get("/b/k?partNumber=2");
    assertEquals("206 world bytes 6-10/11 2", second.status() + " " + second.text() + " "
        + second.header("content-range") + " " + second.header("x-amz-mp-parts-count"));
    assertEquals("5", store.send("HEAD", "/b/k?partNumber=2", "").header("content-length"));
    assertEquals("400 InvalidPart", codeOf(store.get("/b/k?partNumber=3")));
    assertEquals("400 InvalidArgument", codeOf(store.get("/b/k?partNumber=0")));
    assertEquals("400 InvalidRequest", codeOf(store.get("/b/k?partNumber=1", "range", "bytes=0-1")));
    store.put("/b/plain", "x");
    assertEquals(206, store.get("/b/plain?partNumber=1").status());
    assertEquals("400 InvalidPart", codeOf(store.get("/b/plain?partNumber=2")));
    FakeExchange attributes = store.get("/b/k?attributes", "x-amz-object-attributes", "ObjectParts", "x-amz-max-parts",
        "1");
    assertEquals("2 1 true 6", attributes.element("PartsCount") + " " + attributes.element("NextPartNumberMarker") + " "
        + attributes.element("IsTruncated") + " " + attributes.element("Size"));
  }

  @Test
  void partsAreReadByTheirNumbersWhichMayHaveGaps() {
    String upload = begin();
    String parts = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part><Part><PartNumber>7"
        + "</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>";
    assertEquals(200,
        complete(upload, parts.formatted(part(upload, 1, "hello "), part(upload, 7, "world"))).status());
    for (String method : List.of("GET", "HEAD")) {
      FakeExchange seventh = store.send(method, "/b/k?partNumber=7", "");
      assertEquals("206 bytes 6-10/11 2", seventh.status() + " " + seventh.header("content-range") + " "
          + seventh.header("x-amz-mp-parts-count"));
      assertEquals(400, store.send(method, "/b/k?partNumber=2", "").status());
    }
    assertEquals("world", store.get("/b/k?partNumber=7").text());
    assertEquals("400 InvalidPart", codeOf(store.get("/b/k?partNumber=2")));
    assertEquals("400 InvalidPart", codeOf(store.get("/b/k?partNumber=8")));
    FakeExchange attributes = store.get("/b/k?attributes", "x-amz-object-attributes", "ObjectParts");
    assertEquals("2 [1, 7]", attributes.element("PartsCount") + " " + attributes.elements("PartNumber"));
  }

  @Test
  void ofAPartThatWasSentAgainTheLaterEntryCounts() {
    String upload = begin();
    String first = part(upload, 1, "first");
    String again = part(upload, 1, "again");
    String both = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part>"
        + "<Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>";
    assertEquals("400 InvalidPart", codeOf(complete(upload, both.formatted(again, first))));
    assertEquals(200, complete(upload, both.formatted(first, again)).status());
    assertEquals("again", store.get("/b/k").text());
  }

  @Test
  void completionsThatAreRefused() {
    String upload = begin();
    String one = part(upload, 1, "abc");
    String two = part(upload, 2, "world");
    FakeExchange small = complete(upload, order(one, two));
    assertEquals("400 EntityTooSmall", codeOf(small));
    assertEquals("1 3", small.element("PartNumber") + " " + small.element("ProposedSize"));
    assertEquals("400 InvalidPart", codeOf(complete(upload, order(two))));
    assertEquals("400 InvalidPartOrder", codeOf(complete(upload,
        "<CompleteMultipartUpload><Part><PartNumber>2</PartNumber><ETag>" + two + "</ETag></Part><Part><PartNumber>1"
            + "</PartNumber><ETag>" + one + "</ETag></Part></CompleteMultipartUpload>")));
    assertEquals("404 NoSuchUpload", codeOf(complete("none", order(one))));
    assertEquals("404 NoSuchKey", codeOf(complete(upload, order(one), "if-match", "x")));
    store.put("/b/k", "there");
    assertEquals("412 PreconditionFailed", codeOf(complete(upload, order(one), "if-none-match", "*")));
    assertEquals("400 InvalidRequest", codeOf(complete(upload, order(one), "x-amz-mp-object-size", "4")));
    assertEquals(200, complete(upload, order(one), "x-amz-mp-object-size", "3").status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<CompleteMultipartUpload/>", "<Other><Part/></Other>",
      "<CompleteMultipartUpload><Part><ETag>e</ETag></Part></CompleteMultipartUpload>",
      "<CompleteMultipartUpload><Part><PartNumber>x</PartNumber><ETag>e</ETag></Part></CompleteMultipartUpload>"})
  void malformedCompletions(String order) {
    assertEquals("400 MalformedXML", codeOf(complete(begin(), order)));
  }

  @Test
  void partNumbersAre1To10000() {
    String upload = begin();
    for (String number : List.of("0", "10001", "-1", "x", "")) {
      assertEquals("400 InvalidArgument",
          codeOf(store.put("/b/k?partNumber=" + number + "&uploadId=" + upload, "x")), number);
    }
    assertEquals("404 NoSuchUpload", codeOf(store.put("/b/k?partNumber=1&uploadId=none", "x")));
  }

  @ParameterizedTest
  @CsvSource({"CRC32,COMPOSITE", "CRC32,FULL_OBJECT", "CRC32C,FULL_OBJECT", "CRC64NVME,FULL_OBJECT", "SHA1,COMPOSITE",
      "SHA256,COMPOSITE", "CRC32C,COMPOSITE", "SHA512,COMPOSITE", "MD5,COMPOSITE", "XXHASH64,COMPOSITE",
      "XXHASH3,COMPOSITE", "XXHASH128,COMPOSITE"})
  void checksumsOfPartsBecomeTheObjects(ChecksumAlgorithm algorithm, String type) {
    String header = "x-amz-checksum-" + algorithm.name().toLowerCase(java.util.Locale.ROOT);
    String upload = begin("x-amz-checksum-algorithm", algorithm.name(), "x-amz-checksum-type", type);
    String one = part(upload, 1, "hello ", header, sum(algorithm, "hello "));
    String two = part(upload, 2, "world"); // summed by the gateway
    List<String> etags = List.of(one, two);
    String order = order(etags, List.of(element(algorithm, "hello "), element(algorithm, "world")));
    assertEquals("400 BadDigest", codeOf(complete(upload, order, header, "AAAA")));
    assertEquals("400 InvalidPart", codeOf(complete(upload,
        order(etags, List.of(element(algorithm, "hello "), element(algorithm, "w0rld"))))));
    ChecksumAlgorithm other = algorithm == ChecksumAlgorithm.CRC32 ? ChecksumAlgorithm.SHA1 : ChecksumAlgorithm.CRC32;
    assertEquals("400 BadDigest", codeOf(complete(upload,
        order(etags, List.of(element(algorithm, "hello "), element(other, "world"))))));
    assertEquals("400 InvalidArgument", codeOf(complete(upload, order(etags,
        List.of(element(algorithm, "hello "), element(algorithm, "world") + element(other, "world"))))));
    assertEquals("400 InvalidArgument", codeOf(complete(upload, order(etags,
        List.of(element(algorithm, "hello "), "<Checksum" + algorithm + ">AA</Checksum" + algorithm + ">")))));
    assertEquals("400 InvalidRequest", codeOf(complete(upload, order, "x-amz-checksum-type",
        type.equals("COMPOSITE") ? "FULL_OBJECT" : "COMPOSITE")));
    assertEquals("400 InvalidRequest", codeOf(complete(upload, order, "x-amz-checksum-type", "OTHER")));
    assertEquals("400 InvalidRequest", codeOf(complete(upload, order, header, "AAAA", "x-amz-checksum-"
        + other.name().toLowerCase(java.util.Locale.ROOT), "AAAA")));
    String incomplete = order(etags, List.of(element(algorithm, "hello "), ""));
    if (type.equals("COMPOSITE")) {
      assertEquals("400 InvalidRequest", codeOf(complete(upload, incomplete)));
      assertEquals("400 BadDigest", codeOf(complete(upload, incomplete, header, "AAAA")), "the whole comes first");
    }
    FakeExchange done = complete(upload, type.equals("COMPOSITE") ? order : incomplete, "x-amz-checksum-type", type);
    assertEquals(200, done.status(), done.text());
    String shown = done.element("Checksum" + algorithm);
    assertEquals(type, done.element("ChecksumType"));
    if (type.equals("FULL_OBJECT")) {
      assertEquals(sum(algorithm, "hello world"), shown);
    } else {
      assertTrue(shown.endsWith("-2"), shown);
    }
    whatIsClaimedOfACompletedUploadIsHeldAgainstTheObject(upload, etags, algorithm, other, order, incomplete, type);
    FakeExchange head = store.send("HEAD", "/b/k", "", "x-amz-checksum-mode", "ENABLED");
    assertEquals(shown + " " + type, head.header(header) + " " + head.header("x-amz-checksum-type"));
    FakeExchange second = store.get("/b/k?partNumber=2", "x-amz-checksum-mode", "ENABLED");
    assertEquals(sum(algorithm, "world") + " " + type,
        second.header(header) + " " + second.header("x-amz-checksum-type"));
  }

  private void whatIsClaimedOfACompletedUploadIsHeldAgainstTheObject(String upload, List<String> etags,
      ChecksumAlgorithm algorithm, ChecksumAlgorithm other, String order, String incomplete, String type) {
    assertEquals(200, complete(upload, order).status());
    assertEquals("400 InvalidPart", codeOf(complete(upload,
        order(etags, List.of(element(algorithm, "hello "), element(algorithm, "w0rld"))))));
    assertEquals("400 BadDigest", codeOf(complete(upload,
        order(etags, List.of(element(algorithm, "hello "), element(other, "world"))))));
    if (type.equals("COMPOSITE")) {
      assertEquals("400 InvalidRequest", codeOf(complete(upload, incomplete)));
    } else {
      assertEquals(200, complete(upload, incomplete).status());
    }
  }

  @ParameterizedTest
  @CsvSource({"CRC64NVME,COMPOSITE", "SHA256,FULL_OBJECT", "SHA1,FULL_OBJECT", "CRC32,OTHER", "MD5,FULL_OBJECT",
      "SHA512,FULL_OBJECT", "XXHASH64,FULL_OBJECT", "XXHASH3,FULL_OBJECT", "XXHASH128,FULL_OBJECT", "MD4,COMPOSITE",
      "'',COMPOSITE"})
  void impossibleChecksums(String algorithm, String type) {
    assertEquals("400 InvalidRequest", codeOf(store.send("POST", "/b/k?uploads", "", "x-amz-checksum-algorithm",
        algorithm, "x-amz-checksum-type", type)));
  }

  @Test
  void withoutAnAlgorithmTheObjectGetsTheDefault() {
    String upload = begin();
    String crc32 = sum(ChecksumAlgorithm.CRC32, "world");
    FakeExchange one = store.put("/b/k?partNumber=1&uploadId=" + upload, "hello ");
    assertNull(one.header("x-amz-checksum-crc64nvme"), "the client named none");
    FakeExchange two = store.put("/b/k?partNumber=2&uploadId=" + upload, "world", "x-amz-checksum-crc32", crc32);
    assertEquals(crc32, two.header("x-amz-checksum-crc32"));
    FakeExchange three = store.put("/b/k?partNumber=3&uploadId=" + upload, "again", "x-amz-checksum-crc64nvme",
        sum(ChecksumAlgorithm.CRC64NVME, "again"));
    store.put("/b/source", "?");
    FakeExchange four = store.put("/b/k?partNumber=4&uploadId=" + upload, "", "x-amz-copy-source", "/b/source");
    assertEquals("", four.element("ChecksumCRC64NVME"));
    List<String> etags = List.of(String.valueOf(one.header("etag")), String.valueOf(two.header("etag")),
        String.valueOf(three.header("etag")), four.element("ETag").replace("&quot;", ""));
    assertEquals("400 InvalidPart", codeOf(complete(upload,
        order(etags, List.of("", element(ChecksumAlgorithm.CRC32, "w0rld"), "", "")))));
    assertEquals("400 InvalidPart", codeOf(complete(upload,
        order(etags, List.of(element(ChecksumAlgorithm.SHA1, "hello "), "", "", "")))));
    String order = order(etags, List.of(element(ChecksumAlgorithm.CRC64NVME, "hello "),
        element(ChecksumAlgorithm.CRC32, "world"), element(ChecksumAlgorithm.CRC64NVME, "again"), ""));
    assertEquals("400 BadDigest", codeOf(complete(upload, order, "x-amz-checksum-crc64nvme", "AAAAAAAAAAA=")));
    assertEquals("400 InvalidRequest", codeOf(complete(upload, order, "x-amz-checksum-type", "COMPOSITE")));
    FakeExchange done = complete(upload, order);
    assertEquals(200, complete(upload, order).status(), "again");
    assertEquals(200, complete(upload, order(etags, List.of("", "", "", ""))).status(), "again");
    assertEquals("400 InvalidPart", codeOf(complete(upload,
        order(etags, List.of("", element(ChecksumAlgorithm.CRC32, "w0rld"), "", "")))));
    assertEquals("400 InvalidPart", codeOf(complete(upload,
        order(etags, List.of(element(ChecksumAlgorithm.SHA1, "hello "), "", "", "")))));
    List<String> sums = Stream.of("hello ", "world", "again", "?")
        .map(text -> element(ChecksumAlgorithm.CRC64NVME, text)).toList();
    assertEquals(200, complete(upload, order(etags, sums)).status(), "again");
    List<String> wrong = Stream.of("hell0 ", "world", "again", "?")
        .map(text -> element(ChecksumAlgorithm.CRC64NVME, text)).toList();
    assertEquals("400 InvalidPart", codeOf(complete(upload, order(etags, wrong))));
    String expected = sum(ChecksumAlgorithm.CRC64NVME, "hello worldagain?");
    assertEquals("200 " + expected + " FULL_OBJECT",
        done.status() + " " + done.element("ChecksumCRC64NVME") + " " + done.element("ChecksumType"));
    assertEquals(expected,
        store.get("/b/k", "x-amz-checksum-mode", "ENABLED").header("x-amz-checksum-crc64nvme"));
  }

  @Test
  void aPartSummedOtherwiseIsRefused() {
    String upload = begin("x-amz-checksum-algorithm", "SHA256");
    FakeExchange refused = store.put("/b/k?partNumber=1&uploadId=" + upload, "x", "x-amz-checksum-crc32",
        sum(ChecksumAlgorithm.CRC32, "x"));
    assertEquals("400 InvalidRequest", codeOf(refused));
    assertEquals(List.of(), store.get("/b/k?uploadId=" + upload).elements("Part"));
  }

  @Test
  void partsAreCopied() {
    store.put("/b/source", "0123456789");
    String upload = begin("x-amz-checksum-algorithm", "CRC32");
    String target = "/b/k?partNumber=1&uploadId=" + upload;
    FakeExchange whole = store.put(target, "", "x-amz-copy-source", "/b/source");
    assertEquals(sum(ChecksumAlgorithm.CRC32, "0123456789"), whole.element("ChecksumCRC32"));
    FakeExchange ranged = store.put(target, "", "x-amz-copy-source", "/b/source", "x-amz-copy-source-range",
        "bytes=2-5");
    assertEquals(200, complete(upload, order(List.of(ranged.element("ETag").replace("&quot;", "")),
        List.of(element(ChecksumAlgorithm.CRC32, "2345")))).status());
    assertEquals("2345", store.get("/b/k").text());
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=0-", "bytes=-5", "0-5", "bytes=0-1,3-4"})
  void rangesOfCopiesAreStrict(String range) {
    store.put("/b/source", "0123456789");
    assertEquals("400 InvalidArgument",
        codeOf(store.put("/b/k?partNumber=1&uploadId=" + begin(), "", "x-amz-copy-source",
            "/b/source", "x-amz-copy-source-range", range)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"bytes=5-2", "bytes=0-10", "bytes=10-10"})
  void rangesOfCopiesStayInside(String range) {
    store.put("/b/source", "0123456789");
    assertEquals("416 InvalidRange", codeOf(store.put("/b/k?partNumber=1&uploadId=" + begin(), "", "x-amz-copy-source",
        "/b/source", "x-amz-copy-source-range", range)));
  }

  @Test
  void partsAndUploadsAreListed() {
    String upload = begin();
    String other = store.send("POST", "/b/z?uploads", "").element("UploadId");
    part(upload, 1, "one");
    part(upload, 3, "three");
    FakeExchange first = store.get("/b/k?max-parts=1&uploadId=" + upload);
    assertEquals("1 1 true Alice", first.element("PartNumber") + " " + first.element("NextPartNumberMarker") + " "
        + first.element("IsTruncated") + " " + first.element("DisplayName"));
    FakeExchange second = store.get("/b/k?max-parts=1&part-number-marker=1&uploadId=" + upload);
    assertEquals("3 5 false",
        second.element("PartNumber") + " " + second.element("Size") + " " + second.element("IsTruncated"));
    assertEquals(List.of(upload, other), store.get("/b?uploads").elements("UploadId"));
    FakeExchange page = store.get("/b?uploads&max-uploads=1");
    assertEquals("true k " + upload, page.element("IsTruncated") + " " + page.element("NextKeyMarker") + " "
        + page.element("NextUploadIdMarker"));
    assertEquals(List.of(other),
        store.get("/b?uploads&key-marker=k&upload-id-marker=" + upload).elements("UploadId"));
    assertEquals(204, store.send("DELETE", "/b/k?uploadId=" + upload, "").status());
    assertEquals("404 NoSuchUpload", codeOf(store.send("DELETE", "/b/k?uploadId=" + upload, "")));
  }

  /// So much may be on the heap.
  private static final class Heap implements Claims {

    private long leftBytes;

    Heap(long bytes) {
      leftBytes = bytes;
    }

    @Override
    public void take(Kind kind, long bytes) throws StoreBusyException {
      if (kind == Kind.HEAP) {
        if (bytes > leftBytes) {
          throw new StoreBusyException(bytes + " wanted of " + leftBytes);
        }
        leftBytes -= bytes;
      }
    }

    @Override
    public void giveBack(Kind kind, long bytes) {
      if (kind == Kind.HEAP) {
        leftBytes += bytes;
      }
    }
  }

  private FakeExchange sendWithin(Heap heap, String method, String target, String body) {
    FakeExchange exchange = store.request(method, target, body).with("x-test-key", "alice")
        .with("x-amz-object-attributes", "ObjectParts");
    exchange.claims = heap;
    return store.send(exchange);
  }

  @Test
  void whoHasNoHeapForAnUploadsPartsDoesNotCompleteIt() {
    String upload = begin();
    String[] etags = new String[150];
    for (int i = 0; i < etags.length; i++) {
      etags[i] = part(upload, i + 1, "part " + i);
    }
    String target = "/b/k?uploadId=" + upload;
    String few = order(etags[0]); // whatever is chosen, all are read
    var enough = new Heap(256 << 10);
    for (Heap heap : List.of(new Heap(0), new Heap(150 << 10))) {
      assertEquals("503 SlowDown", codeOf(sendWithin(heap, "POST", target, few)));
    }
    assertEquals("404 NoSuchKey", codeOf(store.get("/b/k")));
    assertEquals(150, store.get(target).elements("PartNumber").size());
    assertEquals(200, sendWithin(enough, "POST", target, few).status());
    assertEquals(256 << 10, enough.leftBytes);
    assertEquals("503 SlowDown", codeOf(sendWithin(new Heap(0), "POST", target, few)), "that it was completed before");
  }

  @Test
  void whoHasNoHeapForAnObjectsPartsDoesNotReadByTheirNumbers() {
    String upload = begin();
    complete(upload, order(part(upload, 1, "hello "), part(upload, 2, "world")));
    for (String target : List.of("/b/k?partNumber=2", "/b/k?attributes")) {
      assertEquals("503 SlowDown", codeOf(sendWithin(new Heap(0), "GET", target, "")), target);
    }
    assertEquals(503, sendWithin(new Heap(0), "HEAD", "/b/k?partNumber=2", "").status());
    assertEquals("world", sendWithin(new Heap(16 << 10), "GET", "/b/k?partNumber=2", "").text());
  }

  @Test
  void thePartsThatTellWhereOneLiesAreNotKeptWhileItIsTaken() {
    String upload = begin();
    complete(upload, order(part(upload, 1, "hello "), part(upload, 2, "world")));
    var heap = new Heap(16 << 10);
    FakeExchange exchange = store.request("GET", "/b/k?partNumber=2", "").with("x-test-key", "alice");
    exchange.claims = heap;
    exchange.onWrite = () -> assertEquals(16 << 10, heap.leftBytes);
    assertEquals(206, store.send(exchange).status());
    assertNull(exchange.broken);
  }

  private String sum(ChecksumAlgorithm algorithm, String text) {
    return checksums.base64(algorithm, text.getBytes(StandardCharsets.UTF_8));
  }
}

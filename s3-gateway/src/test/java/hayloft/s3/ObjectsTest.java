package hayloft.s3;

import static hayloft.s3.BucketsTest.codeOf;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.objects.VersionIds;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ObjectsTest {

  private final TestStore store = new TestStore().withBucket("b");

  @AfterEach
  void noBodyIsLeftOpen() {
    assertEquals(0, store.catalog.openBodies);
    assertEquals(0, FakeGate.open);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatWasPutIsGot(boolean warm) {
    store.catalog.warm = warm;
    FakeExchange put = store.put("/b/dir//k+%20%C3%A4/", "hello", "content-type", "text/x", "cache-control", "no-cache",
        "content-encoding", "aws-chunked,gzip", "x-amz-meta-Colour", "red", "x-amz-meta-colour", "blue", "expires",
        "Thu, 01 Dec 2026 16:00:00 GMT", "x-amz-tagging", "a=1&b=2%203");
    assertEquals(200, put.status());
    assertEquals("\"5d41402abc4b2a76b9719d911017c592\"", put.header("etag"));
    assertEquals("fsync", put.header("x-hayloft-durability"));
    assertNull(put.header("x-amz-version-id"));
    FakeExchange got = store.get("/b/dir//k+%20%C3%A4/");
    assertEquals(200, got.status());
    assertEquals("hello", got.text());
    assertEquals(!warm, got.forked);
    assertEquals(1, got.writes);
    assertEquals("\"5d41402abc4b2a76b9719d911017c592\"", got.header("etag"));
    assertEquals("text/x", got.header("content-type"));
    assertEquals("gzip", got.header("content-encoding"));
    assertEquals("no-cache", got.header("cache-control"));
    assertEquals("red,blue", got.header("x-amz-meta-colour"));
    assertEquals("2", got.header("x-amz-tagging-count"));
    assertEquals("Fri, 02 Jan 2026 03:04:05 GMT", got.header("last-modified"));
    assertEquals("bytes", got.header("accept-ranges"));
    FakeExchange head = store.send("HEAD", "/b/dir//k+%20%C3%A4/", "");
    assertEquals("200 5 ", head.status() + " " + head.header("content-length") + " " + head.text());
    assertEquals("text/x", head.header("content-type"));
  }

  @Test
  void everyAnswerHasItsIds() {
    for (FakeExchange answer : List.of(store.put("/b/k", "x"), store.get("/b/k"), store.get("/b/none"))) {
      assertEquals(16, String.valueOf(answer.header("x-amz-request-id")).length());
      assertEquals("Hayloft", answer.header("server"));
      assertFalse(String.valueOf(answer.header("x-amz-id-2")).isEmpty());
    }
  }

  @Test
  void largeBodiesComeInPieces() {
    String body = "0123456789".repeat(1000);
    store.put("/b/k", body);
    store.catalog.warm = false;
    FakeExchange got = store.get("/b/k");
    assertEquals(body, got.text());
    assertEquals(10, got.writes);
    assertEquals("10000", got.header("content-length"));
  }

  @ParameterizedTest
  @CsvSource({"bytes=2-4,206,234,bytes 2-4/10", "bytes=-3,206,789,bytes 7-9/10", "bytes=8-99,206,89,bytes 8-9/10",
      "'bytes=0-1,3-4',200,0123456789,", "bytes=x,200,0123456789,"})
  void rangesAreServed(String range, int status, String body, String contentRange) {
    store.put("/b/k", "0123456789");
    for (boolean warm : new boolean[]{true, false}) {
      store.catalog.warm = warm;
      FakeExchange got = store.get("/b/k", "range", range);
      assertEquals(status + " " + body, got.status() + " " + got.text());
      assertEquals(contentRange, got.header("content-range"));
      FakeExchange head = store.send("HEAD", "/b/k", "", "range", range);
      assertEquals(status + " " + body.length(), head.status() + " " + head.header("content-length"));
    }
  }

  @Test
  void rangesOutsideAreNotSatisfiable() {
    store.put("/b/k", "0123456789").status();
    store.put("/b/empty", "");
    FakeExchange got = store.get("/b/k", "range", "bytes=10-");
    assertEquals("416 InvalidRange", codeOf(got));
    assertEquals("10", got.element("ActualObjectSize"));
    assertEquals("bytes */10", got.header("content-range"));
    assertEquals("416 InvalidRange", codeOf(store.get("/b/empty", "range", "bytes=0-1")));
    assertEquals(200, store.get("/b/empty").status());
    assertEquals(206, store.get("/b/k", "range", "bytes=0-1", "if-range", quoted("0123456789")).status());
    assertEquals(200, store.get("/b/k", "range", "bytes=0-1", "if-range", "\"other\"").status());
  }

  @Test
  void conditionsOfReads() {
    store.put("/b/k", "hello");
    String etag = quoted("hello");
    FakeExchange unmodified = store.get("/b/k", "if-none-match", etag);
    assertEquals("304 ", unmodified.status() + " " + unmodified.text());
    assertEquals(etag, unmodified.header("etag"));
    FakeExchange failed = store.get("/b/k", "if-match", "\"other\"");
    assertEquals("412 PreconditionFailed", codeOf(failed));
    assertEquals("If-Match", failed.element("Condition"));
    assertEquals(304, store.send("HEAD", "/b/k", "", "if-none-match", etag).status());
    assertEquals(412, store.send("HEAD", "/b/k", "", "if-match", "x").status());
  }

  @Test
  void conditionsOfWrites() {
    assertEquals("404 NoSuchKey", codeOf(store.put("/b/k", "x", "if-match", quoted("x"))));
    assertEquals(200, store.put("/b/k", "one", "if-none-match", "*").status());
    assertEquals("412 PreconditionFailed", codeOf(store.put("/b/k", "two", "if-none-match", "*")));
    assertEquals("412 PreconditionFailed", codeOf(store.put("/b/k", "two", "if-match", quoted("x"))));
    assertEquals(200, store.put("/b/k", "two", "if-match", quoted("one")).status());
    assertEquals("412 PreconditionFailed", codeOf(store.send("DELETE", "/b/k", "", "if-match", quoted("one"))));
    assertEquals("412 PreconditionFailed", codeOf(store.send("DELETE", "/b/k", "", "x-amz-if-match-size", "9")));
    assertEquals("400 InvalidArgument", codeOf(store.send("DELETE", "/b/k", "", "x-amz-if-match-size", "many")));
    assertEquals(204, store.send("DELETE", "/b/k", "", "if-match", quoted("two"), "x-amz-if-match-size", "3").status());
    assertEquals("404 NoSuchKey", codeOf(store.get("/b/k")));
  }

  @Test
  void responseHeadersAreReplacedWhereAskedFor() {
    store.put("/b/k", "x", "content-type", "a/b");
    FakeExchange got = store.get("/b/k?response-content-type=text/y&response-content-disposition=attachment;%20x");
    assertEquals("text/y", got.header("content-type"));
    assertEquals("attachment; x", got.header("content-disposition"));
    for (String name : new String[]{"cache-control", "content-disposition", "content-encoding", "content-language",
        "content-type", "expires"}) {
      for (String value : new String[]{"a%0d%0aset-cookie:x", "%20a", "+a", "%20", "%09a", "%00", "a%7f",
          "%e2%82%ac"}) {
        for (String range : new String[]{"bytes=0-0", "none"}) {
          assertEquals("400 InvalidArgument", codeOf(store.get("/b/k?response-" + name + "=" + value, "range", range)),
              name + " " + value);
        }
      }
      assertEquals(200, store.get("/b/k?response-" + name + "=").status());
      assertEquals(200, store.get("/b/k?response-" + name + "=a%20%09b%20%c3%a4").status());
    }
  }

  @Test
  void noDateIsTooLong() {
    store.put("/b/k", "x");
    for (String date : new String[]{"Fri, 02 Jan 2026 03:04:05 GMT" + " ".repeat(64) + ".", "2".repeat(65),
        "9".repeat(64),
        "x".repeat(8000), "", ",", "2026-01-02T03:04:05Z" + "0".repeat(60)}) {
      for (String header : new String[]{"if-modified-since", "if-unmodified-since", "if-range"}) {
        int status = store.get("/b/k", header, date, "range", "bytes=0-0").status();
        assertTrue(status == 200 || status == 206, header + " " + date + " " + status);
      }
      for (String header : new String[]{"x-amz-copy-source-if-modified-since",
          "x-amz-copy-source-if-unmodified-since"}) {
        assertEquals(200, store.put("/b/copy", "", "x-amz-copy-source", "/b/k", header, date).status(), date);
      }
      if (!date.isEmpty()) {
        assertEquals("400 InvalidArgument",
            codeOf(store.send("DELETE", "/b/k", "", "x-amz-if-match-last-modified-time", date)), date);
      }
    }
  }

  @Test
  void allLinesOfAConditionCount() {
    store.put("/b/k", "x");
    String etag = store.get("/b/k").header("etag");
    FakeExchange read = store.request("GET", "/b/k", "").with("x-test-key", "alice");
    read.headers().add("if-none-match", "\"0\"").add("if-none-match", etag);
    assertEquals(304, store.send(read).status());
    FakeExchange both = store.request("GET", "/b/k", "").with("x-test-key", "alice");
    both.headers().add("if-match", "\"0\"").add("if-match", etag);
    assertEquals(200, store.send(both).status());
    for (String[] lines : new String[][]{{"\"0\"", "*"}, {"*", "\"0\""}, {"\"0\", *"}}) {
      FakeExchange write = store.request("PUT", "/b/k", "y").with("x-test-key", "alice");
      for (String line : lines) {
        write.headers().add("if-none-match", line);
      }
      assertEquals("400 InvalidArgument", codeOf(store.send(write)));
    }
    FakeExchange twice = store.request("PUT", "/b/k", "y").with("x-test-key", "alice");
    twice.headers().add("if-none-match", "*").add("if-none-match", "*");
    assertEquals("412 PreconditionFailed", codeOf(store.send(twice)));
    FakeExchange delete = store.request("DELETE", "/b/k", "").with("x-test-key", "alice");
    delete.headers().add("if-match", etag).add("if-match", "\"0\"");
    assertEquals("400 InvalidArgument", codeOf(store.send(delete)));
    assertEquals("x", store.get("/b/k").text());
  }

  @Test
  void checksumsAreKeptAndShownOnDemand() {
    String sum = new TestChecksums().base64(ChecksumAlgorithm.SHA256, "hello".getBytes(StandardCharsets.UTF_8));
    FakeExchange put = store.put("/b/k", "hello", "x-amz-checksum-sha256", sum);
    assertEquals(sum, put.header("x-amz-checksum-sha256"));
    assertNull(store.get("/b/k").header("x-amz-checksum-sha256"));
    FakeExchange got = store.get("/b/k", "x-amz-checksum-mode", "ENABLED");
    assertEquals(sum, got.header("x-amz-checksum-sha256"));
    assertEquals("FULL_OBJECT", got.header("x-amz-checksum-type"));
    assertEquals("400 BadDigest", codeOf(store.put("/b/k", "other", "x-amz-checksum-sha256", sum)));
    assertEquals("hello", store.get("/b/k").text());
  }

  /// What its bytes mean only their client knows.
  @ParameterizedTest
  @ValueSource(strings = {"\u00e9", "\u00c3\u00bc", "tab\tin", "=?UTF-8?Q?=C3=A9?="})
  void metadataComesBackAsItCame(String value) {
    store.put("/b/k", "x", "x-amz-meta-a", value, "content-disposition", "attachment; filename=\"" + value + "\"");
    FakeExchange got = store.get("/b/k");
    assertEquals(value, got.header("x-amz-meta-a"));
    assertEquals("attachment; filename=\"" + value + "\"", got.header("content-disposition"));
  }

  @Test
  void limitsOfWrites() {
    assertEquals("400 EntityTooLarge", codeOf(store.put("/b/k", "x".repeat((1 << 20) + 1))));
    assertEquals("400 MetadataTooLarge", codeOf(store.put("/b/k", "x", "x-amz-meta-a", "v".repeat(2048))));
    assertEquals("400 InvalidStorageClass", codeOf(store.put("/b/k", "x", "x-amz-storage-class", "WARM")));
    assertEquals("400 KeyTooLongError", codeOf(store.put("/b/" + "k".repeat(1025), "x")));
    FakeExchange noLength = store.request("PUT", "/b/k", "x").with("x-test-key", "alice");
    noLength.headers().remove("content-length");
    assertEquals("411 MissingContentLength", codeOf(store.send(noLength)));
    assertEquals("404 NoSuchKey", codeOf(store.get("/b/k")));
    store.put("/b/k", "x", "x-amz-storage-class", "STANDARD_IA");
    assertEquals("STANDARD_IA", store.get("/b/k").header("x-amz-storage-class"));
  }

  @ParameterizedTest
  @CsvSource({"x-amz-server-side-encryption,AES256", "x-amz-server-side-encryption-customer-key,abc",
      "x-amz-object-lock-mode,GOVERNANCE", "x-amz-object-lock-legal-hold,ON",
      "X-Amz-Website-Redirect-Location,/x", "x-amz-write-offset-bytes,5"})
  void whatWouldHaveToBeObeyedAndIsNotIsRefused(String name, String value) {
    FakeExchange refused = store.put("/b/k", "x", name, value);
    assertEquals("501 NotImplemented", codeOf(refused));
    assertTrue(refused.element("Feature").equalsIgnoreCase(name));
    assertEquals("404 NoSuchKey", codeOf(store.get("/b/k")));
  }

  @Test
  void harmlessHeadersAreAccepted() {
    assertEquals("400 InvalidArgument", codeOf(store.put("/b/k", "x", "x-amz-acl", "no-such-list")));
    assertEquals(200, store.put("/b/k", "x", "x-amz-acl", "private", "x-amz-object-lock-legal-hold", "OFF").status());
  }

  @Test
  void copiesTakeOrReplaceMetadataAndTags() {
    store.put("/b/source%20%C3%A4", "hello".repeat(500), "content-type", "a/b", "x-amz-meta-m", "1", "x-amz-tagging",
        "t=1");
    FakeExchange copied = store.put("/b/copy", "", "x-amz-copy-source", "/b/source%20%C3%A4");
    assertEquals(200, copied.status());
    assertEquals("&quot;" + MemoryCatalog.md5("hello".repeat(500).getBytes(StandardCharsets.UTF_8)) + "&quot;",
        copied.element("ETag"));
    FakeExchange got = store.get("/b/copy");
    assertEquals("hello".repeat(500), got.text());
    assertEquals("a/b 1 1", got.header("content-type") + " " + got.header("x-amz-meta-m") + " "
        + got.header("x-amz-tagging-count"));
    store.put("/b/copy", "", "x-amz-copy-source", "b/source%20%C3%A4", "x-amz-metadata-directive", "REPLACE",
        "x-amz-meta-n", "2", "x-amz-tagging-directive", "REPLACE");
    FakeExchange replaced = store.get("/b/copy");
    assertEquals("binary/octet-stream null 2 null", replaced.header("content-type") + " "
        + replaced.header("x-amz-meta-m") + " " + replaced.header("x-amz-meta-n") + " "
        + replaced.header("x-amz-tagging-count"));
  }

  @Test
  void copiesThatAreRefused() {
    store.put("/b/k", "hello");
    assertEquals("400 InvalidRequest", codeOf(store.put("/b/k", "", "x-amz-copy-source", "/b/k")));
    assertEquals(200,
        store.put("/b/k", "", "x-amz-copy-source", "/b/k", "x-amz-metadata-directive", "REPLACE").status());
    assertEquals("404 NoSuchKey", codeOf(store.put("/b/c", "", "x-amz-copy-source", "/b/none")));
    assertEquals("404 NoSuchBucket", codeOf(store.put("/b/c", "", "x-amz-copy-source", "/none/k")));
    String gone = "/b/k?versionId=" + VersionIds.of(7);
    assertEquals("404 NoSuchVersion", codeOf(store.put("/b/c", "", "x-amz-copy-source", gone)));
    assertEquals("400 InvalidArgument", codeOf(store.put("/b/c", "", "x-amz-copy-source", "b")));
    assertEquals("400 InvalidArgument",
        codeOf(store.put("/b/c", "", "x-amz-copy-source", "/b/k", "x-amz-metadata-directive", "KEEP")));
    assertEquals("412 PreconditionFailed",
        codeOf(store.put("/b/c", "", "x-amz-copy-source", "/b/k", "x-amz-copy-source-if-none-match", quoted("hello"))));
    assertEquals("412 PreconditionFailed",
        codeOf(store.put("/b/c", "", "x-amz-copy-source", "/b/k", "x-amz-copy-source-if-match", "x")));
    store.send(store.request("PUT", "/bobs", "").with("x-test-key", "bob"));
    assertEquals("403 AccessDenied", codeOf(store.put("/b/c", "", "x-amz-copy-source", "/bobs/k")));
    assertEquals("404 NoSuchKey", codeOf(store.get("/b/c")));
  }

  @Test
  void withoutAChecksumThereIsTheDefault() {
    String sum = new TestChecksums().base64(ChecksumAlgorithm.CRC64NVME, "hello".getBytes(StandardCharsets.UTF_8));
    FakeExchange put = store.put("/b/k", "hello");
    assertEquals(sum + " FULL_OBJECT",
        put.header("x-amz-checksum-crc64nvme") + " " + put.header("x-amz-checksum-type"));
    assertNull(store.get("/b/k").header("x-amz-checksum-crc64nvme"), "only on demand");
    assertEquals(sum, store.get("/b/k", "x-amz-checksum-mode", "ENABLED").header("x-amz-checksum-crc64nvme"));
    assertEquals(sum, store.put("/b/c", "", "x-amz-copy-source", "/b/k").element("ChecksumCRC64NVME"));
    assertEquals("CRC64NVME", store.get("/b?list-type=2&max-keys=1").element("ChecksumAlgorithm"));
  }

  @Test
  void copiesComputeChecksums() {
    store.put("/b/k", "hello");
    String sum = new TestChecksums().base64(ChecksumAlgorithm.CRC64NVME, "hello".getBytes(StandardCharsets.UTF_8));
    FakeExchange copied = store.put("/b/c", "", "x-amz-copy-source", "/b/k", "x-amz-checksum-algorithm", "CRC64NVME");
    assertEquals(sum, copied.element("ChecksumCRC64NVME"));
    FakeExchange again = store.put("/b/d", "", "x-amz-copy-source", "/b/c");
    assertEquals(sum, again.element("ChecksumCRC64NVME"));
  }

  @Test
  void objectsAreNotDeletedIfNobodyCouldBeTold() {
    String order = "<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>";
    store.put("/b/a", "x");
    store.put("/b/b", "x");
    FakeExchange unheard = store.request("POST", "/b?delete", order).with("x-test-key", "alice");
    unheard.hasMemory = false;
    assertEquals("503 SlowDown", codeOf(store.send(unheard)));
    assertEquals(200, store.send("GET", "/b/a", "").status());
    assertEquals(200, store.send("GET", "/b/b", "").status());
  }

  @Test
  void whatWasDeletedIsToldHoweverLongTheAnswerBecomes() {
    String key = "&amp;".repeat(900);
    StringBuilder order = new StringBuilder("<Delete>");
    for (int i = 0; i < 50; i++) {
      order.append("<Object><Key>").append(key).append(i).append("</Key></Object>");
    }
    FakeExchange answer = store.send("POST", "/b?delete", order.append("</Delete>").toString());
    assertEquals(200, answer.status());
    assertEquals(50, answer.text().split("<Deleted>", -1).length - 1);
  }

  @Test
  void manyAreDeletedEachForItself() {
    for (int i = 0; i < 100; i++) {
      store.put("/b/k" + i, "x");
    }
    StringBuilder order = new StringBuilder("<Delete>");
    for (int i = 0; i < 99; i++) {
      order.append("<Object><Key>k").append(i).append("</Key></Object>");
    }
    order.append("<Object><Key>k99</Key><ETag>other</ETag></Object></Delete>");
    FakeExchange answer = store.send("POST", "/b?delete", order.toString());
    assertEquals(200, answer.status());
    assertEquals(100, answer.elements("Key").size());
    assertEquals("k42", answer.elements("Key").get(42));
    assertEquals("PreconditionFailed", answer.element("Code"));
    assertEquals(List.of("k99"), store.get("/b").elements("Key"));
    FakeExchange quiet = store.send("POST", "/b?delete",
        "<Delete><Quiet>true</Quiet><Object><Key>k99</Key></Object></Delete>");
    assertTrue(
        quiet.text().endsWith("<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"></DeleteResult>"));
  }

  @Test
  void aKeyThatIsTooLongIsNotDeletedAndNotMarkedDeleted() {
    store.catalog.updateBucket("b", bucket -> bucket.withVersioning(hayloft.filer.Versioning.ENABLED));
    FakeExchange answer = store.send("POST", "/b?delete",
        "<Delete><Object><Key>" + "k".repeat(1025) + "</Key></Object></Delete>");
    assertEquals("200 KeyTooLongError", codeOf(answer));
    assertEquals(List.of(), store.get("/b?versions").elements("Key"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "<Delete/>", "<Other/>", "<Delete><Object/></Delete>",
      "<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>", "<Delete>"})
  void malformedOrdersDeleteNothing(String order) {
    store.put("/b/a", "x");
    assertEquals("400 MalformedXML", codeOf(store.send("POST", "/b?delete", order)));
    assertEquals(200, store.get("/b/a").status());
  }

  @Test
  void moreThanAThousandKeysAreMalformed() {
    String order = "<Delete>" + "<Object><Key>a</Key></Object>".repeat(1001) + "</Delete>";
    assertEquals("400 MalformedXML", codeOf(store.send("POST", "/b?delete", order)));
  }

  @Test
  void tagsOfObjects() {
    store.put("/b/k", "x", "x-amz-tagging", "a=1");
    assertEquals(
        """
            <?xml version="1.0" encoding="UTF-8"?>
            <Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\
            <TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet>\
            </Tagging>""",
        store.get("/b/k?tagging").text());
    assertEquals(200, store.put("/b/k?tagging",
        "<Tagging><TagSet><Tag><Key>x</Key><Value/></Tag></TagSet></Tagging>").status());
    assertEquals(List.of("x"), store.get("/b/k?tagging").elements("Key"));
    assertEquals(204, store.send("DELETE", "/b/k?tagging", "").status());
    assertEquals(List.of(), store.get("/b/k?tagging").elements("Key"));
    String eleven = "<Tagging><TagSet>" + java.util.stream.IntStream.range(0, 11)
        .mapToObj(i -> "<Tag><Key>k" + i + "</Key><Value>v</Value></Tag>").reduce("", String::concat)
        + "</TagSet></Tagging>";
    assertEquals("400 InvalidTag", codeOf(store.put("/b/k?tagging", eleven)));
    assertEquals("400 InvalidTag", codeOf(store.put("/b/k", "x", "x-amz-tagging", "a=1&a=2")));
    assertEquals("400 InvalidTag", codeOf(store.put("/b/k", "x", "x-amz-tagging", "k".repeat(129) + "=1")));
    assertEquals("404 NoSuchKey", codeOf(store.get("/b/none?tagging")));
  }

  @Test
  void attributesThatWereAskedFor() {
    store.put("/b/k", "hello");
    FakeExchange answer = store.get("/b/k?attributes", "x-amz-object-attributes", "ETag,ObjectSize");
    assertEquals("5d41402abc4b2a76b9719d911017c592 5 ",
        answer.element("ETag") + " " + answer.element("ObjectSize") + " " + answer.element("StorageClass"));
    assertEquals("400 InvalidArgument", codeOf(store.get("/b/k?attributes")));
    assertEquals("400 InvalidArgument", codeOf(store.get("/b/k?attributes", "x-amz-object-attributes", "Colour")));
  }

  @Test
  void damageBeforeTheFirstByteIsAnErrorAndLaterABrokenAnswer() {
    store.put("/b/k", "0123456789".repeat(300));
    store.catalog.warm = false;
    store.catalog.readFault = new CorruptNeedleException("7.dat at 4096: expected 1, found 2");
    assertEquals("500 InternalError", codeOf(store.get("/b/k")));
  }

  @Test
  void binaryBodiesSurvive() {
    byte[] bytes = new byte[5000];
    new java.util.Random(7).nextBytes(bytes);
    store.send(new FakeExchange("PUT", "/b/k", bytes).with("x-test-key", "alice"));
    assertArrayEquals(bytes, store.get("/b/k").bytes());
  }

  private static String quoted(String body) {
    return '"' + MemoryCatalog.md5(body.getBytes(StandardCharsets.UTF_8)) + '"';
  }
}

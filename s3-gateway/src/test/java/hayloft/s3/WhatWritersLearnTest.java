package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody finds out of objects who may write, but not read or list: Alice's bucket is a drop box for Bob.
class WhatWritersLearnTest {

  private static final String TAGS_OF_ALICE = "case=4711&by=alice";

  private final TestStore store = new TestStore().withBucket("drop");
  private String etag = "";

  @BeforeEach
  void aDropBox() {
    assertEquals(200, store.put("/drop?acl", "", "x-amz-grant-write", "id=id-bob").status());
    etag = String.valueOf(store.put("/drop/hers", "secret").header("etag"));
    assertEquals(200, asBob("PUT", "/bobs", "").status());
  }

  private FakeExchange asBob(String method, String target, String body, String... headers) {
    FakeExchange exchange = store.request(method, target, body).with("x-test-key", "bob");
    for (int i = 0; i < headers.length; i += 2) {
      exchange.with(headers[i], headers[i + 1]);
    }
    return store.send(exchange);
  }

  private static String brief(FakeExchange answer) {
    return answer.status() == 200 ? "200" : answer.status() + " " + answer.element("Code");
  }

  // Tags

  @Test
  void aCopyOfAPublicObjectTakesNoTagsFromWhoMayNotReadThem() {
    store.put("/drop/open", "x", "x-amz-acl", "public-read", "x-amz-tagging", TAGS_OF_ALICE);
    store.put("/drop/bare", "x", "x-amz-acl", "public-read");
    String source = "x-amz-copy-source";
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/bobs/copy", "", source, "/drop/open")));
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/bobs/copy", "", source, "/drop/open",
        "x-amz-tagging-directive", "COPY")));
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/bobs/copy", "", source, "/drop/open",
        "x-amz-metadata-directive", "REPLACE")));
    assertEquals("404 NoSuchKey", brief(asBob("GET", "/bobs/copy", "")));
    assertEquals("200", brief(asBob("PUT", "/bobs/copy", "", source, "/drop/open", "x-amz-tagging-directive",
        "REPLACE")));
    assertEquals("200", brief(asBob("PUT", "/bobs/bare", "", source, "/drop/bare")));
    assertEquals("200", brief(store.put("/drop/again", "", source, "/drop/open")));
    assertEquals("2", store.get("/drop/again").header("x-amz-tagging-count"));
    assertEquals(List.of("by", "case"), store.get("/drop/again?tagging").elements("Key"));
  }

  @Test
  void tagsAreWrittenByWhoMayTagTheBucketsObjects() {
    assertEquals("200", brief(asBob("PUT", "/bobs/tagged", "x", "x-amz-tagging", "a=b")));
    String source = "x-amz-copy-source";
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/copy", "", source, "/bobs/tagged")));
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/copy", "", source, "/bobs/tagged",
        "x-amz-tagging-directive", "REPLACE", "x-amz-tagging", "a=b")));
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/put", "x", "x-amz-tagging", "a=b")));
    assertEquals("403 AccessDenied", brief(asBob("POST", "/drop/up?uploads", "", "x-amz-tagging", "a=b")));
    assertEquals("200", brief(asBob("PUT", "/drop/copy", "", source, "/bobs/tagged", "x-amz-tagging-directive",
        "REPLACE")));
    assertEquals("200", brief(asBob("PUT", "/drop/put", "x")));
  }

  @Test
  void howManyTagsThereAreIsToldToWhoMayReadThem() {
    store.put("/drop/open", "x", "x-amz-acl", "public-read", "x-amz-tagging", TAGS_OF_ALICE);
    assertEquals("2", store.get("/drop/open").header("x-amz-tagging-count"));
    assertNull(asBob("GET", "/drop/open", "").header("x-amz-tagging-count"));
    assertNull(asBob("HEAD", "/drop/open", "").header("x-amz-tagging-count"));
  }

  // ETags

  @ParameterizedTest
  @ValueSource(strings = {"if-match", "if-none-match"})
  void aWriteComparesNothingForWhoMayNotRead(String header) {
    for (String guess : List.of(etag, "\"00000000000000000000000000000000\"")) {
      assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/hers", "x", header, guess)), guess);
      assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/hers", "", header, guess, "x-amz-copy-source",
          "/drop/hers", "x-amz-metadata-directive", "REPLACE")), guess);
      String id = asBob("POST", "/drop/hers?uploads", "").element("UploadId");
      assertEquals("403 AccessDenied", brief(complete(id, "/drop/hers", header, guess)), guess);
    }
    assertEquals("secret", store.get("/drop/hers").text());
  }

  @Test
  void aDeleteComparesNothingForWhoMayNotRead() {
    for (String[] guess : new String[][]{{"if-match", etag}, {"if-match", "\"0\""}, {"x-amz-if-match-size", "6"},
        {"x-amz-if-match-size", "7"}, {"x-amz-if-match-last-modified-time", "Fri, 02 Jan 2026 03:04:05 GMT"}}) {
      assertEquals("403 AccessDenied", brief(asBob("DELETE", "/drop/hers", "", guess)), guess[0] + guess[1]);
    }
    for (String guess : List.of("<ETag>" + etag + "</ETag>", "<ETag>0</ETag>", "<Size>6</Size>", "<Size>7</Size>")) {
      assertEquals("AccessDenied", asBob("POST", "/drop?delete", "<Delete><Object><Key>hers</Key>" + guess
          + "</Object></Delete>").element("Code"), guess);
    }
    assertEquals("secret", store.get("/drop/hers").text());
  }

  @Test
  void aMissingKeyLooksAsForbiddenAsAForeignOne() {
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/none", "x", "if-match", etag)));
    assertEquals("403 AccessDenied", brief(asBob("DELETE", "/drop/none", "", "x-amz-if-match-size", "6")));
    assertEquals("404 NoSuchKey", brief(store.put("/drop/none", "x", "if-match", etag)));
  }

  @Test
  void whetherThereIsAnObjectTheRightToWriteIsEnoughFor() {
    assertEquals("412 PreconditionFailed", brief(asBob("PUT", "/drop/hers", "x", "if-none-match", "*")));
    assertEquals("200", brief(asBob("PUT", "/drop/new", "x", "if-none-match", "*")));
    assertEquals("404 NoSuchKey", brief(asBob("DELETE", "/drop/none", "", "if-match", "*")));
    assertEquals(204, asBob("DELETE", "/drop/hers", "", "if-match", "*").status());
  }

  @Test
  void whoMayReadMayCompare() {
    store.put("/drop/hers?acl", "", "x-amz-grant-read", "id=id-bob");
    assertEquals("412 PreconditionFailed", brief(asBob("PUT", "/drop/hers", "x", "if-match", "\"0\"")));
    assertEquals("200", brief(asBob("PUT", "/drop/hers", "x", "if-match", etag)));
    assertEquals("403 AccessDenied", brief(store.put("/drop/hers", "x", "if-match", etag))); // it is Bob's now
  }

  /// What was readable when the request came may be replaced before its body has.
  @Test
  void whatIsComparedIsWhatWasJudged() {
    store.put("/drop/hers?acl", "", "x-amz-grant-read", "id=id-bob");
    store.catalog.beforePut = () -> {
      store.catalog.beforePut = () -> {};
      store.put("/drop/hers", "another secret");
    };
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/hers", "x", "if-match", etag)));
    assertEquals("another secret", store.get("/drop/hers").text());
  }

  // Uploads

  private FakeExchange complete(String id, String target, String... headers) {
    String part = String.valueOf(asBob("PUT", target + "?uploadId=" + id + "&partNumber=1", "x").header("etag"));
    return asBob("POST", target + "?uploadId=" + id, document(part), headers);
  }

  private static String document(String part) {
    return "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + part
        + "</ETag></Part></CompleteMultipartUpload>";
  }

  @Test
  void completingAgainIsAnsweredAsTheFirstTime() {
    String id = asBob("POST", "/drop/big?uploads", "").element("UploadId");
    FakeExchange first = complete(id, "/drop/big");
    assertEquals("200", brief(first));
    FakeExchange again = asBob("POST", "/drop/big?uploadId=" + id,
        document("\"9dd4e461268c8034f5c8564e155c67a6\""));
    assertEquals("200", brief(again));
    assertEquals(first.element("ETag"), again.element("ETag"));
    assertEquals("403 AccessDenied", brief(asBob("DELETE", "/drop/big?uploadId=" + id, "")));
    assertEquals("403 AccessDenied", brief(asBob("PUT", "/drop/big?partNumber=1&uploadId=" + id, "x")));
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void anUploadOfSomebodyElseStaysForbiddenOnceItIsOver(boolean mayList) {
    if (mayList) {
      store.put("/drop?acl", "", "x-amz-grant-write", "id=id-bob", "x-amz-grant-read", "id=id-bob");
    }
    String id = store.send("POST", "/drop/big?uploads", "").element("UploadId");
    String part = String.valueOf(store.put("/drop/big?partNumber=1&uploadId=" + id, "x").header("etag"));
    assertEquals("403 AccessDenied", brief(asBob("POST", "/drop/big?uploadId=" + id, document(part))));
    assertEquals(200, store.send("POST", "/drop/big?uploadId=" + id, document(part)).status());
    assertEquals("403 AccessDenied", brief(asBob("POST", "/drop/big?uploadId=" + id, document(part))));
    assertEquals(mayList ? "404 NoSuchUpload" : "403 AccessDenied",
        brief(asBob("POST", "/drop/big?uploadId=none", document(part))));
  }
}

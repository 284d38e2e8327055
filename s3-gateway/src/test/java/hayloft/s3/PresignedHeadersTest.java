package hayloft.s3;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.checksum.DigestAlgorithm;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.auth.TestSigner;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PresignedHeadersTest {

  private static final Map<String, String> NONE = Map.of();

  private final SignedStore store = new SignedStore("us-east-1");

  @BeforeEach
  void aBucket() {
    assertEquals(200, store.signed("PUT", "/barn", NONE, "").status());
  }

  private static String brief(FakeExchange answer) {
    return answer.status() == 200 ? "200" : answer.status() + " " + answer.element("Code");
  }

  private String put(String body, String... parameters) {
    Map<String, String> query = new TreeMap<>();
    for (int i = 0; i < parameters.length; i += 2) {
      query.put(parameters[i], parameters[i + 1]);
    }
    return brief(store.presigned("PUT", "/barn/k", query, body));
  }

  private FakeExchange stored() {
    return store.signed("GET", "/barn/k", NONE, "", "x-amz-checksum-mode", "ENABLED");
  }

  @Test
  void whatAnUrlSaysOfAnObjectIsStored() {
    assertEquals("200", put("hay", "x-amz-meta-colour", "green", "X-Amz-Meta-Note", "a b+c/ü", "x-amz-storage-class",
        "STANDARD_IA", "x-amz-tagging", "k=v&k2=a%20b", "x-amz-acl", "public-read", "x-amz-checksum-sha1",
        new TestChecksums().base64(ChecksumAlgorithm.SHA1, "hay".getBytes(UTF_8))));
    FakeExchange stored = stored();
    assertEquals("hay", stored.text());
    assertEquals("green", stored.header("x-amz-meta-colour"));
    assertEquals("a b+c/\u00c3\u00bc", stored.header("x-amz-meta-note"), "bytes, as in every header");
    assertEquals("STANDARD_IA", stored.header("x-amz-storage-class"));
    assertEquals("2", stored.header("x-amz-tagging-count"));
    assertTrue(String.valueOf(stored.header("x-amz-checksum-sha1")).endsWith("="));
    assertEquals("200", brief(store.send(SignedStore.request("GET", "/barn/k", ""))));
  }

  @Test
  void whatAnUrlSaysOfAnObjectsUseIsStored() {
    String[] named = {"Expires", "Wed, 21 Oct 2026 07:28:00 GMT", "Cache-Control", "max-age=60", "Content-Disposition",
        "attachment; filename=\"a b\"", "content-language", "de, en", "Content-Encoding", "gzip"};
    assertEquals("200", put("hay", named));
    for (int i = 0; i < named.length; i += 2) {
      assertEquals(named[i + 1], stored().header(named[i]), named[i]);
    }
    Map<String, String> query = Map.of("uploads", "", "Cache-Control", "no-store");
    String upload = store.presigned("POST", "/barn/k", query, "").element("UploadId");
    String tag = String.valueOf(store.signed("PUT", "/barn/k", Map.of("uploadId", upload, "partNumber", "1"), "hay")
        .header("etag"));
    assertEquals("200", brief(store.signed("POST", "/barn/k", Map.of("uploadId", upload),
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + tag
            + "</ETag></Part></CompleteMultipartUpload>")));
    assertEquals("no-store", stored().header("cache-control"));
  }

  /// As version 2 of the JavaScript SDK signs them; a browser sends a type for the file that it has.
  @Test
  void typeAndMd5OfAnUrlCount() {
    String md5 = Base64.getEncoder().encodeToString(DigestAlgorithm.MD5.start().finish());
    assertEquals("200", put("hay", "Content-Type", "image/png"));
    assertEquals("image/png", stored().header("content-type"));
    assertEquals("200", brief(store.presigned("PUT", "/barn/k", Map.of("Content-Type", "image/gif"), "hay",
        "content-type", "application/x-www-form-urlencoded")));
    assertEquals("image/gif", stored().header("content-type"));
    assertEquals("400 BadDigest", put("hay", "Content-MD5", md5));
    assertEquals("200", put("", "Content-MD5", md5));
    String upload = store.presigned("POST", "/barn/k", Map.of("uploads", "", "Content-Type", "image/png"), "")
        .element("UploadId");
    assertTrue(!upload.isEmpty());
    assertEquals("501 NotImplemented",
        brief(store.presigned("POST", "/barn", Map.of("Content-Type", "multipart/form-data; boundary=a"), "")));
  }

  @Test
  void whatAnUrlSaysOfAnObjectsUseGoesBeforeWhatABrowserAdds() {
    assertEquals("200", brief(store.presigned("PUT", "/barn/k", Map.of("Cache-Control", "max-age=60"), "hay",
        "cache-control", "no-cache")));
    assertEquals("max-age=60", stored().header("cache-control"));
    assertEquals("400 InvalidRequest", brief(store.presigned("PUT", "/barn/k", Map.of("Content-Language", "de"), "hay",
        "content-language", "en")));
    assertEquals("400 InvalidRequest", put("hay", "Content-Language", "de", "content-language", "en"));
  }

  @Test
  void anUrlCopies() {
    store.signed("PUT", "/barn/from ü", NONE, "hay", "x-amz-meta-a", "b");
    FakeExchange copied = store.presigned("PUT", "/barn/k", Map.of("X-Amz-Copy-Source", "barn/from%20%C3%BC"), "");
    assertEquals("200", brief(copied));
    assertTrue(copied.text().contains("CopyObjectResult"));
    assertEquals("hay", stored().text());
    assertEquals("b", stored().header("x-amz-meta-a"));
    String upload = store.signed("POST", "/barn/k", Map.of("uploads", ""), "").element("UploadId");
    FakeExchange part = store.presigned("PUT", "/barn/k",
        Map.of("x-amz-copy-source", "barn/k", "uploadId", upload, "partNumber", "1"), "");
    assertTrue(part.text().contains("CopyPartResult"));
  }

  @ParameterizedTest
  @CsvSource({"x-amz-server-side-encryption, AES256, 501 NotImplemented",
      "X-Amz-Server-Side-Encryption-Customer-Algorithm, AES256, 501 NotImplemented",
      "x-amz-object-lock-mode, GOVERNANCE, 501 NotImplemented", "x-amz-object-lock-legal-hold, ON, 501 NotImplemented",
      "x-amz-website-redirect-location, /, 501 NotImplemented", "x-amz-expected-bucket-owner, me, 403 AccessDenied",
      "x-amz-storage-class, ATTIC, 400 InvalidStorageClass", "x-amz-acl, all, 400 InvalidArgument",
      "x-amz-tagging, a=b&a=c, 400 InvalidTag", "x-amz-checksum-crc32, AAAAAA==, 400 BadDigest",
      "x-amz-checksum-foo, AAAAAA==, 400 InvalidRequest", "x-amz-sdk-checksum-algorithm, CRC32, 400 InvalidRequest",
      "x-amz-copy-source, barn/none, 404 NoSuchKey", "x-amz-hay, 1, 501 NotImplemented",
      "X-AMZ-GRANT-EVERYTHING, id=a, 501 NotImplemented", "x-hayloft-hay, 1, 501 NotImplemented",
      "x-amz-meta-a(b, 1, 400 InvalidArgument"})
  void whatIsNotDoneIsRefused(String name, String value, String answer) {
    assertEquals(answer, put("hay", name, value));
    assertEquals(404, stored().status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-amz-hay", "X-Amz-Hay"})
  void whatIsUnknownIsNamed(String name) {
    assertEquals("x-amz-hay",
        store.presigned("GET", "/barn/k", Map.of(name, "1"), "").element("Feature"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\r\nx-amz-acl: public-read", "a\nb", "\u0000", "a\u007f"})
  void aLineBreakIsNoHeader(String value) {
    FakeExchange refused = store.presigned("PUT", "/barn/k", Map.of("x-amz-meta-a", value), "hay");
    assertEquals("400 InvalidArgument", brief(refused));
    assertEquals("The query parameter x-amz-meta-a cannot be a header.", refused.element("Message"));
    assertEquals(404, stored().status());
  }

  /// What the JavaScript SDK puts there that has no body yet; nothing else looks like it.
  @Test
  void theSumOfABodyThatWasNotThereBreaksNoUpload() {
    String[] ofNothing = {"x-amz-checksum-crc32", "AAAAAA==", "x-amz-sdk-checksum-algorithm", "CRC32"};
    assertEquals("200", put("hay", ofNothing));
    assertEquals("hay", stored().text());
    assertEquals("200", put("", ofNothing));
    assertEquals("400 BadDigest", put("hay", "x-amz-checksum-crc32", "AAAAAQ==", "x-amz-sdk-checksum-algorithm",
        "CRC32"));
    assertEquals("200", put("hay", "x-amz-checksum-crc32c", "AAAAAA==", "x-amz-sdk-checksum-algorithm", "CRC32C"));
    assertEquals("200", put("hay", "x-amz-checksum-crc64nvme", "AAAAAAAAAAA=", "x-amz-sdk-checksum-algorithm",
        "CRC64NVME"));
    assertEquals("200", put("hay", "x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "x-amz-sdk-checksum-algorithm", "SHA256"));
    assertEquals("400 BadDigest", put("hay", "x-amz-checksum-sha256", "48DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
        "x-amz-sdk-checksum-algorithm", "SHA256"));
    assertEquals("400 BadDigest", put("hay", "x-amz-checksum-sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
    assertEquals("400 InvalidRequest", put("hay", "x-amz-checksum-crc32", "AAAAAA==", "x-amz-sdk-checksum-algorithm",
        "CRC32C"));
  }

  @Test
  void whatAnUrlSaysOfTheHashIsNotOverruledByAHeader() {
    assertEquals("200", put("hay", "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"));
    Map<String, String> hash = Map.of("X-Amz-Content-Sha256", TestSigner.sha256(new byte[0]));
    assertEquals("403 SignatureDoesNotMatch", brief(store.presigned("PUT", "/barn/k", hash, "hay")));
    assertEquals("400 InvalidRequest", brief(store.presigned("PUT", "/barn/k", hash, "hay", "x-amz-content-sha256",
        "UNSIGNED-PAYLOAD")));
  }

  // Version 2

  private String putVersion2(String contentType, String amz, String parameters, String... headers) {
    return putVersion2("", contentType, amz, parameters, headers);
  }

  private String putVersion2(String md5, String contentType, String amz, String parameters, String[] headers) {
    String toSign = "PUT\n" + md5 + "\n" + contentType + "\n1369353660\n" + amz + "/barn/k";
    String signature = Base64.getEncoder()
        .encodeToString(TestSigner.hmac("HmacSHA1", TestSigner.SECRET_KEY.getBytes(UTF_8), toSign));
    return brief(store.send(SignedStore.request("PUT", "/barn/k?AWSAccessKeyId=" + TestSigner.ACCESS_KEY
        + "&Expires=1369353660&Signature=" + TestSigner.encode(signature) + parameters, "hay", headers)));
  }

  @Test
  void version2MovesHeadersToo() {
    assertEquals("200", putVersion2("text/css", "x-amz-acl:public-read\nx-amz-meta-a:b\n",
        "&content-type=text%2Fcss&x-amz-meta-a=b&x-amz-acl=public-read"));
    FakeExchange stored = store.send(SignedStore.request("GET", "/barn/k", ""));
    assertEquals("hay", stored.text());
    assertEquals("b", stored.header("x-amz-meta-a"));
    assertEquals("text/css", stored.header("content-type"));
    assertEquals("200", putVersion2("", "x-amz-acl:private\n", "&x-amz-acl=private"));
    assertEquals("403 AccessDenied", brief(store.send(SignedStore.request("GET", "/barn/k", ""))));
  }

  /// As version 2 of the JavaScript SDK has them.
  @Test
  void version2MovesHeadersAsTheyAreSpelt() {
    assertEquals("200", putVersion2("text/css", "x-amz-meta-a:b\n",
        "&Content-Type=text%2Fcss&Cache-Control=no-store&Content-Disposition=inline&X-Amz-Meta-A=b", "content-type",
        "text/css"));
    assertEquals("text/css", stored().header("content-type"));
    assertEquals("no-store", stored().header("cache-control"));
    assertEquals("inline", stored().header("content-disposition"));
    assertEquals("b", stored().header("x-amz-meta-a"));
    assertNull(stored().header("expires"));
    String md5 = Base64.getEncoder().encodeToString(DigestAlgorithm.MD5.start().finish());
    assertEquals("400 BadDigest", putVersion2(md5, "", "", "&Content-MD5=" + TestSigner.encode(md5), new String[0]));
  }

  @Test
  void whatVersion2LeavesUnsignedIsRefused() {
    assertEquals("400 InvalidRequest",
        putVersion2("", "x-amz-acl:private\n", "&x-amz-acl=public-read", "x-amz-acl", "private"));
    assertEquals("400 InvalidRequest",
        putVersion2("text/css", "", "&content-type=text%2Fhtml", "content-type", "text/css"));
    assertEquals("501 NotImplemented", putVersion2("", "", "&x-hayloft-durability=os"));
    assertEquals("403 SignatureDoesNotMatch", putVersion2("", "", "&Content-Type=text%2Fhtml"));
    String hash = TestSigner.sha256(new byte[0]);
    assertEquals("501 NotImplemented",
        putVersion2("", "x-amz-content-sha256:" + hash + "\n", "&x-amz-content-sha256=" + hash));
    assertEquals("403 SignatureDoesNotMatch", putVersion2("", "", "&x-amz-acl=public-read"));
    assertEquals(404, stored().status());
  }

  @Test
  void whatContradictsItselfIsRefused() {
    assertEquals("400 InvalidRequest", put("hay", "x-amz-acl", "private", "X-Amz-Acl", "public-read"));
    assertEquals("200", put("hay", "x-amz-acl", "private", "X-Amz-Acl", "private"));
    store.signed("DELETE", "/barn/k", NONE, "");
    for (String again : List.of("x-amz-meta-a=2", "X-Amz-Meta-A=2", "x-amz-meta-%61=2")) {
      FakeExchange refused = store.send(SignedStore.request("PUT",
          new TestSigner("us-east-1", TestSigner.NOW).presignAll("PUT", "/barn/k", "x-amz-meta-a=1&" + again,
              SignedStore.HOST),
          "hay"));
      assertEquals("400 InvalidRequest", brief(refused), again);
      assertTrue(refused.element("Message").contains("x-amz-meta-a"));
    }
    assertEquals(404, stored().status());
  }

  // No presigned URL

  private FakeExchange signedPut(String name, String value, String... headers) {
    return store.signed("PUT", "/barn/k", Map.of(name, value), "hay", headers);
  }

  @Test
  void whatASignedQuerySaysOfAnObjectIsStored() {
    assertEquals("200", brief(store.signed("PUT", "/barn/k", Map.of("x-amz-meta-colour", "green", "X-Amz-Acl",
        "public-read", "x-amz-checksum-sha1", new TestChecksums().base64(ChecksumAlgorithm.SHA1, "hay".getBytes(UTF_8)),
        "x-id", "PutObject", "x-amz-user-agent", "any", "x-mine", "1"), "hay", "x-amz-meta-colour", "green")));
    assertEquals("green", stored().header("x-amz-meta-colour"));
    assertEquals("200",
        brief(store.send(SignedStore.request("GET", "/barn/k?x-id=GetObject&x-amz-user-agent=any", ""))));
    assertEquals("200", brief(store.signed("PUT", "/barn/k2", Map.of("x-amz-copy-source", "barn/k"), "")));
    assertEquals("hay", store.signed("GET", "/barn/k2", NONE, "").text());
    assertEquals("200", brief(store.signed("PUT", "/loft", Map.of("x-hayloft-durability", "os"), "")));
    assertEquals("os", store.signed("GET", "/loft", Map.of("hayloft-durability", ""), "").element("Durability"));
  }

  @ParameterizedTest
  @CsvSource({"x-amz-server-side-encryption, AES256, 501 NotImplemented", "x-amz-object-lock-mode, GOVERNANCE, "
      + "501 NotImplemented", "x-amz-expected-bucket-owner, nobody, 403 AccessDenied",
      "X-Amz-Expected-Bucket-Owner, nobody, 403 AccessDenied", "x-amz-checksum-crc32, AAAAAA==, 400 BadDigest",
      "x-amz-copy-source, barn/none, 404 NoSuchKey", "x-amz-storage-class, ATTIC, 400 InvalidStorageClass",
      "x-amz-if-match-size, 99, 501 NotImplemented", "x-amz-hay, 1, 501 NotImplemented",
      "x-hayloft-hay, 1, 501 NotImplemented", "x-amz-meta-a(b, 1, 400 InvalidArgument",
      "x-amz-content-sha256, UNSIGNED-PAYLOAD, 501 NotImplemented", "Content-Type, text/css, 501 NotImplemented",
      "Expires, 0, 501 NotImplemented", "Cache-Control, no-store, 501 NotImplemented"})
  void whatIsNotDoneIsRefusedInASignedQueryToo(String name, String value, String answer) {
    assertEquals(answer, brief(signedPut(name, value)));
    assertEquals(404, stored().status());
  }

  /// The JavaScript SDK knows the body that it signs for.
  @Test
  void theSumOfNothingIsNoneOnlyInAnUrl() {
    assertEquals("400 BadDigest", brief(store.signed("PUT", "/barn/k",
        Map.of("x-amz-checksum-crc32", "AAAAAA==", "x-amz-sdk-checksum-algorithm", "CRC32"), "hay")));
  }

  @Test
  void aSignedQueryThatContradictsIsRefused() {
    assertEquals("400 InvalidRequest", brief(signedPut("x-amz-acl", "public-read", "x-amz-acl", "private")));
    assertEquals("400 InvalidRequest",
        brief(store.signed("PUT", "/barn/k", Map.of("x-amz-acl", "private", "X-Amz-Acl", "public-read"), "hay")));
    assertEquals("400 InvalidToken", brief(signedPut("x-amz-security-token", "t")));
  }

  @Test
  void whoSignsNothingSaysInTheQueryWhatHeadersMaySay() {
    store.signed("PUT", "/barn", Map.of("acl", ""), "", "x-amz-acl", "public-read-write");
    store.signed("PUT", "/barn/k", NONE, "hay");
    assertEquals("403 AccessDenied", brief(store.send(SignedStore.request("GET", "/barn/k", ""))));
    assertEquals("403 AccessDenied",
        brief(store.send(SignedStore.request("DELETE", "/barn/k?x-amz-if-match-size=99", ""))));
    assertEquals("501 NotImplemented",
        brief(store.send(SignedStore.request("PUT", "/barn/k3?X-Amz-Server-Side-Encryption=AES256", "hay"))));
    assertEquals("403 AccessDenied",
        brief(store.send(SignedStore.request("PUT", "/barn/k3?x-amz-copy-source=barn%2Fk", ""))));
    assertEquals("403 AccessDenied",
        brief(store.send(SignedStore.request("PUT", "/barn/k3?x-amz-expected-bucket-owner=nobody", "hay"))));
    assertEquals("501 NotImplemented", brief(store.send(SignedStore.request("POST",
        "/barn?delete&x-amz-content-sha256=" + TestSigner.sha256(new byte[0]), "<Delete/>"))));
    assertEquals("200", brief(store.send(SignedStore.request("PUT", "/barn/k3?x-amz-meta-a=b", "hay"))));
    assertEquals("b", store.send(SignedStore.request("GET", "/barn/k3", "")).header("x-amz-meta-a"));
  }

  /// It signs neither these parameters nor, in a header, anything that they could be held against.
  @Test
  void aHeaderOfVersion2CoversNoHeaderInTheQuery() {
    for (String name : List.of("x-amz-acl=public-read", "X-Amz-Meta-A=b", "x-hayloft-durability=os")) {
      assertEquals("501 NotImplemented", brief(putSignedByVersion2("?" + name)), name);
    }
    assertEquals(404, stored().status());
    assertEquals("200", brief(putSignedByVersion2("?x-id=PutObject")));
  }

  private FakeExchange putSignedByVersion2(String query) {
    String date = "Fri, 24 May 2013 00:00:00 GMT";
    String signature = Base64.getEncoder().encodeToString(TestSigner.hmac("HmacSHA1",
        TestSigner.SECRET_KEY.getBytes(UTF_8), "PUT\n\n\n" + date + "\n/barn/k"));
    return store.send(SignedStore.request("PUT", "/barn/k" + query, "hay", "date", date, "authorization",
        "AWS " + TestSigner.ACCESS_KEY + ":" + signature));
  }
}

package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.auth.TestSigner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What a signature, or its absence, makes of a request besides saying who sends it.
class SignedRequestsTest {

  private static final String REGION = "eu-west-7";
  private static final Map<String, String> NONE = Map.of();
  private static final String UNSIGNED = "UNSIGNED-PAYLOAD";
  private static final String ORDER = "<Delete><Object><Key>k</Key></Object></Delete>";
  private static final String BOUNDARY = "edge";

  private final SignedStore store = new SignedStore(REGION);

  @BeforeEach
  void anObject() {
    assertEquals(200, store.signed("PUT", "/barn", NONE, "").status());
    assertEquals(200, store.signed("PUT", "/barn/k", NONE, "hay", "x-amz-acl", "public-read").status());
  }

  private static String brief(FakeExchange answer) {
    return answer.status() / 100 == 2 ? answer.status() + "" : answer.status() + " " + answer.element("Code");
  }

  // Regions

  private FakeExchange inRegion(String region, String method, String path, Map<String, String> query) {
    return store.signed(region, UNSIGNED, method, path, query, "");
  }

  @Test
  void theStoresRegionIsTheOneToSignFor() {
    for (String region : List.of("us-east-1", "eu-west-8", "EU-WEST-7", "")) {
      for (String method : List.of("GET", "PUT", "DELETE")) {
        FakeExchange refused = inRegion(region, method, "/barn/k", NONE);
        assertEquals("400 AuthorizationHeaderMalformed", brief(refused), region);
        assertEquals(REGION, refused.element("Region"));
        assertEquals(REGION, refused.header("x-amz-bucket-region"));
        assertTrue(refused.element("Message").contains("region to " + REGION + ", or the server"));
      }
      assertEquals(400, inRegion(region, "HEAD", "/barn", NONE).status());
      assertEquals(REGION, inRegion(region, "HEAD", "/barn", NONE).header("x-amz-bucket-region"));
      assertEquals("400 AuthorizationHeaderMalformed", brief(inRegion(region, "GET", "/barn", Map.of("acl", ""))));
    }
    assertEquals("200", brief(store.presigned("GET", "/barn/k", NONE, "")));
    String url = new TestSigner("us-east-1", TestSigner.NOW).presign("GET", "/barn/k", NONE, SignedStore.HOST, 60);
    FakeExchange refused = store.send(SignedStore.request("GET", url, ""));
    assertEquals("400 AuthorizationQueryParametersError", brief(refused));
    assertEquals(REGION, refused.element("Region"));
  }

  /// What clients send to S3's endpoint without a region: before they know a bucket's, and of no bucket at all.
  @Test
  void whatHasNoRegionMayBeSignedForUsEast1() {
    assertEquals("200", brief(inRegion("us-east-1", "GET", "/", NONE)));
    assertEquals("200", brief(inRegion("us-east-1", "GET", "/barn", Map.of("location", ""))));
    assertEquals("200", brief(inRegion("us-east-1", "PUT", "/new", NONE)));
    assertEquals("400 AuthorizationHeaderMalformed", brief(inRegion("us-east-1", "PUT", "/barn", Map.of("acl", ""))));
    assertEquals("400 AuthorizationHeaderMalformed", brief(inRegion("eu-west-8", "GET", "/", NONE)));
    assertEquals("400 AuthorizationHeaderMalformed",
        brief(inRegion("eu-west-8", "GET", "/barn", Map.of("location", ""))));
  }

  /// GetBucketLocation says so, and clients believe it.
  @Test
  void aBucketKeepsTheRegionInWhichItWasMade() throws IOException {
    catalogBucket("old", "eu-west-8");
    assertEquals("200", brief(inRegion("eu-west-8", "PUT", "/old/k", NONE)));
    assertEquals("200", brief(inRegion(REGION, "PUT", "/old/k", NONE)));
    assertEquals("400 AuthorizationHeaderMalformed", brief(inRegion("us-east-1", "PUT", "/old/k", NONE)));
    catalogBucket("older", "");
    assertEquals("200", brief(inRegion("us-east-1", "PUT", "/older/k", NONE)));
  }

  private void catalogBucket(String name, String region) throws IOException {
    store.catalog.createBucket(name, SignedStore.OWNER.id(), region, false, bucket -> bucket);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HEAD", "GET"})
  void whoMayNotUseABucketIsToldWhereItIs(String method) {
    FakeExchange refused = store.send(SignedStore.request(method, "/barn", ""));
    assertEquals(403, refused.status());
    assertEquals(REGION, refused.header("x-amz-bucket-region"));
    FakeExchange other = store.signed(method, "/barn", NONE, "", "x-amz-expected-bucket-owner", "somebody");
    assertEquals(403, other.status());
    assertEquals(REGION, other.header("x-amz-bucket-region"));
    FakeExchange missing = store.send(SignedStore.request(method, "/none", ""));
    assertEquals(404, missing.status());
    assertNull(missing.header("x-amz-bucket-region"));
  }

  // Headers of the answer

  @ParameterizedTest
  @ValueSource(strings = {"response-content-type=text/html", "response-content-disposition=inline",
      "response-cache-control=x", "response-expires=x", "response-content-encoding=gzip",
      "response-content-language=de", "%72esponse-content-type=text/html"})
  void nobodyReplacesHeadersOfAnAnswer(String parameter) {
    FakeExchange refused = store.send(SignedStore.request("GET", "/barn/k?" + parameter, ""));
    assertEquals("400 InvalidRequest", brief(refused));
    assertEquals("Request specific response headers cannot be used for anonymous GET requests.",
        refused.element("Message"));
    assertEquals(400, store.send(SignedStore.request("HEAD", "/barn/k?" + parameter, "")).status());
    assertEquals(400,
        store.send(SignedStore.request("GET", "/barn/k?" + parameter, "", "range", "bytes=0-1")).status());
    assertEquals(400,
        store.send(SignedStore.request("GET", "/barn/k?" + parameter, "", "if-none-match", "*")).status());
    assertEquals("200", brief(store.send(SignedStore.request("GET", "/barn/k", ""))));
    FakeExchange signed = store.presigned("GET", "/barn/k", Map.of("response-content-type", "text/html"), "");
    assertEquals("text/html", signed.header("content-type"));
  }

  // Digests

  private FakeExchange deleteObjects(String payload, String... headers) {
    return store.signed(REGION, payload, "POST", "/barn", Map.of("delete", ""), ORDER, headers);
  }

  @Test
  void aDocumentThatNothingVouchesForIsRefused() {
    FakeExchange refused = deleteObjects(UNSIGNED);
    assertEquals("400 InvalidRequest", brief(refused));
    assertEquals("Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
        refused.element("Message"));
    assertEquals("400 InvalidRequest", brief(deleteObjects(UNSIGNED, "x-amz-checksum-algorithm", "CRC32")));
    assertEquals("400 InvalidRequest", brief(store.presigned("POST", "/barn", Map.of("delete", ""), ORDER)));
    for (String target : List.of("/barn", "/barn/k")) {
      assertEquals("400 InvalidRequest", brief(store.signed(REGION, UNSIGNED, "PUT", target, Map.of("tagging", ""),
          "<Tagging><TagSet/></Tagging>")));
    }
    assertEquals("403 AccessDenied", brief(store.send(SignedStore.request("POST", "/barn?delete", ORDER))));
    assertEquals("hay", store.signed("GET", "/barn/k", NONE, "").text());
  }

  private static final String LIST = "<AccessControlPolicy><Owner><ID>id-owner</ID></Owner><AccessControlList><Grant>"
      + "<Grantee><URI>http://acs.amazonaws.com/groups/global/AllUsers</URI></Grantee>"
      + "<Permission>READ</Permission></Grant></AccessControlList></AccessControlPolicy>";

  @ParameterizedTest
  @CsvSource({"/barn, acl, " + LIST, "/barn/k, acl, " + LIST,
      "/barn, versioning, <VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>",
      "/barn, hayloft-durability, <DurabilityConfiguration><Durability>os</Durability></DurabilityConfiguration>"})
  void aSettingThatNothingVouchesForIsRefused(String target, String subResource, String document) {
    Map<String, String> query = Map.of(subResource, "");
    assertEquals("400 InvalidRequest", brief(store.signed(REGION, UNSIGNED, "PUT", target, query, document)));
    assertEquals("400 InvalidRequest", brief(store.presigned("PUT", target, query, document)));
    byte[] bytes = document.getBytes(StandardCharsets.UTF_8);
    assertEquals("400 BadDigest", brief(store.signed(REGION, UNSIGNED, "PUT", target, query, document,
        "x-amz-checksum-crc32", new TestChecksums().base64(ChecksumAlgorithm.CRC32, new byte[0]))));
    assertEquals("200", brief(store.signed(REGION, UNSIGNED, "PUT", target, query, document, "x-amz-checksum-crc32",
        new TestChecksums().base64(ChecksumAlgorithm.CRC32, bytes))));
    assertEquals("200", brief(store.signed("PUT", target, query, document)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/barn", "/barn/k"})
  void aListInTheHeadNeedsNoDigest(String target) {
    Map<String, String> query = Map.of("acl", "");
    assertEquals("200",
        brief(store.signed(REGION, UNSIGNED, "PUT", target, query, "", "x-amz-acl", "private")));
    assertEquals("200", brief(store.presigned("PUT", target, Map.of("acl", "", "x-amz-acl", "private"), "")));
  }

  /// s3cmd with version 2, which sends one for every other document.
  @Test
  void aListOfVersion2NeedsNoDigest() {
    String date = "Fri, 24 May 2013 00:00:00 GMT";
    String signature = Base64.getEncoder().encodeToString(TestSigner.hmac("HmacSHA1",
        TestSigner.SECRET_KEY.getBytes(StandardCharsets.UTF_8), "PUT\n\n\n" + date + "\n/barn/k?acl"));
    assertEquals("200", brief(store.send(SignedStore.request("PUT", "/barn/k?acl", LIST, "date", date,
        "authorization", "AWS " + TestSigner.ACCESS_KEY + ":" + signature))));
  }

  @ParameterizedTest
  @CsvSource({"content-md5, MD5", "x-amz-checksum-crc32, CRC32", "x-amz-checksum-sha256, SHA256",
      "x-amz-checksum-xxhash3, XXHASH3"})
  void oneDigestIsEnoughIfItIsTheBodys(String header, String algorithm) {
    String right = new TestChecksums().base64(ChecksumAlgorithm.valueOf(algorithm),
        ORDER.getBytes(StandardCharsets.UTF_8));
    String wrong = new TestChecksums().base64(ChecksumAlgorithm.valueOf(algorithm), new byte[0]);
    assertEquals("400 BadDigest", brief(deleteObjects(UNSIGNED, header, wrong)));
    assertEquals("hay", store.signed("GET", "/barn/k", NONE, "").text());
    assertEquals("200", brief(deleteObjects(UNSIGNED, header, right)));
  }

  @Test
  void aSignedHashIsADigest() {
    assertEquals("200", brief(store.signed("POST", "/barn", Map.of("delete", ""), ORDER)));
    assertEquals("400 XAmzContentSHA256Mismatch", brief(deleteObjects(TestSigner.sha256(new byte[0]))));
  }

  // Preflights

  @ParameterizedTest
  @ValueSource(strings = {"GET", "PUT", "DELETE"})
  void aPreflightIsAnsweredWhateverItsUrlIsSignedFor(String method) {
    String url = new TestSigner(REGION, TestSigner.NOW).presign(method, "/barn/k",
        Map.of("x-amz-meta-a", "b", "versionId", "none"), SignedStore.HOST, 60);
    for (String target : List.of("/barn", "/barn/k", url, url.replace("Signature=", "Signature=0"),
        url + "&x-amz-nothing=1", "/barn/k?AWSAccessKeyId=a&Signature=b&Expires=1", "/nowhere/k?acl&X-Amz-Expires=0")) {
      FakeExchange preflight = store.send(SignedStore.request("OPTIONS", target, "", "origin", "https://hay.example",
          "access-control-request-method", method));
      assertEquals("501 NotImplemented PreflightRequest", brief(preflight) + " " + preflight.element("Feature"),
          target);
    }
    FakeExchange signed = SignedStore.request("OPTIONS", "/barn/k", "", "authorization", "AWS4-HMAC-SHA256 none");
    assertEquals("501 NotImplemented", brief(store.send(signed)));
    assertEquals("400 InvalidURI", brief(store.send(SignedStore.request("OPTIONS", "/barn/k?a=%", ""))));
    assertEquals(405, store.send(SignedStore.request("OPTIONS", "/", "")).status());
  }

  // Forms

  private static String form(String file) {
    return "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nposted\r\n--" + BOUNDARY
        + "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n" + file + "\r\n--" + BOUNDARY + "--\r\n";
  }

  private FakeExchange post(String signedBody, String sentBody, String... headers) {
    String[] all = new String[headers.length + 2];
    System.arraycopy(headers, 0, all, 2, headers.length);
    all[0] = "content-type";
    all[1] = "multipart/form-data; boundary=" + BOUNDARY;
    String payload = signedBody.equals(UNSIGNED)
        ? UNSIGNED
        : TestSigner.sha256(signedBody.getBytes(StandardCharsets.UTF_8));
    return store.signed(REGION, payload, "POST", "/barn", NONE, sentBody, all);
  }

  @Test
  void aFormThatIsSignedInItsHeadIsHeldAgainstItsHash() {
    for (String sent : List.of(form("other"), form("hay") + "behind", "before\r\n" + form("hay"),
        form("hay".repeat(50_000)))) {
      assertEquals(400, post(form("hay"), sent).status());
      assertEquals(404, store.signed("GET", "/barn/posted", NONE, "").status());
    }
    assertEquals("400 XAmzContentSHA256Mismatch", brief(post(form("hay"), form("other"))));
    assertEquals("400 XAmzContentSHA256Mismatch", brief(post(form("hay"), form("hay") + "behind")));
    assertEquals("204", brief(post(form("hay") + "behind", form("hay") + "behind")));
    assertEquals("hay", store.signed("GET", "/barn/posted", NONE, "").text());
    assertEquals("204", brief(post(form("hay".repeat(50_000)), form("hay".repeat(50_000)))));
    assertEquals("204", brief(post(UNSIGNED, form("hay"))));
  }

  /// Whoever has the URL would choose key, list and metadata.
  @Test
  void aPresignedUrlIsNobodysWordForAForm() {
    String type = "multipart/form-data; boundary=" + BOUNDARY;
    assertEquals("403 AccessDenied",
        brief(store.presigned("POST", "/barn", NONE, form("hay"), "content-type", type)));
    assertEquals(404, store.signed("GET", "/barn/posted", NONE, "").status());
  }

  /// The order of two values is not signed: whoever has the URL could choose.
  @ParameterizedTest
  @ValueSource(strings = {"response-content-type=text/html&response-content-type=text/plain", "versionId=a&versionId=b",
      "partNumber=1&partNumber=2", "response-expires=&response-expires=0"})
  void whatIsSignedTwiceIsRefused(String parameters) {
    for (String order : List.of(parameters, reversed(parameters))) {
      assertEquals("400 InvalidArgument", brief(store.send(SignedStore.request("GET",
          new TestSigner(REGION, TestSigner.NOW).presignAll("GET", "/barn/k", order.replace("/", "%2F"),
              SignedStore.HOST),
          ""))));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"X-Amz-Expires=600", "X-Amz-Date=20130524T000000Z", "X-Amz-SignedHeaders=host"})
  void whatAnUrlSaysOfItsSignatureItSaysOnce(String parameter) {
    assertEquals("400 AuthorizationQueryParametersError", brief(store.send(SignedStore.request("GET",
        new TestSigner(REGION, TestSigner.NOW).presignAll("GET", "/barn/k", parameter, SignedStore.HOST), ""))));
  }

  private static String reversed(String parameters) {
    int and = parameters.indexOf('&');
    return parameters.substring(and + 1) + "&" + parameters.substring(0, and);
  }

  @Test
  void digestsBesideAFormAreItsBodys() {
    String md5 = new TestChecksums().base64(ChecksumAlgorithm.MD5, new byte[0]);
    assertEquals("400 BadDigest", brief(post(UNSIGNED, form("hay"), "content-md5", md5)));
    assertEquals("400 BadDigest", brief(post(UNSIGNED, form("hay"), "x-amz-checksum-crc32", "AAAAAA==")));
    assertEquals(404, store.signed("GET", "/barn/posted", NONE, "").status());
  }
}

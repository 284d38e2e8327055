package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.s3.auth.AuthResult.Anonymous;
import hayloft.s3.auth.AuthResult.Granted;
import hayloft.s3.auth.AuthResult.Refused;
import hayloft.s3.routing.S3Operation;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class AuthenticatorTest {

  private static final String EMPTY_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  private static final String HOST = "examplebucket.s3.amazonaws.com";

  private final AccessKeys keys = accessKey -> accessKey.equals(TestSigner.ACCESS_KEY)
      ? Optional.of(new Secret(TestSigner.SECRET_KEY))
      : Optional.empty();
  private Instant now = TestSigner.NOW;
  private final InstantSource clock = () -> now;
  private Authenticator authenticator = new Authenticator(keys,
      new AuthConfig("us-east-1", true, true, Duration.ofMinutes(15)), clock);
  private final TestSigner signer = new TestSigner("us-east-1", TestSigner.NOW);

  private static HttpHeaders headers(String... namesAndValues) {
    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      headers.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return headers;
  }

  private AuthResult authenticate(String method, String target, HttpHeaders headers) {
    return authenticator.authenticate(HttpMethod.valueOf(method), target, headers, Optional.empty());
  }

  private Granted granted(String method, String target, HttpHeaders headers) {
    AuthResult result = authenticate(method, target, headers);
    if (result instanceof Refused(AuthFailure failure)) {
      throw new AssertionError(failure.code() + ": " + failure.message() + " " + failure.details());
    }
    return assertInstanceOf(Granted.class, result);
  }

  private AuthFailure refused(String method, String target, HttpHeaders headers) {
    return assertInstanceOf(Refused.class, authenticate(method, target, headers)).failure();
  }

  private static String authorization(String signedHeaders, String signature) {
    return "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders="
        + signedHeaders + ",Signature=" + signature;
  }

  // The examples of AWS's documentation

  /// [Examples](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html)
  @ParameterizedTest
  @CsvSource({"/?lifecycle, fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543",
      "/?max-keys=2&prefix=J, 34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7",
      "/?prefix=J&max-keys=2, 34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"})
  void publishedGetOfABucket(String target, String signature) {
    Granted granted = granted("GET", target, headers("Host", HOST, "x-amz-date", "20130524T000000Z",
        "x-amz-content-sha256", EMPTY_SHA256, "Authorization",
        authorization("host;x-amz-content-sha256;x-amz-date", signature)));
    assertEquals(TestSigner.ACCESS_KEY, granted.accessKey());
    assertEquals(new PayloadCheck.Sha256(EMPTY_SHA256), granted.payload());
  }

  @Test
  void publishedGetOfAnObject() {
    granted("GET", "/test.txt", headers("Host", HOST, "Range", "bytes=0-9", "x-amz-date", "20130524T000000Z",
        "x-amz-content-sha256", EMPTY_SHA256, "Authorization",
        authorization("host;range;x-amz-content-sha256;x-amz-date",
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/test$file.text", "/test%24file.text", "/%74est%24file.text"})
  void publishedPut(String target) {
    granted("PUT", target,
        headers("Host", HOST, "Date", "Fri, 24 May 2013 00:00:00 GMT", "x-amz-date", "20130524T000000Z",
            "x-amz-storage-class", "REDUCED_REDUNDANCY", "x-amz-content-sha256",
            "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072", "Authorization",
            authorization("date;host;x-amz-content-sha256;x-amz-date;x-amz-storage-class",
                "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")));
  }

  @ParameterizedTest
  @CsvSource({"60,granted", "0,AccessDenied", "-1000,AccessDenied", "-9223372036854775808,AccessDenied",
      "604801,AuthorizationQueryParametersError"})
  void lifetimesOfPresignedUrls(long seconds, String answer) {
    String target = signer.presign("GET", "/b/k", Map.of(), HOST, seconds);
    assertEquals(answer, switch (authenticate("GET", target, headers("Host", HOST))) {
      case Granted _ -> "granted";
      case Refused(AuthFailure failure) -> failure.code();
      case AuthResult.Anonymous _ -> "anonymous";
    });
  }

  @Test
  void aTokenOfTemporaryCredentialsBelongsToNoSecretHere() {
    for (String token : List.of("IQoJb3JpZ2luX2VjE", "")) {
      HttpHeaders headers = headers("Host", HOST, "X-Amz-Security-Token", token);
      signer.signHeader("GET", "/b/k", Map.of(), headers, EMPTY_SHA256);
      List<AuthResult> results = new ArrayList<>(List.of(authenticate("GET", "/b/k", headers)));
      for (String name : List.of("X-Amz-Security-Token", "x-amz-security-token")) {
        String target = signer.presign("GET", "/b/k", Map.of(name, token), HOST, 60);
        results.add(authenticate("GET", target, headers("Host", HOST)));
      }
      for (AuthResult result : results) {
        if (token.isEmpty()) {
          assertInstanceOf(Granted.class, result, "of an empty variable");
        } else {
          AuthFailure failure = assertInstanceOf(Refused.class, result).failure();
          assertEquals("InvalidToken", failure.code());
          assertEquals(400, failure.status());
          assertEquals("The provided token is malformed or otherwise invalid.", failure.message());
          assertEquals(Map.of(), failure.details(), "a secret perhaps, of another store");
        }
      }
    }
    HttpHeaders twice = headers("Host", HOST, "X-Amz-Security-Token", "");
    twice.add("X-Amz-Security-Token", "t");
    signer.signHeader("GET", "/b/k", Map.of(), twice, EMPTY_SHA256);
    assertEquals("InvalidToken", refused("GET", "/b/k", twice).code(), "an empty one before it");
    assertInstanceOf(AuthResult.Anonymous.class,
        authenticate("GET", "/b/k", headers("Host", HOST, "X-Amz-Security-Token", "t")));
    HttpHeaders forged = headers("Host", HOST, "X-Amz-Security-Token", "t");
    signer.signHeader("GET", "/b/k", Map.of(), forged, EMPTY_SHA256);
    assertEquals("SignatureDoesNotMatch", refused("GET", "/b/other", forged).code(), "told to who has the secret only");
  }

  /// [Example](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)
  @Test
  void publishedPresignedUrl() {
    String target = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2F"
        + "us-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
        + "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    assertInstanceOf(PayloadCheck.Unsigned.class, granted("GET", target, headers("Host", HOST)).payload());
    now = TestSigner.NOW.plusSeconds(86_400);
    granted("GET", target, headers("Host", HOST));
    now = now.plusSeconds(1);
    AuthFailure.Expired expired = assertInstanceOf(AuthFailure.Expired.class,
        refused("GET", target, headers("Host", HOST)));
    assertEquals("AccessDenied", expired.code());
    assertEquals("2013-05-25T00:00:00Z", expired.details().get("Expires"));
    now = TestSigner.NOW.minus(Duration.ofMinutes(16));
    assertEquals("AccessDenied", refused("GET", target, headers("Host", HOST)).code());
    now = TestSigner.NOW;
    assertEquals("SignatureDoesNotMatch", refused("PUT", target, headers("Host", HOST)).code());
    assertEquals("SignatureDoesNotMatch", refused("GET", target + "&versionId=1", headers("Host", HOST)).code());
    assertEquals("SignatureDoesNotMatch", refused("GET", target, headers("Host", "elsewhere")).code());
    assertEquals("HeadersNotSigned", refused("GET", target, headers("Host", HOST, "x-amz-acl", "public-read"))
        .details().keySet().iterator().next());
    assertEquals("AuthorizationQueryParametersError",
        refused("GET", target.replace("86400", "604801"), headers("Host", HOST)).code());
    assertEquals("AuthorizationQueryParametersError",
        refused("GET", target.replace("&X-Amz-Date=20130524T000000Z", ""), headers("Host", HOST)).code());
  }

  /// [Examples](https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html), with the bucket
  /// johnsmith
  @ParameterizedTest
  @CsvSource(delimiter = '|',
      textBlock = """
          GET | /photos/puppy.jpg | Tue, 27 Mar 2007 19:36:42 +0000 | '' | bWq2s1WEIj+Ydj0vQ697zp+IXMU=
          PUT | /photos/puppy.jpg | Tue, 27 Mar 2007 21:15:45 +0000 | image/jpeg | MyyxeRY7whkBe+bq8fHCL/2kKUg=
          GET | /?prefix=photos&max-keys=50&marker=puppy | Tue, 27 Mar 2007 19:42:41 +0000 | '' | \
          htDYFYduRNen8P9ZfE/s9SuKy0U=
          GET | /?acl | Tue, 27 Mar 2007 19:44:46 +0000 | '' | c2WLPFtWHVgbEmeEG93a4cG37dM=
          """)
  void publishedVersion2Headers(String method, String target, String date, String contentType, String signature) {
    now = Instant.parse("2007-03-27T20:30:00Z").minus(Duration.ofMinutes(0));
    authenticator = new Authenticator(keys, new AuthConfig("us-east-1", true, true, Duration.ofHours(2)), clock);
    HttpHeaders headers = headers("Host", "johnsmith.s3.amazonaws.com", "Date", date, "Authorization",
        "AWS AKIAIOSFODNN7EXAMPLE:" + signature);
    if (!contentType.isEmpty()) {
      headers.set("Content-Type", contentType);
    }
    AuthResult result = authenticator.authenticate(HttpMethod.valueOf(method), target, headers,
        Optional.of("johnsmith"));
    assertInstanceOf(Granted.class, result, () -> ((Refused) result).failure().details().toString());
    assertInstanceOf(Refused.class,
        authenticator.authenticate(HttpMethod.DELETE, target, headers, Optional.of("johnsmith")));
    authenticator = new Authenticator(keys, new AuthConfig("us-east-1", true, false, Duration.ofHours(2)), clock);
    assertEquals("InvalidRequest", assertInstanceOf(Refused.class,
        authenticator.authenticate(HttpMethod.valueOf(method), target, headers, Optional.of("johnsmith"))).failure()
        .code());
  }

  @Test
  void publishedVersion2Query() {
    now = Instant.ofEpochSecond(1175139620);
    String target = "/photos/puppy.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D"
        + "&Expires=1175139620";
    HttpHeaders headers = headers("Host", "johnsmith.s3.amazonaws.com");
    AuthResult result = authenticator.authenticate(HttpMethod.GET, target, headers, Optional.of("johnsmith"));
    assertInstanceOf(Granted.class, result, () -> ((Refused) result).failure().details().toString());
    now = now.plusSeconds(1);
    assertInstanceOf(AuthFailure.Expired.class, assertInstanceOf(Refused.class,
        authenticator.authenticate(HttpMethod.GET, target, headers, Optional.of("johnsmith"))).failure());
  }

  // Version 2's holes

  private String signedV2(String method, String date, String resource) {
    return "AWS " + TestSigner.ACCESS_KEY + ":" + Base64.getEncoder().encodeToString(TestSigner.hmac("HmacSHA1",
        TestSigner.SECRET_KEY.getBytes(UTF_8), method + "\n\n\n" + date + "\n" + resource));
  }

  private AuthResult version2(String method, String signedResource, String target) {
    String date = "Fri, 24 May 2013 00:00:00 GMT";
    return authenticate(method, target,
        headers("Host", "h", "Date", date, "Authorization", signedV2(method, date, signedResource)));
  }

  /// What the router obeys it obeys decoded.
  static Stream<String> spellings(String name) {
    String all = name.chars().mapToObj("%%%02x"::formatted).collect(Collectors.joining());
    return Stream.of(name, all, all.toUpperCase(Locale.ROOT), all.substring(0, 3) + name.substring(1),
        name.substring(0, name.length() - 1) + all.substring(all.length() - 3)).distinct();
  }

  @ParameterizedTest
  @EnumSource
  void aSubResourceIsNeitherAddedToAVersion2SignatureNorTakenAway(S3Operation operation) {
    Set<String> names = new TreeSet<>(operation.marks());
    names.retainAll(S3Operation.subResources());
    String path = switch (operation.level()) {
      case SERVICE -> "/";
      case BUCKET -> "/b";
      case OBJECT -> "/b/k";
    };
    for (String name : names) {
      for (String method : new String[]{"GET", "PUT", "DELETE"}) {
        spellings(name).forEach(spelling -> {
          for (String value : new String[]{"", "=", "=1"}) {
            String target = path + "?" + spelling + value;
            assertInstanceOf(Refused.class, version2(method, path, target), target);
            assertInstanceOf(Refused.class, version2(method, path, path + "?prefix=x&" + spelling + value), target);
            assertInstanceOf(Refused.class, version2(method, path + "?" + name, path), target);
            String signed = path + "?" + name + (value.equals("=1") ? value : "");
            assertInstanceOf(Granted.class, version2(method, signed, target), target);
          }
        });
      }
    }
  }

  /// botocore signs the slash behind a bucket and does not send it.
  @Test
  void aVersion2SignatureMayHaveASlashBehindItsBucket() {
    assertInstanceOf(Granted.class, version2("GET", "/b/", "/b"));
    assertInstanceOf(Granted.class, version2("PUT", "/b/?acl", "/b?acl"));
    assertInstanceOf(Granted.class, version2("GET", "/b/", "/b/"));
    assertInstanceOf(Refused.class, version2("GET", "/b", "/b/"));
    assertInstanceOf(Refused.class, version2("GET", "/b/k/", "/b/k"));
    assertInstanceOf(Refused.class, version2("GET", "/b/", "/c"));
  }

  /// botocore and the JavaScript SDK sign white space of any kind as one blank, the Go SDK signs tabs as they are.
  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {"a\tb|a b", "a \t\t b|a b", "a\tb|a\tb"},
      ignoreLeadingAndTrailingWhitespace = false)
  void tabsInHeadersAreSignedInTwoWays(String sent, String signed) {
    HttpHeaders headers = headers("Host", HOST, "x-amz-meta-t", signed);
    signer.signHeader("PUT", "/b/k", Map.of(), headers, EMPTY_SHA256);
    headers.set("x-amz-meta-t", sent);
    assertInstanceOf(Granted.class, authenticate("PUT", "/b/k", headers));
    headers.set("x-amz-meta-t", sent + "c");
    assertInstanceOf(Refused.class, authenticate("PUT", "/b/k", headers));
  }

  /// 47 KB of a head must not become a text of 250 MB.
  @Test
  void aHeaderIsSignedOnce() {
    HttpHeaders headers = headers("Host", HOST, "x-amz-meta-a", "z".repeat(20_000));
    signer.signHeader("GET", "/b/k", Map.of(), headers, EMPTY_SHA256);
    granted("GET", "/b/k", headers);
    String authorization = headers.get("Authorization");
    for (String more : List.of("host", "Host", "x-amz-meta-a", ";", "absent;absent", "a;".repeat(5_000))) {
      headers.set("Authorization", authorization.replace("SignedHeaders=", "SignedHeaders=" + more + ";"));
      assertEquals("AuthorizationHeaderMalformed", refused("GET", "/b/k", headers).code(), more);
    }
    headers.set("Authorization", authorization.replace("SignedHeaders=", "SignedHeaders=absent;"));
    AuthFailure failure = refused("GET", "/b/k", headers);
    assertEquals("SignatureDoesNotMatch", failure.code());
    failure.details().values().forEach(value -> assertTrue(value.length() < 10_000));
    String url = signer.presign("GET", "/b/k", Map.of(), HOST, 60).replace("SignedHeaders=host",
        "SignedHeaders=host%3Bhost");
    assertEquals("AuthorizationQueryParametersError", refused("GET", url, headers("Host", HOST)).code());
  }

  @Test
  void thereIsOneAuthorization() {
    HttpHeaders headers = headers("Host", HOST);
    signer.signHeader("GET", "/b/k", Map.of(), headers, EMPTY_SHA256);
    headers.add("Authorization", "AWS nobody:c2lnbmF0dXJl");
    assertEquals("InvalidArgument", refused("GET", "/b/k", headers).code());
  }

  @Test
  void aSubResourceIsNotAddedToAPresignedVersion2Url() {
    long end = TestSigner.NOW.getEpochSecond() + 60;
    String signature = signedV2("GET", Long.toString(end), "/b/k").substring(5 + TestSigner.ACCESS_KEY.length());
    String url = "/b/k?AWSAccessKeyId=" + TestSigner.ACCESS_KEY + "&Expires=" + end + "&Signature="
        + TestSigner.encode(signature);
    assertInstanceOf(Granted.class, authenticate("GET", url, headers("Host", "h")));
    assertInstanceOf(Granted.class,
        authenticate("GET", url.replace("Signature", "%53ignature"), headers("Host", "h")));
    for (String repeated : List.of("Expires=9999999999", "Signature=x", "AWSAccessKeyId=x", "%45xpires=" + end)) {
      for (String twice : List.of(url + "&" + repeated, url.replace("?", "?" + repeated + "&"))) {
        assertEquals("AuthorizationQueryParametersError", refused("GET", twice, headers("Host", "h")).code(), twice);
      }
    }
    for (String name : S3Operation.subResources()) {
      spellings(name).forEach(spelling -> assertInstanceOf(Refused.class,
          authenticate("GET", url + "&" + spelling, headers("Host", "h")), spelling));
    }
  }

  @Test
  void version2IsRefusedUnlessAskedFor() {
    authenticator = new Authenticator(keys, AuthConfig.DEFAULTS, clock);
    String date = "Fri, 24 May 2013 00:00:00 GMT";
    for (AuthFailure failure : java.util.List.of(
        refused("GET", "/b", headers("Host", "h", "Date", date, "Authorization", signedV2("GET", date, "/b"))),
        refused("GET", "/b?AWSAccessKeyId=a&Expires=1&Signature=s", headers("Host", "h")),
        refused("GET", "/b?%41WSAccessKeyId=a&Expires=1&%53ignature=s", headers("Host", "h")))) {
      assertEquals("InvalidRequest", failure.code());
      assertEquals(400, failure.status());
      assertTrue(failure.message().contains("AWS4-HMAC-SHA256"), failure.message());
      assertTrue(failure.message().contains("--signature-v2"), failure.message());
    }
  }

  /// Or a presigned URL would be an anonymous request to this room and a signed one to the next.
  @Test
  void parametersOfVersion4AreKnownHoweverTheyAreSpelled() {
    String url = signer.presign("GET", "/b/k", Map.of(), HOST, 60);
    granted("GET", url, headers("Host", HOST));
    granted("GET", url.replace("X-Amz-Signature", "X-%41mz-Signature"), headers("Host", HOST));
    granted("GET", url.replace("X-Amz-Date", "%58-Amz-Date"), headers("Host", HOST));
    assertEquals("SignatureDoesNotMatch", refused("GET", url + "&%61cl", headers("Host", HOST)).code());
    assertEquals("AuthorizationQueryParametersError",
        refused("GET", "/b/k?%58-Amz-Signature=0", headers("Host", HOST)).code());
  }

  // Against another signer

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void whatASignerSignsIsGrantedAndNothingElse(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 50; i++) {
      String path = "/bucket/" + anyText(random);
      Map<String, String> query = new TreeMap<>();
      for (int q = random.nextInt(4); q > 0; q--) {
        query.put("q" + anyText(random), anyText(random));
      }
      HttpHeaders headers = headers("Host", "localhost:8333", "X-Amz-Meta-Some", "  several   words ", "Content-Type",
          "text/plain");
      String target = TestSigner.encodePath(path) + (query.isEmpty() ? "" : "?" + TestSigner.query(query));
      signer.signHeader("PUT", path, query, headers, "UNSIGNED-PAYLOAD");
      assertInstanceOf(Granted.class, authenticate("PUT", target, headers), () -> "seed " + seed + " target " + target);
      HttpHeaders changed = headers.copy();
      switch (random.nextInt(4)) {
        case 0 -> changed.set("x-amz-meta-some", "other words");
        case 1 -> changed.add("x-amz-meta-more", "injected");
        case 2 -> changed.set("x-amz-content-sha256", EMPTY_SHA256);
        default -> changed.set("host", "localhost");
      }
      assertInstanceOf(Refused.class, authenticate("PUT", target, changed), () -> "seed " + seed);
      assertInstanceOf(Refused.class, authenticate("PUT", target + "x", headers), () -> "seed " + seed);

      String presigned = signer.presign("GET", path, query, "localhost:8333", 60);
      assertInstanceOf(Granted.class, authenticate("GET", presigned, headers("Host", "localhost:8333")),
          () -> "seed " + seed + " target " + presigned);
    }
  }

  private static String anyText(Random random) {
    String alphabet = "abcXYZ019-._~!*'();:@&=+$,/?#[]% \"<>\\^`{|}\u00e9\u4e2d\ud83d\ude00";
    int[] points = alphabet.codePoints().toArray();
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(12); i >= 0; i--) {
      text.appendCodePoint(points[random.nextInt(points.length)]);
    }
    return text.toString();
  }

  @Test
  void aTargetMayBeSignedAsItWasSent() {
    // some clients leave %2F alone: the path in the signature is then the one on the wire
    HttpHeaders headers = headers("Host", "h");
    signer.signHeader("GET", "/b/a/b", Map.of(), headers, "UNSIGNED-PAYLOAD");
    granted("GET", "/b/a%2Fb", headers);
    granted("GET", "/b/a/b", headers);
  }

  /// botocore encodes the text to sign as UTF-8 and its HTTP library the head as ISO-8859-1.
  @Test
  void aHeaderMayBeSignedInUtf8AndSentInLatin1() {
    String text = "Hello World\u00e9";
    HttpHeaders headers = headers("Host", HOST, "x-amz-meta-a", new String(text.getBytes(UTF_8), ISO_8859_1));
    signer.signHeader("PUT", "/b/k", Map.of(), headers, EMPTY_SHA256);
    granted("PUT", "/b/k", headers);
    headers.set("x-amz-meta-a", text);
    granted("PUT", "/b/k", headers);
    headers.set("x-amz-meta-a", "Hello World\u00e8");
    assertEquals("SignatureDoesNotMatch", refused("PUT", "/b/k", headers).code());
  }

  @Test
  void clocksMayDifferByAQuarterOfAnHour() {
    HttpHeaders headers = headers("Host", "h");
    signer.signHeader("GET", "/", Map.of(), headers, "UNSIGNED-PAYLOAD");
    for (int seconds : new int[]{-900, 900}) {
      now = TestSigner.NOW.plusSeconds(seconds);
      granted("GET", "/", headers);
    }
    for (int seconds : new int[]{-901, 901}) {
      now = TestSigner.NOW.plusSeconds(seconds);
      AuthFailure failure = refused("GET", "/", headers);
      assertEquals("RequestTimeTooSkewed", failure.code());
      assertEquals("900000", failure.details().get("MaxAllowedSkewMilliseconds"));
    }
  }

  /// The Go SDK sends a list as a header for each value.
  @Test
  void aHeaderThatIsSentSeveralTimesIsSignedInThatOrder() {
    HttpHeaders headers = headers("Host", HOST, "x-amz-object-attributes", "ETag");
    headers.add("x-amz-object-attributes", "ObjectSize");
    headers.add("x-amz-object-attributes", "  Checksum  x ");
    signer.signHeader("GET", "/b/k", Map.of(), headers, EMPTY_SHA256);
    granted("GET", "/b/k", headers);
    headers.set("x-amz-object-attributes", java.util.List.of("ObjectSize", "ETag", "Checksum x"));
    assertEquals("SignatureDoesNotMatch", refused("GET", "/b/k", headers).code());
  }

  @Test
  void aForeignRegionIsRefusedWithWhatToSet() {
    HttpHeaders headers = headers("Host", "h");
    new TestSigner("eu-west-7", TestSigner.NOW).signHeader("GET", "/", Map.of(), headers, "UNSIGNED-PAYLOAD");
    granted("GET", "/", headers);
    authenticator = new Authenticator(keys, new AuthConfig("us-east-1", false, true, Duration.ofMinutes(15)), clock);
    AuthFailure failure = refused("GET", "/", headers);
    assertEquals("AuthorizationHeaderMalformed", failure.code());
    assertEquals("us-east-1", failure.details().get("Region"));
    assertEquals("The authorization header is malformed; the region 'eu-west-7' is wrong; expecting 'us-east-1'. Set "
        + "the client's region to us-east-1, or the server's with --region.", failure.message());
    assertInstanceOf(Granted.class,
        authenticator.authenticate(HttpMethod.GET, "/", headers, Optional.empty(), "eu-west-7"::equals));
    String url = new TestSigner("eu-west-7", TestSigner.NOW).presign("GET", "/b/k", Map.of(), "h", 60);
    failure = refused("GET", url, headers("Host", "h"));
    assertEquals("AuthorizationQueryParametersError", failure.code());
    assertEquals("us-east-1", failure.details().get("Region"));
    assertTrue(failure.message().startsWith(
        "Error parsing the X-Amz-Credential parameter; the region 'eu-west-7' is wrong; expecting 'us-east-1'"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-hayloft-durability", "X-Hayloft-Durability", "x-hayloft-anything", "x-amz-acl",
      "X-Amz-Meta-A"})
  void whatIsObeyedIsSigned(String name) {
    HttpHeaders headers = headers("Host", "h");
    signer.signHeader("PUT", "/b", Map.of(), headers, "UNSIGNED-PAYLOAD");
    headers.add(name, "os");
    AuthFailure failure = refused("PUT", "/b", headers);
    assertEquals("AccessDenied", failure.code());
    assertEquals(name, failure.details().get("HeadersNotSigned"));
    HttpHeaders presigned = headers("Host", "h", name, "os");
    assertEquals("AccessDenied",
        refused("PUT", signer.presign("PUT", "/b", Map.of(), "h", 60), presigned).code());
    HttpHeaders signed = headers("Host", "h", name, "os");
    signer.signHeader("PUT", "/b", Map.of(), signed, "UNSIGNED-PAYLOAD");
    granted("PUT", "/b", signed);
  }

  /// Version 2 has no way to sign them.
  @Test
  void whatVersion2DoesNotCoverIsNotObeyed() {
    String toSign = "PUT\n\n\n1369353660\n/b";
    String signature = TestSigner.encode(Base64.getEncoder()
        .encodeToString(TestSigner.hmac("HmacSHA1", TestSigner.SECRET_KEY.getBytes(), toSign)));
    String target = "/b?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1369353660&Signature=" + signature;
    granted("PUT", target, headers("Host", "h"));
    AuthFailure failure = refused("PUT", target, headers("Host", "h", "X-Hayloft-Durability", "os"));
    assertEquals("X-Hayloft-Durability", failure.details().get("HeadersNotSigned"));
  }

  @Test
  void aWrongSecretIsToldWithWhatWasSigned() {
    HttpHeaders headers = headers("Host", "h");
    signer.signHeader("GET", "/b", Map.of(), headers, "UNSIGNED-PAYLOAD");
    headers.set("authorization", headers.get("authorization").replaceAll(".$", "0").replaceAll("..$", "00"));
    AuthFailure failure = refused("GET", "/b", headers);
    assertEquals("SignatureDoesNotMatch", failure.code());
    assertEquals(403, failure.status());
    assertTrue(failure.details().get("StringToSign").startsWith("AWS4-HMAC-SHA256\n20130524T000000Z\n"));
    assertTrue(failure.details().get("CanonicalRequest").startsWith("GET\n/b\n\nhost:h\n"));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|',
      textBlock = """
          AccessDenied | ''
          InvalidArgument | Basic dXNlcjpwYXNz
          InvalidArgument | AWS HAHAHA
          AuthorizationHeaderMalformed | AWS4-HMAC-SHA256
          AuthorizationHeaderMalformed | AWS4-HMAC-SHA256 Credential=x/20130524/us-east-1/s3/aws4_request
          AuthorizationHeaderMalformed | AWS4-HMAC-SHA256 Credential=x,SignedHeaders=host,Signature=0
          AuthorizationHeaderMalformed | \
          AWS4-HMAC-SHA256 Credential=x/y/z/s3/aws4_request,SignedHeaders=host,Signature=0
          AuthorizationHeaderMalformed | \
          AWS4-HMAC-SHA256 Credential=x/20130525/r/s3/aws4_request,SignedHeaders=host,Signature=0
          AuthorizationHeaderMalformed | \
          AWS4-HMAC-SHA256 Credential=x/20130524/r/sts/aws4_request,SignedHeaders=host,Signature=0
          InvalidAccessKeyId | AWS4-HMAC-SHA256 Credential=x/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=0
          AccessDenied | \
          AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/r/s3/aws4_request,SignedHeaders=host,Signature=0
          InvalidAccessKeyId | AWS nobody:c2lnbmF0dXJl
          SignatureDoesNotMatch | AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl
          SignatureDoesNotMatch | AWS AKIAIOSFODNN7EXAMPLE:not base64
          """)
  void whatIsWrongIsNamed(String code, String authorization) {
    HttpHeaders headers = headers("Host", "h", "x-amz-date", "20130524T000000Z", "x-amz-content-sha256",
        "UNSIGNED-PAYLOAD", "Authorization", authorization);
    assertEquals(code, refused("GET", "/", headers).code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"20161231T235960Z", "Sat, 31 Dec 2016 23:59:60 GMT", "Sat, 31 Dec 2016 23:59:60 +0000",
      "Saturday, 31-Dec-16 23:59:60 GMT"})
  void aLeapSecondIsTheNextDaysFirstAndSignedUnderItsOwnName(String date) throws Exception {
    assertEquals(new RequestTime(Instant.parse("2017-01-01T00:00:00Z"), "20161231T235960Z"), RequestTime.parse(date));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Bad Date", "20130524T235961Z", "20130524T225960Z", "20130524T000060Z",
      "Fri, 24 May 2013 22:59:60 GMT", "23:59:60", "23:59:6023:59:60", "2013", "20139924T000000Z", "2013x524T000000Z",
      "Fri, 07 Jul 1950 21:53:04 GMT"})
  void withoutAValidDateNothingIsGranted(String date) {
    for (String authorization : new String[]{authorization("host", "00"), "AWS AKIAIOSFODNN7EXAMPLE:c2ln"}) {
      HttpHeaders headers = headers("Host", "h", "Date", date, "x-amz-content-sha256", "UNSIGNED-PAYLOAD",
          "Authorization", authorization);
      assertEquals("AccessDenied", refused("GET", "/", headers).code());
    }
  }

  @Test
  void bothWaysOfSigningAtOnceAreRefused() {
    HttpHeaders headers = headers("Host", "h");
    signer.signHeader("GET", "/", Map.of(), headers, "UNSIGNED-PAYLOAD");
    assertEquals("InvalidArgument", refused("GET", "/?X-Amz-Signature=0", headers).code());
  }

  @Test
  void payloadKindsAreRecognized() {
    for (Map.Entry<String, Class<?>> kind : Map
        .<String, Class<?>>of("UNSIGNED-PAYLOAD", PayloadCheck.Unsigned.class, EMPTY_SHA256, PayloadCheck.Sha256.class,
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", PayloadCheck.SignedChunks.class,
            "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", PayloadCheck.SignedChunks.class,
            "STREAMING-UNSIGNED-PAYLOAD-TRAILER", PayloadCheck.UnsignedChunks.class)
        .entrySet()) {
      HttpHeaders headers = headers("Host", "h");
      signer.signHeader("PUT", "/b/k", Map.of(), headers, kind.getKey());
      assertInstanceOf(kind.getValue(), granted("PUT", "/b/k", headers).payload());
    }
    HttpHeaders headers = headers("Host", "h");
    signer.signHeader("PUT", "/b/k", Map.of(), headers, "NONSENSE");
    assertEquals("InvalidArgument", refused("PUT", "/b/k", headers).code());
  }

  @Test
  void withoutASignatureARequestIsAnonymous() {
    assertInstanceOf(Anonymous.class, authenticate("GET", "/b/k?versionId=1", headers("Host", "h")));
    Anonymous streamed = assertInstanceOf(Anonymous.class, authenticate("PUT", "/b/k",
        headers("Host", "h", "x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER")));
    assertInstanceOf(PayloadCheck.UnsignedChunks.class, streamed.payload());
  }

  @Test
  void botoPresignsVersion2HeadersAsParameters() {
    String toSign = "PUT\n\ntext/plain\n1369353660\nx-amz-acl:private\n/b/k%20e?uploadId=a b";
    String signature = Base64.getEncoder()
        .encodeToString(TestSigner.hmac("HmacSHA1", TestSigner.SECRET_KEY.getBytes(), toSign));
    String target = "/b/k%20e?uploadId=a%20b&partNo=1&content-type=text%2Fplain&x-amz-acl=private"
        + "&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1369353660&Signature=" + TestSigner.encode(signature);
    granted("PUT", target, headers("Host", "h"));
    assertEquals("SignatureDoesNotMatch", refused("PUT", target.replace("=private", "=public"), headers("Host", "h"))
        .code());
    assertFalse(signature.isEmpty());
  }
}

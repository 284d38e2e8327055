package hayloft.s3;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.ChecksumAlgorithm;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class FormTest {

  private static final String BOUNDARY = "----boundary7";
  private static final String CONDITIONS = """
      {"bucket":"photos"},["starts-with","$key","up/"],["eq","$Content-Type","text/plain"],\
      ["content-length-range",1,50]""";

  private final TestStore store = new TestStore().withBucket("photos");
  private final Map<String, String> fields = new LinkedHashMap<>();
  private final Map<String, String> headers = new LinkedHashMap<>();
  private String query = "";
  private byte[] file = "the file".getBytes(StandardCharsets.UTF_8);

  private static String policy(String expiration, String conditions) {
    String json = "{\"expiration\":\"" + expiration + "\",\"conditions\":[" + conditions + "]}";
    return Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8));
  }

  private FormTest signed(String conditions) {
    fields.put("key", "up/${filename}");
    fields.put("Content-Type", "text/plain");
    fields.put("AWSAccessKeyId", "alice");
    fields.put("signature", "good");
    fields.put("policy", policy("2026-01-02T03:04:06Z", conditions));
    return this;
  }

  private FakeExchange post() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    fields.forEach((name, value) -> body.writeBytes(("--" + BOUNDARY
        + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n")
        .getBytes(StandardCharsets.UTF_8)));
    body.writeBytes(("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"C:\\dir\\a.txt\""
        + "\r\nContent-Type: image/png\r\n\r\n").getBytes(StandardCharsets.UTF_8));
    body.writeBytes(file);
    body.writeBytes(("\r\n--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.UTF_8));
    return send(body.toByteArray());
  }

  private FakeExchange send(byte[] body) {
    FakeExchange exchange = new FakeExchange("POST", "/photos" + query, body).with("content-type",
        "multipart/form-data; boundary=" + BOUNDARY);
    headers.forEach(exchange::with);
    return store.send(exchange);
  }

  private static String brief(FakeExchange answer) {
    return answer.status() + " " + answer.element("Code");
  }

  /// 60 KB of fields and a name of a few KB are 90 MB together.
  @Test
  void whatTheFileNameMakesOfTheFieldsIsBoundedToo() {
    String placeholders = "${filename}".repeat(1700);
    fields.put("key", "k");
    fields.put("x-ignore-a", placeholders);
    fields.put("x-ignore-b", placeholders);
    fields.put("x-ignore-c", placeholders);
    assertTrue(post().text().contains("<Code>MaxPostPreDataLengthExceededError</Code>"));
    fields.put("x-ignore-a", "${filename}");
    fields.remove("x-ignore-b");
    fields.remove("x-ignore-c");
    assertFalse(post().text().contains("MaxPostPreDataLengthExceededError"));
  }

  @Test
  void aSignedFormIsStoredForItsSigner() {
    fields.put("x-ignore-me", "yes");
    FakeExchange posted = signed(CONDITIONS).post();
    assertEquals(204, posted.status());
    assertEquals("http://127.0.0.1:8333/photos/up/a.txt", posted.header("location"));
    FakeExchange got = store.get("/photos/up/a.txt");
    assertEquals("the file", got.text());
    assertEquals("text/plain", got.header("content-type"));
    assertEquals(got.header("etag"), posted.header("etag"));
    assertEquals("id-alice", store.get("/photos/up/a.txt?acl").element("ID"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "-x", "--x", " x", "\r"})
  void aLineThatOnlyBeginsLikeTheBoundaryIsTheFiles(String behind) {
    String text = "A\r\n--" + BOUNDARY + behind + "\r\nB";
    file = text.getBytes(StandardCharsets.UTF_8);
    assertEquals(204, signed(CONDITIONS).post().status());
    assertEquals(text, store.get("/photos/up/a.txt").text());
  }

  @Test
  void metadataTagsListAndChecksumCome() {
    fields.put("x-amz-meta-who", "ä");
    fields.put("tagging", "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>");
    fields.put("acl", "public-read");
    fields.put("x-amz-checksum-crc32", new TestChecksums().base64(ChecksumAlgorithm.CRC32, file));
    assertEquals(204,
        signed(CONDITIONS + ",[\"starts-with\",\"$x-amz-meta-who\",\"\"],[\"starts-with\",\"$tagging\",\"\"],"
            + "{\"acl\":\"public-read\"}").post().status());
    assertEquals(200, store.send(new FakeExchange("GET", "/photos/up/a.txt", new byte[0])).status());
    FakeExchange got = store.get("/photos/up/a.txt", "x-amz-checksum-mode", "ENABLED");
    assertEquals("\u00c3\u00a4", got.header("x-amz-meta-who"), "bytes, as in every header");
    assertEquals("1", got.header("x-amz-tagging-count"));
    assertEquals(fields.get("x-amz-checksum-crc32"), got.header("x-amz-checksum-crc32"));
    fields.put("x-amz-checksum-crc32", "AAAAAA==");
    assertEquals("400 BadDigest", brief(post()));
    fields.put("x-amz-checksum-crc32", "sailorjerry");
    assertEquals("400 InvalidRequest", brief(post()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"x-amz-meta-a(b", "x-amz-meta-a b", "x-amz-meta-", "x-amz-meta-a=b", "x-amz-meta-\u00e4",
      "x-amz-(", "x-amz-meta-a;b", "x-amz-meta-a/b", "x-amz-meta-a{b", "x-amz-meta-\u0001"})
  void aFieldThatIsNoHeaderIsTheClientsFault(String name) {
    fields.put(name, "v");
    int status = signed(CONDITIONS + ",[\"starts-with\",\"$" + name + "\",\"\"]").post().status();
    assertTrue(status == 204 || status / 100 == 4, name + " " + status);
  }

  @ParameterizedTest
  @EnumSource(ChecksumAlgorithm.class)
  void aChecksumOfAnyAlgorithmIsVerifiedAndKept(ChecksumAlgorithm algorithm) {
    String field = "x-amz-checksum-" + algorithm.name().toLowerCase(Locale.ROOT);
    String sum = new TestChecksums().base64(algorithm, file);
    signed(CONDITIONS).fields.put(field, sum);
    FakeExchange posted = post();
    assertEquals("204 " + sum, posted.status() + " " + posted.header(field));
    fields.put(field, new TestChecksums().base64(algorithm, new byte[1]));
    assertEquals("400 BadDigest", brief(post()));
    fields.put(field, "AA");
    assertEquals("400 InvalidRequest", brief(post()));
    fields.put(field, "");
    assertEquals("400 InvalidRequest", brief(post()), "an empty one is none");
    fields.remove(field);
    fields.put("x-amz-checksum-algorithm", algorithm.name());
    posted = post();
    assertEquals("204 " + sum, posted.status() + " " + posted.header(field), "asked for without a value");
  }

  @Test
  void algorithmsThatAreNoneAreRefusedAndWithoutOneThereIsTheDefault() {
    signed(CONDITIONS);
    assertEquals(new TestChecksums().base64(ChecksumAlgorithm.CRC64NVME, file),
        post().header("x-amz-checksum-crc64nvme"));
    for (String field : List.of("x-amz-checksum-md4", "X-Amz-Checksum-CRC7", "x-amz-checksum-algorithm")) {
      fields.put(field, "AAAAAA==");
      assertEquals("400 InvalidRequest", brief(post()), field);
      fields.remove(field);
    }
    fields.put("x-amz-checksum-crc32", new TestChecksums().base64(ChecksumAlgorithm.CRC32, file));
    fields.put("x-amz-checksum-md5", new TestChecksums().base64(ChecksumAlgorithm.MD5, file));
    assertEquals("400 InvalidRequest", brief(post()), "several");
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', value = {
      "{\"bucket\":\"other\"}|403 AccessDenied", "[\"eq\",\"$key\",\"down\"]|403 AccessDenied",
      "[\"eq\",\"$x-amz-meta-a\",\"b\"]|403 AccessDenied", "{}|400 InvalidPolicyDocument",
      "[\"like\",\"$key\",\"up\"]|400 InvalidPolicyDocument", "[\"content-length-range\",0]|400 InvalidPolicyDocument",
      "[\"content-length-range\",-1,0]|400 InvalidPolicyDocument",
      "[\"content-length-range\",5,0]|400 InvalidPolicyDocument",
      "{\"acl\":\"private\",\"acl\":\"public-read\"}|400 InvalidPolicyDocument",
      "[\"content-length-range\",0,7]|400 EntityTooLarge",
      "[\"content-length-range\",9,20]|400 EntityTooSmall"})
  void whatThePolicyForbidsIsRefused(String condition, String answer) {
    assertEquals(answer, brief(signed(CONDITIONS + "," + condition).post()));
    assertEquals(404, store.get("/photos/up/a.txt").status());
    assertEquals(0, store.catalog.openBodies);
  }

  @Test
  void contentMd5IsHeldAgainstTheFile() {
    signed(CONDITIONS + ",[\"starts-with\",\"$Content-MD5\",\"\"]");
    fields.put("Content-MD5", "1B2M2Y8AsgTpgAmY7PhCfg==");
    assertEquals("400 BadDigest", brief(post()));
    for (String none : List.of("", "garbage", "AAAA")) {
      fields.put("Content-MD5", none);
      assertEquals("400 InvalidDigest", brief(post()), none);
    }
    fields.put("Content-MD5", new TestChecksums().base64(ChecksumAlgorithm.MD5, file));
    assertEquals(204, post().status());
  }

  @ParameterizedTest
  @CsvSource({"x-amz-expected-bucket-owner,nobody,403 AccessDenied", "x-amz-copy-source,/photos/k,501 NotImplemented",
      "x-amz-content-sha256,abc,501 NotImplemented", "x-amz-unknown,1,501 NotImplemented",
      "If-None-Match,*,501 NotImplemented", "x-amz-checksum-type,BOGUS,400 InvalidRequest",
      "x-amz-checksum-type,COMPOSITE,400 InvalidRequest", "x-amz-checksum-sha256,'',400 InvalidRequest",
      "x-amz-server-side-encryption,AES256,501 NotImplemented"})
  void noFieldIsBelievedToHaveBeenObeyed(String name, String value, String answer) {
    signed(CONDITIONS + ",[\"starts-with\",\"$" + name + "\",\"\"]");
    fields.put(name, value);
    assertEquals(answer, brief(post()));
    assertEquals(404, store.get("/photos/up/a.txt").status());
  }

  @ParameterizedTest
  @CsvSource({"x-amz-acl,public-read", "X-Amz-Meta-A,b", "x-amz-storage-class,GLACIER", "x-amz-tagging,a=b",
      "x-amz-grant-read,id=alice"})
  void noHeaderIsBelievedToHaveBeenObeyed(String name, String value) {
    signed(CONDITIONS);
    headers.put(name, value);
    assertEquals("400 InvalidRequest", brief(post()));
    headers.remove(name);
    query = "?" + name + "=" + value;
    assertEquals("400 InvalidRequest", brief(post()), "nor one in the query");
    assertEquals(404, store.get("/photos/up/a.txt").status());
  }

  @Test
  void tagsMayComeAsTheHeaderHasThem() {
    fields.put("x-amz-tagging", "k=v&l=w");
    assertEquals(204, signed(CONDITIONS + ",[\"starts-with\",\"$x-amz-tagging\",\"\"]").post().status());
    assertEquals("2", store.get("/photos/up/a.txt").header("x-amz-tagging-count"));
  }

  @Test
  void everyFieldNeedsACondition() {
    fields.put("x-amz-meta-a", "b");
    assertEquals("403 AccessDenied", brief(signed(CONDITIONS).post()));
    fields.clear();
    assertEquals("403 AccessDenied", brief(signed(CONDITIONS.replace("{\"bucket\":\"photos\"},", "")).post()));
  }

  @Test
  void policiesExpireAndHaveToBeWhole() {
    signed(CONDITIONS);
    fields.put("policy", policy("2026-01-02T03:04:05Z", CONDITIONS));
    assertTrue(post().element("Message").contains("Policy expired"));
    String text = "{\"expiration\":\"2030-01-01T00:00:00Z\",\"conditions\":[" + CONDITIONS + "]}";
    for (String json : List.of("{}", "no json", "{\"conditions\":[]}", "{\"expiration\":\"2030-01-01T00:00:00Z\"}",
        "{\"expiration\":\"soon\",\"conditions\":[]}",
        "{\"EXPIRATION\":\"2030-01-01T00:00:00Z\",\"conditions\":[]}", text + "x", text + text, text + "}",
        text.replace("{\"exp", "{\"expiration\":\"2020-01-01T00:00:00Z\",\"exp"),
        "{\"expiration\":5,\"conditions\":[]}")) {
      fields.put("policy", Base64.getEncoder().encodeToString(json.getBytes(StandardCharsets.UTF_8)));
      assertEquals("400 InvalidPolicyDocument", brief(post()), json);
    }
    assertTrue(post().element("Message").contains("expiration&apos; value: &apos;5"), post().text());
    fields.put("policy", Base64.getEncoder().encodeToString((text + " \n").getBytes(StandardCharsets.UTF_8)));
    assertEquals(204, post().status());
  }

  @Test
  void signersHaveToBeKnownAndAllowed() {
    signed(CONDITIONS).fields.put("signature", "forged");
    assertEquals("403 SignatureDoesNotMatch", brief(post()));
    fields.put("signature", "good");
    fields.put("AWSAccessKeyId", "bob");
    assertEquals("403 AccessDenied", brief(post()));
    fields.put("AWSAccessKeyId", "carol");
    assertEquals("403 InvalidAccessKeyId", brief(post()));
  }

  @Test
  void nobodyPostsOnlyWhereEverybodyMayWrite() {
    fields.put("key", "open");
    fields.put("acl", "public-read");
    assertEquals("403 AccessDenied", brief(post()));
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    assertEquals(204, post().status());
    assertEquals("the file", store.get("/photos/open").text());
    assertEquals("binary/octet-stream", store.get("/photos/open").header("content-type"));
  }

  @Test
  void theAnswerIsWhatTheFormAsksFor() {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    fields.put("key", "a b&c");
    fields.put("success_action_status", "201");
    FakeExchange created = post();
    assertEquals(201, created.status());
    assertEquals("a b&amp;c", created.element("Key"));
    assertEquals("http://127.0.0.1:8333/photos/a%20b%26c", created.element("Location"));
    fields.put("success_action_status", "404");
    assertEquals(204, post().status());
    fields.put("success_action_redirect", "http://example.org/done?x=1");
    FakeExchange sent = post();
    assertEquals(303, sent.status());
    assertEquals("http://example.org/done?x=1&bucket=photos&key=a%20b%26c&etag=%22"
        + String.valueOf(sent.header("etag")).replace("\"", "") + "%22", sent.header("location"));
    fields.put("success_action_redirect", "javascript:alert(1)");
    assertEquals(204, post().status());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "junk", "--" + BOUNDARY, "--" + BOUNDARY + "\r\n", "--" + BOUNDARY + "\r\n\r\n\r\n",
      "--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut short",
      "--" + BOUNDARY + "\r\nContent-Disposition: attachment\r\n\r\nx\r\n--" + BOUNDARY + "--"})
  void brokenFormsAreRefused(String body) {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    FakeExchange answer = send(body.getBytes(StandardCharsets.UTF_8));
    assertEquals(400, answer.status(), answer.text());
    assertEquals(0, store.catalog.openBodies);
  }

  @Test
  void aFormCutShortStoresNothing() {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    FakeExchange answer = send(
        ("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=key\r\n\r\nk\r\n--" + BOUNDARY
            + "\r\nContent-Disposition: form-data; name=file\r\n\r\ncut\r\n--" + BOUNDARY.substring(2))
            .getBytes(StandardCharsets.UTF_8));
    assertEquals("400 MalformedPOSTRequest", brief(answer));
    assertEquals(404, store.get("/photos/k").status());
    assertEquals(0, store.catalog.openBodies);
  }

  @Test
  void fieldsAreBounded() {
    fields.put("key", "k".repeat((20 << 10) + 1));
    assertEquals("400 MaxPostPreDataLengthExceededError", brief(post()));
    fields.clear();
    for (int i = 0; i < 4; i++) {
      fields.put("x-ignore-" + i, "x".repeat(20 << 10));
    }
    assertEquals("400 MaxPostPreDataLengthExceededError", brief(post()));
    fields.clear();
    assertEquals("400 InvalidArgument", brief(post()), "no key");
    fields.put("key", "k\u0000");
    fields.put("x-amz-meta-a", "b\r\nset-cookie: c");
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    assertEquals("400 InvalidArgument", brief(post()), "no header");
    assertEquals(412, store.send("POST", "/photos", "x").status());
  }

  private FakeExchange sendFile(String parameters) {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    return send(("--" + BOUNDARY + " \r\nContent-Disposition:form-data;name=key\r\n\r\nn/${filename}\r\n--" + BOUNDARY
        + "\r\nContent-Disposition: form-data; name=\"file\"" + parameters + "\r\n\r\nhi\r\n--" + BOUNDARY + "--")
        .getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource(delimiter = '|', quoteCharacter = '`', value = {"; filename=\"a%22b\"|n/a%22b",
      "; filename=\"a\\\"b\"|n/a%22b", "; filename=\"C:\\dir\\a.txt\"|n/a.txt", "; filename=\"../x/a;b\"|n/a%3Bb",
      "; filename=a; filename*=utf-8''%c3%bc|n/%C3%BC", "; filename=a; filename*=utf-8''%zz|n/a",
      "; filename*=iso-8859-1''%fc|n/", "|n/"})
  void theFilesNameIsReadAsItWasMeant(@Nullable String parameters, String key) {
    FakeExchange posted = sendFile(parameters == null ? "" : parameters);
    assertEquals(204, posted.status(), posted.text());
    assertEquals("http://127.0.0.1:8333/photos/" + key, posted.header("location"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"; filename=\"a", "; name=key", "\r\n folded", "\r\nx", "\n"})
  void aFileThatSaysNothingClearIsRefused(String parameters) {
    assertEquals("400 MalformedPOSTRequest", brief(sendFile(parameters)));
    assertEquals(0, store.catalog.openBodies);
  }

  /// Files made of what delimiters are made of, cut into pieces anywhere.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void filesComeAsTheyWent(long seed) {
    store.put("/photos?acl", "", "x-amz-acl", "public-read-write");
    Random random = new Random(seed);
    fields.put("key", "k");
    fields.put("acl", "public-read");
    String[] bits = {"\r", "\n", "\r\n", "--", "\r\n--", "\r\n------boundar", "\r\n------boundary", "a", "\0",
        "\r\r\n-"};
    for (int round = 0; round < 20; round++) {
      StringBuilder text = new StringBuilder();
      for (int i = random.nextInt(600); i > 0; i--) {
        text.append(bits[random.nextInt(bits.length)]);
      }
      file = text.toString().getBytes(StandardCharsets.UTF_8);
      fields.put("x-ignore-padding", "x".repeat(random.nextInt(700)));
      assertEquals(204, post().status(), "seed " + seed);
      assertArrayEquals(file, store.get("/photos/k").bytes(), "seed " + seed);
    }
  }
}

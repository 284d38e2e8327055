package hayloft.s3.record;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.log.ClientText;
import hayloft.common.tls.TlsSession;
import hayloft.s3.routing.S3Operation;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class S3LogLineTest {

  private static final Pattern FIELD = Pattern.compile("\\[[^\\]]*]|\"[^\"]*\"|\\S+");

  private static AccessEntry entry(Optional<S3Operation> operation, String method, String key, String target,
      String userAgent) {
    return entry(operation, method, key, target, userAgent, Optional.empty());
  }

  private static AccessEntry entry(Optional<S3Operation> operation, String method, String key, String target,
      String userAgent, Optional<TlsSession> tls) {
    return new AccessEntry(Instant.parse("2026-02-06T00:00:38.5Z"), "owner", ClientText.of("barn"), "192.0.2.3",
        "me", "3E57427F33A59F07", operation, ClientText.of(method), ClientText.of(key), ClientText.of(target),
        "HTTP/1.1", 200, true, "", 0, 2662992, 3462992, 70, 10, ClientText.NONE, ClientText.of(userAgent),
        ClientText.of("v1"), "hostid", "SigV4", "AuthHeader", ClientText.of("s3.example.org"), tls);
  }

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    Matcher field = FIELD.matcher(line);
    while (field.find()) {
      fields.add(field.group());
    }
    return fields;
  }

  @Test
  void aLineHasTheFieldsOfS3InTheirOrder() {
    assertEquals(
        "owner barn [06/Feb/2026:00:00:38 +0000] 192.0.2.3 me 3E57427F33A59F07 REST.GET.OBJECT oats/rye%20bread "
            + "\"GET /barn/oats/rye%20bread HTTP/1.1\" 200 - 2662992 3462992 70 10 \"-\" \"curl/8\" v1 hostid SigV4 - "
            + "AuthHeader s3.example.org - - -",
        S3LogLine.of(entry(Optional.of(S3Operation.GET_OBJECT), "GET", "oats/rye bread",
            "/barn/oats/rye%20bread", "curl/8")));
  }

  @Test
  void withTlsALineNamesVersionAndCipherSuite() {
    AccessEntry entry = entry(Optional.of(S3Operation.GET_OBJECT), "GET", "oats", "/barn/oats", "curl/8",
        Optional.of(new TlsSession("TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256")));
    String line = S3LogLine.of(entry);
    assertTrue(line.endsWith(
        " v1 hostid SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader s3.example.org TLSv1.2 - -"), line);
    assertEquals(26, fields(line).size(), line);
    String json = JsonLogLine.of(entry);
    assertTrue(json.contains(
        "\"tls\":true,\"tlsVersion\":\"TLSv1.2\",\"cipherSuite\":\"ECDHE-RSA-AES128-GCM-SHA256\""), json);
    String open = JsonLogLine.of(entry(Optional.empty(), "GET", "oats", "/barn/oats", "curl/8"));
    assertTrue(open.contains("\"tls\":false") && !open.contains("tlsVersion") && !open.contains("cipher"), open);
  }

  @Test
  void nothingThatAClientSendsBreaksALine() {
    String line = S3LogLine.of(entry(Optional.empty(), "GET", "a\nb \"c\"", "/barn/\"x\"",
        "evil\"\r\n1.2.3.4 \"agent"));
    assertEquals(1, line.lines().count());
    assertEquals(26, fields(line).size(), line);
    assertEquals("a%0Ab%20%22c%22", fields(line).get(7));
  }

  @ParameterizedTest
  @CsvSource({"GET_OBJECT,GET,REST.GET.OBJECT", "COPY_OBJECT,PUT,REST.COPY.OBJECT",
      "LIST_OBJECTS_V2,GET,REST.GET.BUCKET",
      "LIST_BUCKETS,GET,REST.GET.SERVICE", "UPLOAD_PART,PUT,REST.PUT.PART", "UPLOAD_PART_COPY,PUT,REST.COPY.PART",
      "CREATE_MULTIPART_UPLOAD,POST,REST.POST.UPLOADS", "COMPLETE_MULTIPART_UPLOAD,POST,REST.POST.UPLOAD",
      "DELETE_OBJECTS,POST,REST.POST.MULTI_OBJECT_DELETE", "GET_BUCKET_LOCATION,GET,REST.GET.LOCATION",
      "GET_BUCKET_ACL,GET,REST.GET.ACL", "PUT_BUCKET_VERSIONING,PUT,REST.PUT.VERSIONING",
      "LIST_OBJECT_VERSIONS,GET,REST.GET.BUCKETVERSIONS", "PUT_OBJECT_TAGGING,PUT,REST.PUT.OBJECT_TAGGING"})
  void operationsAreNamedAsS3NamesThem(S3Operation operation, String method, String name) {
    assertEquals(name, S3LogLine.operation(entry(Optional.of(operation), method, "k", "", "")));
  }

  /// Anything may come in headers: they are bytes to the HTTP codec.
  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\u0085", "\u009b", "\u007f", "\u2028", "\u2029", "\u202e", "\ud800", "\"",
      "\" 200 - \""})
  void nothingThatAClientSendsEndsAFieldOrALine(String hostile) {
    String text = "a" + hostile + "b";
    AccessEntry entry = everywhere(text);
    String line = S3LogLine.of(entry);
    assertEquals(26, fields(line).size(), line);
    assertTrue(line.codePoints().allMatch(c -> c >= ' ' && c < 0x7F), line);
    String json = JsonLogLine.of(entry);
    assertTrue(json.codePoints().allMatch(c -> c >= ' ' && c < 0x7F), json);
  }

  @ParameterizedTest
  @CsvSource({"a\"b,a%22b", "a\u2026,a%E2%80%A6", "\ud83d\ude00,%F0%9F%98%80", "\ud800,%3F", "\u0085,%C2%85",
      "gr\u00f6\u00dfe,gr\u00f6\u00dfe"})
  void whatMayNotStandIsPercentEncoded(String sent, String written) {
    assertEquals('"' + written + '"', fields(S3LogLine.of(everywhere(sent))).get(16));
  }

  /// A request whose client puts a text wherever it can.
  private static AccessEntry everywhere(String sent) {
    ClientText text = ClientText.of(sent);
    return new AccessEntry(Instant.parse("2026-02-06T00:00:38.5Z"), "owner", text, "192.0.2.3", "me", "ID",
        Optional.empty(), text, text, text, "HTTP/1.1", 200, true, "", 0, 1, 1, 70, 10, text, text, text, "hostid",
        "SigV4", "AuthHeader", text, Optional.empty());
  }

  @Test
  void whatWasCutIsMarkedAndNothingElseLooksLikeIt() {
    AccessEntry whole = everywhere("…");
    assertFalse(S3LogLine.of(whole).contains("…"), S3LogLine.of(whole));
    assertEquals(26, fields(S3LogLine.of(whole)).size());
    assertFalse(JsonLogLine.of(whole).contains("\"cut\""), JsonLogLine.of(whole));
    AccessEntry cut = everywhere("x".repeat(31_000));
    String shown = "x".repeat(2048) + "…";
    List<String> fields = fields(S3LogLine.of(cut));
    assertEquals(26, fields.size());
    assertEquals(shown, fields.get(1));
    assertEquals("REST." + shown + ".OBJECT", fields.get(6));
    assertEquals(shown, fields.get(7));
    assertEquals('"' + shown + " " + shown + " HTTP/1.1\"", fields.get(8));
    assertEquals('"' + shown + '"', fields.get(15));
    assertEquals('"' + shown + '"', fields.get(16));
    assertEquals(shown, fields.get(17));
    assertEquals(shown, fields.get(22));
    assertTrue(JsonLogLine.of(cut).endsWith("\"cut\":[\"bucket\",\"key\",\"versionId\",\"request\",\"referer\","
        + "\"userAgent\",\"host\"]}"), JsonLogLine.of(cut));
  }

  @Test
  void noRequestMakesALongLineOrAHeavyEntry() {
    AccessEntry entry = everywhere("\u00ff\"".repeat(15_500));
    assertTrue(entry.bytes() < 40_000, () -> "bytes " + entry.bytes());
    assertTrue(JsonLogLine.of(entry).length() < 100_000);
    assertTrue(S3LogLine.of(entry).length() < 100_000);
    assertTrue(everywhere("curl/8").bytes() < 1_000);
  }
}

package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.checksum.Digest;
import hayloft.common.checksum.DigestAlgorithm;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Every checksum algorithm of S3 by every way in and out of a real server.
class ChecksumsIT {

  private static final byte[] SMALL = "some bytes that are summed".getBytes(StandardCharsets.UTF_8);
  private static final byte[] OTHER = "some bytes that are summEd".getBytes(StandardCharsets.UTF_8);
  private static final byte[] PART = pattern(5 << 20);
  private static final byte[] REST = pattern(70_001);
  private static final String BOUNDARY = "form7";

  @TempDir
  static Path temp;

  private static ServerProcess server;
  private static S3Requests client;

  @BeforeAll
  static void start() throws Exception {
    server = ServerProcess.start(temp.resolve("data"));
    client = server.client();
    assertEquals(200, client.put("/sums", new byte[0]).statusCode());
  }

  @AfterAll
  static void stop() throws Exception {
    server.close();
  }

  private static byte[] pattern(int length) {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + i / 253);
    }
    return bytes;
  }

  private static byte[] raw(DigestAlgorithm algorithm, byte[]... pieces) {
    Digest digest = algorithm.start();
    for (byte[] piece : pieces) {
      digest.update(piece, 0, piece.length);
    }
    return digest.finish();
  }

  private static String sum(DigestAlgorithm algorithm, byte[]... pieces) {
    return Base64.getEncoder().encodeToString(raw(algorithm, pieces));
  }

  private static String header(DigestAlgorithm algorithm) {
    return "x-amz-checksum-" + algorithm.name().toLowerCase(Locale.ROOT);
  }

  private static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), StandardCharsets.UTF_8);
  }

  private static String element(HttpResponse<byte[]> answer, String name) {
    return Pattern.compile("<" + name + ">([^<]*)</" + name + ">").matcher(text(answer)).results()
        .map((MatchResult found) -> found.group(1)).findFirst().orElse("");
  }

  private static String brief(HttpResponse<byte[]> answer) {
    return answer.statusCode() + " " + element(answer, "Code");
  }

  private static String shown(HttpResponse<byte[]> answer, DigestAlgorithm algorithm) {
    return answer.headers().firstValue(header(algorithm)).orElse("none") + " "
        + answer.headers().firstValue("x-amz-checksum-type").orElse("none");
  }

  /// What everybody who reads the object is told, and that its bytes are right.
  private void assertShown(String key, DigestAlgorithm algorithm, String value, String type, int bytes)
      throws Exception {
    HttpResponse<byte[]> got = client.get(key, "x-amz-checksum-mode", "ENABLED");
    assertEquals(value + " " + type, shown(got, algorithm));
    assertEquals(bytes, got.body().length);
    assertEquals(value + " " + type,
        shown(client.send("HEAD", key, Map.of(), new byte[0], "x-amz-checksum-mode", "ENABLED"), algorithm));
    assertEquals("none none", shown(client.get(key), algorithm));
    assertEquals("none none",
        shown(client.get(key, "x-amz-checksum-mode", "ENABLED", "range", "bytes=1-3"), algorithm));
    HttpResponse<byte[]> attributes = client.send("GET", key, Map.of("attributes", ""), new byte[0],
        "x-amz-object-attributes", "Checksum");
    assertEquals(value + " " + type,
        element(attributes, "Checksum" + algorithm) + " " + element(attributes, "ChecksumType"), text(attributes));
    String prefix = key.substring("/sums/".length());
    for (Map<String, String> listing : List.of(Map.of("list-type", "2", "prefix", prefix), Map.of("prefix", prefix),
        Map.of("versions", "", "prefix", prefix))) {
      HttpResponse<byte[]> listed = client.send("GET", "/sums", listing, new byte[0]);
      assertEquals(algorithm + " " + type,
          element(listed, "ChecksumAlgorithm") + " " + element(listed, "ChecksumType"), text(listed));
    }
  }

  @ParameterizedTest
  @EnumSource(DigestAlgorithm.class)
  void putsAndCopies(DigestAlgorithm algorithm) throws Exception {
    String key = "/sums/put-" + algorithm;
    String value = sum(algorithm, SMALL);
    HttpResponse<byte[]> put = client.put(key, SMALL, header(algorithm), value, "x-amz-sdk-checksum-algorithm",
        algorithm.name());
    assertEquals("200 " + value + " FULL_OBJECT", put.statusCode() + " " + shown(put, algorithm));
    assertShown(key, algorithm, value, "FULL_OBJECT", SMALL.length);
    assertEquals("400 BadDigest", brief(client.put(key, OTHER, header(algorithm), value)));
    assertEquals("400 BadDigest", brief(client.put(key, SMALL, header(algorithm), "AA")));
    assertEquals("400 InvalidRequest",
        brief(client.put(key, SMALL, "x-amz-sdk-checksum-algorithm", algorithm.name())));
    String other = algorithm == DigestAlgorithm.CRC32 ? "SHA1" : "CRC32";
    assertEquals("400 InvalidRequest",
        brief(client.put(key, SMALL, header(algorithm), value, "x-amz-sdk-checksum-algorithm", other)));
    assertShown(key, algorithm, value, "FULL_OBJECT", SMALL.length);

    HttpResponse<byte[]> copied = client.put(key + "-copy", new byte[0], "x-amz-copy-source", key);
    assertEquals("200 " + value, copied.statusCode() + " " + element(copied, "Checksum" + algorithm));
    assertShown(key + "-copy", algorithm, value, "FULL_OBJECT", SMALL.length);
    HttpResponse<byte[]> anew = client.put(key + "-anew", new byte[0], "x-amz-copy-source", key + "-copy",
        "x-amz-checksum-algorithm", other);
    assertEquals(sum(DigestAlgorithm.valueOf(other), SMALL), element(anew, "Checksum" + other));
  }

  @ParameterizedTest
  @EnumSource(DigestAlgorithm.class)
  void trailersAndLargeBodies(DigestAlgorithm algorithm) throws Exception {
    String key = "/sums/trailer-" + algorithm;
    for (byte[] body : List.of(SMALL, REST)) {
      String value = sum(algorithm, body);
      HttpResponse<byte[]> put = chunked(key, body, header(algorithm), header(algorithm) + ":" + value);
      assertEquals("200 " + value + " FULL_OBJECT", put.statusCode() + " " + shown(put, algorithm));
      assertShown(key, algorithm, value, "FULL_OBJECT", body.length);
      assertEquals("400 BadDigest",
          brief(chunked(key, body, header(algorithm), header(algorithm) + ":" + sum(algorithm, OTHER))));
      assertEquals("400 MalformedTrailerError", brief(chunked(key, body, "", header(algorithm) + ":" + value)));
      assertEquals("400 MalformedTrailerError", brief(chunked(key, body, header(algorithm), "")));
      assertShown(key, algorithm, value, "FULL_OBJECT", body.length);
    }
  }

  private static HttpResponse<byte[]> chunked(String key, byte[] body, String announced, String field)
      throws Exception {
    ByteArrayOutputStream chunks = new ByteArrayOutputStream();
    chunks.writeBytes((Integer.toHexString(body.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
    chunks.writeBytes(body);
    chunks.writeBytes(("\r\n0\r\n" + (field.isEmpty() ? "" : field + "\r\n") + "\r\n")
        .getBytes(StandardCharsets.US_ASCII));
    List<String> headers = new ArrayList<>(List.of("content-encoding", "aws-chunked", "x-amz-decoded-content-length",
        Integer.toString(body.length)));
    if (!announced.isEmpty()) {
      headers.addAll(List.of("x-amz-trailer", announced));
    }
    return client.sendSignedAs("STREAMING-UNSIGNED-PAYLOAD-TRAILER", "PUT", key, Map.of(), chunks.toByteArray(),
        headers.toArray(String[]::new));
  }

  @ParameterizedTest
  @EnumSource(DigestAlgorithm.class)
  void forms(DigestAlgorithm algorithm) throws Exception {
    String key = "form-" + algorithm;
    String value = sum(algorithm, SMALL);
    HttpResponse<byte[]> posted = form(Map.of("key", key, header(algorithm), value));
    assertEquals("204 " + value + " FULL_OBJECT", posted.statusCode() + " " + shown(posted, algorithm), text(posted));
    assertShown("/sums/" + key, algorithm, value, "FULL_OBJECT", SMALL.length);
    assertEquals("400 BadDigest", brief(form(Map.of("key", key, header(algorithm), sum(algorithm, OTHER)))));
    assertEquals("400 InvalidRequest", brief(form(Map.of("key", key, header(algorithm), "AA"))));
    assertEquals("400 InvalidRequest", brief(form(Map.of("key", key, "x-amz-checksum-md4", value))));
    HttpResponse<byte[]> named = form(Map.of("key", key + "-named", "x-amz-checksum-algorithm", algorithm.name()));
    assertEquals("204 " + value + " FULL_OBJECT", named.statusCode() + " " + shown(named, algorithm));
  }

  private static HttpResponse<byte[]> form(Map<String, String> fields) throws Exception {
    StringBuilder form = new StringBuilder();
    new LinkedHashMap<>(fields).forEach((name, value) -> form.append("--" + BOUNDARY
        + "\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + value + "\r\n"));
    form.append("--" + BOUNDARY + "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\n")
        .append(new String(SMALL, StandardCharsets.UTF_8)).append("\r\n--" + BOUNDARY + "--\r\n");
    return client.send("POST", "/sums", Map.of(), form.toString().getBytes(StandardCharsets.UTF_8), "content-type",
        "multipart/form-data; boundary=" + BOUNDARY);
  }

  @ParameterizedTest
  @EnumSource(DigestAlgorithm.class)
  void uploadsInParts(DigestAlgorithm algorithm) throws Exception {
    boolean full = algorithm == DigestAlgorithm.CRC64NVME;
    inParts(algorithm, full ? "FULL_OBJECT" : "COMPOSITE", false);
    if (algorithm == DigestAlgorithm.CRC32 || algorithm == DigestAlgorithm.CRC32C) {
      inParts(algorithm, "FULL_OBJECT", true);
    } else {
      assertEquals("400 InvalidRequest", brief(client.send("POST", "/sums/none", Map.of("uploads", ""), new byte[0],
          "x-amz-checksum-algorithm", algorithm.name(), "x-amz-checksum-type", full ? "COMPOSITE" : "FULL_OBJECT")));
    }
  }

  private void inParts(DigestAlgorithm algorithm, String type, boolean named) throws Exception {
    String key = "/sums/parts-" + algorithm + "-" + type;
    List<String> asked = new ArrayList<>(List.of("x-amz-checksum-algorithm", algorithm.name()));
    if (named) {
      asked.addAll(List.of("x-amz-checksum-type", type));
    }
    HttpResponse<byte[]> begun = client.send("POST", key, Map.of("uploads", ""), new byte[0],
        asked.toArray(String[]::new));
    assertEquals(algorithm + " " + type, begun.headers().firstValue("x-amz-checksum-algorithm").orElse("") + " "
        + begun.headers().firstValue("x-amz-checksum-type").orElse(""));
    String upload = element(begun, "UploadId");
    HttpResponse<byte[]> listedUploads = client.send("GET", "/sums", Map.of("uploads", "", "prefix", key.substring(6)),
        new byte[0]);
    assertEquals(algorithm + " " + type,
        element(listedUploads, "ChecksumAlgorithm") + " " + element(listedUploads, "ChecksumType"));
    String other = algorithm == DigestAlgorithm.CRC32 ? "SHA1" : "CRC32";
    assertEquals("400 InvalidRequest", brief(part(key, upload, 1, PART,
        header(DigestAlgorithm.valueOf(other)), sum(DigestAlgorithm.valueOf(other), PART))));
    assertEquals("400 BadDigest", brief(part(key, upload, 1, PART, header(algorithm), sum(algorithm, REST))));
    HttpResponse<byte[]> one = part(key, upload, 1, PART, header(algorithm), sum(algorithm, PART));
    assertEquals(200, one.statusCode(), text(one));
    assertEquals(sum(algorithm, PART), one.headers().firstValue(header(algorithm)).orElse(""));
    assertEquals(200, client.put(key + "-source", REST).statusCode());
    HttpResponse<byte[]> two = part(key, upload, 2, new byte[0], "x-amz-copy-source", key + "-source");
    assertEquals(sum(algorithm, REST), element(two, "Checksum" + algorithm), text(two));
    HttpResponse<byte[]> listed = client.send("GET", key, Map.of("uploadId", upload), new byte[0]);
    assertEquals(algorithm + " " + type + " " + sum(algorithm, PART), element(listed, "ChecksumAlgorithm") + " "
        + element(listed, "ChecksumType") + " " + element(listed, "Checksum" + algorithm));

    String first = one.headers().firstValue("etag").orElse("");
    String second = element(two, "ETag");
    String sumOfOne = "<Checksum" + algorithm + ">" + sum(algorithm, PART) + "</Checksum" + algorithm + ">";
    String sumOfTwo = "<Checksum" + algorithm + ">" + sum(algorithm, REST) + "</Checksum" + algorithm + ">";
    if (type.equals("COMPOSITE")) {
      assertEquals("400 InvalidRequest", brief(complete(key, upload, first, sumOfOne, second, "")));
      assertEquals("400 InvalidRequest", brief(complete(key, upload, first, "", second, "")));
    }
    assertEquals("400 InvalidPart", brief(complete(key, upload, first, sumOfOne, second, sumOfOne)));
    String value = type.equals("COMPOSITE")
        ? sum(algorithm, raw(algorithm, PART), raw(algorithm, REST)) + "-2"
        : sum(algorithm, PART, REST);
    assertEquals("400 BadDigest",
        brief(complete(key, upload, first, sumOfOne, second, sumOfTwo, header(algorithm), sum(algorithm, OTHER))));
    HttpResponse<byte[]> done = complete(key, upload, first, sumOfOne, second, sumOfTwo, header(algorithm), value,
        "x-amz-checksum-type", type);
    assertEquals("200 " + value + " " + type,
        done.statusCode() + " " + element(done, "Checksum" + algorithm) + " " + element(done, "ChecksumType"),
        text(done));
    assertShown(key, algorithm, value, type, PART.length + REST.length);
    HttpResponse<byte[]> head = client.send("HEAD", key, Map.of("partNumber", "2"), new byte[0], "x-amz-checksum-mode",
        "ENABLED");
    assertEquals(sum(algorithm, REST), head.headers().firstValue(header(algorithm)).orElse(""));
    HttpResponse<byte[]> copied = client.put(key + "-copy", new byte[0], "x-amz-copy-source", key);
    assertEquals(sum(algorithm, PART, REST) + " FULL_OBJECT",
        element(copied, "Checksum" + algorithm) + " " + element(copied, "ChecksumType"));
  }

  private static HttpResponse<byte[]> part(String key, String upload, int number, byte[] body, String... headers)
      throws IOException, InterruptedException {
    return client.send("PUT", key, Map.of("uploadId", upload, "partNumber", Integer.toString(number)), body, headers);
  }

  private static HttpResponse<byte[]> complete(String key, String upload, String one, String sumOfOne, String two,
      String sumOfTwo, String... headers) throws IOException, InterruptedException {
    String order = "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + one.replace("\"", "&quot;")
        + "</ETag>" + sumOfOne + "</Part><Part><PartNumber>2</PartNumber><ETag>" + two.replace("\"", "&quot;")
        + "</ETag>" + sumOfTwo + "</Part></CompleteMultipartUpload>";
    return client.send("POST", key, Map.of("uploadId", upload), order.getBytes(StandardCharsets.UTF_8), headers);
  }

  @ParameterizedTest
  @EnumSource(DigestAlgorithm.class)
  void documents(DigestAlgorithm algorithm) throws Exception {
    byte[] delete = "<Delete><Object><Key>nothing</Key></Object></Delete>".getBytes(StandardCharsets.UTF_8);
    byte[] tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>"
        .getBytes(StandardCharsets.UTF_8);
    for (Map.Entry<String, byte[]> document : Map.of("POST delete", delete, "PUT tagging", tags).entrySet()) {
      String[] request = document.getKey().split(" ", -1);
      HttpResponse<byte[]> right = client.send(request[0], "/sums", Map.of(request[1], ""), document.getValue(),
          header(algorithm), sum(algorithm, document.getValue()), "x-amz-sdk-checksum-algorithm", algorithm.name());
      assertEquals(2, right.statusCode() / 100, text(right));
      assertEquals("400 BadDigest", brief(client.send(request[0], "/sums", Map.of(request[1], ""),
          document.getValue(), header(algorithm), sum(algorithm, OTHER))));
      assertEquals("400 InvalidRequest", brief(client.send(request[0], "/sums", Map.of(request[1], ""),
          document.getValue(), "x-amz-checksum-md4", "AAAA")));
    }
  }

  @Test
  void withoutAnyThereIsTheDefault() throws Exception {
    DigestAlgorithm crc = DigestAlgorithm.CRC64NVME;
    for (byte[] body : List.of(new byte[0], SMALL, REST, PART)) {
      HttpResponse<byte[]> put = client.put("/sums/default", body);
      assertEquals(sum(crc, body) + " FULL_OBJECT", shown(put, crc));
      assertShown("/sums/default", crc, sum(crc, body), "FULL_OBJECT", body.length);
      HttpResponse<byte[]> copied = client.put("/sums/copy-of-default", new byte[0], "x-amz-copy-source",
          "/sums/default");
      assertEquals(sum(crc, body), element(copied, "ChecksumCRC64NVME"));
    }
    assertEquals(sum(crc, SMALL) + " FULL_OBJECT", shown(form(Map.of("key", "default-form")), crc));

    String upload = element(client.send("POST", "/sums/default-parts", Map.of("uploads", ""), new byte[0]), "UploadId");
    HttpResponse<byte[]> one = part("/sums/default-parts", upload, 1, PART, header(DigestAlgorithm.CRC32),
        sum(DigestAlgorithm.CRC32, PART));
    HttpResponse<byte[]> two = part("/sums/default-parts", upload, 2, REST);
    assertEquals("none", shown(two, crc).split(" ", -1)[0], "the client named none");
    HttpResponse<byte[]> done = complete("/sums/default-parts", upload, one.headers().firstValue("etag").orElse(""),
        "<ChecksumCRC32>" + sum(DigestAlgorithm.CRC32, PART) + "</ChecksumCRC32>",
        two.headers().firstValue("etag").orElse(""), "");
    assertEquals(sum(crc, PART, REST) + " FULL_OBJECT",
        element(done, "ChecksumCRC64NVME") + " " + element(done, "ChecksumType"), text(done));
    assertShown("/sums/default-parts", crc, sum(crc, PART, REST), "FULL_OBJECT", PART.length + REST.length);
  }

  @Test
  void namesOfNoAlgorithmAreRefusedEverywhere() throws Exception {
    for (String name : List.of("MD4", "CRC16", "SHA-256", "XXHASH32", "*")) {
      for (HttpResponse<byte[]> answer : Arrays.asList(
          client.put("/sums/unknown", SMALL, "x-amz-sdk-checksum-algorithm", name),
          client.put("/sums/unknown", SMALL, "x-amz-checksum-algorithm", name),
          client.put("/sums/unknown", SMALL, "x-amz-checksum-" + name.toLowerCase(Locale.ROOT), "AAAAAA=="),
          client.put("/sums/unknown", new byte[0], "x-amz-copy-source", "/sums/default", "x-amz-checksum-algorithm",
              name),
          client.send("POST", "/sums/unknown", Map.of("uploads", ""), new byte[0], "x-amz-checksum-algorithm", name),
          form(Map.of("key", "unknown", "x-amz-checksum-algorithm", name)),
          chunked("/sums/unknown", SMALL, "x-amz-checksum-" + name.toLowerCase(Locale.ROOT), ""))) {
        assertEquals("400 InvalidRequest", brief(answer), () -> name + " " + text(answer));
      }
    }
    assertTrue(text(client.get("/sums/unknown")).contains("NoSuchKey"));
  }
}

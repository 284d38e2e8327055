package hayloft.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Sends signed S3 requests and returns what comes back, whatever its status. Thread-safe.
///
/// A client without retries and opinions: what the tests of faults and races need. Signs the headers it sends with
/// [Signature Version 4](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
final class S3Requests {
  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'")
      .withZone(ZoneOffset.UTC);
  private static final HexFormat HEX = HexFormat.of();
  private static final String UNSIGNED = "UNSIGNED-PAYLOAD";

  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
      .connectTimeout(Duration.ofSeconds(10)).build();
  private final URI endpoint;
  private final String accessKey;
  private final String secretKey;

  S3Requests(URI endpoint, String accessKey, String secretKey) {
    this.endpoint = endpoint;
    this.accessKey = accessKey;
    this.secretKey = secretKey;
  }

  HttpResponse<byte[]> put(String path, byte[] body, String... headers) throws IOException, InterruptedException {
    return send("PUT", path, Map.of(), body, headers);
  }

  HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
    return send("GET", path, Map.of(), new byte[0], headers);
  }

  HttpResponse<byte[]> delete(String path, String... headers) throws IOException, InterruptedException {
    return send("DELETE", path, Map.of(), new byte[0], headers);
  }

  /// @param path decoded path, `/bucket/key`
  /// @param query decoded parameters
  /// @param headers names and values in turn
  HttpResponse<byte[]> send(String method, String path, Map<String, String> query, byte[] body, String... headers)
      throws IOException, InterruptedException {
    return sendSignedAs(HEX.formatHex(sha256(body)), method, path, query, body, headers);
  }

  /// @param payload what the signature says of the body, in place of its hash
  HttpResponse<byte[]> sendSignedAs(String payload, String method, String path, Map<String, String> query, byte[] body,
      String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, query)).timeout(Duration.ofSeconds(60)).method(
        method,
        body.length == 0 && !method.equals("PUT") ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    return http.send(withHeaders(request, sign(method, path, query, payload, headers)), BodyHandlers.ofByteArray());
  }

  /// Uploads a pattern that nobody has to hold.
  HttpResponse<byte[]> putPattern(String path, Map<String, String> query, Pattern pattern, long bytes)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, query)).PUT(
        BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> pattern.stream(bytes)), Math.max(1, bytes)));
    return http.send(withHeaders(request, sign("PUT", path, query, UNSIGNED)), BodyHandlers.ofByteArray());
  }

  /// Downloads an object and holds each byte against the pattern.
  ///
  /// @return the status
  /// @throws IOException if the bytes differ, are fewer or more
  int getPattern(String path, Pattern pattern, long bytes) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, Map.of())).GET();
    HttpResponse<InputStream> response = http.send(withHeaders(request, sign("GET", path, Map.of(), UNSIGNED)),
        BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() == 200) {
        pattern.verify(body, bytes);
      } else {
        body.skip(Long.MAX_VALUE);
      }
    }
    return response.statusCode();
  }

  /// The head of a request as text, signed without its body, for clients that misbehave: they add fields and an empty line.
  String head(String method, String path, Map<String, String> query, String... headers) {
    StringBuilder head = new StringBuilder(
        method + " " + uri(path, query).toString().substring(endpoint.toString().length())
            + " HTTP/1.1\r\n");
    sign(method, path, query, UNSIGNED, headers)
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    return head.toString();
  }

  /// Begins an upload whose body is not signed; its first byte is read once the server has taken the request up.
  CompletableFuture<HttpResponse<byte[]>> putHeld(String path, HeldBody body) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, Map.of())).timeout(Duration.ofSeconds(60))
        .expectContinue(true)
        .PUT(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> body), body.length()));
    return http.sendAsync(withHeaders(request, sign("PUT", path, Map.of(), UNSIGNED)), BodyHandlers.ofByteArray());
  }

  private URI uri(String path, Map<String, String> query) {
    String canonicalQuery = canonical(query);
    return URI.create(endpoint + canonical(path) + (canonicalQuery.isEmpty() ? "" : "?" + canonicalQuery));
  }

  private static String canonical(String path) {
    return encode(path).replace("%2F", "/");
  }

  private static String canonical(Map<String, String> query) {
    return new TreeMap<>(query).entrySet().stream().map(e -> encode(e.getKey()) + "=" + encode(e.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static HttpRequest withHeaders(HttpRequest.Builder request, Map<String, String> signed) {
    signed.forEach((name, value) -> {
      if (!name.equals("host")) {
        request.header(name, value);
      }
    });
    return request.build();
  }

  /// All headers of a request, with its signature.
  private Map<String, String> sign(String method, String path, Map<String, String> query, String bodyHash,
      String... headers) {
    String stamp = STAMP.format(Instant.now());
    TreeMap<String, String> signed = new TreeMap<>();
    signed.put("host", endpoint.getHost() + ":" + endpoint.getPort());
    signed.put("x-amz-content-sha256", bodyHash);
    signed.put("x-amz-date", stamp);
    for (int i = 0; i < headers.length; i += 2) {
      signed.put(headers[i].toLowerCase(java.util.Locale.ROOT), headers[i + 1]);
    }
    String names = String.join(";", signed.keySet());
    String canonical = method + "\n" + canonical(path) + "\n" + canonical(query) + "\n"
        + signed.entrySet().stream().map(e -> e.getKey() + ":" + e.getValue() + "\n").collect(Collectors.joining())
        + "\n" + names + "\n" + bodyHash;
    String day = stamp.substring(0, 8);
    String scope = day + "/us-east-1/s3/aws4_request";
    String toSign = "AWS4-HMAC-SHA256\n" + stamp + "\n" + scope + "\n"
        + HEX.formatHex(sha256(canonical.getBytes(StandardCharsets.UTF_8)));
    byte[] key = ("AWS4" + secretKey).getBytes(StandardCharsets.UTF_8);
    for (String part : new String[]{day, "us-east-1", "s3", "aws4_request"}) {
      key = hmac(key, part);
    }
    signed.put("authorization", "AWS4-HMAC-SHA256 Credential=" + accessKey + "/" + scope + ", SignedHeaders="
        + names + ", Signature=" + HEX.formatHex(hmac(key, toSign)));
    return signed;
  }

  static String etagOf(byte[] body) {
    return '"' + HEX.formatHex(digest("MD5", body)) + '"';
  }

  /// For `Content-MD5`.
  static String md5Of(byte[] body) {
    return Base64.getEncoder().encodeToString(digest("MD5", body));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20").replace("*", "%2A").replace("%7E", "~");
  }

  private static byte[] sha256(byte[] bytes) {
    return digest("SHA-256", bytes);
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}

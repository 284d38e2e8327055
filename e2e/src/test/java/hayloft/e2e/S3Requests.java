package hayloft.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/// Sends signed S3 requests and returns what comes back, whatever its status. Thread-safe.
///
/// A client without retries and opinions: what the tests of faults and races need. Signs the headers it sends with
/// [Signature Version 4](https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
public final class S3Requests {
  private static final HexFormat HEX = HexFormat.of();

  private final HttpClient http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
      .connectTimeout(Duration.ofSeconds(10)).build();
  private final URI endpoint;
  private final SignatureV4 signature;

  public S3Requests(URI endpoint, String accessKey, String secretKey) {
    this.endpoint = endpoint;
    this.signature = new SignatureV4(endpoint.getAuthority(), accessKey, secretKey);
  }

  public HttpResponse<byte[]> put(String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    return send("PUT", path, Map.of(), body, headers);
  }

  public HttpResponse<byte[]> get(String path, String... headers) throws IOException, InterruptedException {
    return send("GET", path, Map.of(), new byte[0], headers);
  }

  public HttpResponse<byte[]> delete(String path, String... headers) throws IOException, InterruptedException {
    return send("DELETE", path, Map.of(), new byte[0], headers);
  }

  /// @param path decoded path, `/bucket/key`
  /// @param query decoded parameters
  /// @param headers names and values in turn
  public HttpResponse<byte[]> send(String method, String path, Map<String, String> query, byte[] body,
      String... headers) throws IOException, InterruptedException {
    return sendSignedAs(SignatureV4.sha256(body), method, path, query, body, headers);
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
    return http.send(withHeaders(request, sign("PUT", path, query, SignatureV4.UNSIGNED)), BodyHandlers.ofByteArray());
  }

  /// Downloads an object and holds each byte against the pattern.
  ///
  /// @return the status
  /// @throws IOException if the bytes differ, are fewer or more
  int getPattern(String path, Pattern pattern, long bytes) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, Map.of())).GET();
    HttpResponse<InputStream> response = http.send(
        withHeaders(request, sign("GET", path, Map.of(), SignatureV4.UNSIGNED)), BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      if (response.statusCode() == 200) {
        pattern.verify(body, bytes);
      } else {
        body.skip(Long.MAX_VALUE);
      }
    }
    return response.statusCode();
  }

  /// The head of a request as text, signed without its body, for clients that misbehave: they add fields and an empty
  /// line.
  String head(String method, String path, Map<String, String> query, String... headers) {
    StringBuilder head = new StringBuilder(
        method + " " + uri(path, query).toString().substring(endpoint.toString().length())
            + " HTTP/1.1\r\n");
    sign(method, path, query, SignatureV4.UNSIGNED, headers)
        .forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    return head.toString();
  }

  /// Begins an upload whose body is not signed; its first byte is read once the server has taken the request up.
  CompletableFuture<HttpResponse<byte[]>> putHeld(String path, HeldBody body) {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path, Map.of())).timeout(Duration.ofSeconds(60))
        .expectContinue(true)
        .PUT(BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> body), body.length()));
    return http.sendAsync(withHeaders(request, sign("PUT", path, Map.of(), SignatureV4.UNSIGNED)),
        BodyHandlers.ofByteArray());
  }

  private URI uri(String path, Map<String, String> query) {
    String canonicalQuery = canonical(query);
    return URI.create(endpoint + canonical(path) + (canonicalQuery.isEmpty() ? "" : "?" + canonicalQuery));
  }

  private static String canonical(String path) {
    return SignatureV4.encode(path).replace("%2F", "/");
  }

  private static String canonical(Map<String, String> query) {
    return new TreeMap<>(query).entrySet().stream()
        .map(e -> SignatureV4.encode(e.getKey()) + "=" + SignatureV4.encode(e.getValue()))
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

  private Map<String, String> sign(String method, String path, Map<String, String> query, String bodyHash,
      String... headers) {
    Map<String, String> fields = new TreeMap<>();
    for (int i = 0; i < headers.length; i += 2) {
      fields.put(headers[i], headers[i + 1]);
    }
    return signature.sign(method, canonical(path), canonical(query), fields, bodyHash).fields();
  }

  static String etagOf(byte[] body) {
    return '"' + HEX.formatHex(digest("MD5", body)) + '"';
  }

  /// For `Content-MD5`.
  static String md5Of(byte[] body) {
    return Base64.getEncoder().encodeToString(digest("MD5", body));
  }

  private static byte[] digest(String algorithm, byte[] bytes) {
    try {
      return MessageDigest.getInstance(algorithm).digest(bytes);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}

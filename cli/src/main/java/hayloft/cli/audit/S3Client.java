package hayloft.cli.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.cli.client.RequestSigner;
import hayloft.cli.client.Credentials;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;

/// Sends one signed request after the other and returns what comes back, whatever its status; nothing is tried twice.
/// Confined to one thread.
final class S3Client {

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final byte[] NOTHING = {};

  private final HttpClient http;
  private final URI endpoint;
  private final RequestSigner signer;

  S3Client(HttpClient http, URI endpoint, Credentials credentials, String region) {
    this.http = http;
    this.endpoint = endpoint;
    String host = endpoint.getPort() < 0 ? endpoint.getHost() : endpoint.getHost() + ":" + endpoint.getPort();
    this.signer = new RequestSigner(credentials.accessKey(), credentials.secretKey(), host, region);
  }

  /// @param tls whom to believe to be the store, if the endpoint is https
  static HttpClient http(Optional<ClientTls> tls) {
    HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(10));
    tls.ifPresent(trust -> builder.sslContext(trust.context()));
    return builder.build();
  }

  /// @param path encoded
  /// @param query canonical: encoded and sorted; empty for none
  HttpResponse<byte[]> send(String method, String path, String query, byte[] body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest
        .newBuilder(URI.create(endpoint.getScheme() + "://" + endpoint.getAuthority() + path
            + (query.isEmpty() ? "" : "?" + query)))
        .timeout(PATIENCE).method(method,
            body.length == 0 && !method.equals("PUT") && !method.equals("POST")
                ? BodyPublishers.noBody()
                : BodyPublishers.ofByteArray(body));
    signer.headers(method, path, query, RequestSigner.sha256Hex(body)).forEach(request::header);
    return http.send(request.build(), BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> send(String method, String path) throws IOException, InterruptedException {
    return send(method, path, "", NOTHING);
  }

  static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), UTF_8);
  }
}

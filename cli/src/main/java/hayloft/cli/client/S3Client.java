package hayloft.cli.client;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Sends one signed request after the other and returns what comes back, whatever its status; nothing is tried twice.
/// Confined to one thread.
public final class S3Client {

  /// Until an answer begins; and for the first one, which needs no more than that somebody is there.
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration FIRST_PATIENCE = Duration.ofSeconds(15);
  /// From a request to the end of its answer.
  private static final Duration MOST = Duration.ofMinutes(5);
  private static final int BAD_REQUEST = 400;
  private static final byte[] NOTHING = {};
  private static final Pattern CODE = Pattern.compile("<Code>([^<]+)</Code>");
  private static final Pattern MESSAGE = Pattern.compile("<Message>([^<]+)</Message>");

  private final HttpClient http;
  private final URI endpoint;
  private final RequestSigner signer;

  public S3Client(HttpClient http, URI endpoint, Credentials credentials, String region) {
    this.http = http;
    this.endpoint = endpoint;
    String host = endpoint.getPort() < 0 ? endpoint.getHost() : endpoint.getHost() + ":" + endpoint.getPort();
    this.signer = new RequestSigner(credentials.accessKey(), credentials.secretKey(), host, region);
  }

  /// @param tls whom to believe to be the store, if the endpoint is https
  public static HttpClient http(Optional<ClientTls> tls) {
    HttpClient.Builder builder = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(10));
    tls.ifPresent(trust -> builder.sslContext(trust.context()));
    return builder.build();
  }

  /// @param path encoded
  /// @param query canonical: encoded and sorted; empty for none
  public HttpResponse<byte[]> send(String method, String path, String query, byte[] body)
      throws IOException, InterruptedException {
    return send(method, path, query, body, PATIENCE);
  }

  /// Like [#send] without a body, for a first question: a port that takes connections and says nothing is told soon.
  public HttpResponse<byte[]> sendFirst(String method, String path) throws IOException, InterruptedException {
    return send(method, path, "", NOTHING, FIRST_PATIENCE);
  }

  private HttpResponse<byte[]> send(String method, String path, String query, byte[] body, Duration patience)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest
        .newBuilder(URI.create(endpoint.getScheme() + "://" + endpoint.getAuthority() + path
            + (query.isEmpty() ? "" : "?" + query)))
        .timeout(patience).method(method,
            body.length == 0 && !method.equals("PUT") && !method.equals("POST")
                ? BodyPublishers.noBody()
                : BodyPublishers.ofByteArray(body));
    signer.headers(method, path, query, RequestSigner.sha256Hex(body)).forEach(request::header);
    try {
      HttpResponse<byte[]> answer = whole(http.sendAsync(request.build(), BodyHandlers.ofByteArray()));
      if (answer.statusCode() == BAD_REQUEST && code(answer).isEmpty()) {
        Optional<String> forgotten = ConnectionFault.ofForgottenTls(endpoint);
        if (forgotten.isPresent()) {
          throw new IOException(forgotten.get());
        }
      }
      return answer;
    } catch (ConnectException | HttpConnectTimeoutException e) { // the former has no message
      throw new IOException("no store can be reached at " + endpoint
          + ". Start it, or name the URL that its ready line says after s3= with --endpoint", e);
    } catch (HttpTimeoutException e) {
      throw new IOException("no answer to " + method + " " + path + " came from " + endpoint + " within "
          + (e instanceof UnfinishedAnswerException ? MOST : patience).toSeconds()
          + " s, though somebody listens there."
          + " See whether the server is well (hayloft health), and whether this is its S3 port", e);
    } catch (IOException e) {
      Optional<String> encryption = ConnectionFault.ofEncryption(endpoint, e);
      if (encryption.isPresent()) {
        throw new IOException(encryption.get(), e);
      }
      throw new IOException("no answer to " + method + " " + path + " came from " + endpoint + ": "
          + Optional.ofNullable(e.getMessage()).orElse("the connection ended"), e);
    }
  }

  /// The time-out of a request ends with the head of its answer; a body that stalls would be waited for for ever.
  private static HttpResponse<byte[]> whole(CompletableFuture<HttpResponse<byte[]>> coming)
      throws IOException, InterruptedException {
    try {
      return coming.get(MOST.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      coming.cancel(true);
      throw new UnfinishedAnswerException();
    } catch (InterruptedException e) {
      coming.cancel(true);
      throw e;
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException fault) {
        throw fault;
      }
      throw new IllegalStateException("a request could not be sent", e.getCause());
    }
  }

  private static final class UnfinishedAnswerException extends HttpTimeoutException {
    private static final long serialVersionUID = 1L;

    UnfinishedAnswerException() {
      super("the answer did not end");
    }
  }

  public HttpResponse<byte[]> send(String method, String path) throws IOException, InterruptedException {
    return send(method, path, "", NOTHING);
  }

  /// The code of S3's document; empty if there is none.
  public static String code(HttpResponse<byte[]> answer) {
    Matcher code = CODE.matcher(text(answer));
    return code.find() ? code.group(1) : "";
  }

  /// What a refusal says to people: its status, and the code and message of S3's document if it has one.
  public static String refusal(HttpResponse<byte[]> answer) {
    String document = text(answer);
    Matcher code = CODE.matcher(document);
    Matcher message = MESSAGE.matcher(document);
    return "status " + answer.statusCode() + (code.find() ? ", " + code.group(1) : "")
        + (message.find()
            ? ": " + message.group(1).replace("&quot;", "\"").replace("&apos;", "'").replace("&lt;", "<")
                .replace("&gt;", ">").replace("&amp;", "&")
            : "");
  }

  public static String text(HttpResponse<byte[]> answer) {
    return new String(answer.body(), UTF_8);
  }
}

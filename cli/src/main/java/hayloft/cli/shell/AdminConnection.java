package hayloft.cli.shell;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.client.ConnectionFault;
import hayloft.cli.client.Credentials;
import hayloft.cli.client.KeyRefusal;
import hayloft.cli.client.RequestSigner;
import hayloft.common.tls.ClientTls;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.HttpsURLConnection;
import java.util.Optional;
import java.util.Set;

/// Sends signed requests to an admin port. One at a time; thread-safe.
///
/// The JDK's old client, because it starts fast: a command is over before the new one has loaded its classes.
final class AdminConnection {

  /// With a reason that the port itself gave: the host is none of its names, a fault, a bound.
  private static final Set<Integer> OF_THE_PORT = Set.of(403, 408, 500, 503);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration CONNECT_WITHIN = Duration.ofSeconds(10);
  /// With a handshake before it, if there is one.
  private static final Duration FIRST_ANSWER_WITHIN = Duration.ofSeconds(10);
  private static final Duration ANSWER_WITHIN = Duration.ofMinutes(5);
  private static final int MOST_FIRST_BYTES = 64 << 10;
  private static final String REGION = "us-east-1";

  static {
    // A request that changes something must not be sent twice because a connection was closed.
    System.setProperty("sun.net.http.retryPost", "false");
  }

  private final Duration patience;
  private final AdminPlace place;
  private final Credentials credentials;
  private final URI endpoint;
  private final Optional<SSLSocketFactory> encryption;
  private final RequestSigner signer;
  private boolean isThere;

  /// @param tls whom to believe to be the server, if the endpoint is https
  AdminConnection(AdminPlace place, Optional<ClientTls> tls, Credentials credentials) {
    this(place, tls.map(trust -> trust.context().getSocketFactory()), credentials, ANSWER_WITHIN);
  }

  private AdminConnection(AdminPlace place, Optional<SSLSocketFactory> encryption, Credentials credentials,
      Duration patience) {
    this.patience = patience;
    this.place = place;
    this.credentials = credentials;
    this.endpoint = place.endpoint();
    this.encryption = encryption;
    String host = endpoint.getPort() < 0 ? endpoint.getHost() : endpoint.getHost() + ":" + endpoint.getPort();
    this.signer = new RequestSigner(credentials.accessKey(), credentials.secretKey(), host, REGION);
  }

  /// Another one to the same place, which does not wait for the requests of this one, nor longer than this.
  AdminConnection beside(Duration longest) {
    return new AdminConnection(place, encryption, credentials, longest);
  }

  /// Who is asked where, and how that is known, for people.
  Asked asked() {
    return new Asked(endpoint.toString(), place.from(), credentials.accessKey(), credentials.from());
  }

  /// An answer that is none of refusal.
  ///
  /// @param status 200, or 202 if a job was begun
  record Answer(int status, JsonNode json) {}

  /// @param query encoded, parameters in alphabetical order; may be empty
  /// @param body empty for none
  /// @throws ServerSaidNoException if the server refuses
  /// @throws IOException if no server answers; the message says what was tried and what helps
  synchronized Answer send(String method, String path, String query, byte[] body) throws IOException {
    try {
      knock();
      HttpURLConnection http = open(path + (query.isEmpty() ? "" : "?" + query), ANSWER_WITHIN);
      http.setRequestMethod(method);
      for (Map.Entry<String, String> header : signer.headersForOnce(method, path, query, RequestSigner.sha256Hex(body))
          .entrySet()) {
        http.setRequestProperty(header.getKey(), header.getValue());
      }
      if (body.length > 0) {
        http.setDoOutput(true);
        http.setFixedLengthStreamingMode(body.length);
        http.setRequestProperty("Content-Type", "application/json");
        http.getOutputStream().write(body);
      }
      int status = http.getResponseCode();
      try (InputStream in = status < 400 ? http.getInputStream() : http.getErrorStream()) {
        return answer(status, in == null ? new byte[0] : in.readAllBytes());
      }
    } catch (ServerSaidNoException | NotHayloftException e) {
      throw e;
    } catch (IOException e) {
      Optional<String> encryption = ConnectionFault.ofEncryption(endpoint, e);
      throw new IOException(encryption.isPresent()
          ? encryption.get() + " (" + place.from() + ")"
          : nobodyThere(e), e);
    }
  }

  /// A port that takes connections and never says a word is told at once, though a command's answer may take its time.
  /// Costs a round trip over the connection that the first command then uses.
  private void knock() throws IOException {
    if (isThere) {
      return;
    }
    HttpURLConnection http = open("/healthz", FIRST_ANSWER_WITHIN);
    try (InputStream in = http.getResponseCode() < 400 ? http.getInputStream() : http.getErrorStream()) {
      if (in != null) {
        in.readNBytes(MOST_FIRST_BYTES);
      }
    }
    isThere = true; // whatever it said: the command's answer tells what it is
  }

  private HttpURLConnection open(String target, Duration within) throws IOException {
    HttpURLConnection http = (HttpURLConnection) endpoint.resolve(target).toURL().openConnection(Proxy.NO_PROXY);
    if (http instanceof HttpsURLConnection https) { // which checks the server's name by the trust of the factory
      encryption.ifPresent(https::setSSLSocketFactory);
    }
    http.setConnectTimeout((int) Math.min(CONNECT_WITHIN.toMillis(), patience.toMillis()));
    http.setReadTimeout((int) Math.min(within.toMillis(), patience.toMillis()));
    http.setInstanceFollowRedirects(false);
    return http;
  }

  private Answer answer(int status, byte[] body) throws IOException {
    JsonNode json;
    try {
      json = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      throw notHayloft(status, e);
    }
    if (status == 200 || status == 202) {
      return new Answer(status, json);
    }
    JsonNode error = json.path("error");
    if (error.isObject()) {
      String code = error.path("code").asText();
      throw new ServerSaidNoException(code, KeyRefusal.text(place.told(), credentials, code)
          .orElseGet(() -> error.path("message").asText()));
    }
    if (status == 503 && json.has("detail")) {
      throw new ServerSaidNoException("NotReady", "the server is " + json.path("status").asText() + " ("
          + json.path("detail").asText() + "): try again when it is ready");
    }
    if (OF_THE_PORT.contains(status) && error.isTextual()) { // it did not come to the administrators' commands
      throw new ServerSaidNoException("Refused", error.asText());
    }
    throw notHayloft(status, null);
  }

  private IOException notHayloft(int status, @org.jspecify.annotations.Nullable Exception cause) {
    Optional<String> forgotten = ConnectionFault.ofForgottenTls(endpoint);
    if (forgotten.isPresent()) {
      return new NotHayloftException(forgotten.get() + " (" + place.from() + ")", cause);
    }
    return new NotHayloftException("what answers at " + place.told() + " (status " + status
        + ") is not the admin port of a Hayloft server; is it another of its ports? The server's ready line names them",
        cause);
  }

  /// Something answers, and it is no admin port.
  private static final class NotHayloftException extends IOException {
    private static final long serialVersionUID = 1L;

    NotHayloftException(String message, @org.jspecify.annotations.Nullable Exception cause) {
      super(message, cause);
    }
  }

  private String nobodyThere(IOException why) {
    return "no Hayloft server answers at " + place.told() + " (" + ConnectionFault.reason(why) + ")\n"
        + "  start one:   hayloft server --dir DIR\n"
        + "  or name it:  --endpoint http://HOST:PORT, or HAYLOFT_ADMIN_ENDPOINT; the server's ready line says "
        + "admin=URL,\n"
        + "               and its log has server.listening role=admin. It listens on 127.0.0.1 unless --admin-bind "
        + "says otherwise";
  }
}

package hayloft.cli.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.client.RequestSigner;
import hayloft.common.health.Readiness;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// What an administrator's request is bound to, on a real port.
final class AdminRequestsTest {

  private static final String STATUS = "/v1/cluster.status";
  private static final byte[] BODY = "{}".getBytes(UTF_8);
  private static final Pattern CODE = Pattern.compile("\"code\":\"(\\w+)\"");

  @TempDir
  private static Path directory = Path.of("");

  @SuppressWarnings("NullAway.Init")
  private static StandaloneServer server;
  private static URI admin = URI.create("");

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  @BeforeAll
  static void start() throws IOException {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs("--dir",
        directory.resolve("store").toString(), "--bind", "127.0.0.1", "--s3-port", "0", "--master-port", "0",
        "--volume-port", "0", "--filer-port", "0", "--min-free", "0", "--known-host", "barn.example");
    var readiness = new Readiness();
    server = new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(),
        Map.of("HAYLOFT_ROOT_USER", "me", "HAYLOFT_ROOT_PASSWORD", "a-long-secret"), readiness);
    server.start();
    readiness.ready();
    Matcher endpoint = Pattern.compile(" admin=(\\S+)").matcher(server.readyLine());
    assertTrue(endpoint.find());
    admin = URI.create(endpoint.group(1));
  }

  @AfterAll
  static void stop() throws IOException {
    server.close();
  }

  private static Map<String, String> signed(String host, String method, String target) {
    String[] parts = target.split("\\?", 2);
    var headers = new LinkedHashMap<String, String>();
    headers.put("Host", host);
    headers.putAll(new RequestSigner("me", "a-long-secret", host, "us-east-1").headersForOnce(method, parts[0],
        parts.length > 1 ? parts[1] : "", RequestSigner.sha256Hex(BODY)));
    return headers;
  }

  private static Map<String, String> signed() {
    return signed("127.0.0.1:" + admin.getPort(), "POST", STATUS);
  }

  private static Map<String, String> with(Map<String, String> headers, String name, String value) {
    var changed = new LinkedHashMap<>(headers);
    changed.put(name, value);
    return changed;
  }

  /// Status and, of a refusal, the code.
  private static String send(String method, String target, Map<String, String> headers, byte[] body)
      throws IOException {
    return send(method, target, with(headers, "Content-Length", "" + body.length), body, false);
  }

  /// @param ends whether the client says that nothing more comes
  private static String send(String method, String target, Map<String, String> headers, byte[] body, boolean ends)
      throws IOException {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), admin.getPort())) {
      var head = new StringBuilder(method + " " + target + " HTTP/1.1\r\nConnection: close\r\n");
      headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
      socket.getOutputStream().write(head.append("\r\n").toString().getBytes(UTF_8));
      socket.getOutputStream().write(body);
      if (ends) {
        socket.shutdownOutput();
      }
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      Matcher code = CODE.matcher(answer);
      return answer.substring(9, 12) + (code.find() ? " " + code.group(1) : "");
    }
  }

  private static String send(Map<String, String> headers) throws IOException {
    return send("POST", STATUS, headers, BODY);
  }

  @Test
  void aRequestIsTakenOnceHoweverItIsWritten() throws IOException {
    Map<String, String> request = signed();
    assertEquals("200", send(request));
    assertEquals("403 AlreadyTaken", send(request));
    String authorization = Objects.requireNonNull(request.get("Authorization"));
    String nonce = Objects.requireNonNull(request.get(RequestSigner.NONCE));
    for (Map<String, String> again : List.of(with(request, RequestSigner.NONCE, "  " + nonce + " "),
        with(request, "X-Hayloft-Nonce", nonce), with(request, "x-more", "1"),
        with(request, "Authorization", authorization + " "),
        with(request, "Authorization", authorization.replace(", ", ",")),
        with(request, "Authorization", authorization.replace(", ", ",  ")),
        with(request, "Authorization", authorization.replace("Signature=", "Signature=00, Signature=")),
        with(request, "Authorization", authorization.replace("AWS4-HMAC-SHA256 ", "AWS4-HMAC-SHA256  ")),
        with(request, "Authorization", authorization.substring(0, authorization.length() - 64)
            + authorization.substring(authorization.length() - 64).toUpperCase(Locale.ROOT)))) {
      String answer = send(again);
      assertTrue(answer.startsWith("403 "), () -> answer + " to " + again);
    }
    for (String target : List.of("/v1/cluster%2Estatus", "/v1/%63luster.status", STATUS + "?")) {
      String answer = send("POST", target, request, BODY);
      assertTrue(answer.startsWith("403 "), () -> answer + " to " + target);
    }
    assertEquals("200", send(signed()), "another one");
  }

  @Test
  void aBodyInChunksThatAreNoneIsTheClientsFault() throws IOException {
    for (String body : List.of("{}\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\r\nno trailer\r\n\r\n")) {
      assertEquals("400 MalformedRequest",
          send("POST", STATUS, with(signed(), "Transfer-Encoding", "chunked"), body.getBytes(UTF_8), true), body);
    }
    assertEquals("200", send("POST", STATUS, with(signed(), "Transfer-Encoding", "chunked"),
        "2\r\n{}\r\n0\r\n\r\n".getBytes(UTF_8), true));
  }

  @Test
  void whatWasSignedForAnotherPortOfTheHostIsNotTaken() throws IOException {
    for (String host : List.of("127.0.0.1:" + (admin.getPort() ^ 1), "127.0.0.1", "localhost", "localhost:")) {
      assertEquals("403 OtherPort", send(signed(host, "POST", STATUS)), host);
    }
    for (String host : List.of("localhost:" + admin.getPort(), "barn.example", "barn.example:443")) {
      assertEquals("200", send(signed(host, "POST", STATUS)), host); // a proxy has a name of its own
    }
  }

  @Test
  void everythingOfItIsSigned() throws IOException {
    String other = send("POST", "/v1/volume.list", signed(), BODY);
    assertEquals("403 SignatureDoesNotMatch", other);
    assertEquals("403 SignatureDoesNotMatch", send("POST", STATUS + "?apply=1", signed(), BODY));
    assertEquals("403 SignatureDoesNotMatch", send("PUT", STATUS, signed(), BODY));
    assertEquals("403 BodyNotSigned", send("POST", STATUS, signed(), "[]".getBytes(UTF_8)));
    assertEquals("403 SignatureDoesNotMatch", send(with(signed(), RequestSigner.NONCE, "0".repeat(32))));
    assertEquals("403 SignatureDoesNotMatch", send(with(signed(), "Host", "localhost:" + admin.getPort())));
  }

  @Test
  void theHostThatIsAskedIsOneOfTheServers() throws IOException {
    assertEquals("200", send(signed("localhost:" + admin.getPort(), "POST", STATUS)));
    assertEquals("403", send(signed("store.example:" + admin.getPort(), "POST", STATUS)), "refused at the door");
    assertEquals("403", send(signed("10.1.2.3:" + admin.getPort(), "POST", STATUS)));
  }

  @Test
  void aClientOfAnOlderVersionIsToldWhatIsMissing() throws IOException {
    String host = "127.0.0.1:" + admin.getPort();
    var headers = new LinkedHashMap<>(Map.of("Host", host));
    headers.putAll(new RequestSigner("me", "a-long-secret", host, "us-east-1").headers("POST", STATUS, "",
        RequestSigner.sha256Hex(BODY)));
    assertEquals("403 NonceNotSigned", send(headers));
    assertEquals("403 AccessDenied", send(with(headers, RequestSigner.NONCE, "0".repeat(32))),
        "there is one, and it is not signed");
  }
}

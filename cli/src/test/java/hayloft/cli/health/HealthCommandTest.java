package hayloft.cli.health;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.cli.Hayloft;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class HealthCommandTest {

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(Map<String, String> environment, String... arguments) {
    return Hayloft.commandLine(environment, Path.of("/nowhere")).setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true)).execute(arguments);
  }

  /// A server that answers one request. What it was asked for is the future's value.
  private record OneAnswer(ServerSocket socket, CompletableFuture<String> asked) implements AutoCloseable {
    static OneAnswer of(String answer) throws IOException {
      var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
      var asked = new CompletableFuture<String>();
      Thread.ofVirtual().start(() -> {
        try (Socket client = socket.accept();
            var in = new BufferedReader(new InputStreamReader(client.getInputStream(), US_ASCII))) {
          String first = in.readLine();
          for (String line = first; line != null && !line.isEmpty(); line = in.readLine()) {
            continue;
          }
          client.getOutputStream().write(answer.getBytes(US_ASCII));
          client.shutdownOutput();
          asked.complete(first);
        } catch (IOException e) {
          asked.completeExceptionally(e);
        }
      });
      return new OneAnswer(socket, asked);
    }

    String port() {
      return Integer.toString(socket.getLocalPort());
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  @Test
  void aServerThatServesIsHealthy() throws IOException {
    try (var server = OneAnswer.of("HTTP/1.1 200 OK\r\ncontent-length: 18\r\n\r\n{\"status\":\"ready\"}")) {
      assertEquals(0, run(Map.of(), "health", "--s3-port", server.port()), err::toString);
      assertEquals("GET /readyz HTTP/1.1", server.asked().join());
      assertEquals("{\"status\":\"ready\"}\n", out.toString());
    }
  }

  @Test
  void aServerThatStartsIsNot() throws IOException {
    try (var server = OneAnswer.of("HTTP/1.1 503 Service Unavailable\r\n\r\n{\"status\":\"starting\"}")) {
      assertEquals(1, run(Map.of(), "health", "--s3-port", server.port()));
      assertEquals("hayloft: the server at 127.0.0.1:" + server.port() + " is {\"status\":\"starting\"}\n",
          err.toString());
    }
  }

  @Test
  void whetherItLivesIsAnotherQuestion() throws IOException {
    try (var server = OneAnswer.of("HTTP/1.1 200 OK\r\n\r\n{}")) {
      assertEquals(0, run(Map.of(), "health", "--live", "--s3-port", server.port()), err::toString);
      assertEquals("GET /healthz HTTP/1.1", server.asked().join());
    }
  }

  @Test
  void theServersOwnSettingsTellWhereItIs(@TempDir Path scratch) throws IOException {
    try (var server = OneAnswer.of("HTTP/1.1 200 OK\r\n\r\n{}")) {
      Path file = Files.writeString(scratch.resolve("hayloft.yaml"),
          "s3-port: " + server.port() + "\ndurability: os\n");
      assertEquals(0, run(Map.of("HAYLOFT_BIND", "0.0.0.0", "HAYLOFT_CONFIG", file.toString(), "HAYLOFT_DIR", "/data"),
          "health"), err::toString);
    }
  }

  @Test
  void aPortThatNobodyListensOnIsOneLine() throws IOException {
    int port;
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = taken.getLocalPort();
    }
    assertEquals(1, run(Map.of(), "health", "--s3-port", Integer.toString(port)));
    assertTrue(err.toString().matches("hayloft: no answer from 127\\.0\\.0\\.1:" + port + ": Connection refused\n"),
        err.toString());
  }

  @Test
  void whatIsNoHttpIsNotHealthy() throws IOException {
    try (var server = OneAnswer.of("SSH-2.0-OpenSSH_9.2\r\n\r\n")) {
      assertEquals(1, run(Map.of(), "health", "--s3-port", server.port()));
      assertTrue(err.toString().contains("that is no HTTP"), err.toString());
    }
  }

  @Test
  void anyFreePortCannotBeAsked() {
    assertEquals(2, run(Map.of(), "health", "--s3-port", "0"));
    assertTrue(err.toString().contains("name the port of the server's ready line"), err.toString());
  }

  private static String free() throws IOException {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Integer.toString(taken.getLocalPort());
    }
  }

  @Test
  void programsGetOneDocumentWithEachRole() throws IOException {
    String role = "HTTP/1.1 503 Service Unavailable\r\n\r\n"
        + "{\"status\":\"starting\",\"detail\":\"opening volumes\",\"version\":\"1.2\"}";
    String nobody = free();
    try (var s3 = OneAnswer.of("HTTP/1.1 503 Service Unavailable\r\n\r\nnot ready: opening volumes\n");
        var master = OneAnswer.of(role);
        var volume = OneAnswer.of(role)) {
      assertEquals(1, run(Map.of(), "health", "--json", "--s3-port", s3.port(), "--master-port", master.port(),
          "--volume-port", volume.port(), "--filer-port", nobody));
    }
    JsonNode told = new ObjectMapper().readTree(out.toString());
    assertFalse(told.path("ready").asBoolean(true));
    assertEquals("starting", told.path("state").asText());
    assertEquals("opening volumes", told.path("reason").asText());
    assertEquals("1.2", told.path("version").asText());
    assertEquals("[s3 starting, master starting, volume starting, filer unreachable]", told.path("roles").valueStream()
        .map(one -> one.path("role").asText() + " " + one.path("state").asText()).toList().toString());
    assertEquals("", err.toString());
  }

  @Test
  void aServerThatServesHasNoReason() throws IOException {
    try (var s3 = OneAnswer.of("HTTP/1.1 200 OK\r\n\r\nok\n")) {
      assertEquals(0, run(Map.of(), "health", "--json", "--s3-port", s3.port(), "--master-port", "0", "--volume-port",
          "0", "--filer-port", "0"), err::toString);
    }
    JsonNode told = new ObjectMapper().readTree(out.toString());
    assertTrue(told.path("ready").asBoolean());
    assertTrue(told.path("reason").isNull(), told.toString());
    assertTrue(told.path("version").isNull(), told.toString());
    assertEquals(1, told.path("roles").size());
  }

  @Test
  void nobodyThereIsAnAnswerToo() throws IOException {
    String nobody = free();
    assertEquals(1, run(Map.of(), "health", "--json", "--s3-port", nobody, "--master-port", "0", "--volume-port", "0",
        "--filer-port", "0"));
    JsonNode told = new ObjectMapper().readTree(out.toString());
    assertEquals("unreachable", told.path("state").asText());
    assertTrue(told.path("reason").asText().startsWith("no answer from 127.0.0.1:" + nobody), told.toString());
  }
}

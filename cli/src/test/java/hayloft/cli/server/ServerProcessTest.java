package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import hayloft.common.tls.CertificateChain;
import hayloft.common.tls.ClientTls;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The real process, as an operator meets it.
@Timeout(60)
final class ServerProcessTest {

  @TempDir
  private Path directory = Path.of("");

  private Process start(String... more) throws IOException {
    return builder(more).redirectError(err().toFile()).start();
  }

  private ProcessBuilder builder(String... more) {
    List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-cp",
        System.getProperty("java.class.path"), "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED",
        "hayloft.cli.Hayloft", "server",
        "--dir", directory.resolve("store").toString(), "--bind", "127.0.0.1", "--s3-port", "0", "--master-port", "0",
        "--volume-port", "0", "--filer-port", "0", "--min-free", "0"));
    command.addAll(List.of(more));
    var builder = new ProcessBuilder(command);
    builder.environment().keySet()
        .removeIf(name -> name.startsWith("AWS_") || name.startsWith("HAYLOFT_") || name.startsWith("MINIO_"));
    return builder;
  }

  private Path err() {
    return directory.resolve("err");
  }

  @Test
  void saysWhenItIsReadyAndStopsWhenToldTo() throws IOException, InterruptedException {
    Process server = start();
    try (BufferedReader out = server.inputReader()) {
      String ready = out.readLine();
      String log = Files.readString(err());
      assertTrue(ready != null && ready.matches(
          "hayloft ready s3=http://127.0.0.1:\\d+ master=http://127.0.0.1:\\d+ volume=http://127.0.0.1:\\d+ "
              + "filer=http://127.0.0.1:\\d+ admin=http://127.0.0.1:\\d+"),
          ready + "\n" + log);
      assertTrue(log.contains("secret key"), log);
      assertTrue(log.contains(" server.credentials in=" + directory.resolve("store/credentials.json")), log);
      assertTrue(log.contains(" server.directory path=" + directory.resolve("store") + " freeBytes="), log);
      assertFalse(log.contains("\u001b"), "colours in a file: " + log);
      assertFalse(log.contains("admin.withoutTls"), log);

      Process second = start();
      assertEquals(1, second.waitFor());
      assertTrue(Files.readString(err()).contains("in use by another process"), Files.readString(err()));

      server.toHandle().destroy(); // SIGTERM; the process's own destroy would close its streams too
      assertTrue(server.waitFor(15, TimeUnit.SECONDS));
      assertEquals(0, server.exitValue());
      assertEquals("", String.join("\n", out.lines().toList()), "one line on standard output");
      assertTrue(Files.readString(err()).stripTrailing().endsWith("server.stopped"), "logs until the end");
    } finally {
      server.destroyForcibly();
    }
  }

  @Test
  void aKilledServerStartsAgainWithTheSameCredentials() throws IOException, InterruptedException {
    Process server = start();
    server.inputReader().readLine();
    server.destroyForcibly().waitFor();
    Process again = start("--exit-when-ready");
    assertEquals(0, again.waitFor(), () -> read(err()));
    assertFalse(Files.readString(err()).contains("secret key"));
  }

  @Test
  void aServerThatIsStillStartingStopsAtOnceAndStartsAgain() throws IOException, InterruptedException {
    assertEquals(0, start("--exit-when-ready").waitFor(), () -> read(err()));
    Path key = directory.resolve("store/store.key");
    Path kept = Files.move(key, directory.resolve("kept.key"));
    assertEquals(0, new ProcessBuilder("mkfifo", "-m", "600", key.toString()).start().waitFor());
    Process server = start();
    try (var _ = Files.newOutputStream(key)) { // opens once the start reads it, and holds it there
      server.toHandle().destroy();
      assertTrue(server.waitFor(15, TimeUnit.SECONDS), "waits for its start");
    } finally {
      server.destroyForcibly();
    }
    assertEquals(0, server.exitValue(), () -> read(err()));
    assertTrue(read(err()).contains("server.stopped during=start"), read(err()));
    Files.move(kept, key, StandardCopyOption.REPLACE_EXISTING);
    assertEquals(0, start("--exit-when-ready").waitFor(), () -> read(err()));
  }

  @Test
  void aServerThatStillReadsItsConfigurationStopsAtOnce() throws IOException, InterruptedException {
    Path file = directory.resolve("hayloft.yaml");
    assertEquals(0, new ProcessBuilder("mkfifo", file.toString()).start().waitFor());
    Process server = start("--config", file.toString());
    try (var _ = Files.newOutputStream(file)) { // opens once it is read, and holds the start there
      server.toHandle().destroy();
      assertTrue(server.waitFor(15, TimeUnit.SECONDS), "waits for its configuration");
    } finally {
      server.destroyForcibly();
    }
    assertEquals(0, server.exitValue(), () -> read(err()));
    assertTrue(read(err()).contains("server.stopped during=start"), read(err()));
    assertFalse(Files.exists(directory.resolve("store")));
  }

  @Test
  void aFailedStartIsOneLineWithoutAStackTrace() throws IOException, InterruptedException {
    Process refused = start("--require-store");
    assertEquals(1, refused.waitFor());
    String message = Files.readString(err());
    assertTrue(message.startsWith("hayloft: no store in"), message);
    assertEquals(1, message.lines().count(), message);
  }

  @Test
  void aWrongConfigurationTouchesNothing() throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("hayloft.yaml"), "region: here\ndurability: maybe\n");
    assertEquals(2, start("--config", file.toString()).waitFor());
    assertEquals("hayloft: " + file + ":2: durability must be one of fsync, os, got maybe\nTry hayloft server --help\n",
        Files.readString(err()));
    assertFalse(Files.exists(directory.resolve("store")));
  }

  @Test
  void hangingUpReadsTheConfigurationAgain() throws IOException, InterruptedException {
    Path file = Files.writeString(directory.resolve("hayloft.yaml"), "log-format: json\nregion: here\n");
    Process server = builder("--config", file.toString()).start();
    try (BufferedReader out = server.inputReader(); BufferedReader err = server.errorReader()) {
      out.readLine();
      assertTrue(until(err, "server.configuration").contains("\"fields\":{\"file\":\"" + file + "\"}"));

      Files.writeString(file, "log-level: [hayloft.s3=debug]\nregion: there\nmax-connections: 1\n");
      hangUp(server);
      String said = until(err, "config.reloaded");
      assertTrue(said.contains(" config.changed key=log-level from=info to=\"hayloft.s3=debug\""), said);
      assertTrue(said.contains(" config.changed key=log-format from=json to=text"), said);
      assertTrue(said.contains(" config.changed key=max-connections from=16384 to=1"), said);
      assertTrue(said.contains(" config.needsRestart key=region running=here configured=there"), said);

      Files.writeString(file, "max-connections: none\n");
      hangUp(server);
      said = until(err, "config.refused");
      assertTrue(said.contains(file + ":1: max-connections must be a number, 1 or more, got none"), said);
      assertTrue(server.isAlive());
    } finally {
      server.destroyForcibly();
    }
  }

  @Test
  void aServiceManagerIsToldOfStartReloadAndStop() throws IOException, InterruptedException {
    Path socket = directory.resolve("notify");
    try (var manager = new ServiceManager(socket.toString())) {
      ProcessBuilder builder = builder();
      builder.environment().put("NOTIFY_SOCKET", socket.toString());
      Process server = builder.redirectError(err().toFile()).start();
      try (BufferedReader out = server.inputReader()) {
        assertEquals("STATUS=opening volumes", manager.next().getLast());
        assertEquals(List.of("READY=1", "STATUS=ready"), manager.until("READY=1"));
        assertTrue(String.valueOf(out.readLine()).startsWith("hayloft ready "), "told before it was");
        hangUp(server);
        assertEquals("RELOADING=1", manager.next().getFirst());
        assertEquals("READY=1", manager.next().getFirst());
        server.toHandle().destroy();
        assertEquals("STOPPING=1", manager.next().getFirst());
        assertEquals(0, server.waitFor());
      } finally {
        server.destroyForcibly();
      }
    }
    assertFalse(read(err()).contains("service.notNotified"), read(err()));
  }

  /// All ports; and a new certificate by SIGHUP, while a connection is open.
  @Test
  void withACertificateEveryPortSpeaksTls() throws Exception {
    Path file = directory.resolve("hayloft.yaml");
    Files.writeString(file, "tls-cert: " + made("one.crt") + "\ntls-key: " + made("one.key") + "\n");
    Process server = builder("--config", file.toString()).start();
    try (BufferedReader out = server.inputReader(); BufferedReader err = server.errorReader()) {
      String ready = String.valueOf(out.readLine());
      assertTrue(ready.matches(
          "hayloft ready s3=https://127.0.0.1:\\d+ master=https://127.0.0.1:\\d+ volume=https://127.0.0.1:\\d+ "
              + "filer=https://127.0.0.1:\\d+ admin=https://127.0.0.1:\\d+"),
          ready);
      assertTrue(until(err, "tls.on").contains(" provider=BORINGSSL detail=BoringSSL subject=\"CN=one\""));
      assertTrue(until(err, "role=s3").contains("url=https://"));
      ClientTls trust = ClientTls.trusting(CertificateChain.read(directory.resolve("ca.crt")));
      try (var client = HttpClient.newBuilder().sslContext(trust.context()).build()) {
        for (String endpoint : ready.substring("hayloft ready ".length()).split(" ")) {
          String url = endpoint.substring(endpoint.indexOf('=') + 1);
          for (String path : List.of("/healthz", "/readyz")) {
            assertEquals(200, client.send(HttpRequest.newBuilder(URI.create(url + path)).build(),
                HttpResponse.BodyHandlers.ofString()).statusCode(), url + path);
          }
        }
        Files.writeString(file, "tls-cert: " + made("two.crt") + "\ntls-key: " + made("one.key") + "\n");
        hangUp(server);
        String said = until(err, "config.refused");
        assertTrue(said.contains("--tls-key must be the key of the certificate in " + directory.resolve("two.crt")),
            said);
        Files.writeString(file, "tls-cert: " + made("two.crt") + "\ntls-key: " + made("two.key") + "\n");
        hangUp(server);
        said = until(err, "config.reloaded");
        assertTrue(said.contains("tls.renewed subject=\"CN=two\""), said);
        assertTrue(said.contains("config.changed key=tls-cert"), said);
      }
    } finally {
      server.destroyForcibly();
    }
  }

  /// A file of a certificate that is made at its first mention.
  private Path made(String file) {
    String name = file.substring(0, file.indexOf('.'));
    if (!Files.exists(directory.resolve(file))) {
      assertEquals(0, Hayloft.commandLine(Map.of(), Path.of("/nowhere")).setOut(new PrintWriter(new StringWriter()))
          .execute("cert", "create", "--out", directory.toString(), "--name", name, "--host", name));
    }
    return directory.resolve(file);
  }

  private static void hangUp(Process server) throws IOException, InterruptedException {
    assertEquals(0, new ProcessBuilder("kill", "-HUP", Long.toString(server.pid())).start().waitFor());
  }

  /// All lines up to the first with a word in it.
  private static String until(BufferedReader lines, String word) throws IOException {
    var said = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      said.append(line).append('\n');
      if (line.contains(word)) {
        return said.toString();
      }
    }
    throw new AssertionError(word + " was not said, but\n" + said);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}

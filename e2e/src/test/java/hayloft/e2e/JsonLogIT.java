package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// With `--log-format json` every line that launcher, virtual machine and program put out is a JSON object, whatever
/// happens.
@Timeout(300)
class JsonLogIT {

  private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private static final Set<String> LEVELS = Set.of("ERROR", "WARN", "INFO", "DEBUG");

  @TempDir
  Path temp;

  private static Path launcher() {
    return Path.of(System.getProperty("hayloft.home"), "hayloft");
  }

  /// Both streams of a server go into one file. Confined to its test.
  private record Run(Process process, Path streams) implements AutoCloseable {

    /// The events so far; each is complete.
    List<JsonNode> events() throws IOException {
      String text = Files.readString(streams);
      List<JsonNode> events = new ArrayList<>();
      for (String line : text.substring(0, text.lastIndexOf('\n') + 1).split("\n")) {
        if (line.isEmpty() && text.isEmpty()) {
          continue;
        }
        JsonNode event;
        try {
          event = JSON.readTree(line);
        } catch (IOException e) {
          throw new AssertionError("no JSON: " + line, e);
        }
        assertTrue(event.isObject(), line);
        assertTrue(line.chars().allMatch(c -> c >= ' '), line);
        assertTrue(event.path("time").asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"), line);
        assertTrue(LEVELS.contains(event.path("level").asText()), line);
        assertTrue(event.path("logger").asText().startsWith("hayloft"), line);
        assertFalse(event.path("message").asText().isBlank(), line);
        events.add(event);
      }
      return events;
    }

    Set<String> names() throws IOException {
      Set<String> names = new TreeSet<>();
      events().forEach(event -> names.add(event.path("event").asText()));
      return names;
    }

    /// Waits until an event has been put out.
    JsonNode await(String name, int times) throws IOException, InterruptedException {
      while (true) {
        List<JsonNode> found = events().stream().filter(event -> event.path("event").asText().equals(name)).toList();
        if (found.size() >= times) {
          return found.getLast();
        }
        assertTrue(process.isAlive(), () -> name + " did not come: " + read(streams));
        process.waitFor(50, TimeUnit.MILLISECONDS);
      }
    }

    int stop() throws IOException, InterruptedException {
      signal("TERM");
      return process.waitFor();
    }

    void signal(String name) throws IOException, InterruptedException {
      assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
    }

    @Override
    public void close() {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Run start(Map<String, String> environment, String... flags) throws IOException {
    List<String> command = new ArrayList<>(List.of(launcher().toString(), "server", "--dir",
        temp.resolve("data").toString(), "--bind", "127.0.0.1", "--min-free", "0"));
    command.addAll(List.of(flags));
    List.of("--s3-port", "--master-port", "--volume-port", "--filer-port").stream()
        .filter(port -> !command.contains(port)).forEach(port -> command.addAll(List.of(port, "0")));
    Path streams = Files.createTempFile(temp, "streams", ".log");
    var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(streams.toFile());
    List.of("HAYLOFT_ROOT_USER", "HAYLOFT_ROOT_PASSWORD").forEach(builder.environment()::remove);
    builder.environment().putAll(environment);
    return new Run(builder.start(), streams);
  }

  private Run ended(int exitCode, Map<String, String> environment, String... flags)
      throws IOException, InterruptedException {
    Run run = start(environment, flags);
    assertEquals(exitCode, run.process.waitFor(), () -> read(run.streams));
    return run;
  }

  @Test
  void aLifeHasNoOtherLine() throws Exception {
    String secret;
    try (Run first = start(Map.of(), "--log-format", "json", "--log-level", "debug")) {
      JsonNode ready = first.await("server.ready", 1);
      assertTrue(ready.path("fields").path("s3").asText().startsWith("http://127.0.0.1:"), ready.toString());
      first.signal("HUP");
      first.await("config.reloaded", 1);
      assertEquals(0, first.stop());
      assertTrue(first.names().containsAll(Set.of("credentials.generated", "server.stopped")),
          first.names().toString());
      secret = JSON.readTree(Files.readAllBytes(temp.resolve("data/credentials.json"))).path("secretKey").asText();
      assertFalse(read(first.streams).contains(secret), "collected by programs");
    }
    try (Run second = start(Map.of("HAYLOFT_LOG_FORMAT", "JSON", "JAVA_TOOL_OPTIONS", "-Da=b", "HAYLOFT_JAVA_OPTS",
        "-Xverify:none -Xlog:gc*:file=" + temp.resolve("gc.log")))) {
      second.await("server.ready", 1);
      assertEquals(0, second.stop());
      second.events();
    }
  }

  @Test
  void whatEndsAStartIsAnEvent() throws Exception {
    for (String[] wrong : List.of(new String[]{"--s3-prt", "1"}, new String[]{"--memory", "much"},
        new String[]{"--config", temp.resolve("none").toString()}, new String[]{"--tls-cert", "a\tb\u00e4"})) {
      List<String> flags = new ArrayList<>(List.of("--log-format=json"));
      flags.addAll(List.of(wrong));
      Run run = ended(2, Map.of(), flags.toArray(String[]::new));
      assertTrue(run.events().stream().anyMatch(event -> event.path("level").asText().equals("ERROR")),
          () -> read(run.streams));
    }
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Run run = ended(1, Map.of(), "--log-format", "json", "--s3-port", Integer.toString(taken.getLocalPort()));
      assertTrue(run.names().contains("process.said"), run.names().toString());
    }
    Path file = temp.resolve("settings.yaml");
    for (String text : List.of("'log-format' : \"Json\" # for the collector\nmemory: much\n",
        "log-format: json\ns3-port: [1\n", "\"log-format\": 'json'\nnested:\n  a: b\n")) {
      Files.writeString(file, text);
      ended(2, Map.of(), "--config=" + file).events();
      ended(2, Map.of("HAYLOFT_CONFIG", file.toString())).events();
    }
  }

  @Test
  void whatTheLauncherSaysIsAnEvent() throws Exception {
    Map<String, String> json = Map.of("HAYLOFT_LOG_FORMAT", "json");
    String[] odd = {"/no \"quotes\" \\ and\ttabs\u00e4\n{0}", "/tmp"};
    for (String home : odd) {
      Run run = ended(2, Map.of("HAYLOFT_LOG_FORMAT", "json", "HAYLOFT_JAVA_HOME", home));
      assertEquals(Set.of("launcher.said"), run.names());
      assertEquals("ERROR", run.events().getFirst().path("level").asText());
    }
    for (String options : List.of("-XX:+NoSuchThing", "-Xmx1", "-Xnothing")) {
      assertEquals(Set.of("launcher.said"),
          ended(2, Map.of("HAYLOFT_LOG_FORMAT", "json", "HAYLOFT_JAVA_OPTS", options)).names());
      assertEquals(Set.of("launcher.said"),
          ended(2, Map.of("HAYLOFT_LOG_FORMAT", "json", "JAVA_TOOL_OPTIONS", options)).names());
    }
    Path copy = Files.createDirectory(temp.resolve("copy"));
    Files.copy(launcher(), copy.resolve("hayloft"));
    Path streams = temp.resolve("build.log");
    var builder = new ProcessBuilder(copy.resolve("hayloft").toString(), "server", "--dir", "x")
        .redirectErrorStream(true).redirectOutput(streams.toFile());
    builder.environment().putAll(json);
    var run = new Run(builder.start(), streams);
    assertEquals(1, run.process.waitFor());
    assertEquals(Set.of("launcher.said"), run.names(), "there is nothing to build");
  }

  @Test
  void theFormMayBeChangedWhileItRuns() throws Exception {
    Path file = Files.writeString(temp.resolve("settings.yaml"), "log-format: text\n");
    try (Run run = start(Map.of(), "--config", file.toString())) {
      while (!read(run.streams).contains("hayloft ready ")) {
        assertTrue(run.process.isAlive());
        run.process.waitFor(50, TimeUnit.MILLISECONDS);
      }
      Files.writeString(file, "log-format: json\n");
      run.signal("HUP");
      while (!read(run.streams).contains("\"event\":\"config.reloaded\"")) {
        assertTrue(run.process.isAlive());
        run.process.waitFor(50, TimeUnit.MILLISECONDS);
      }
      assertEquals(0, run.stop());
      String text = read(run.streams);
      int changed = text.indexOf("{\"time\"");
      for (String line : text.substring(changed).split("\n")) {
        assertTrue(JSON.readTree(line).isObject(), line);
      }
    }
  }

  @Test
  void aFullHeapIsAnEventToo() throws Exception {
    Run run = start(Map.of("HAYLOFT_LOG_FORMAT", "json", "HAYLOFT_JAVA_OPTS", "-Xms4m -Xmx6m"));
    try (run) {
      run.process.waitFor();
      assertTrue(run.process.exitValue() != 0, () -> read(run.streams));
      assertTrue(run.names().contains("process.outOfMemory"), run.names().toString());
    }
  }

  @Test
  void linesOfTheAccessLogStayAsTheyAre() throws Exception {
    try (Run run = start(Map.of("HAYLOFT_LOG_FORMAT", "json"), "--access-log", "-", "--access-log-format", "json")) {
      JsonNode ready = run.await("server.ready", 1);
      var client = new S3Requests(URI.create(ready.path("fields").path("s3").asText()), "nobody", "oats");
      assertEquals(403, client.get("/barn").statusCode());
      while (!read(run.streams).contains("\"requestId\":")) {
        assertTrue(run.process.isAlive());
        run.process.waitFor(50, TimeUnit.MILLISECONDS);
      }
      assertEquals(0, run.stop());
      for (String line : read(run.streams).split("\n")) {
        assertTrue(JSON.readTree(line).isObject(), line);
      }
      assertFalse(read(run.streams).contains("process.said"));
    }
  }
}

package hayloft.e2e;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// With `--log-format json` whatever `./hayloft server` writes, on either stream, is one JSON object a line: of starts,
/// refusals and ends, from the launcher's first word on.
@Timeout(180)
class JsonLogIT {

  private static final Path HOME = Path.of(System.getProperty("hayloft.home"));
  private static final Map<String, String> JSON = Map.of("HAYLOFT_LOG_FORMAT", "json");
  /// Of a tree whose Maven says things and fails.
  private static final String FAILING_MAVEN = """
      #!/usr/bin/env bash
      printf '[ERROR] a "quoted" \\\\ path\\n\\n\\ttab \\033[31mred\\033[m \\xff\\xc3 \\xc3\\xa4 no end'
      exit 1
      """;
  /// Of one whose Maven "builds" what is built already.
  private static final String MAVEN = """
      #!/usr/bin/env bash
      mkdir -p cli/target/hayloft
      ln -s "%1$s"/cli/target/hayloft/lib "%1$s"/cli/target/hayloft/native cli/target/hayloft/
      """;

  @TempDir
  Path temp;

  private final ObjectMapper mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
  private final List<Process> started = new ArrayList<>();
  private int runs;

  /// One run of the program with what it wrote.
  private final class Run {
    private final Process process;
    private final Path out;
    private final Path err;

    Run(Map<String, String> environment, List<String> command) throws IOException {
      runs++;
      out = temp.resolve("out" + runs);
      err = temp.resolve("err" + runs);
      var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("HAYLOFT_") || name.startsWith("AWS_")
          || name.startsWith("MINIO_"));
      builder.environment().putAll(environment);
      process = builder.start();
      started.add(process);
    }

    Run ready() throws IOException {
      await(out, "s3=");
      return this;
    }

    void await(Path file, String text) throws IOException {
      while (!Files.readString(file).contains(text)) { // bounded by the test's time
        assertTrue(process.isAlive(), () -> "ended with " + process.exitValue() + ": " + read(err));
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
      }
    }

    void signal(String name) throws Exception {
      assertEquals(0, new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start().waitFor());
    }

    int end() throws InterruptedException {
      assertTrue(process.waitFor(60, TimeUnit.SECONDS), () -> read(err));
      return process.exitValue();
    }

    /// Of both streams, all of which have to be events.
    List<JsonNode> events() throws IOException {
      List<JsonNode> events = new ArrayList<>();
      for (Path stream : List.of(out, err)) {
        events.addAll(JsonLogIT.this.events(Files.readAllLines(stream, UTF_8)));
      }
      return events;
    }

    private static String read(Path file) {
      try {
        return Files.readString(file);
      } catch (IOException e) {
        return e.toString();
      }
    }
  }

  @AfterEach
  void endAll() throws InterruptedException {
    for (Process process : started) {
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private List<JsonNode> events(List<String> lines) {
    List<JsonNode> events = new ArrayList<>();
    for (String line : lines) {
      assertTrue(line.chars().allMatch(c -> c >= ' ' && c < 0x7F), line);
      JsonNode event;
      try {
        event = mapper.readTree(line);
      } catch (JsonProcessingException e) {
        throw new AssertionError("plain: " + line, e);
      }
      assertTrue(event.path("time").asText().matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z"), line);
      assertTrue(List.of("ERROR", "WARN", "INFO", "DEBUG").contains(event.path("level").asText()), line);
      assertTrue(event.path("logger").asText().startsWith("hayloft"), line);
      assertTrue(event.path("event").asText().matches("[a-z]\\w*(\\.\\w+)+"), line);
      assertTrue(event.path("fields").isObject() && event.path("message").isTextual(), line);
      events.add(event);
    }
    return events;
  }

  /// Messages of an event with a level.
  private static String told(List<JsonNode> events, String event, String level) {
    StringBuilder told = new StringBuilder();
    events.stream().filter(one -> one.path("event").asText().equals(event) && one.path("level").asText().equals(level))
        .forEach(one -> told.append(one.path("message").asText()).append('\n'));
    return told.toString();
  }

  private List<String> server(String... flags) {
    return server(HOME.resolve("hayloft"), flags);
  }

  private List<String> server(Path launcher, String... flags) {
    List<String> command = new ArrayList<>(List.of(launcher.toString(), "server", "--dir",
        temp.resolve("data").toString(), "--bind", "127.0.0.1", "--min-free", "0"));
    for (String port : List.of("--master-port", "--volume-port", "--filer-port")) {
      command.addAll(List.of(port, "0"));
    }
    command.addAll(List.of(flags));
    return command;
  }

  private Run run(Map<String, String> environment, String... flags) throws IOException {
    return new Run(environment, server(flags));
  }

  /// Ends by itself, with this code and a last word at `ERROR`.
  private String refused(int code, Run run, String event) throws Exception {
    assertEquals(code, run.end(), () -> Run.read(run.err));
    String told = told(run.events(), event, "ERROR");
    assertTrue(told.contains("hayloft: "), () -> Run.read(run.err));
    return told;
  }

  private static Map<String, String> with(String name, String value) {
    Map<String, String> environment = new HashMap<>(JSON);
    environment.put(name, value);
    return environment;
  }

  @Test
  void theFirstStartAndTheSecondAndTheirEnds() throws Exception {
    Run first = run(Map.of(), "--s3-port", "0", "--log-format", "JSON").ready();
    first.signal("QUIT"); // a dump of threads would be plain
    first.await(first.err, "server.credentials");
    first.signal("TERM");
    assertEquals(0, first.end());
    String said = told(first.events(), "process.said", "INFO");
    assertTrue(said.contains("hayloft ready s3="), said);
    assertFalse(said.contains("secret key "), "programs collect it");
    assertFalse(told(first.events(), "credentials.generated", "INFO").isEmpty());
    assertFalse(told(first.events(), "server.stopped", "INFO").isEmpty());
    Run second = run(with("JAVA_TOOL_OPTIONS", "-Da='b c' -Dd=e"), "--s3-port=0").ready();
    second.signal("TERM");
    assertEquals(0, second.end());
    assertTrue(told(second.events(), "credentials.generated", "INFO").isEmpty());
  }

  @Test
  void refusals() throws Exception {
    refused(2, run(JSON, "--s3-prt", "1"), "process.said");
    refused(2, run(JSON, "--s3-port", "many"), "process.said");
    refused(2, run(with("HAYLOFT_ROOT_USER", "half")), "process.said");
    Path file = temp.resolve("hayloft.yaml");
    Files.write(file, "regon: [x\n'log-format': \"Json\" # lines for a program\nregion: \u00ff\n".getBytes(ISO_8859_1));
    refused(2, run(Map.of(), "--config=" + file), "process.said");
    Files.writeString(file, "nested:\n  key: value\nlog-format: json\n");
    assertTrue(refused(2, run(Map.of("HAYLOFT_CONFIG", file.toString())), "process.said").contains(":2: "));
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = Integer.toString(taken.getLocalPort());
      assertTrue(refused(1, run(JSON, "--s3-port", port), "process.said").contains(port));
    }
  }

  @Test
  void aStartThatFailsInTheMiddle() throws Exception {
    Run first = run(JSON, "--s3-port", "0").ready();
    first.signal("KILL");
    first.end();
    Files.writeString(temp.resolve("data/store.key"), "no key");
    Run second = run(JSON, "--s3-port", "0");
    assertNotEquals(0, second.end());
    assertTrue(told(second.events(), "process.said", "ERROR").contains("store.key"), () -> Run.read(second.err));
  }

  @Test
  void aHangupChangesTheFormOfEveryLine() throws Exception {
    Path file = Files.writeString(temp.resolve("hayloft.yaml"), "log-format: text\n");
    Run run = run(Map.of(), "--s3-port", "0", "--config", file.toString(), "--access-log", "-").ready();
    assertTrue(Files.readString(run.out).startsWith("hayloft ready "), () -> Run.read(run.out));
    int plain = Files.readAllLines(run.err).size();
    Files.writeString(file, "log-format: json\n");
    run.signal("HUP");
    run.await(run.err, "\"config.reloaded\"");
    List<String> lines = Files.readAllLines(run.err);
    assertFalse(events(lines.subList(lines.size() - 2, lines.size())).isEmpty());
    assertTrue(lines.size() > plain);
    request(run);
    run.await(run.out, "process.said"); // a line of the access log
    assertFalse(events(Files.readAllLines(run.out).subList(1, 2)).isEmpty());
    Files.writeString(file, "log-format: text\n");
    run.signal("HUP");
    run.await(run.err, " config.reloaded ");
    int objects = Files.readAllLines(run.out).size();
    request(run);
    while (Files.readAllLines(run.out).size() == objects) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
    assertFalse(Files.readAllLines(run.out).getLast().startsWith("{"));
    run.signal("TERM");
    assertEquals(0, run.end());
    assertFalse(Files.readAllLines(run.err).getLast().startsWith("{"));
  }

  private static void request(Run run) throws Exception {
    String ready = Files.readString(run.out);
    int from = ready.indexOf("s3=") + 3;
    var endpoint = URI.create(ready.substring(from, ready.indexOf(' ', from)));
    assertEquals(403, new S3Requests(endpoint, "nobody", "nothing-at-all").get("/barn").statusCode());
  }

  @Test
  void aHeapThatIsUsedUp() throws Exception {
    Run run = run(with("HAYLOFT_JAVA_OPTS", "-Xms5m -Xmx5m"), "--s3-port", "0");
    assertEquals(3, run.end(), () -> Run.read(run.err));
    assertTrue(told(run.events(), "process.outOfMemory", "ERROR").contains("--memory"), () -> Run.read(run.err));
  }

  @Test
  void whatTheLauncherRefuses() throws Exception {
    String said = refused(2, run(with("HAYLOFT_JAVA_OPTS", "-XX:+NoSuchThing -Dq=\"\\")), "launcher.said");
    assertTrue(said.contains("NoSuchThing") && said.contains("-Dq=\"\\"), said);
    said = refused(2, run(with("HAYLOFT_JAVA_OPTS", "-Xmx13m")), "launcher.said"); // less than the heap it begins with
    assertTrue(said.contains("heap size"), said);
    said = refused(2, run(with("HAYLOFT_JAVA_OPTS", "-Xss100k")), "launcher.said");
    assertTrue(said.contains("stack size"), said);
    said = refused(2, run(with("HAYLOFT_JAVA_OPTS", "-javaagent:/no.jar=a=b")), "launcher.said");
    assertTrue(said.contains("not there: /no.jar."), said);
    said = refused(2, run(with("JAVA_TOOL_OPTIONS", "-Xnothing")), "launcher.said");
    assertTrue(said.contains("JAVA_TOOL_OPTIONS") && said.contains("-Xnothing"), said);
    said = refused(2, new Run(JSON, bash("HAYLOFT_JAVA_HOME=$'/no\\nwhere\\xff\\x01ä' exec \"$@\"")), "launcher.said");
    assertTrue(said.contains("/no\nwhere\ufffd\u0001ä"), said);
    said = refused(1, new Run(JSON, bash("ulimit -n 100; exec \"$@\"")), "launcher.said");
    assertTrue(said.contains("only 100 file descriptors") && said.contains("LimitNOFILE="), said);
  }

  private List<String> bash(String script) {
    List<String> command = new ArrayList<>(List.of("bash", "-c", script, "bash"));
    command.addAll(server("--s3-port", "0"));
    return command;
  }

  @Test
  void whatTheLauncherWarnsOf() throws Exception {
    Run run = new Run(with("HAYLOFT_JAVA_OPTS", "-XX:+AllowRedefinitionToAddDeleteMethods"),
        bash("ulimit -n 300; exec \"$@\"")).ready();
    run.signal("TERM");
    assertEquals(0, run.end());
    String told = told(run.events(), "launcher.said", "WARN");
    assertTrue(told.contains("AllowRedefinitionToAddDeleteMethods") && told.contains("only 300 file descriptors"),
        told);
  }

  /// A tree of sources whose Maven is a script.
  private Path tree(String maven) throws IOException {
    Path tree = Files.createDirectories(temp.resolve("tree"));
    Path launcher = Files.copy(HOME.resolve("hayloft"), tree.resolve("hayloft"));
    Path wrapper = Files.writeString(tree.resolve("mvnw"), maven);
    assertTrue(wrapper.toFile().setExecutable(true));
    Files.createDirectories(temp.resolve("m2/wrapper/dists/apache-maven-0"));
    return launcher;
  }

  @Test
  void aBuildThatFails() throws Exception {
    Run run = new Run(with("MAVEN_USER_HOME", temp.resolve("m2").toString()), server(tree(FAILING_MAVEN)));
    String told = refused(1, run, "launcher.said");
    assertTrue(
        told.contains("a \"quoted\" \\ path\n") && told.contains("\ttab \u001b[31mred\u001b[m \ufffd\ufffd ä no end"),
        told);
    assertTrue(told.contains("the build failed"), told);
    assertTrue(told(run.events(), "launcher.said", "INFO").contains("building"), told);
  }

  @Test
  void aBuild() throws Exception {
    Run run = new Run(with("MAVEN_USER_HOME", temp.resolve("m2").toString()),
        server(tree(MAVEN.formatted(HOME.toAbsolutePath())), "--s3-port", "0")).ready();
    run.signal("TERM");
    assertEquals(0, run.end());
    assertTrue(told(run.events(), "launcher.said", "INFO").contains("built in "), () -> Run.read(run.err));
  }
}

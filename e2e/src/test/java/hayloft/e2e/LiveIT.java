package hayloft.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.e2e.ShellProcess.Run;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A server that is looked at while clients work: `trace`, `top`, `log.level`, `health --json`.
@Timeout(180)
class LiveIT {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SIGNATURE = "0badc0ffee0badc0ffee0badc0ffee0badc0ffee0badc0ffee0badc0ffee0bad";

  @TempDir
  private static Path temp = Path.of("");
  @SuppressWarnings("NullAway.Init")
  private static ServerProcess server;
  @SuppressWarnings("NullAway.Init")
  private static ShellProcess shell;

  @BeforeAll
  static void start() throws Exception {
    server = ServerProcess.start(temp.resolve("data"), "--min-free", "0");
    shell = ShellProcess.of(server);
    assertEquals(200, server.client().put("/barn", new byte[0]).statusCode());
    assertEquals(200, server.client().put("/barn/known/hay", new byte[1000]).statusCode());
  }

  @AfterAll
  static void stop() throws Exception {
    try (var _ = server) {
      shell.close();
    }
  }

  /// A trace that has begun: what was asked for before it is not in it.
  private record Tracing(Process process, BufferedReader lines) implements AutoCloseable {

    static Tracing begin(String options) throws IOException, InterruptedException {
      Process process = ToolProcess.start("shell", "--endpoint", server.adminPort().toString(), "-c",
          "trace --json " + options);
      var tracing = new Tracing(process, process.inputReader(UTF_8));
      do {
        server.client().get("/barn/mark");
      } while (!tracing.lines.ready() && process.isAlive());
      assertTrue(process.isAlive(), "a watcher has ended with " + (process.isAlive() ? -1 : process.exitValue()));
      return tracing;
    }

    JsonNode next() throws IOException {
      return JSON.readTree(lines.readLine());
    }

    /// The next one that is about another key than the mark.
    JsonNode nextOfTest() throws IOException {
      JsonNode line = next();
      while (line.path("key").asText().equals("mark")) {
        line = next();
      }
      return line;
    }

    /// As ^C does, and waits for it: one that is killed keeps its place for a while, and the next test misses it.
    @Override
    public void close() {
      process.destroy();
      try {
        if (process.waitFor(60, TimeUnit.SECONDS)) {
          return;
        }
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
      }
      process.destroyForcibly();
    }
  }

  @Test
  void eachRequestIsALineAsItEndsWithoutCredentials() throws Exception {
    try (var tracing = Tracing.begin("-bucket barn")) {
      var line = new ArrayList<JsonNode>();
      server.client().get("/barn/known/hay");
      line.add(tracing.nextOfTest());
      server.client().get("/elsewhere/hay");
      server.client().get("/barn/\u001b[2J");
      line.add(tracing.nextOfTest());
      try (HttpClient client = HttpClient.newHttpClient()) {
        client.send(HttpRequest.newBuilder(URI.create(server.endpoint() + "/barn/known/hay?X-Amz-Algorithm="
            + "AWS4-HMAC-SHA256&X-Amz-Credential=me%2F20260101%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date="
            + "20260101T000000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Security-Token=" + SIGNATURE
            + "&X-Amz-Signature=" + SIGNATURE)).build(), HttpResponse.BodyHandlers.discarding());
      }
      line.add(tracing.nextOfTest());
      JsonNode got = line.get(0);
      assertEquals("GetObject 200 root known/hay 1000",
          got.path("operation").asText() + " " + got.path("status").asInt() + " " + got.path("requester").asText() + " "
              + got.path("key").asText() + " " + got.path("sentBytes").asLong());
      assertEquals(16, got.path("requestId").asText().length());
      assertTrue(got.path("remote").isTextual() && got.path("time").isTextual() && got.path("totalMillis").isNumber());
      assertEquals("NoSuchKey", line.get(1).path("error").asText(), line::toString);
      assertEquals(403, line.get(2).path("status").asInt(), line::toString);
      assertFalse(line.toString().contains(SIGNATURE.substring(0, 12)), line::toString);
      assertFalse(line.toString().contains(ServerProcess.SECRET_KEY), line::toString);
    }
  }

  @Test
  void aWatcherSeesWhatHeAskedForAndEndsInTime() throws Exception {
    Path out = temp.resolve("text.out");
    Process text = shell.begin("trace -status 4xx -action getobject -key ab -user root -seconds 2", out,
        temp.resolve("text.err"));
    while (text.isAlive()) {
      server.client().get("/barn/absent/one");
      server.client().get("/barn/other/absent");
      server.client().get("/barn/known/hay");
    }
    assertEquals(0, text.exitValue(), Files.readString(temp.resolve("text.err")));
    List<String> lines = Files.readAllLines(out);
    assertFalse(lines.isEmpty());
    for (String line : lines) {
      assertTrue(line.contains(" root GetObject barn/absent/one 404 NoSuchKey  in 0 B, out ")
          || line.endsWith("requests not shown"), line);
    }
    for (String wrong : List.of("trace -status 6xx", "trace -action GetNothing", "trace -slowerThan soon", "trace x",
        "top -by weather", "top -seconds 0")) {
      Run run = shell.run(wrong);
      assertEquals(2, run.exitCode(), wrong + run);
      assertTrue(run.err().startsWith("hayloft: "), run.err());
    }
  }

  /// Nobody waits for him, and he is told how much he has missed.
  @Test
  void aWatcherThatStopsReadingIsToldWhatHeMissed() throws Exception {
    int count = 700;
    String stem = "/barn/flood/" + "x".repeat(900);
    try (var tracing = Tracing.begin("")) {
      for (int i = 0; i < count; i++) {
        assertEquals(404, server.client().get(stem).statusCode());
      }
      long shown = 0;
      long missed = 0;
      while (shown + missed < count) {
        JsonNode line = tracing.next();
        missed += line.path("notShown").asLong();
        shown += line.path("key").asText().startsWith("flood/") ? 1 : 0;
      }
      assertEquals(count, shown + missed);
      assertTrue(missed > 0 && shown > 0, shown + " shown, " + missed + " missed");
    }
  }

  @Test
  void fourMayWatchAndOneThatIsEndedGivesItsPlaceBack() throws Exception {
    List<Tracing> watchers = new ArrayList<>();
    try {
      for (int i = 0; i < 4; i++) {
        watchers.add(Tracing.begin(""));
      }
      Run fifth = shell.run("trace -seconds 1 --json");
      assertEquals(1, fifth.exitCode(), fifth.toString());
      assertEquals("TooManyWatchers", JSON.readTree(fifth.out()).path("error").path("code").asText(), fifth.out());
      watchers.getFirst().process().destroy(); // as ^C does
      assertTrue(watchers.getFirst().process().waitFor(20, TimeUnit.SECONDS));
      assertEquals(0, shell.run("trace -seconds 1").exitCode());
      assertEquals(200, server.client().get("/barn/known/hay").statusCode());
    } finally {
      watchers.forEach(Tracing::close);
    }
  }

  @Test
  void whatIsUnderWayIsShownWithWhomItWaitsFor() throws Exception {
    assertEquals(200,
        server.client().put("/barn/large", new byte[32 << 20], "x-amz-acl", "public-read").statusCode());
    try (var slow = new Socket()) {
      slow.setReceiveBufferSize(4096);
      slow.connect(new InetSocketAddress("127.0.0.1", server.endpoint().getPort()));
      slow.getOutputStream().write("GET /barn/large HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(US_ASCII));
      assertEquals('H', slow.getInputStream().read());
      Process asked = ToolProcess.start("shell", "--endpoint", server.adminPort().toString(), "-c",
          "top --json -by bucket -seconds 2");
      while (asked.isAlive()) {
        server.client().get("/barn/known/hay");
      }
      JsonNode top = JSON.readTree(asked.inputReader(UTF_8));
      assertEquals(0, asked.exitValue(), top.toString());
      JsonNode row = top.path("underWay").valueStream().filter(one -> one.path("key").asText().equals("large"))
          .findFirst().orElseThrow(() -> new AssertionError(top.toString()));
      assertEquals("GetObject barn client", row.path("operation").asText() + " " + row.path("bucket").asText() + " "
          + row.path("waitsFor").asText());
      assertTrue(row.path("sentBytes").asLong() > 0 && row.path("ageMillis").asLong() > 0, row.toString());
      assertTrue(top.path("rates").valueStream().anyMatch(one -> one.path("name").asText().equals("barn")
          && one.path("requests").asLong() > 0 && one.path("requestsPerSecond").asDouble() > 0), top.toString());
    }
    Run table = shell.run("top -seconds 1");
    assertEquals(0, table.exitCode(), table.toString());
    assertTrue(table.out().contains("are under way"), table.out());
    assertFalse(table.out().contains("\u001b"), table.out());
  }

  @Test
  void theLogIsChangedWhileItRuns() throws Exception {
    assertEquals("info", level("log.level", "hayloft"));
    shell.run("log.level -logger filer -for 10m debug").succeeded();
    assertEquals("debug", level("log.level", "hayloft.filer"));
    shell.run("log.level -logger filer configured").succeeded();
    assertEquals("", level("log.level", "hayloft.filer"));
    for (String wrong : List.of("log.level loud", "log.level -logger nowhere debug", "log.level -for soon debug",
        "log.level -for 10m")) {
      assertEquals(2, shell.run(wrong).exitCode(), wrong);
    }
    assertTrue(Files.readString(temp.resolve("data/admin.log")).contains(
        "\"action\":\"log.level.set\",\"arguments\":{\"logger\":\"filer\",\"level\":\"debug\",\"forSeconds\":600},"
            + "\"outcome\":\"done\""));
  }

  private static String level(String command, String logger) throws Exception {
    return shell.ask(command).path("loggers").valueStream().filter(one -> one.path("logger").asText().equals(logger))
        .map(one -> one.path("level").asText()).findFirst().orElse("");
  }

  @Test
  void healthIsOneDocument() throws Exception {
    List<String> command = new ArrayList<>(List.of("health", "--json", "--s3-port",
        Integer.toString(server.endpoint().getPort())));
    command.addAll(List.of("--master-port", Integer.toString(server.masterPort().getPort()), "--volume-port",
        Integer.toString(server.volumePort().getPort()), "--filer-port",
        Integer.toString(server.filerPort().getPort())));
    ToolProcess asked = ToolProcess.run(command.toArray(String[]::new));
    JsonNode told = JSON.readTree(asked.output());
    assertEquals(0, asked.exitCode(), asked.output());
    assertTrue(told.path("ready").asBoolean() && told.path("reason").isNull() && told.path("version").isTextual(),
        asked.output());
    assertEquals("[s3, master, volume, filer]",
        told.path("roles").valueStream().filter(role -> role.path("ready").asBoolean())
            .map(role -> role.path("role").asText()).toList().toString());
  }
}

package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Figures and logs, as an operator and his Prometheus meet them.
@Timeout(180)
class WatchingIT {
  private static final Path DEPLOY = Path.of(System.getProperty("hayloft.home"), "deploy");

  @TempDir
  Path temp;

  private final HttpClient http = HttpClient.newHttpClient();

  private HttpResponse<String> ask(URI address, String... headers) throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(address);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  /// A program of the Prometheus package, if it is installed.
  private static boolean has(String program) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(path -> Files.isExecutable(Path.of(path, program)));
  }

  private String run(Path directory, String... command) throws IOException, InterruptedException {
    Path out = temp.resolve("out");
    Process process = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true)
        .redirectOutput(out.toFile()).start();
    int status = process.waitFor();
    assertEquals(0, status, () -> {
      try {
        return Files.readString(out);
      } catch (IOException e) {
        return e.toString();
      }
    });
    return Files.readString(out);
  }

  @Test
  void theAlertRulesHold() throws Exception {
    assumeTrue(has("promtool"), "promtool is not installed: the alert rules are not tried");
    Path rules = DEPLOY.resolve("prometheus");
    assertTrue(run(rules, "promtool", "check", "rules", "alerts.yml").contains("SUCCESS"));
    assertTrue(run(rules, "promtool", "test", "rules", "alerts_test.yml").contains("SUCCESS"));
    run(rules, "promtool", "check", "config", "prometheus.yml");
  }

  @Test
  void promtoolHasNothingToSayAboutTheFigures() throws Exception {
    assumeTrue(has("promtool"), "promtool is not installed: the figures are not checked");
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      for (int i = 0; i < 20; i++) {
        assertEquals(200, client.put("/barn/k" + i, new byte[1000]).statusCode());
        assertEquals(200, client.get("/barn/k" + i).statusCode());
      }
      assertEquals(404, client.get("/barn/absent").statusCode());
      Path page = temp.resolve("page");
      Files.writeString(page, ask(server.adminPort().resolve("/metrics")).body());
      assertEquals("", run(temp, "sh", "-c", "promtool check metrics <page"));
    }
  }

  @Test
  void aTokenKeepsFiguresFromOthers() throws Exception {
    Path file = Files.writeString(temp.resolve("token"), "oats\n");
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--metrics-token-file", file.toString())) {
      for (URI port : List.of(server.adminPort(), server.volumePort())) {
        URI figures = port.resolve("/metrics");
        assertEquals(401, ask(figures).statusCode());
        assertEquals(401, ask(figures, "Authorization", "Bearer rye").statusCode());
        assertEquals(200, ask(figures, "Authorization", "Bearer oats").statusCode());
      }
    }
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), temp.resolve("data.log"),
        Map.of("HAYLOFT_METRICS_TOKEN", "rye"))) {
      URI figures = server.adminPort().resolve("/metrics");
      assertEquals(401, ask(figures).statusCode());
      assertEquals(200, ask(figures, "Authorization", "Bearer rye").statusCode());
    }
  }

  @Test
  void onTheS3PortMetricsIsABucketLikeAnyOther() throws Exception {
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      URI bucket = server.endpoint().resolve("/metrics");
      assertEquals(404, ask(bucket).statusCode());
      S3Requests client = server.client();
      assertEquals(200, client.put("/metrics", new byte[0]).statusCode());
      assertTrue(new String(client.get("/metrics").body(), StandardCharsets.UTF_8).contains("<ListBucketResult"));
      HttpResponse<String> anonymous = ask(bucket, "Authorization", "Bearer oats");
      assertFalse(anonymous.body().contains("hayloft_"), anonymous.body());
      anonymous = ask(bucket);
      assertEquals(403, anonymous.statusCode(), anonymous.body());
      assertEquals(200, ask(server.adminPort().resolve("/metrics")).statusCode());
    }
  }

  @Test
  void prometheusScrapesAndTheDashboardsQueriesAnswer() throws Exception {
    assumeTrue(has("prometheus"), "prometheus is not installed: nothing scrapes");
    Path home = Files.createDirectory(temp.resolve("prometheus"));
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"))) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      for (int i = 0; i < 20; i++) {
        assertEquals(200, client.put("/barn/k" + i, new byte[1000]).statusCode());
        assertEquals(200, client.get("/barn/k" + i).statusCode());
      }
      assertEquals(404, client.get("/barn/absent").statusCode());
      Files.copy(DEPLOY.resolve("prometheus/alerts.yml"), home.resolve("alerts.yml"));
      Files.writeString(home.resolve("prometheus.yml"),
          Files.readString(DEPLOY.resolve("prometheus/prometheus.yml"))
              .replace("localhost:9334", "127.0.0.1:" + server.adminPort().getPort())
              .replace("scrape_interval: 15s", "scrape_interval: 1s"));
      int port = freePort();
      Process prometheus = new ProcessBuilder("prometheus", "--config.file=prometheus.yml",
          "--storage.tsdb.path=" + home.resolve("data"), "--web.listen-address=127.0.0.1:" + port)
          .directory(home.toFile())
          .redirectErrorStream(true).redirectOutput(home.resolve("log").toFile()).start();
      try {
        URI api = URI.create("http://127.0.0.1:" + port + "/api/v1/query");
        // two scrapes: rates need them
        assertEquals("1", awaited(api, "up{job=\"hayloft\"} and on() (count_over_time(hayloft_ready[5m]) >= 3)", home));
        assertEquals("20", awaited(api,
            "sum(hayloft_s3_request_seconds_count{operation=\"PutObject\",status=\"2xx\"})", home));
        assertEquals("1", awaited(api, "sum(hayloft_s3_errors_total{code=\"NoSuchKey\"})", home));
        for (String expression : dashboardExpressions()) {
          JsonNode answer = query(api, expression);
          assertEquals("success", answer.path("status").asText(), expression + ": " + answer);
        }
        JsonNode rules = new ObjectMapper()
            .readTree(ask(URI.create("http://127.0.0.1:" + port + "/api/v1/rules")).body());
        assertTrue(rules.at("/data/groups/0/rules").size() > 10, rules::toString);
      } finally {
        prometheus.destroy();
        prometheus.waitFor();
      }
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }

  /// Nothing while Prometheus starts, which it says in words.
  private JsonNode query(URI api, String expression) throws IOException, InterruptedException {
    HttpResponse<String> answer = ask(
        URI.create(api + "?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8)));
    return answer.statusCode() == 503 ? MissingNode.getInstance() : new ObjectMapper().readTree(answer.body());
  }

  /// The value of an expression, once it has one. Prometheus needs its time: it is asked again until the test's own
  /// time is over.
  private String awaited(URI api, String expression, Path home) throws InterruptedException, IOException {
    long deadline = System.nanoTime() + 90_000_000_000L;
    while (System.nanoTime() < deadline) {
      try {
        JsonNode value = query(api, expression).at("/data/result/0/value/1");
        if (!value.isMissingNode()) {
          return value.asText();
        }
      } catch (ConnectException _) {
        // it does not listen yet
      }
      Thread.sleep(100); // a poll: Prometheus scrapes once a second
    }
    throw new AssertionError(expression + " has no value; Prometheus says:\n" + Files.readString(home.resolve("log")));
  }

  private static List<String> dashboardExpressions() throws IOException {
    List<String> expressions = new ArrayList<>();
    new ObjectMapper().readTree(DEPLOY.resolve("grafana/hayloft-dashboard.json").toFile()).findValuesAsText("expr")
        .forEach(expression -> expressions.add(expression.replace("$instance", ".*").replace("$operation", ".*")
            .replace("$__rate_interval", "1m")));
    assertTrue(expressions.size() > 50, expressions::toString);
    return expressions;
  }

  @Test
  void theLogsFindARequestAndSurviveRotation() throws Exception {
    Path log = temp.resolve("access.log");
    Path rotated = temp.resolve("access.log.1");
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--access-log", log.toString(),
        "--slow-request", "0ms")) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      HttpResponse<byte[]> put = client.put("/barn/oats", new byte[5000]);
      assertEquals(200, put.statusCode());
      String putId = put.headers().firstValue("x-amz-request-id").orElseThrow();
      String putLine = lineWith(log, putId);
      assertTrue(Pattern.compile(" REST\\.PUT\\.OBJECT oats \"PUT /barn/oats HTTP/1\\.1\" 200 - - 5000 \\d+ \\d+ ")
          .matcher(putLine).find(), putLine);
      assertTrue(putLine.contains(" SigV4 - AuthHeader 127.0.0.1:" + server.endpoint().getPort() + " "), putLine);
      String slow = lineWith(temp.resolve("data.log"), "request.slow requestId=" + putId);
      assertTrue(Pattern.compile(
          "operation=PutObject bucket=barn key=oats status=200 receivedBytes=5000 sentBytes=0 ms=\\d+ "
              + "head=\\d+ body=\\d+ auth=\\d+ catalog=\\d+ commit=\\d+ read=\\d+ other=\\d+ send=\\d+")
          .matcher(slow).find(), slow);
      Files.move(log, rotated);
      run(temp, "kill", "-HUP", Long.toString(server.pid()));
      HttpResponse<byte[]> missing = awaitNewFile(client, log);
      String missingId = missing.headers().firstValue("x-amz-request-id").orElseThrow();
      assertTrue(new String(missing.body(), StandardCharsets.UTF_8).contains("<RequestId>" + missingId),
          "the document repeats it");
      String line = lineWith(log, missingId);
      assertTrue(line.contains(" 404 NoSuchKey "), line);
      assertEquals(1, Files.readAllLines(rotated).stream().filter(old -> old.contains(putId)).count());
      Map<String, Integer> wanted = Map.of("hayloft_access_log_dropped_total", 0);
      String figures = ask(server.adminPort().resolve("/metrics")).body();
      wanted.forEach((name, value) -> assertTrue(figures.contains("\n" + name + " " + value + ".0\n"), figures));
      assertEquals(0, server.stop());
    }
  }

  /// Asks for what is not there until the log is a new file.
  private static HttpResponse<byte[]> awaitNewFile(S3Requests client, Path log)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer;
    do {
      answer = client.get("/barn/rye");
    } while (!Files.exists(log));
    return client.get("/barn/rye");
  }

  /// Lines are written behind the requests' backs: the test's time-out bounds the wait.
  private static String lineWith(Path file, String text) throws IOException {
    while (true) {
      for (String line : Files.exists(file) ? Files.readAllLines(file) : List.<String>of()) {
        if (line.contains(text)) {
          return line;
        }
      }
      Thread.onSpinWait();
    }
  }
}

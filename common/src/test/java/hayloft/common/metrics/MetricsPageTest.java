package hayloft.common.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.http.EventLoops;
import hayloft.common.http.HttpServer;
import hayloft.common.http.HttpServerConfig;
import hayloft.common.http.PortRoutes;
import hayloft.common.http.Replies;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

final class MetricsPageTest {

  private static final Figure EATEN = Figure.counter("barn_eaten", "Oats that were eaten.", "horse");
  private static final Figure WAITED = Figure.histogram("barn_wait_seconds", "How long horses waited.");

  private static final EventLoops LOOPS = EventLoops.start(1);

  @AfterAll
  static void end() {
    LOOPS.close();
  }

  /// What a port with such a page answers.
  private static HttpResponse<String> ask(MetricsPage page, String method, String path, String... headers)
      throws IOException, InterruptedException {
    HttpServer server = HttpServer.start(HttpServerConfig.DEFAULTS,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        page.before(exchange -> Replies.text(exchange, 200, "the role"), new PortRoutes("barn")), LOOPS);
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest.Builder request = HttpRequest
          .newBuilder(URI.create("http://127.0.0.1:" + server.localAddress().getPort() + path))
          .method(method, HttpRequest.BodyPublishers.noBody());
      if (headers.length > 0) {
        request.headers(headers);
      }
      return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    } finally {
      server.stop(Duration.ofSeconds(1));
    }
  }

  private static MetricsPage page(Optional<String> token) {
    var figures = new FigureSources();
    var waited = new Histogram(Histogram.Scale.DURATION);
    waited.record(3_000_000);
    figures.add(into -> into.number(EATEN, 3, "Boxer"));
    figures.add(into -> {
      into.number(EATEN, 4, "Clover");
      into.distribution(WAITED, waited);
    });
    return new MetricsPage(figures, token);
  }

  @Test
  void figuresOfAllSourcesStandUnderTheirNames() throws Exception {
    String text = ask(page(Optional.empty()), "GET", "/metrics").body();
    for (String line : List.of("# TYPE barn_eaten_total counter", "# HELP barn_eaten_total Oats that were eaten.",
        "barn_eaten_total{horse=\"Boxer\"} 3.0", "barn_eaten_total{horse=\"Clover\"} 4.0",
        "barn_wait_seconds_bucket{le=\"0.002\"} 0", "barn_wait_seconds_bucket{le=\"0.005\"} 1",
        "barn_wait_seconds_bucket{le=\"+Inf\"} 1", "barn_wait_seconds_count 1", "barn_wait_seconds_sum 0.003")) {
      assertTrue(text.contains(line + "\n"), line + " is not in\n" + text);
    }
    assertTrue(text.contains("\njvm_memory_used_bytes{"), text);
  }

  @Test
  void openMetricsIsToldToWhoAcceptsIt() throws Exception {
    HttpResponse<String> answer = ask(page(Optional.empty()), "GET", "/metrics", "Accept",
        "application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.1");
    assertEquals("application/openmetrics-text; version=1.0.0; charset=utf-8",
        answer.headers().firstValue("content-type").orElse(""));
    assertTrue(answer.body().endsWith("# EOF\n"), answer.body());
  }

  @Test
  void headHasTheLengthAndNoBody() throws Exception {
    HttpResponse<String> answer = ask(page(Optional.empty()), "HEAD", "/metrics");
    assertEquals(200, answer.statusCode());
    assertTrue(answer.headers().firstValueAsLong("content-length").orElse(0) > 1000);
  }

  @Test
  void whatIsNotThePageIsTheRoles() throws Exception {
    MetricsPage page = page(Optional.empty());
    for (String path : List.of("/metrics/", "/metrics2", "/metric", "/")) {
      assertEquals("the role", ask(page, "GET", path).body(), path);
    }
    assertEquals("the role", ask(page, "PUT", "/metrics").body());
  }

  @Test
  void withoutATokenCredentialsOfAnyKindChangeNothing() throws Exception {
    MetricsPage page = page(Optional.empty());
    for (String credentials : List.of("AWS4-HMAC-SHA256 Credential=a/b/c", "Basic YTpi", "Bearer", "Bearer x")) {
      assertEquals(200, ask(page, "GET", "/metrics", "Authorization", credentials).statusCode(), credentials);
    }
    assertEquals(200, ask(page, "GET", "/metrics?x=1").statusCode());
  }

  @Test
  void whereTheDataLiesIsToldToWhoHasATokenOnly() throws Exception {
    Figure free = Figure.gauge("barn_free_bytes", "Room for hay.", "directory", "kind");
    for (Optional<String> token : List.of(Optional.<String>empty(), Optional.of("let me in"))) {
      var figures = new FigureSources();
      figures.add(into -> {
        into.number(free, 1, "/srv/a", "x");
        into.number(free, 2, "/srv/b", "x");
        into.number(free, 3, "/srv/a", "y");
      });
      String text = ask(new MetricsPage(figures, token), "GET", "/metrics", "Authorization", "Bearer let me in").body();
      assertEquals(token.isPresent(), text.contains("/srv/"), text);
      assertTrue(text.contains("{directory=\"" + (token.isPresent() ? "/srv/a" : "disk-1") + "\",kind=\"y\"} 3.0"));
      assertTrue(text.contains("{directory=\"" + (token.isPresent() ? "/srv/b" : "disk-2") + "\",kind=\"x\"} 2.0"));
    }
  }

  @Test
  void aTokenIsAskedFor() throws Exception {
    MetricsPage page = page(Optional.of("let me in"));
    for (HttpResponse<String> refused : List.of(ask(page, "GET", "/metrics"),
        ask(page, "GET", "/metrics", "Authorization", "Bearer let me"),
        ask(page, "GET", "/metrics", "Authorization", "Bearer"),
        ask(page, "GET", "/metrics?x=1", "Authorization", "Basic YTpi"))) {
      assertEquals(401, refused.statusCode());
      assertEquals("Bearer", refused.headers().firstValue("www-authenticate").orElse(""));
      assertEquals("text/plain; charset=utf-8", refused.headers().firstValue("content-type").orElse(""));
      for (String help : List.of("Authorization: Bearer ", "HAYLOFT_METRICS_TOKEN", "--metrics-token-file")) {
        assertTrue(refused.body().contains(help), refused.body());
      }
    }
    HttpResponse<String> head = ask(page, "HEAD", "/metrics");
    assertEquals(401, head.statusCode());
    assertTrue(head.headers().firstValueAsLong("content-length").orElse(0) > 0);
    assertEquals("", head.body());
    HttpResponse<String> answer = ask(page, "GET", "/metrics", "Authorization", "bearer let me in");
    assertEquals(200, answer.statusCode());
    assertTrue(answer.body().contains("barn_eaten_total"));
  }

  @Test
  void aSourceThatFailsTakesNoOtherWithIt() throws Exception {
    var figures = new FigureSources();
    var page = new MetricsPage(figures, Optional.empty());
    Throwable[] failure = {new IllegalStateException("no figures today")};
    figures.add(into -> {
      into.number(EATEN, 3, "Boxer");
      if (failure[0] instanceof Error error) {
        throw error;
      } else if (failure[0] instanceof RuntimeException bug) {
        throw bug;
      }
    });
    figures.add(into -> into.number(EATEN, 4, "Clover"));
    for (Throwable each : new Throwable[]{failure[0], new InternalError("a mapped page"), null}) {
      failure[0] = each;
      HttpResponse<String> answer = ask(page, "GET", "/metrics");
      assertEquals(200, answer.statusCode());
      for (String line : List.of("barn_eaten_total{horse=\"Boxer\"} 3.0", "barn_eaten_total{horse=\"Clover\"} 4.0",
          "hayloft_metrics_failed_sources " + (each == null ? "0.0" : "1.0"))) {
        assertTrue(answer.body().contains(line + "\n"), line + " is not in\n" + answer.body());
      }
    }
  }

  @Test
  void whatIsNotToldAnyMoreIsGoneAndMayComeBack() throws IOException {
    var figures = new FigureSources();
    var page = new MetricsPage(figures, Optional.empty());
    List<String> stable = new ArrayList<>();
    figures.add(into -> stable.forEach(horse -> into.number(EATEN, horse.length(), horse)));
    for (List<String> horses : List.of(List.of("Boxer", "Clover"), List.of("Clover"), List.<String>of(),
        List.of("Clover", "Boxer"), List.of("Mollie"))) {
      stable.clear();
      stable.addAll(horses);
      Set<String> expected = new TreeSet<>();
      horses.forEach(
          horse -> expected.add("barn_eaten_total{horse=\"" + horse + "\"} " + (double) horse.length()));
      String text = new String(page.page("text/plain"), UTF_8);
      assertEquals(expected,
          new TreeSet<>(text.lines().filter(line -> line.startsWith("barn_eaten")).toList()), text);
      assertEquals(!horses.isEmpty(), text.contains("# TYPE barn_eaten_total counter\n"));
    }
  }

  @Test
  void aFigureIsToldAsItWasDeclared() throws IOException {
    for (FigureSource wrong : List.<FigureSource>of(into -> into.number(EATEN, 1),
        into -> into.number(WAITED, 1), into -> into.number(EATEN, 1, "Boxer", "Clover"))) {
      var figures = new FigureSources();
      var page = new MetricsPage(figures, Optional.empty());
      figures.add(wrong);
      String text = new String(page.page("text/plain"), UTF_8);
      assertFalse(text.contains("barn_"), text);
      assertTrue(text.contains("hayloft_metrics_failed_sources 1.0\n"), text);
    }
    assertThrows(IllegalArgumentException.class, () -> Figure.counter("barn_eaten_total", "Oats."));
    assertThrows(IllegalArgumentException.class, () -> Figure.gauge("Barn", "Oats."));
  }

  @Test
  void theProcessKnowsItsMemoryAndCollections() throws IOException {
    var figures = new FigureSources();
    var page = new MetricsPage(figures, Optional.empty());
    figures.add(new ProcessFigures("1.2"));
    String text = new String(page.page("text/plain"), UTF_8);
    assertTrue(text.contains("hayloft_build_info{java=\"" + Runtime.version() + "\",version=\"1.2\"} 1"), text);
    assertTrue(text.contains("hayloft_jvm_gc_seconds_total{collector="), text);
    assertFalse(text.contains("jvm_gc_pause"), text);
  }
}

package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import hayloft.common.health.Readiness;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/// A server that sends its figures to a receiver of OpenTelemetry's.
final class SentFiguresTest {

  @TempDir
  private Path directory = Path.of("");

  private record Post(String path, List<String> tenant, byte[] message) {}

  /// Only for its options.
  private static final class Options {
    @Mixin
    private ServerOptions options = new ServerOptions();
  }

  private StandaloneServer server(String endpoint, String headers, Readiness readiness) {
    var parsed = new Options();
    new CommandLine(parsed).setCaseInsensitiveEnumValuesAllowed(true).parseArgs("--dir",
        directory.resolve("store").toString(), "--bind", "127.0.0.1", "--s3-port", "0", "--master-port", "0",
        "--volume-port", "0", "--filer-port", "0", "--min-free", "0", "--otlp-endpoint", endpoint, "--otlp-interval",
        "1s");
    return new StandaloneServer(parsed.options.config(Map.of()), parsed.options.watching(), Map.of("HAYLOFT_ROOT_USER",
        "me", "HAYLOFT_ROOT_PASSWORD", "a-long-secret", "HAYLOFT_OTLP_HEADERS", headers), readiness);
  }

  @Test
  void allThatThePageTellsIsSent() throws Exception {
    BlockingQueue<Post> posts = new LinkedBlockingQueue<>();
    HttpServer receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext("/", exchange -> {
      var post = new Post(exchange.getRequestURI().getPath(),
          exchange.getRequestHeaders().getOrDefault("X-tenant", List.of()), exchange.getRequestBody().readAllBytes());
      exchange.sendResponseHeaders(200, -1);
      exchange.close();
      posts.add(post);
    });
    receiver.start();
    var readiness = new Readiness();
    try (var server = server("http://127.0.0.1:" + receiver.getAddress().getPort(), "x-tenant=the%20barn", readiness);
        HttpClient client = HttpClient.newHttpClient()) {
      server.start();
      readiness.ready();
      var s3 = Pattern.compile("s3=(\\S+)").matcher(server.readyLine());
      assertTrue(s3.find());
      assertEquals(404, client.send(HttpRequest.newBuilder(URI.create(s3.group(1) + "/barn/oats")).build(),
          BodyHandlers.discarding()).statusCode());
      String page = client.send(HttpRequest.newBuilder(URI.create(s3.group(1) + "/metrics")).build(),
          BodyHandlers.ofString()).body();
      posts.clear();
      Objects.requireNonNull(posts.poll(30, TimeUnit.SECONDS), "nothing came"); // its round may have begun before
      Post post = Objects.requireNonNull(posts.poll(30, TimeUnit.SECONDS), "nothing came");
      assertEquals("/v1/metrics", post.path());
      assertEquals(List.of("the barn"), post.tenant());
      var message = ExportMetricsServiceRequest.parseFrom(post.message());
      assertEquals(1, message.getResourceMetricsCount());
      assertTrue(message.getResourceMetrics(0).getResource().getAttributesList().stream().map(KeyValue::getKey)
          .collect(Collectors.toSet())
          .containsAll(List.of("service.name", "service.version", "service.instance.id")));
      List<Metric> metrics = message.getResourceMetrics(0).getScopeMetrics(0).getMetricsList();
      Metric requests = metrics.stream().filter(metric -> metric.getName().equals("hayloft.s3.request.seconds"))
          .findFirst().orElseThrow();
      assertEquals(1, requests.getHistogram().getDataPoints(0).getCount());
      assertEquals(requests.getHistogram().getDataPoints(0).getExplicitBoundsCount() + 1,
          requests.getHistogram().getDataPoints(0).getBucketCountsCount());
      var missing = new TreeSet<>(Pattern.compile("(?m)^# TYPE (hayloft_\\S+)").matcher(page).results()
          .map(found -> found.group(1).replaceFirst("_total$", "")).toList());
      metrics.forEach(metric -> missing.remove(metric.getName().replace('.', '_')));
      assertEquals(List.of(), List.copyOf(missing));
    } finally {
      receiver.stop(0);
    }
  }

  @Test
  void headersThatCannotBeSentKeepItFromStarting() throws IOException {
    try (var server = server("http://127.0.0.1:1", "a secret without a name", new Readiness())) {
      String said = String.valueOf(assertThrows(IllegalArgumentException.class, server::start).getMessage());
      assertTrue(said.startsWith("HAYLOFT_OTLP_HEADERS: ") && !said.contains("secret"), said);
    }
  }
}

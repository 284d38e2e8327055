package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.health.HealthHandler;
import hayloft.common.health.Readiness;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import hayloft.common.metrics.FigureSources;
import hayloft.common.metrics.MetricsPage;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class PortRoutesTest {

  private final PortRoutes routes = new PortRoutes("barn");
  private final ExchangeWatcher oats = routes.route("oats");
  private final Readiness readiness = new Readiness();

  private Map<String, Double> told() {
    Map<String, Double> told = new TreeMap<>();
    routes.tell(new Figures() {
      @Override
      public void number(Figure figure, double value, String... labelValues) {
        assertEquals(figure.labels().size(), labelValues.length);
        told.put(figure.name().replace("hayloft_http_", "") + List.of(labelValues), value);
      }

      @Override
      public void distribution(Figure figure, Histogram values, String... labelValues) {
        number(figure, values.count(), labelValues);
      }
    });
    return told;
  }

  private void role(HttpExchange exchange) {
    if (!exchange.target().startsWith("/oats")) {
      Replies.empty(exchange, 404);
      return;
    }
    exchange.watch(oats);
    if (exchange.target().equals("/oats/mouldy")) {
      throw new IllegalStateException("a bug of the role's");
    }
    exchange.respond(200, Replies.headers(), Unpooled.wrappedBuffer(new byte[100]));
  }

  @Test
  void requestsAreCountedByRouteAndNoOtherNames() throws Exception {
    EventLoops loops = EventLoops.start(1);
    var port = new HealthHandler(readiness, routes);
    int faultBytes;
    HttpServer server = HttpServer.start(HttpServerConfig.DEFAULTS,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        new MetricsPage(new FigureSources(), Optional.empty()).before(port, routes), loops);
    try (RawClient client = new RawClient(server.localAddress())) {
      assertEquals(Map.of(), told(), "nobody has asked for anything");
      assertEquals(503, client.get("/oats").status(), "it starts");
      readiness.ready();
      port.serve(this::role);
      for (int i = 0; i < 50; i++) {
        assertEquals(404, client.get("/rye/" + i + "?x=" + i).status());
      }
      for (String broken : List.of("/oats/%", "/oats/%z9", "/oats?x=%2")) {
        assertEquals(400, client.get(broken).status(), broken);
      }
      assertEquals(200, client.get("/oats?x=1%2F").status());
      assertEquals(200, client.get("/oats/2").status());
      client.send("PUT /oats HTTP/1.1\r\nHost: h\r\nContent-Length: 7\r\n\r\n0123456").answer();
      assertEquals(200, client.get("/healthz").status());
      assertEquals(200, client.get("/readyz").status());
      assertEquals(200, client.get("/metrics").status());
      RawClient.Answer fault = client.get("/oats/mouldy");
      assertEquals(500, fault.status());
      assertEquals("{\"error\":\"a fault of the server's own; its log says more\"}", fault.text());
      faultBytes = fault.body().length;
    } finally {
      server.stop(Duration.ofSeconds(5));
      loops.close();
    }
    Map<String, Double> told = told();
    Map<String, Double> requests = new TreeMap<>(told);
    requests.keySet().removeIf(name -> !name.startsWith("request_seconds"));
    assertEquals(Map.of("request_seconds[barn, healthz, 2xx]", 1.0, "request_seconds[barn, metrics, 2xx]", 1.0,
        "request_seconds[barn, none, 4xx]", 53.0, "request_seconds[barn, none, 5xx]", 1.0,
        "request_seconds[barn, oats, 2xx]", 3.0, "request_seconds[barn, oats, 5xx]", 1.0,
        "request_seconds[barn, readyz, 2xx]", 1.0), requests);
    assertEquals(300 + faultBytes, told.get("sent_bytes[barn, oats]"));
    assertEquals(7, told.get("received_bytes[barn, oats]"));
    assertEquals(4, told.get("first_byte_seconds[barn, oats]"));
  }
}

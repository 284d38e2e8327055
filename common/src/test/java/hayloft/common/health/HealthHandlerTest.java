package hayloft.common.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
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
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class HealthHandlerTest {

  private final Readiness readiness = new Readiness("1.2 (of a test)");
  private final HealthHandler handler = new HealthHandler(readiness, new PortRoutes("barn"));
  private final EventLoops loops = EventLoops.start(1);
  private final HttpServer server;

  HealthHandlerTest() throws IOException {
    server = HttpServer.start(HttpServerConfig.DEFAULTS,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler, loops);
  }

  @AfterEach
  void end() {
    server.stop(Duration.ofSeconds(1));
    loops.close();
  }

  private HttpResponse<String> ask(String method, String path) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(HttpRequest
          .newBuilder(URI.create("http://127.0.0.1:" + server.localAddress().getPort() + path))
          .method(method, HttpRequest.BodyPublishers.noBody()).build(), HttpResponse.BodyHandlers.ofString());
    }
  }

  private static JsonNode json(HttpResponse<String> answer) throws Exception {
    return new ObjectMapper().readTree(answer.body());
  }

  @Test
  void whoAsksTheRoleTooEarlyIsToldWhyInAnError() throws Exception {
    handler.serve(exchange -> Replies.text(exchange, 200, "the role"));
    readiness.starting("opening volumes");
    HttpResponse<String> early = ask("GET", "/3,01637037d6");
    assertEquals(503, early.statusCode());
    assertEquals("starting", json(early).path("status").asText());
    assertEquals("opening volumes", json(early).path("detail").asText());
    assertTrue(json(early).path("error").asText().contains("opening volumes"), early.body());
    readiness.ready();
    assertEquals("the role", ask("GET", "/3,01637037d6").body());
    readiness.stopping();
    HttpResponse<String> late = ask("DELETE", "/3,01637037d6");
    assertEquals(503, late.statusCode());
    assertEquals("stopping", json(late).path("status").asText());
    assertTrue(json(late).path("error").asText().contains("stopping"), late.body());
  }

  @Test
  void probesAreAskedWithGetAndHead() throws Exception {
    readiness.ready();
    for (String path : List.of("/healthz", "/readyz", "/healthz?x=1")) {
      assertEquals(200, ask("GET", path).statusCode(), path);
      HttpResponse<String> head = ask("HEAD", path);
      assertEquals(200, head.statusCode(), path);
      assertEquals(json(ask("GET", path)),
          new ObjectMapper().readTree("{\"status\":\"ready\",\"detail\":\"ready\",\"version\":\"1.2 (of a test)\"}"));
      for (String method : List.of("DELETE", "POST", "PUT", "OPTIONS", "PATCH")) {
        HttpResponse<String> refused = ask(method, path);
        assertEquals(405, refused.statusCode(), method + " " + path);
        assertEquals("GET, HEAD", refused.headers().firstValue("allow").orElse(""));
        assertTrue(json(refused).path("error").asText().startsWith(method + " is not allowed here"), refused.body());
      }
    }
  }
}

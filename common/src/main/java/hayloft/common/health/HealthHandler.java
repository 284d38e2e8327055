package hayloft.common.health;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.JsonAnswer;
import hayloft.common.http.PortRoutes;
import hayloft.common.http.Refusal;
import hayloft.common.http.Replies;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Answers `GET` and `HEAD` of `/healthz` and `/readyz`; everything else goes to the role, once there is one and the
/// process serves, and is answered 503 before. So a port can listen before what it serves is open. Thread-safe.
///
/// `/healthz` is 200 as long as the process answers at all, so a long recovery is not killed by a liveness probe;
/// `/readyz` is 200 only when it serves, changes too. Both say what it is doing, and which
/// version of the program it is.
public final class HealthHandler implements HttpHandler {

  private static final Pattern BROKEN_ESCAPE = Pattern.compile("%(?![0-9a-fA-F]{2})");

  private final Readiness readiness;
  private final ExchangeWatcher lives;
  private final ExchangeWatcher serves;
  private final ExchangeWatcher others;
  private volatile @Nullable HttpHandler role;

  /// @param routes of its port: probes are counted there, and what the role has no name for
  public HealthHandler(Readiness readiness, PortRoutes routes) {
    this.readiness = readiness;
    this.lives = routes.route("healthz");
    this.serves = routes.route("readyz");
    this.others = routes.route(PortRoutes.NONE);
  }

  /// What the port serves from now on, whenever the process does.
  public void serve(HttpHandler served) {
    role = served;
  }

  @Override
  public void handle(HttpExchange exchange) {
    String target = exchange.target();
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    var state = readiness.state();
    switch (path) {
      case "/healthz" -> {
        exchange.watch(lives);
        probe(exchange, state, 200);
      }
      case "/readyz" -> {
        exchange.watch(serves);
        probe(exchange, state, state.phase() == Readiness.Phase.READY ? 200 : 503);
      }
      default -> {
        exchange.watch(others);
        HttpHandler served = role;
        if (BROKEN_ESCAPE.matcher(target).find()) { // said here once for all roles
          JsonAnswer.error(exchange, 400, "a % without two hex digits behind it: " + target);
        } else if (served != null && state.serves()) {
          served.handle(exchange);
        } else {
          JsonAnswer.send(exchange, 503, told(state).put("error", "the server is not serving now (" + state.detail()
              + "): try again in a few seconds; /readyz says when it serves"));
        }
      }
    }
  }

  @Override
  public Refusal refusal(int status, String target) {
    return Refusal.json(status);
  }

  private void probe(HttpExchange exchange, Readiness.State state, int status) {
    if (exchange.method().equals(HttpMethod.GET) || exchange.method().equals(HttpMethod.HEAD)) {
      ObjectNode told = told(state);
      JsonAnswer.send(exchange, status,
          readiness.version().isEmpty() ? told : told.put("version", readiness.version()));
    } else {
      JsonAnswer.send(exchange, 405, Replies.headers().set(HttpHeaderNames.ALLOW, "GET, HEAD"), JsonNodeFactory.instance
          .objectNode().put("error", exchange.method() + " is not allowed here: probes are asked with GET or HEAD"));
    }
  }

  private static ObjectNode told(Readiness.State state) {
    return JsonNodeFactory.instance.objectNode().put("status", state.phase().name().toLowerCase(Locale.ROOT))
        .put("detail", state.detail());
  }
}

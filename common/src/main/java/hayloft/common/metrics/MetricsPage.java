package hayloft.common.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HeaderLines;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.PortRoutes;
import hayloft.common.http.Refusal;
import hayloft.common.http.Replies;
import hayloft.common.log.EventLog;
import io.micrometer.core.instrument.Clock;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// `/metrics`: all figures of the process, the same on each of its ports but S3's, which is everybody's. Thread-safe.
///
/// `GET` and `HEAD` of this path are the page. Where anybody may read it, it does not tell where the data lies.
///
/// The page is made on a thread of its own, one at a time, and not as a fork: it has to be readable while the port
/// refuses forks for want of memory, which is when somebody wants to read it.
public final class MetricsPage {

  public static final String PATH = "/metrics";

  private static final EventLog LOG = EventLog.of(MetricsPage.class);
  private static final String BEARER = "Bearer ";
  private static final String TEXT = "text/plain; version=0.0.4; charset=utf-8";
  private static final String OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";

  private static final String TOKEN_IS_NEEDED = "the figures are for those who send the server's token for them, as"
      + " Authorization: Bearer TOKEN; it is what the server has as HAYLOFT_METRICS_TOKEN or in the file that"
      + " --metrics-token-file names\n";

  private final Optional<byte[]> token;
  private final FigureSources sources;
  private final ReentrantLock making = new ReentrantLock();
  /// Made for the first who asks: a start need not wait for it, and who never asks does not pay for it. Guarded by
  /// making.
  private @Nullable Prometheus prometheus;

  /// @param token that who asks must have, if any
  public MetricsPage(FigureSources sources, Optional<String> token) {
    this.sources = sources;
    this.token = token.map(text -> text.getBytes(UTF_8));
  }

  /// Stands before what else a port serves.
  ///
  /// @param routes by which the port's requests are counted: those for the page are too
  public HttpHandler before(HttpHandler role, PortRoutes routes) {
    ExchangeWatcher watcher = routes.route("metrics");
    return new HttpHandler() {
      @Override
      public void handle(HttpExchange exchange) {
        if (isMeant(exchange)) {
          exchange.watch(watcher);
          answer(exchange);
        } else {
          role.handle(exchange);
        }
      }

      @Override
      public Refusal refusal(int status, String target) {
        return role.refusal(status, target);
      }
    };
  }

  private static boolean isMeant(HttpExchange exchange) {
    boolean reads = exchange.method().equals(HttpMethod.GET) || exchange.method().equals(HttpMethod.HEAD);
    return reads && (exchange.target().equals(PATH) || exchange.target().startsWith(PATH + "?"));
  }

  private static boolean isBearer(String credentials) {
    return credentials.regionMatches(true, 0, BEARER, 0, BEARER.length());
  }

  private void answer(HttpExchange exchange) {
    if (!mayRead(exchange.headers().get(HttpHeaderNames.AUTHORIZATION))) {
      send(exchange, 401, Replies.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer"),
          "text/plain; charset=utf-8", TOKEN_IS_NEEDED.getBytes(UTF_8));
      return;
    }
    String accept = HeaderLines.joined(exchange.headers(), HttpHeaderNames.ACCEPT);
    String type = accept != null && accept.contains("application/openmetrics-text") ? OPEN_METRICS : TEXT;
    Thread.ofVirtual().name("metrics").start(() -> {
      byte[] page;
      try {
        page = page(type);
      } catch (Throwable e) { // an asking is the smallest part that can end cleanly; nobody else would answer
        LOG.error("metrics.failed").say(e);
        Replies.text(exchange, 500, "the figures could not be gathered; the server's log says why\n");
        return;
      }
      send(exchange, 200, Replies.headers(), type, page);
    });
  }

  /// A HEAD is answered without the body, but with its length.
  private static void send(HttpExchange exchange, int status, HttpHeaders headers, String type, byte[] body) {
    boolean head = exchange.method().equals(HttpMethod.HEAD);
    headers.set(HttpHeaderNames.CONTENT_TYPE, type);
    if (head) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
    }
    exchange.respond(status, headers, head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(body));
  }

  private boolean mayRead(@Nullable String credentials) {
    return token.isEmpty() || credentials != null && isBearer(credentials)
        && MessageDigest.isEqual(token.get(), credentials.substring(BEARER.length()).strip().getBytes(UTF_8));
  }

  /// All figures as they are now, in the form that a content type names. Waits.
  byte[] page(String contentType) throws IOException {
    making.lock();
    try {
      Prometheus made = prometheus;
      if (made == null) {
        made = new Prometheus();
        prometheus = made;
      }
      return made.page(sources.ask(token.isEmpty()), contentType);
    } finally {
      making.unlock();
    }
  }

  /// The registry whose scrape is the page.
  private static final class Prometheus {
    private final PrometheusMeterRegistry registry;
    private final FigureMeters meters;
    private final PrometheusHistograms histograms = new PrometheusHistograms();

    Prometheus() {
      var collectors = new PrometheusRegistry();
      collectors.register(histograms);
      registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT, collectors, Clock.SYSTEM);
      meters = new FigureMeters(registry);
      meters.bindMachine();
    }

    byte[] page(FigureRound round, String contentType) throws IOException {
      meters.update(round);
      histograms.update(round);
      var page = new ByteArrayOutputStream(64 << 10);
      registry.scrape(page, contentType);
      return page.toByteArray();
    }
  }
}

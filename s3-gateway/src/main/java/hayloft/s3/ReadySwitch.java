package hayloft.s3;

import hayloft.common.health.Readiness;
import hayloft.common.http.ExchangeWatcher;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpHandler;
import hayloft.common.http.Refusal;
import hayloft.common.http.RequestBody;
import hayloft.common.http.ResponseBody;
import hayloft.common.tls.TlsSession;
import hayloft.common.volume.StoreBusyException;
import hayloft.s3.error.S3Error;
import hayloft.s3.record.RequestRecords;
import hayloft.s3.request.Addressing;
import hayloft.s3.request.Refusals;
import hayloft.s3.request.Reply;
import hayloft.s3.request.RequestIds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Stands on the S3 port before the store is ready: answers probes, and holds S3 requests until the gateway behind it
/// is there. Thread-safe.
///
///     WAITING --open(gateway)--> OPEN, for good
///     WAITING --endWaiting()--> REFUSING, until it is opened or gone
///
/// `GET` and `HEAD` of exactly the [Probe]s' paths, without anything of S3 in them, are probes: 200 says that the
/// process lives, or that it serves, changes too. What is signed, has a query or fields that only clients of S3 send,
/// or names a bucket by its host, is S3's. So a bucket called `healthz` can be listed and an object `health/live` in a
/// bucket called `minio` can be read; only readers that are anonymous and no SDK meet the probe instead.
///
/// A request that is held waits on its fork; held longer than the bound, or beyond the number that may be held, it is
/// answered 503.
public final class ReadySwitch implements HttpHandler {

  /// What an orchestrator asks: ours, and MinIO's under the paths that existing compose files and charts name.
  /// [MinIO's health checks](https://min.io/docs/minio/linux/operations/monitoring/healthcheck-probe.html)
  private enum Probe {
    LIVES,
    SERVES;

    static @Nullable Probe at(String target) {
      return switch (target) {
        case "/healthz", "/minio/health/live" -> LIVES;
        case "/readyz", "/minio/health/ready", "/minio/health/cluster" -> SERVES;
        default -> null;
      };
    }
  }

  private final Readiness readiness;
  private final RequestRecords records;
  private final Addressing addressing;
  private final String hostId = RequestIds.next() + RequestIds.next();
  private final Duration wait;
  private final Semaphore places;
  private final CountDownLatch opened = new CountDownLatch(1);
  private volatile @Nullable HttpHandler behind;
  private volatile boolean waits = true;

  /// @param config how long, and how many at once, requests are held
  /// @param readiness of the process, for probes
  /// @param records what is kept of the requests that it refuses
  public ReadySwitch(GatewayConfig config, Readiness readiness, RequestRecords records) {
    this.readiness = readiness;
    this.records = records;
    this.addressing = new Addressing(config.domains());
    this.wait = config.readyWait();
    this.places = new Semaphore(config.maxHeldRequests());
  }

  /// Lets requests through from now on, the held ones first.
  public synchronized void open(HttpHandler gateway) {
    if (behind != null) {
      throw new IllegalStateException("opened twice");
    }
    behind = gateway;
    opened.countDown();
  }

  /// Nobody is held any longer: the start has failed. Nothing happens if it is open.
  public void endWaiting() {
    waits = false;
    opened.countDown();
  }

  public boolean isOpen() {
    return behind != null;
  }

  @Override
  public void handle(HttpExchange exchange) {
    HttpHandler gateway = behind;
    Probe probe = probe(exchange);
    if (probe != null) {
      Readiness.State state = readiness.state();
      answerProbe(exchange, probe == Probe.LIVES || gateway != null && state.phase() == Readiness.Phase.READY,
          state.detail());
    } else if (gateway != null) {
      gateway.handle(exchange);
    } else if (waits && places.tryAcquire()) {
      holdOnFork(exchange);
    } else {
      refuse(exchange);
    }
  }

  @Override
  public Refusal refusal(int status, String target) {
    HttpHandler gateway = behind;
    return gateway == null ? Refusals.of(status, target, RequestIds.next(), hostId) : gateway.refusal(status, target);
  }

  /// Has a place, which the fork gives back; or nobody would where there is none.
  private void holdOnFork(HttpExchange exchange) {
    boolean held = false;
    try {
      held = exchange.fork(() -> hold(exchange));
    } finally {
      if (!held) {
        places.release();
      }
    }
  }

  private void hold(HttpExchange exchange) throws InterruptedException {
    boolean open;
    try {
      open = opened.await(wait.toNanos(), TimeUnit.NANOSECONDS);
    } finally {
      places.release();
    }
    HttpHandler gateway = behind;
    if (open && gateway != null) {
      gateway.handle(new Held(exchange));
    } else {
      refuse(exchange);
    }
  }

  private @Nullable Probe probe(HttpExchange exchange) {
    Probe named = Probe.at(exchange.target());
    boolean reads = exchange.method().equals(HttpMethod.GET) || exchange.method().equals(HttpMethod.HEAD);
    return named != null && reads && !isOfS3(exchange.headers()) ? named : null;
  }

  private boolean isOfS3(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.AUTHORIZATION) || addressing.isOfBucket(headers.get(HttpHeaderNames.HOST))
        || headers.names().stream().map(name -> name.toLowerCase(Locale.ROOT))
            .anyMatch(name -> name.startsWith("x-amz-") || name.startsWith("amz-sdk-"));
  }

  private static void answerProbe(HttpExchange exchange, boolean ok, String why) {
    HttpHeaders headers = new DefaultHttpHeaders().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
    boolean head = exchange.method().equals(HttpMethod.HEAD);
    exchange.respond(ok ? 200 : 503, headers,
        head
            ? Unpooled.EMPTY_BUFFER
            : ByteBufUtil.writeUtf8(ByteBufAllocator.DEFAULT, ok ? "ok\n" : "not ready: " + why + "\n"));
  }

  private void refuse(HttpExchange exchange) {
    Reply reply = new Reply(exchange, RequestIds.next(), hostId, records.unrouted(), null);
    reply.sendError(S3Error.Plain.SERVICE_UNAVAILABLE, reply.headers().set(HttpHeaderNames.RETRY_AFTER, "5"));
  }

  /// An exchange that is on its fork already: forking again means going on.
  private record Held(HttpExchange exchange) implements HttpExchange {
    @Override
    public HttpMethod method() {
      return exchange.method();
    }

    @Override
    public String target() {
      return exchange.target();
    }

    @Override
    public HttpHeaders headers() {
      return exchange.headers();
    }

    @Override
    public InetSocketAddress remoteAddress() {
      return exchange.remoteAddress();
    }

    @Override
    public boolean isTls() {
      return exchange.isTls();
    }

    @Override
    public Optional<TlsSession> tlsSession() {
      return exchange.tlsSession();
    }

    @Override
    public boolean isHttp10() {
      return exchange.isHttp10();
    }

    @Override
    public void watch(ExchangeWatcher watcher) {
      exchange.watch(watcher);
    }

    @Override
    public void belongsTo(String user) {
      exchange.belongsTo(user);
    }

    @Override
    public void oweAnswer(long bytes) throws StoreBusyException {
      exchange.oweAnswer(bytes);
    }

    @Override
    public RequestBody body() {
      return exchange.body();
    }

    @Override
    public boolean fork(Waiting rest) {
      try {
        rest.run();
        return true;
      } catch (RuntimeException e) {
        throw e;
      } catch (Exception e) {
        throw new IllegalStateException("a request that was held failed after its answer had begun", e);
      }
    }

    /// None: whoever handles it is on the fork already.
    @Override
    public @Nullable Executor later() {
      return null;
    }

    @Override
    public void fail(Throwable fault) {
      exchange.fail(fault);
    }

    @Override
    public void respond(int status, HttpHeaders headers, ByteBuf body) {
      exchange.respond(status, headers, body);
    }

    @Override
    public ResponseBody respondInPieces(int status, HttpHeaders headers, long contentLength) throws IOException {
      return exchange.respondInPieces(status, headers, contentLength);
    }
  }
}

package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.PieceSource;
import hayloft.common.metrics.Figure;
import hayloft.common.metrics.Figures;
import hayloft.common.metrics.Histogram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What is told of exchanges at their end, once for each.
@Timeout(60)
final class ExchangeWatcherTest {

  private static EventLoops loops;
  private HttpServer server;
  private final LinkedBlockingQueue<Ended> ended = new LinkedBlockingQueue<>();

  private record Ended(int status, boolean whole, long received, long sent, long[] nanos) {
    static Ended of(ExchangeTimes times) {
      return new Ended(times.status(), times.isWhole(), times.receivedBytes(), times.sentBytes(), new long[]{
          times.beganNanos(), times.headNanos(), times.bodyNanos(), times.firstByteNanos(), times.endedNanos()});
    }
  }

  @BeforeAll
  static void startLoops() {
    loops = EventLoops.start(2);
  }

  @AfterAll
  static void endLoops() {
    loops.close();
  }

  @AfterEach
  void eachIsToldOnce() {
    server.stop(Duration.ofSeconds(5));
    assertEquals(0, ended.size(), ended::toString);
  }

  private RawClient serve(HttpHandler handler) throws IOException {
    server = HttpServer.start(
        new HttpServerConfig(2, 2, 64 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, Duration.ofSeconds(30),
            Duration.ofSeconds(30), Duration.ofSeconds(30)),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), exchange -> {
          exchange.watch(new ExchangeWatcher() {
            @Override
            public String reference() {
              return "no. 7";
            }

            @Override
            public Refusal refusal(int status) {
              return new Refusal(Replies.headers().set("x-reference", reference()), "refused with " + status);
            }

            @Override
            public void ended(ExchangeTimes times) {
              ended.add(Ended.of(times));
            }
          });
          handler.handle(exchange);
        }, loops);
    return new RawClient(server.localAddress());
  }

  private Ended next() throws InterruptedException {
    Ended told = ended.poll(20, TimeUnit.SECONDS);
    assertTrue(told != null, "nothing was told");
    return told;
  }

  private static ByteBuf bytes(int count) {
    return Unpooled.wrappedBuffer(new byte[count]);
  }

  private static void drop(ByteBuf piece) {
    piece.release();
  }

  @Test
  void aWholeAnswerBeginsAndEndsAtOnce() throws Exception {
    try (RawClient client = serve(exchange -> exchange.respond(200, Replies.headers(), bytes(100)))) {
      client.get("/");
      Ended told = next();
      assertEquals(200, told.status());
      assertTrue(told.whole());
      assertEquals(0, told.received());
      assertEquals(100, told.sent());
      assertEquals(told.nanos()[0], told.nanos()[1], "a head that is there at once");
      assertEquals(told.nanos()[1], told.nanos()[2], "and has no body");
      assertTrue(told.nanos()[3] > told.nanos()[2]);
      assertEquals(told.nanos()[3], told.nanos()[4]);
    }
  }

  @Test
  void aHeadSendsNoBody() throws Exception {
    try (RawClient client = serve(exchange -> exchange.respond(200, Replies.headers(), bytes(100)))) {
      client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n").answer(false);
      assertEquals(0, next().sent());
    }
  }

  @Test
  void aBodyIsCountedHoweverItComes() throws Exception {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ByteBuf piece;
      while ((piece = exchange.body().next()) != null) {
        drop(piece);
      }
      Replies.empty(exchange, 204);
    }))) {
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n01234567").send("89").answer();
      assertEquals(10, next().received());
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789").answer();
      assertEquals(10, next().received());
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n").send("0\r\n\r\n")
          .answer();
      Ended chunked = next();
      assertEquals(5, chunked.received());
      assertTrue(chunked.nanos()[2] > chunked.nanos()[1]);
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 200000\r\n\r\n").send(new byte[200_000]).answer();
      assertEquals(200_000, next().received());
    }
  }

  @Test
  void piecesAreCountedWithoutTheirFraming() throws Exception {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(206, Replies.headers(), -1);
      body.write(bytes(1000));
      body.write(bytes(24));
      body.end();
    }))) {
      assertEquals(1024, client.get("/").body().length);
      Ended told = next();
      assertEquals(1024, told.sent());
      assertEquals(206, told.status());
      assertTrue(told.whole());
      assertTrue(told.nanos()[4] >= told.nanos()[3]);
    }
  }

  @Test
  void aClientThatLeavesBeforeItsAnswerIsTold() throws Exception {
    var gone = new CountDownLatch(1);
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ByteBuf piece;
      try {
        while ((piece = exchange.body().next()) != null) {
          drop(piece);
        }
      } finally {
        gone.countDown();
      }
    }))) {
      client.send("PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n0123");
    }
    gone.await();
    Ended told = next();
    assertEquals(0, told.status());
    assertFalse(told.whole());
    assertEquals(told.nanos()[3], told.nanos()[4]);
  }

  @Test
  void anAnswerToAClientThatHasLeftIsTold() throws Exception {
    var left = new CountDownLatch(1);
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      left.await();
      exchange.respond(200, Replies.headers(), bytes(10));
    }))) {
      client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").socket().setSoLinger(true, 0); // leaves with a reset
    }
    while (server.connections() > 0) {
      Thread.onSpinWait();
    }
    left.countDown();
    assertFalse(next().whole());
  }

  @Test
  void anAnswerThatBreaksOffIsTold() throws Exception {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, Replies.headers(), 100);
      body.write(bytes(10));
      throw new IOException("the disk is gone");
    }))) {
      client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
      Ended told = next();
      assertEquals(200, told.status());
      assertFalse(told.whole());
      assertEquals(10, told.sent());
    }
  }

  /// Pieces without end, none of which has to be waited for.
  private static final PieceSource ENDLESS = new PieceSource() {
    @Override
    public ByteBuf poll() {
      return bytes(64 << 10);
    }

    @Override
    public ByteBuf next() {
      return poll();
    }

    @Override
    public void close() {}
  };

  @Test
  void aClientThatLeavesWithinAnAnswerOfTheLoopIsTold() throws Exception {
    try (RawClient client = serve(exchange -> {
      try {
        exchange.respondFrom(200, Replies.headers(), 1L << 40, bytes(1), ENDLESS);
      } catch (IOException e) {
        throw new AssertionError(e);
      }
    })) {
      client.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n").socket().getInputStream().readNBytes(100_000);
    }
    Ended told = next();
    assertEquals(200, told.status());
    assertFalse(told.whole());
  }

  @Test
  void whatTheServerAnswersByItselfHasTheWatchersReference() throws Exception {
    try (RawClient client = serve(exchange -> {
      throw new IllegalStateException("a bug");
    })) {
      RawClient.Answer answer = client.get("/x");
      assertEquals(500, answer.status());
      assertEquals("no. 7", answer.headers().get("x-reference"));
      assertEquals("refused with 500", new String(answer.body(), ISO_8859_1));
      assertEquals(500, next().status());
    }
  }

  @Test
  void thePortTellsWhatItRefused() throws Exception {
    var hold = new CountDownLatch(1);
    try (RawClient first = serve(exchange -> exchange.fork(() -> {
      hold.await();
      Replies.empty(exchange, 204);
    }))) {
      first.send("nonsense\r\n\r\n").answer();
    }
    while (server.connections() > 0) {
      Thread.onSpinWait();
    }
    try (RawClient first = new RawClient(server.localAddress());
        RawClient second = new RawClient(
            server.localAddress())) {
      first.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
      second.send("GET /x HTTP/1.1\r\nHost: h\r\n\r\n");
      while (server.forks() < 2) {
        Thread.onSpinWait();
      }
      try (RawClient third = new RawClient(server.localAddress())) {
        assertEquals(503, third.answer().status());
      }
      Map<String, Double> figures = figures();
      assertEquals(2, figures.get("hayloft_http_connections[s3]"));
      assertEquals(2, figures.get("hayloft_http_forks[s3]"));
      assertEquals(4, figures.get("hayloft_http_connections_accepted[s3]"));
      assertEquals(1, figures.get("hayloft_http_refused[s3, connections]"));
      assertEquals(1, figures.get("hayloft_http_refused[s3, malformed]"));
      assertEquals(0, figures.get("hayloft_http_refused[s3, memory]"));
      hold.countDown();
      assertEquals(204, first.answer().status());
      assertEquals(204, second.answer().status());
    }
    assertEquals(204, next().status());
    assertEquals(204, next().status());
  }

  private Map<String, Double> figures() {
    Map<String, Double> told = new TreeMap<>();
    server.figures("s3").tell(new Figures() {
      @Override
      public void number(Figure figure, double value, String... labelValues) {
        told.put(figure.name() + java.util.List.of(labelValues), value);
      }

      @Override
      public void distribution(Figure figure, Histogram values, String... labelValues) {
        throw new AssertionError("a port has no histograms");
      }
    });
    return told;
  }
}

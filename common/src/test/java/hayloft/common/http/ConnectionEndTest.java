package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.PieceSource;
import hayloft.common.http.RawClient.Answer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.SingleThreadEventExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// How connections end: one answer to a request, all of it, and the same for clients that end their side first.
@Timeout(60)
final class ConnectionEndTest extends HttpServerFixture {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final String CHUNKED_HEAD = "PUT /x HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";

  /// How a handler answers.
  enum Way {
    WHOLE,
    PIECES,
    FROM_THE_LOOP,
    ON_A_FORK;

    void answer(HttpExchange exchange, String text) throws IOException {
      switch (this) {
        case WHOLE -> Replies.text(exchange, 200, text);
        case FROM_THE_LOOP -> exchange.respondFrom(200, Replies.headers(), text.length(), bytes(text.substring(0, 1)),
            piece(text.substring(1)));
        case ON_A_FORK -> exchange.fork(() -> Replies.text(exchange, 200, text));
        case PIECES -> exchange.fork(() -> {
          ResponseBody body = exchange.respondInPieces(200, Replies.headers(), text.length());
          body.write(bytes(text.substring(0, 1)));
          body.write(bytes(text.substring(1)));
          body.end();
        });
      }
    }
  }

  private static HttpServerConfig config(Duration body) {
    return new HttpServerConfig(100, 50, 64 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, body, LONG);
  }

  private RawClient serve(Way way) throws IOException {
    return serve(config(LONG), exchange -> answer(way, exchange));
  }

  private static void answer(Way way, HttpExchange exchange) {
    try {
      way.answer(exchange, exchange.target());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private RawClient client() throws IOException {
    return new RawClient(server.localAddress());
  }

  private static ByteBuf bytes(String text) {
    return Unpooled.copiedBuffer(text, ISO_8859_1);
  }

  private static PieceSource piece(String text) {
    return new PieceSource() {
      private boolean given;

      @Override
      public ByteBuf poll() {
        if (given) {
          return null;
        }
        given = true;
        return bytes(text);
      }

      @Override
      public ByteBuf next() {
        return poll();
      }

      @Override
      public void close() {}
    };
  }

  /// Answers with what came, or why nothing did.
  private HttpHandler reading(BlockingQueue<String> ends) {
    return exchange -> exchange.fork(() -> {
      long count = 0;
      try {
        ByteBuf piece;
        while ((piece = exchange.body().next()) != null) {
          count += piece.readableBytes();
          piece.release();
        }
      } catch (IOException e) {
        ends.add(e.getClass().getSimpleName());
        throw e;
      }
      Replies.text(exchange, 200, exchange.target() + " " + count);
    });
  }

  // One answer

  @ParameterizedTest
  @EnumSource
  void aBodyThatTurnsOutMalformedAfterItsAnswerIsNotAnsweredAgain(Way way) throws IOException {
    for (String garbage : new String[]{"-1\r\n", "x", "5\r\nhelloX", "1;\0\r\n", "5\r\nhello\r\n\r\n",
        "0\r\n: x\r\n\r\n", "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n", "fffffffffffffffffffff\r\n"}) {
      try (RawClient client = server == null ? serve(way) : client()) {
        client.send(CHUNKED_HEAD);
        assertEquals(200, client.answer().status());
        client.send(garbage);
        assertTrue(client.isEnded(), garbage);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aBodyThatTurnsOutMalformedWithinItsAnswerIsNotAnsweredAgain(boolean reads) throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawClient client = serve(config(LONG), exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, Replies.headers(), 6);
      body.write(bytes("abc"));
      goOn.await();
      if (reads) {
        exchange.body().next();
      }
      body.write(bytes("def"));
      body.end();
    }))) {
      client.send(CHUNKED_HEAD);
      assertEquals("HTTP/1.1 200 OK", client.line());
      client.send("-1\r\n");
      goOn.countDown();
      String rest = new String(client.in().readAllBytes(), ISO_8859_1);
      assertFalse(rest.contains("HTTP/1.1"), rest);
      assertTrue(rest.endsWith(reads ? "abc" : "abcdef"), rest);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage\r\n\r\n", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "\u0016\u0003\u0001", "\0"})
  void whatFollowsTheLastAnswerIsNotAnswered(String more) throws IOException {
    try (RawClient client = serve(Way.WHOLE)) {
      client.send("GET /last HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n" + more);
      assertEquals("/last", client.answer().text());
      assertTrue(client.isEnded());
    }
  }

  @Test
  void aBodyThatDoesNotComeAfterItsAnswerIsNotAnsweredAgain() throws IOException {
    for (String framing : new String[]{"Content-Length: 70000", "Content-Length: 10000000",
        "Transfer-Encoding: chunked"}) {
      try (RawClient client = server == null
          ? serve(config(Duration.ofMillis(200)), exchange -> answer(Way.WHOLE, exchange))
          : client()) {
        client.send("PUT /x HTTP/1.1\r\nHost: h\r\n" + framing + "\r\n\r\n");
        assertEquals("/x", client.answer().text());
        assertTrue(client.isEnded(), framing);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anEarlyAnswerToABodyInChunksSaysThatItIsTheLastAndArrives(Way way) throws IOException {
    try (RawClient client = serve(way)) {
      client.send(CHUNKED_HEAD);
      byte[] chunk = ("10000\r\n" + "x".repeat(0x10000) + "\r\n").getBytes(ISO_8859_1);
      for (int i = 0; i < 128; i++) { // 8 MiB, without a look at the answer
        client.send(chunk);
      }
      client.send("0\r\n\r\n");
      Answer answer = client.answer();
      assertEquals(200, answer.status());
      assertEquals("close", answer.headers().get("connection"));
      assertTrue(client.isEnded());
    }
  }

  // All of it

  @ParameterizedTest
  @CsvSource({"false,false", "true,false", "false,true"})
  void stoppingWaitsForWhoeverHasNotGotAllOfItsAnswer(boolean inPieces, boolean asksAgain) throws Exception {
    int size = 24 << 20; // more than the kernel's buffers take
    EventLoops own = EventLoops.start(1);
    server = HttpServer.start(config(LONG), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        exchange -> {
          if (inPieces) {
            exchange.fork(() -> {
              ResponseBody body = exchange.respondInPieces(200, Replies.headers(), size);
              for (int sent = 0; sent < size; sent += 1 << 20) {
                body.write(Unpooled.wrappedBuffer(new byte[1 << 20]));
              }
              body.end();
            });
          } else {
            exchange.respond(200, Replies.headers(), Unpooled.wrappedBuffer(new byte[size]));
          }
        }, own);
    try (RawClient slow = client(); RawClient idle = client()) {
      slow.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK", slow.line());
      CompletableFuture<Void> stopping = CompletableFuture.runAsync(() -> server.stop(LONG));
      assertTrue(idle.isEnded()); // the slow one has been looked at too: both are of one loop
      if (asksAgain) {
        slow.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      }
      InputStream in = slow.in();
      String line;
      while (!(line = slow.line()).isEmpty()) {
        assertFalse(line.startsWith("connection"), line);
      }
      assertEquals(size, in.readNBytes(size).length);
      assertTrue(slow.isEnded());
      slow.close();
      stopping.get(10, TimeUnit.SECONDS);
    } finally {
      own.close();
    }
  }

  @Test
  void aConnectionIsNotIdleWhileItsAnswerIsOnItsWay() throws Exception {
    int size = 24 << 20;
    HttpServerConfig shortIdle = new HttpServerConfig(100, 50, 64 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10,
        LONG, LONG,
        Duration.ofMillis(100));
    try (RawClient slow = serve(shortIdle,
        exchange -> exchange.respond(200, Replies.headers(), Unpooled.wrappedBuffer(new byte[size])));
        RawClient idle = client()) {
      slow.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals("HTTP/1.1 200 OK", slow.line());
      assertTrue(idle.isEnded());
      while (!slow.line().isEmpty()) {
        // the head
      }
      assertEquals(size, slow.in().readNBytes(size).length);
      assertTrue(slow.isEnded());
    }
  }

  // Half-closed

  @ParameterizedTest
  @EnumSource
  void aClientThatEndsItsSideBehindItsRequestIsAnswered(Way way) throws Exception {
    for (String request : new String[]{"GET /g HTTP/1.1\r\nHost: h\r\n\r\n", "GET /g HTTP/1.0\r\n\r\n",
        "GET /g HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        "PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
        "PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(100_000),
        CHUNKED_HEAD + "5\r\nhello\r\n0\r\n\r\n"}) {
      try (RawClient client = server == null ? serve(way) : client()) {
        client.send(request).socket().shutdownOutput();
        String answer = new String(client.in().readAllBytes(), ISO_8859_1);
        assertTrue(answer.startsWith("HTTP/1.1 200 OK\r\n"), answer);
        assertTrue(answer.contains(request.substring(4, 6)), answer);
      }
    }
  }

  @Test
  void withoutEpollToo() throws Exception {
    try (EventLoops nio = EventLoops.startNio(1)) {
      server = HttpServer.start(config(LONG), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          exchange -> answer(Way.ON_A_FORK, exchange), nio);
      try (RawClient client = client(); RawClient gone = client()) {
        client.send("GET /g HTTP/1.1\r\nHost: h\r\n\r\n").socket().shutdownOutput();
        assertEquals("/g", client.answer().text());
        assertTrue(client.isEnded());
        gone.send("GET /g HTTP/1.1\r\nHo").socket().shutdownOutput();
        assertTrue(gone.isEnded());
      }
      server.stop(Duration.ofSeconds(5));
    }
  }

  @Test
  void allOfItsRequestsAreAnswered() throws Exception {
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    try (RawClient client = serve(config(LONG), reading(ends))) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 2_000; i++) {
        all.append("PUT /").append(i).append(" HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
      }
      client.send(all + "GET /half HTTP/1.1\r\nHo").socket().shutdownOutput();
      List<String> answers = new ArrayList<>();
      for (int i = 0; i < 2_000; i++) {
        answers.add(client.answer().text());
      }
      assertEquals("/0 3", answers.getFirst());
      assertEquals("/1999 3", answers.getLast());
      assertTrue(client.isEnded());
    }
  }

  @Test
  void theAnswerSaysThatItIsTheLast() throws Exception {
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    try (RawClient client = serve(config(LONG), exchange -> exchange.fork(() -> {
      begun.countDown();
      ended.await();
      Replies.text(exchange, 200, "done");
    }))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").socket().shutdownOutput();
      begun.await();
      awaitQuietLoops();
      ended.countDown();
      assertEquals("close", client.answer().headers().get("connection"));
      assertTrue(client.isEnded());
    }
  }

  /// Written as the client takes it, after nothing was awaited of its socket.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void itsAnswerMayBeLong(boolean inPieces) throws Exception {
    int size = 24 << 20;
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawClient client = serve(config(LONG), exchange -> exchange.fork(() -> {
      begun.countDown();
      goOn.await();
      if (!inPieces) {
        exchange.respond(200, Replies.headers(), Unpooled.wrappedBuffer(new byte[size]));
        return;
      }
      ResponseBody body = exchange.respondInPieces(200, Replies.headers(), size);
      for (int sent = 0; sent < size; sent += 1 << 20) {
        body.write(Unpooled.wrappedBuffer(new byte[1 << 20]));
      }
      body.end();
    }))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").socket().shutdownOutput();
      begun.await();
      awaitQuietLoops();
      goOn.countDown();
      assertEquals(size, client.answer().body().length);
      assertTrue(client.isEnded());
    }
  }

  /// Once the loops have taken in what was sent before.
  private static void awaitQuietLoops() {
    awaitQuiet(loops);
  }

  private static void awaitQuiet(EventLoops some) {
    for (int round = 0; round < 20; round++) {
      some.group().forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
    }
  }

  @ParameterizedTest
  @CsvSource(delimiter = '@', textBlock = """
      GET / HTTP/1.1|Ho @ ''
      G @ ''
      PUT /x HTTP/1.1|Host: h|Content-Length: 5||hell @ ''
      PUT /x HTTP/1.1|Host: h|Content-Length: 100000||hell @ ClientGoneException
      PUT /x HTTP/1.1|Host: h|Content-Length: 5|Expect: 100-continue||he @ ClientGoneException
      PUT /x HTTP/1.1|Host: h|Transfer-Encoding: chunked||5|hel @ ClientGoneException
      PUT /x HTTP/1.1|Host: h|Transfer-Encoding: chunked||5 @ ClientGoneException
      PUT /x HTTP/1.1|Host: h|Transfer-Encoding: chunked||5|hello|0| @ ClientGoneException
      """)
  void aClientThatEndsItsSideWithinARequestIsGone(String request, String seen) throws Exception {
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    try (RawClient client = serve(config(LONG), reading(ends))) {
      client.send(request.strip().replace("|", "\r\n")).socket().shutdownOutput();
      String answer = new String(client.in().readAllBytes(), ISO_8859_1);
      assertTrue(answer.isEmpty() || answer.equals("HTTP/1.1 100 Continue\r\n\r\n"), answer);
      if (!seen.isEmpty()) {
        assertEquals(seen, ends.poll(10, TimeUnit.SECONDS));
      }
      assertNull(ends.poll());
    }
  }

  /// More than the server reads ahead: the end comes to light only as the fork reads.
  @Test
  void theEndOfALongBodyIsSeenBehindItsBytes() throws Exception {
    BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    CountDownLatch goOn = new CountDownLatch(1);
    try (RawClient whole = serve(config(LONG), exchange -> exchange.fork(() -> {
      goOn.await();
      long count = 0;
      ByteBuf piece;
      try {
        while ((piece = exchange.body().next()) != null) {
          count += piece.readableBytes();
          piece.release();
        }
        Replies.text(exchange, 200, "" + count);
      } catch (ClientGoneException e) {
        ends.add("gone after " + count);
      }
    })); RawClient part = client()) {
      byte[] body = new byte[700_000];
      whole.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 700000\r\n\r\n").send(body).socket().shutdownOutput();
      part.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 700001\r\n\r\n").send(body).socket().shutdownOutput();
      goOn.countDown();
      assertEquals("700000", whole.answer().text());
      assertTrue(whole.isEnded());
      assertTrue(part.isEnded());
      assertTrue(String.valueOf(ends.poll(10, TimeUnit.SECONDS)).startsWith("gone after "));
    }
  }

  @ParameterizedTest
  @CsvSource({"false,false", "false,true", "true,false"})
  void aHalfClosedConnectionCostsNothingWhileItWaits(boolean nio, boolean reset) throws Exception {
    EventLoops own = nio ? EventLoops.startNio(1) : EventLoops.start(1);
    CountDownLatch goOn = new CountDownLatch(1);
    server = HttpServer.start(config(LONG), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        exchange -> exchange.fork(() -> {
          goOn.await();
          Replies.text(exchange, 200, "done");
        }), own);
    try (RawClient client = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n").socket().shutdownOutput();
      if (reset) {
        awaitQuiet(own);
        client.socket().setSoLinger(true, 0);
        client.close();
      }
      long loop = own.group().next().submit(() -> Thread.currentThread().threadId()).get();
      var threads = ManagementFactory.getThreadMXBean();
      long before = threads.getThreadCpuTime(loop);
      LockSupport.parkNanos(500_000_000); // what is measured, not waited for
      long spent = threads.getThreadCpuTime(loop) - before;
      assertTrue(spent < 200_000_000, () -> spent + " ns of CPU within half a second");
      goOn.countDown();
      if (!reset) {
        assertEquals("done", client.answer().text());
        assertTrue(client.isEnded());
      }
    } finally {
      server.stop(Duration.ofSeconds(5));
      own.close();
    }
  }

  @Test
  void oneConnectionTooManyMayEndItsSideToo() throws Exception {
    HttpServerConfig one = new HttpServerConfig(1, 1, 1 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, LONG,
        LONG);
    try (RawClient client = serve(one, exchange -> answer(Way.WHOLE, exchange))) {
      assertEquals(200, client.get("/").status());
      try (Socket refused = new Socket(server.localAddress().getAddress(), server.localAddress().getPort())) {
        refused.shutdownOutput();
        refused.setSoTimeout(10_000);
        String answer = new String(refused.getInputStream().readAllBytes(), ISO_8859_1);
        assertTrue(answer.startsWith("HTTP/1.1 503 "), answer);
      }
    }
  }

  /// It is on its way from the thread that accepted it to a loop that is busy, and counted by nobody yet.
  @Test
  void stoppingEndsAConnectionThatNoLoopHasSeenYet() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    List<SingleThreadEventExecutor> busy = new ArrayList<>();
    for (EventExecutor loop : loops.group()) {
      CountDownLatch began = new CountDownLatch(1);
      loop.execute(() -> {
        began.countDown();
        awaitUninterruptibly(goOn);
      });
      began.await();
      busy.add((SingleThreadEventExecutor) loop);
    }
    try (RawClient unseen = serve(config(LONG), exchange -> answer(Way.WHOLE, exchange))) {
      while (busy.stream().allMatch(loop -> loop.pendingTasks() == 0)) {
        Thread.onSpinWait();
      }
      AtomicBoolean returned = new AtomicBoolean();
      CompletableFuture<Boolean> waited = CompletableFuture.supplyAsync(() -> {
        boolean early = false;
        while (!early && busy.stream().anyMatch(loop -> loop.pendingTasks() == 0)) {
          early = returned.get();
        }
        goOn.countDown();
        return !early;
      });
      server.stop(LONG);
      returned.set(true);
      assertTrue(waited.get(20, TimeUnit.SECONDS), "it returned before each loop had its turn");
      assertTrue(unseen.isEnded());
    } finally {
      goOn.countDown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}

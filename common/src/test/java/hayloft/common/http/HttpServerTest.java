package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.PieceSource;
import hayloft.common.http.RawClient.Answer;
import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
final class HttpServerTest extends HttpServerFixture {

  private static final Duration SHORT = Duration.ofMillis(200);
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final int MIB = 1 << 20;

  private static HttpServerConfig config(Duration head, Duration body, Duration idle) {
    return new HttpServerConfig(100, 50, 64 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, head, body, idle);
  }

  private RawClient serve(HttpHandler handler) throws IOException {
    return serve(config(LONG, LONG, LONG), handler);
  }

  private RawClient client() throws IOException {
    return new RawClient(server.localAddress());
  }

  private static HttpHeaders headers() {
    return DefaultHttpHeadersFactory.headersFactory().newHeaders();
  }

  private static ByteBuf text(String text) {
    return Unpooled.copiedBuffer(text, ISO_8859_1);
  }

  /// Answers with what the request was: method, target and body.
  private static void echo(HttpExchange exchange) {
    ByteBuf whole = exchange.body().whole();
    if (whole != null) {
      exchange.respond(200, headers(), text(exchange.method() + " " + exchange.target() + " " + take(whole)));
      return;
    }
    exchange.fork(() -> {
      StringBuilder body = new StringBuilder();
      ByteBuf piece;
      while ((piece = exchange.body().next()) != null) {
        body.append(take(piece));
      }
      exchange.respond(200, headers(), text(exchange.method() + " " + exchange.target() + " " + body));
    });
  }

  private static String take(ByteBuf buffer) {
    try {
      return buffer.toString(ISO_8859_1);
    } finally {
      buffer.release();
    }
  }

  @Test
  void aRequestIsAnsweredAndTheConnectionStays() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      Answer answer = client.get("/a?b=%20c");
      assertEquals(200, answer.status());
      assertEquals("GET /a?b=%20c ", answer.text());
      assertEquals("14", answer.headers().get("content-length"));
      assertTrue(answer.headers().get("date").endsWith(" GMT"));
      assertNull(answer.headers().get("connection"));
      assertEquals("GET /again ", client.get("/again").text());
    }
  }

  /// [Field values](https://www.rfc-editor.org/rfc/rfc9110#section-5.5)
  @Test
  void bytesOfAFieldComeBackAsTheyCame() throws IOException {
    StringBuilder bytes = new StringBuilder("a\tb");
    for (char c = 0x80; c <= 0xff; c++) {
      bytes.append(c);
    }
    try (RawClient client = serve(exchange -> exchange.respond(200,
        headers().set("x-echo", exchange.headers().get("x-echo")), text("")))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nX-Echo: " + bytes + "z\r\n\r\n");
      assertEquals(bytes + "z", client.answer().headers().get("x-echo"));
    }
  }

  @Test
  void noFieldOfAnAnswerEndsItsLine() throws IOException {
    HttpHeaders unchecked = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    unchecked.set("x-\techo", "a\r\nx-b: c\0\u000b\u007fd");
    try (RawClient client = serve(exchange -> exchange.respond(200, unchecked, text("")))) {
      Answer answer = client.get("/");
      assertEquals("a  x-b: c   d", answer.headers().get("x- echo"));
      assertNull(answer.headers().get("x-b"));
    }
  }

  @Test
  void smallBodiesComeWholeHoweverTheyAreCut() throws IOException {
    try (RawClient client = serve(exchange -> {
      assertFalse(exchange.body().declaredBytes() < 0);
      ByteBuf whole = exchange.body().whole();
      exchange.respond(200, headers(), text(whole == null ? "in pieces" : take(whole)));
    })) {
      String request = "PUT /x HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\n0123456789";
      for (int cut = 1; cut < request.length(); cut++) {
        client.send(request.substring(0, cut)).send(request.substring(cut));
        assertEquals("0123456789", client.answer().text());
      }
      for (char c : request.toCharArray()) {
        client.send(String.valueOf(c));
      }
      assertEquals("0123456789", client.answer().text());
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrderOneAtATime() throws IOException {
    AtomicLong atOnce = new AtomicLong();
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      assertEquals(1, atOnce.incrementAndGet());
      Thread.yield();
      atOnce.decrementAndGet();
      exchange.respond(200, headers(), text(exchange.target()));
    }))) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 500; i++) {
        all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: h\r\n\r\n");
      }
      client.send(all.toString());
      for (int i = 0; i < 500; i++) {
        assertEquals("/" + i, client.answer().text());
      }
    }
  }

  @Test
  void thousandsOfPipelinedRequestsOverflowNeitherStackNorMemory() throws Exception {
    byte[] page = new byte[4096];
    try (RawClient client = serve(exchange -> exchange.respond(200, headers(), Unpooled.wrappedBuffer(page)))) {
      byte[] request = "GET / HTTP/1.1\r\nHost: h\r\n\r\n".repeat(4_000).getBytes(ISO_8859_1);
      CompletableFuture<Void> sending = CompletableFuture.runAsync(() -> {
        try {
          client.send(request);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      });
      for (int i = 0; i < 4_000; i++) {
        assertEquals(4096, client.answer().body().length);
      }
      sending.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void aBodyMayComeInChunks() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      String request = "POST /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
          + "5\r\nhello\r\nA;ext=1\r\n, chunked \r\n5\r\nworld\r\n0\r\nX-Trailer: ignored\r\n\r\n";
      for (int cut = 1; cut < request.length(); cut++) {
        client.send(request.substring(0, cut)).send(request.substring(cut));
        assertEquals("POST /c hello, chunked world", client.answer().text());
      }
    }
  }

  @Test
  void hundredContinueIsSentOnceTheBodyIsAskedFor() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      client.send("PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      assertEquals(100, client.answer().status());
      assertEquals("PUT /e later", client.send("later").answer().text());
      assertEquals("GET /next ", client.get("/next").text());
    }
  }

  @Test
  void hundredContinueIsSentForAnEmptyBodyToo() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      client.send("PUT /a HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nExpect: 100-continue\r\n\r\n");
      assertEquals(100, client.answer().status());
      assertEquals("PUT /a ", client.answer().text());
      assertEquals("GET /b ", client.get("/b").text());
    }
  }

  @Test
  void anAnswerWithoutReadingSendsNoContinueAndCloses() throws IOException {
    try (RawClient client = serve(exchange -> exchange.respond(403, headers(), text("no")))) {
      client.send("PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
      Answer answer = client.answer();
      assertEquals(403, answer.status());
      assertEquals("close", answer.headers().get("connection"));
      assertTrue(client.isEnded());
    }
  }

  @Test
  void headHasTheLengthAndNoBody() throws IOException {
    try (RawClient client = serve(exchange -> {
      HttpHeaders headers = headers();
      headers.set("Content-Length", "12345");
      exchange.respond(200, headers, Unpooled.EMPTY_BUFFER);
    })) {
      client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals("12345", client.answer(false).headers().get("content-length"));
      client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals(200, client.answer(false).status());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {204, 304})
  void someStatusesHaveNoBody(int status) throws IOException {
    try (RawClient client = serve(exchange -> exchange.respond(status, headers(), text("must not be sent")))) {
      Answer answer = client.get("/");
      assertEquals(status, answer.status());
      assertNull(answer.headers().get("content-length"));
      assertEquals(status, client.get("/").status());
    }
  }

  @Test
  void connectionCloseIsHonoured() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      assertEquals("close", client.answer().headers().get("connection"));
      assertTrue(client.isEnded());
    }
  }

  @Test
  void http10ClosesUnlessAskedToStay() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo); RawClient other = client()) {
      client.send("GET /old HTTP/1.0\r\n\r\n");
      assertEquals("GET /old ", client.answer().text());
      assertTrue(client.isEnded());
      other.send("GET /old HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n");
      assertEquals("keep-alive", other.answer().headers().get("connection"));
      other.send("GET /old HTTP/1.0\r\n\r\n");
      assertEquals(200, other.answer().status());
      assertTrue(other.isEnded());
    }
  }

  @Test
  void anAnswerOfUnknownLengthIsChunkedOrEndsWithTheConnection() throws IOException {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, headers(), -1);
      body.write(text("one "));
      body.write(text("two"));
      body.end();
    })); RawClient old = client()) {
      Answer answer = client.get("/");
      assertEquals("chunked", answer.headers().get("transfer-encoding"));
      assertEquals("one two", answer.text());
      assertEquals("one two", client.get("/").text());
      assertEquals("one two", old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer().text());
      assertTrue(old.isEnded());
    }
  }

  /// The fork makes room while the connection looks whether it has to wait for it, and all has come by then.
  @Test
  void aBodyGoesOnWhateverMomentRoomIsMadeAt() throws Exception {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      int pieces = 0;
      for (ByteBuf piece = exchange.body().next(); piece != null; piece = exchange.body().next()) {
        pieces++;
        piece.release();
      }
      Replies.text(exchange, 200, Integer.toString(pieces));
    }))) {
      for (int chunks = 6_000; chunks < 9_000; chunks += 60) {
        byte[] body = "1\r\nx\r\n".repeat(chunks).getBytes(ISO_8859_1);
        client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n").send(body);
        assertEquals(Integer.toString(chunks), client.send("0\r\n\r\n").answer().text());
      }
    }
  }

  /// What a piece costs on the heap counts, too: 10 MB byte by byte would be ten million of them.
  @Test
  void aBodyInTinyChunksThatNobodyReadsHoldsFewPieces() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    AtomicLong pieces = new AtomicLong();
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      held.await();
      ByteBuf piece;
      while ((piece = exchange.body().next()) != null) {
        pieces.incrementAndGet();
        piece.release();
      }
      exchange.respond(200, headers(), Unpooled.EMPTY_BUFFER);
    }))) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n");
      byte[] chunks = "1\r\nx\r\n".repeat(10_000).getBytes(ISO_8859_1);
      var sending = new FutureTask<>(() -> {
        for (int i = 0; i < 10; i++) {
          client.send(chunks);
        }
        return client.send("0\r\n\r\n");
      });
      Thread.startVirtualThread(sending);
      long full = StreamedBody.ROOM_BYTES;
      while (server.bufferedBytes().get() < full) {
        Thread.onSpinWait();
      }
      long readAhead = HttpConnection.READ_AHEAD_BYTES + (256 << 10); // with what the last read brought
      assertTrue(server.bufferedBytes().get() <= full + 300 + readAhead, "one piece beyond it at most");
      held.countDown();
      sending.get();
      assertEquals(200, client.answer().status());
      assertEquals(100_000, pieces.get());
    }
  }

  @Test
  void bodiesStreamBothWaysInBoundedMemory() throws Exception {
    int pieces = 100; // of 256 KiB: 25 MiB, far more than may be queued
    AtomicLong mostQueued = new AtomicLong();
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      CRC32C crc = new CRC32C();
      ByteBuf piece;
      while (exchange.body().declaredBytes() > 0 && server.bufferedBytes().get() == 0) {
        Thread.onSpinWait(); // until some wait, so that they are seen to be counted
      }
      while ((piece = exchange.body().next()) != null) {
        mostQueued.accumulateAndGet(server.bufferedBytes().get(), Math::max);
        crc.update(piece.nioBuffer());
        piece.release();
      }
      ResponseBody body = exchange.respondInPieces(200, headers(), 8L + (long) pieces * (256 << 10));
      body.write(Unpooled.copyLong(crc.getValue()));
      byte[] bytes = new byte[256 << 10];
      for (int i = 0; i < pieces; i++) {
        bytes[0] = (byte) i;
        body.write(loops.allocator().directBuffer(bytes.length).writeBytes(bytes));
      }
      body.end();
    }))) {
      byte[] chunk = new byte[256 << 10];
      new Random(7).nextBytes(chunk);
      CRC32C crc = new CRC32C();
      client.send(
          "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + (long) pieces * chunk.length + "\r\n\r\n");
      for (int i = 0; i < pieces; i++) {
        client.send(chunk);
        crc.update(chunk);
      }
      byte[] body = client.answer().body();
      assertEquals(crc.getValue(), java.nio.ByteBuffer.wrap(body).getLong());
      for (int i = 0; i < pieces; i++) {
        assertEquals((byte) i, body[8 + i * (256 << 10)]);
      }
      assertTrue(mostQueued.get() <= MIB, () -> mostQueued + " bytes were queued");
      assertTrue(mostQueued.get() > 0);
      assertEquals(8 + pieces * (256 << 10), client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
          .answer().body().length);
    }
  }

  @Test
  void aFailingHandlerIsA500() throws IOException {
    try (RawClient client = serve(exchange -> {
      throw new IllegalStateException("a bug, on purpose");
    }); RawClient other = client()) {
      assertEquals(500, client.get("/").status());
      assertTrue(client.isEnded());
      assertEquals(500, other.get("/").status());
    }
  }

  @Test
  void aForkThatFailsWithinItsAnswerBreaksTheConnection() throws IOException {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      exchange.respondInPieces(200, headers(), 100).write(text("only this"));
      throw new IOException("the disk is gone, on purpose");
    }))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertTrue(client.answer().body().length < 100);
    }
  }

  @Test
  void anAnswerForWhoseNextPieceThereIsNoBufferIsBrokenOffAndCounted() throws IOException {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      exchange.respondInPieces(200, headers(), 100).write(text("only this"));
      throw new OutOfMemoryError("no buffers, on purpose");
    }))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertTrue(client.answer().body().length < 100);
      assertEquals(1, server.refused(HttpServer.Refused.MEMORY));
    }
  }

  @Test
  void aForkThatEndsTooEarlyBreaksTheConnection() throws IOException {
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, headers(), 100);
      body.write(text("only this"));
      assertThrows(IllegalStateException.class, body::end);
    }))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertTrue(client.answer().body().length < 100);
    }
  }

  @Test
  void aHangUpWithinTheBodyIsNoticed() throws Exception {
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      try {
        while (true) {
          ByteBuf piece = exchange.body().next();
          if (piece == null) {
            break;
          }
          piece.release();
        }
      } catch (IOException e) {
        seen.complete(e);
        throw e;
      }
    }))) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nsome bytes");
    }
    assertInstanceOf(ClientGoneException.class, seen.get(10, TimeUnit.SECONDS));
  }

  @Test
  void aHangUpWithinTheAnswerIsNoticed() throws Exception {
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, headers(), Long.MAX_VALUE);
      try {
        while (true) {
          body.write(loops.allocator().directBuffer(MIB).writeZero(MIB));
        }
      } catch (IOException e) {
        seen.complete(e);
        throw e;
      }
    }))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      client.in().readNBytes(100_000);
    }
    assertInstanceOf(ClientGoneException.class, seen.get(10, TimeUnit.SECONDS));
  }

  @Test
  void aClientThatTakesNothingIsClosed() throws Exception {
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    try (RawClient client = serve(config(LONG, SHORT, LONG), exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, headers(), -1);
      try {
        while (true) {
          body.write(loops.allocator().directBuffer(MIB).writeZero(MIB));
        }
      } catch (IOException e) {
        seen.complete(e);
        throw e;
      }
    }))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      assertInstanceOf(ClientGoneException.class, seen.get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void aSlowBodyTimesOut() throws Exception {
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    try (RawClient client = serve(config(LONG, SHORT, LONG), exchange -> exchange.fork(() -> {
      try {
        exchange.body().next().release();
        exchange.body().next();
      } catch (IOException e) {
        seen.complete(e);
        throw e;
      }
    })); RawClient small = client()) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nsome");
      assertEquals(408, client.answer().status());
      assertInstanceOf(BodyTimeoutException.class, seen.get(10, TimeUnit.SECONDS));
      assertTrue(client.isEnded());
      small.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nsome");
      assertEquals(408, small.answer().status());
      assertTrue(small.isEnded());
    }
  }

  /// The client's pace, not a synchronization.
  private static CompletableFuture<Void> drip(RawClient client, String drop) {
    return CompletableFuture.runAsync(() -> {
      try {
        while (true) {
          client.send(drop);
          TimeUnit.MILLISECONDS.sleep(10);
        }
      } catch (IOException | InterruptedException _) {
        // closed by the server
      }
    });
  }

  @Test
  void aBodyTimesOutHoweverItDrips() throws Exception {
    try (RawClient large = serve(config(LONG, SHORT, LONG), HttpServerTest::echo); RawClient small = client()) {
      large.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
      small.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n");
      CompletableFuture<Void> first = drip(large, "1");
      CompletableFuture<Void> second = drip(small, "1");
      assertEquals(408, large.answer().status());
      assertEquals(408, small.answer().status());
      large.close();
      small.close();
      CompletableFuture.allOf(first, second).get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void aClientThatTakesTooLittleIsClosed() throws Exception {
    CompletableFuture<Throwable> seen = new CompletableFuture<>();
    try (RawClient client = serve(config(LONG, SHORT, LONG), exchange -> exchange.fork(() -> {
      ResponseBody body = exchange.respondInPieces(200, headers(), -1);
      try {
        while (true) {
          body.write(loops.allocator().directBuffer(MIB).writeZero(MIB));
        }
      } catch (IOException e) {
        seen.complete(e);
        throw e;
      }
    }))) {
      client.socket().setReceiveBufferSize(4 << 10);
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      while (!seen.isDone()) {
        assertTrue(client.socket().getInputStream().read() >= 0);
        TimeUnit.MILLISECONDS.sleep(10); // the client's pace, not a synchronization
      }
      assertInstanceOf(ClientGoneException.class, seen.get());
    }
  }

  @Test
  void aBodyWithBrokenFramingIsAnsweredAndEndsTheConnection() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nno size\r\n"
          + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n");
      assertEquals(400, client.answer().status());
      assertTrue(client.isEnded());
    }
  }

  @Test
  void whatTheServerRefusesByItselfIsSaidInTheHandlersWords() throws Exception {
    HttpServerConfig one = new HttpServerConfig(2, 1, MIB, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, LONG,
        LONG);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    HttpHandler handler = new HttpHandler() {
      @Override
      public void handle(HttpExchange exchange) {
        exchange.fork(() -> {
          entered.countDown();
          leave.await();
          exchange.respond(200, headers(), text("done"));
        });
      }

      @Override
      public Refusal refusal(int status, String target) {
        return new Refusal(headers().set("x-why", "busy"), "status " + status + " for " + target);
      }
    };
    try (RawClient client = serve(one, handler); RawClient second = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      entered.await();
      assertEquals("status 503 for /fork?x", second.get("/fork?x").text());
      try (RawClient third = client()) {
        RawClient.Answer refused = third.answer();
        assertEquals("status 503 for ", refused.text());
        assertEquals("busy", refused.headers().get("x-why"));
        assertEquals("close", refused.headers().get("connection"));
        assertTrue(third.isEnded());
      }
      leave.countDown();
      assertEquals("done", client.answer().text());
      assertEquals("status 400 for ", second.send("no request\r\n\r\n").answer().text());
    }
  }

  @Test
  void aSlowHeadTimesOutHoweverItDrips() throws Exception {
    try (RawClient client = serve(config(SHORT, LONG, LONG), HttpServerTest::echo)) {
      client.send("GET / HTTP/1.1\r\n");
      CompletableFuture<Void> dripping = drip(client, "X-Drip: 1\r\n");
      assertEquals(408, client.answer().status());
      client.close();
      dripping.get(10, TimeUnit.SECONDS);
    }
  }

  /// Both on one loop, so that the one that fails is looked at first.
  @Test
  void aTimeOutThatFailsIsNobodyElses() throws Exception {
    var refusals = new AtomicInteger();
    HttpHandler handler = new HttpHandler() {
      @Override
      public void handle(HttpExchange exchange) {
        echo(exchange);
      }

      @Override
      public Refusal refusal(int status, String target) {
        if (refusals.getAndIncrement() < 2) {
          throw new OutOfMemoryError("for a moment");
        }
        return Refusal.text("too slow");
      }
    };
    EventLoops own = EventLoops.start(1);
    HttpServer slow = HttpServer.start(config(SHORT, LONG, LONG),
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler, own);
    server = slow;
    try (RawClient first = client(); RawClient second = client(); RawClient third = client()) {
      for (RawClient each : List.of(first, second, third)) {
        each.send("GET / HTTP/1.1\r\n");
      }
      assertTrue(first.isEnded());
      assertTrue(second.isEnded());
      assertEquals(408, third.answer().status());
      try (RawClient later = client()) {
        assertEquals(408, later.send("GET / HTTP/1.1\r\n").answer().status());
      }
    } finally {
      slow.stop(Duration.ofSeconds(5));
      own.close();
    }
  }

  @Test
  void idleConnectionsAreClosed() throws IOException {
    try (RawClient client = serve(config(LONG, LONG, SHORT), HttpServerTest::echo); RawClient silent = client()) {
      assertEquals(200, client.get("/").status());
      assertTrue(client.isEnded());
      assertTrue(silent.isEnded());
    }
  }

  @Test
  void anUnreadBodyIsDrainedUpToABound() throws IOException {
    try (RawClient client = serve(exchange -> exchange.respond(403, headers(), text("no"))); RawClient big = client()) {
      byte[] body = new byte[900_000];
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: " + body.length + "\r\n\r\n").send(body);
      assertEquals(403, client.answer().status());
      assertEquals(403, client.get("/").status());
      big.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n").send(body);
      Answer answer = big.answer();
      assertEquals(403, answer.status());
      assertEquals("close", answer.headers().get("connection"));
    }
  }

  @Test
  void connectionsBeyondTheBoundAreRefused() throws IOException {
    HttpServerConfig one = new HttpServerConfig(1, 1, MIB, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, LONG,
        LONG);
    try (RawClient client = serve(one, HttpServerTest::echo)) {
      assertEquals(200, client.get("/").status());
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na"); // an idle one would make room
      try (RawClient second = client()) {
        assertEquals(503, second.answer().status());
      }
      assertEquals(200, client.send("b").answer().status());
    }
  }

  @Test
  void theBoundOfConnectionsCanBeMoved() throws IOException {
    HttpServerConfig one = new HttpServerConfig(1, 1, MIB, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, LONG,
        LONG);
    try (RawClient client = serve(one, HttpServerTest::echo)) {
      assertEquals(200, client.get("/").status());
      server.limitConnections(2);
      try (RawClient second = client()) {
        assertEquals(200, second.get("/").status());
        server.limitConnections(1);
        try (RawClient third = client()) {
          assertEquals(503, third.answer().status());
        }
        assertEquals(200, second.get("/").status(), "what is open stays");
      }
    }
  }

  @Test
  void forksBeyondTheBoundAreRefused() throws Exception {
    HttpServerConfig one = new HttpServerConfig(10, 1, MIB, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, LONG,
        LONG);
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    try (RawClient client = serve(one, exchange -> exchange.fork(() -> {
      entered.countDown();
      leave.await();
      exchange.respond(200, headers(), text("done"));
    })); RawClient second = client()) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      entered.await();
      assertEquals(503, second.get("/").status());
      leave.countDown();
      assertEquals("done", client.answer().text());
    }
  }

  @Test
  void aForkWithoutAThreadIsRefusedAndCountsNoMore() throws Exception {
    HttpServerConfig one = new HttpServerConfig(10, 1, MIB, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, LONG,
        LONG);
    try (RawClient client = serve(one,
        exchange -> exchange.fork(() -> exchange.respond(200, headers(), text("done"))))) {
      server.takeForkThreadsFrom(_ -> {
        throw new OutOfMemoryError("no thread, on purpose");
      });
      assertEquals(503, client.get("/").status());
      server.takeForkThreadsFrom(Thread::startVirtualThread);
      assertEquals(200, client.get("/").status());
    }
  }

  @Test
  void aSmallBodyThatThereIsNoBufferForIsNotCounted() throws Exception {
    serve(HttpServerTest::echo).close();
    var channel = new EmbeddedChannel();
    channel.config().setAllocator(new NoBuffers(100));
    HttpServerConfig config = config(LONG, LONG, LONG);
    var connection = new HttpConnection(server, new LoopConnections(channel.eventLoop(), server), channel, false);
    channel.pipeline().addLast(connection);
    channel.writeInbound(text("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nx"));
    channel.runPendingTasks();
    assertFalse(channel.isOpen());
    assertEquals(0, server.aggregatingBytes().get());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anAnswerForWhoseHeadThereIsNoBufferEndsItsExchange(boolean inPieces) throws Exception {
    List<HttpExchange> exchanges = new ArrayList<>();
    List<Boolean> ended = new ArrayList<>();
    AtomicBoolean closed = new AtomicBoolean();
    serve(exchange -> {
      exchange.watch(new ExchangeWatcher() {
        @Override
        public String reference() {
          return "-";
        }

        @Override
        public Refusal refusal(int status) {
          return Refusal.text("refused");
        }

        @Override
        public void ended(ExchangeTimes times) {
          ended.add(times.isWhole());
        }
      });
      exchanges.add(exchange);
    }).close();
    var channel = new EmbeddedChannel();
    HttpServerConfig config = config(LONG, LONG, LONG);
    var connection = new HttpConnection(server, new LoopConnections(channel.eventLoop(), server), channel, false);
    channel.pipeline().addLast(connection);
    channel.writeInbound(text("GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
    ByteBuf content = text("all of it");
    channel.config().setAllocator(new NoBuffers(0));
    HttpExchange exchange = exchanges.getFirst();
    if (inPieces) {
      exchange.respondFrom(200, headers(), 100, content, new PieceSource() {
        @Override
        public @Nullable ByteBuf poll() {
          return null;
        }

        @Override
        public @Nullable ByteBuf next() {
          return null;
        }

        @Override
        public void close() {
          closed.set(true);
        }
      });
      assertTrue(closed.get());
    } else {
      exchange.respond(200, headers(), content);
    }
    channel.runPendingTasks();
    assertFalse(channel.isOpen());
    assertEquals(0, content.refCnt());
    assertEquals(List.of(false), ended);
    assertEquals(1, server.refused(HttpServer.Refused.MEMORY));
  }

  private static final class NoBuffers extends AbstractByteBufAllocator {
    private final int ofBytes;

    /// @param ofBytes 0 for all
    NoBuffers(int ofBytes) {
      this.ofBytes = ofBytes;
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialBytes, int maxBytes) {
      return UnpooledByteBufAllocator.DEFAULT.heapBuffer(initialBytes, maxBytes);
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialBytes, int maxBytes) {
      if (ofBytes == 0 || initialBytes == ofBytes) {
        throw new OutOfMemoryError("no buffers, on purpose");
      }
      return UnpooledByteBufAllocator.DEFAULT.directBuffer(initialBytes, maxBytes);
    }

    @Override
    public boolean isDirectBufferPooled() {
      return false;
    }
  }

  @Test
  void stoppingLetsExchangesFinishAndClosesIdleConnections() throws Exception {
    CountDownLatch entered = new CountDownLatch(1);
    CountDownLatch leave = new CountDownLatch(1);
    try (RawClient busy = serve(exchange -> exchange.fork(() -> {
      entered.countDown();
      leave.await();
      exchange.respond(200, headers(), text("done"));
    })); RawClient idle = client()) {
      busy.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      entered.await();
      CompletableFuture<Void> stopping = CompletableFuture.runAsync(() -> server.stop(LONG));
      assertTrue(idle.isEnded());
      assertFalse(stopping.isDone());
      leave.countDown();
      Answer answer = busy.answer();
      assertEquals("done", answer.text());
      assertEquals("close", answer.headers().get("connection"));
      stopping.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void aHandlerCannotBeMadeToSplitAnAnswer() throws IOException {
    try (RawClient client = serve(exchange -> {
      HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
      headers.set("X-Echo", "a\r\nX-Injected: 1");
      exchange.respond(200, headers, text("ok"));
    })) {
      Answer answer = client.get("/");
      assertNull(answer.headers().get("x-injected"));
      assertEquals("a  X-Injected: 1", answer.headers().get("x-echo"));
    }
  }

  @Test
  void forksAreRefusedWhileAnswersFillTheMemory() throws Exception {
    HttpServerConfig tight = new HttpServerConfig(10, 10, 300 << 10, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG,
        LONG, LONG);
    CountDownLatch stuck = new CountDownLatch(1);
    try (RawClient slow = serve(tight, exchange -> exchange.fork(() -> {
      if (exchange.target().equals("/small")) {
        Replies.text(exchange, 200, "small");
        return;
      }
      ResponseBody body = exchange.respondInPieces(200, headers(), 64L << 20);
      for (int i = 0; i < 256; i++) {
        body.write(loops.allocator().directBuffer(256 << 10).writeZero(256 << 10));
        if (server.bufferedBytes().isScarce() && i > 0) {
          stuck.countDown();
        }
      }
      body.end();
    })); RawClient other = client()) {
      slow.send("GET /large HTTP/1.1\r\nHost: h\r\n\r\n");
      stuck.await();
      int status = other.get("/small").status();
      assertTrue(status == 200 || status == 503, () -> "status " + status); // 256 KiB under way are within the bound
      slow.in().skipNBytes(64L << 20);
      assertEquals(200, other.get("/small").status());
    }
  }

  @Test
  void otherExpectationsAreIgnored() throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      for (String expectation : new String[]{"200", "", "tea"}) {
        client.send("PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: " + expectation + "\r\n\r\nok");
        assertEquals("PUT /e ok", client.answer().text());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Expect: tea, 100-Continue", "Expect: 100-continue\r\nExpect: tea"})
  void anExpectationAmongOthersIsMet(String expectations) throws IOException {
    try (RawClient client = serve(HttpServerTest::echo)) {
      client.send("PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n" + expectations + "\r\n\r\n");
      assertEquals(100, client.answer().status());
      assertEquals("PUT /e ok", client.send("ok").answer().text());
    }
  }

  @Test
  void aHandlerMayAnswerABodyThatTookTooLong() throws IOException {
    try (RawClient client = serve(config(LONG, SHORT, LONG), exchange -> exchange.fork(() -> {
      try {
        while (true) {
          exchange.body().next().release();
        }
      } catch (BodyTimeoutException e) {
        Replies.text(exchange, 400, "RequestTimeout");
      }
    }))) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nsome");
      assertEquals("RequestTimeout", client.answer().text());
    }
  }

  @Test
  void withoutEpollItIsTheSame() throws Exception {
    try (EventLoops nio = EventLoops.startNio(1)) {
      assertEquals("nio", nio.transport());
      server = HttpServer.start(config(LONG, LONG, LONG), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
          HttpServerTest::echo, nio);
      try (RawClient client = client()) {
        assertEquals("GET /a ", client.get("/a").text());
        client.send("PUT /e HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
        assertEquals(100, client.answer().status());
        assertEquals("PUT /e later", client.send("later").answer().text());
        client.send("nonsense\r\n\r\n");
        assertEquals(400, client.answer().status());
        assertTrue(client.isEnded());
      }
      server.stop(Duration.ofSeconds(5));
    }
  }

  /// Clients that send anything in any pieces and leave at any time, beside one that must not notice.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void hostileClientsDisturbNobodyAndLeaveNothing(long seed) throws Exception {
    Random random = new Random(seed);
    String[] parts = {"GET / HTTP/1.1\r\n", "PUT /x HTTP/1.1\r\n", "Host: h\r\n", "\r\n", "Content-Length: 70000\r\n",
        "Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "5\r\nhello\r\n",
        "0\r\n\r\n", "hello", "x".repeat(5000), "\0", ":", " "};
    try (RawClient polite = serve(exchange -> {
      if (exchange.target().equals("/polite") || random.nextInt(3) == 0) {
        Replies.text(exchange, 200, "fine");
      } else if (random.nextBoolean()) {
        exchange.fork(() -> {
          ByteBuf piece = exchange.body().next();
          if (piece != null) {
            piece.release();
          }
          Replies.text(exchange, 200, "first piece read");
        });
      } else {
        echo(exchange);
      }
    })) {
      for (int i = 0; i < 150; i++) {
        try (RawClient hostile = client()) {
          for (int p = random.nextInt(8); p >= 0; p--) {
            hostile.send(parts[random.nextInt(parts.length)]);
          }
          if (random.nextInt(4) == 0) {
            hostile.socket().setSoLinger(true, 0); // leaves with a reset
          }
        } catch (IOException _) {
          // the server may close first
        }
        if (i % 10 == 0) {
          assertEquals("fine", polite.get("/polite").text(), "seed " + seed);
        }
      }
    }
  }

  @Test
  void bytesOfAllValuesPassUnchanged() throws IOException {
    byte[] all = new byte[70_000];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    try (RawClient client = serve(exchange -> exchange.fork(() -> {
      ByteBuf whole = Unpooled.buffer();
      ByteBuf piece;
      while ((piece = exchange.body().next()) != null) {
        whole.writeBytes(piece);
        piece.release();
      }
      exchange.respond(200, headers(), whole);
    }))) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 70000\r\n\r\n").send(all);
      assertArrayEquals(all, client.answer().body());
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n").send(new byte[1000]);
      assertArrayEquals(new byte[1000], client.answer().body());
    }
  }
}

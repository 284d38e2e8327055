package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.PieceSource;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [HttpExchange#respondFrom]: answers that the event loop writes as long as nothing has to be waited for.
@Timeout(60)
final class SourcedAnswerTest extends HttpServerFixture {

  private static final int PIECE_BYTES = 64 << 10;

  private RawClient serve(int maxForks, HttpHandler handler) throws IOException {
    Duration patience = Duration.ofSeconds(30);
    return serve(
        new HttpServerConfig(100, maxForks, 64 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, patience, patience,
            patience),
        handler);
  }

  /// Bytes in pieces, of which some have to be waited for.
  private static class Pieces implements PieceSource {
    private final byte[] bytes;
    private final Random random;
    private final double waits;
    private final int failsAt;
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    protected int at;
    private boolean waited;

    /// @param waits share of the pieces that [#poll] does not give
    /// @param failsAt position from which on it fails
    Pieces(byte[] bytes, Random random, double waits, int failsAt) {
      this.bytes = bytes;
      this.random = random;
      this.waits = waits;
      this.failsAt = failsAt;
    }

    @Override
    public ByteBuf poll() throws IOException {
      return random.nextDouble() < waits ? null : next();
    }

    @Override
    public ByteBuf next() throws IOException {
      if (at >= failsAt) {
        throw new IOException("damaged, on purpose");
      }
      if (at == bytes.length) {
        return null;
      }
      waited |= Thread.currentThread().isVirtual();
      int length = Math.min(1 + random.nextInt(PIECE_BYTES), bytes.length - at);
      at += length;
      return loops.allocator().directBuffer(length).writeBytes(bytes, at - length, length);
    }

    @Override
    public void close() {
      assertTrue(closed.complete(null), "closed twice");
    }
  }

  private static void answer(HttpExchange exchange, Pieces pieces, long announcedBytes) {
    try {
      exchange.respondFrom(200, DefaultHttpHeadersFactory.headersFactory().newHeaders(), announcedBytes,
          pieces.next(), pieces);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] someBytes(Random random, int bound) {
    byte[] bytes = new byte[bound];
    random.nextBytes(bytes);
    return bytes;
  }

  static long[] seeds() {
    return new Random().longs(10).toArray();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theClientGetsAllPiecesInOrderWhoeverWritesThem(long seed) throws Exception {
    Random random = new Random(seed);
    byte[] bytes = someBytes(random, 1 + random.nextInt(8 << 20));
    double waits = random.nextBoolean() ? 0 : random.nextDouble() / 4;
    Pieces[] pieces = {new Pieces(bytes, random, waits, Integer.MAX_VALUE),
        new Pieces(bytes, random, waits, Integer.MAX_VALUE)};
    int[] requests = {0};
    try (RawClient client = serve(10, exchange -> answer(exchange, pieces[requests[0]++], bytes.length))) {
      for (Pieces expected : pieces) {
        assertArrayEquals(bytes, client.get("/").body(), () -> "seed " + seed);
        expected.closed.get(10, TimeUnit.SECONDS);
        assertTrue(waits > 0 || !expected.waited, () -> "a fork was used for nothing, seed " + seed);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.2, 1})
  void damageBehindTheHeadBreaksTheConnection(double waits) throws Exception {
    Random random = new Random(1);
    byte[] bytes = someBytes(random, 4 << 20);
    Pieces pieces = new Pieces(bytes, random, waits, 2 << 20);
    try (RawClient client = serve(10, exchange -> answer(exchange, pieces, bytes.length))) {
      byte[] got = client.get("/").body();
      assertTrue(got.length < bytes.length);
      assertArrayEquals(Arrays.copyOf(bytes, got.length), got);
      pieces.closed.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void anErrorBehindTheHeadBreaksTheConnectionToo() throws Exception {
    byte[] bytes = new byte[64 << 20]; // more than the sockets hold, so that it happens in a later turn of the loop
    Pieces pieces = new Pieces(bytes, new Random(5), 0, Integer.MAX_VALUE) {
      @Override
      public ByteBuf poll() throws IOException {
        if (at > 32 << 20) {
          throw new OutOfMemoryError("of buffers, on purpose");
        }
        return super.poll();
      }
    };
    try (RawClient client = serve(10, exchange -> answer(exchange, pieces, bytes.length))) {
      assertTrue(client.get("/").body().length < bytes.length);
      pieces.closed.get(10, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.2})
  void aSourceThatEndsTooEarlyBreaksTheConnection(double waits) throws Exception {
    Random random = new Random(2);
    byte[] bytes = someBytes(random, 1 << 20);
    Pieces pieces = new Pieces(bytes, random, waits, Integer.MAX_VALUE);
    try (RawClient client = serve(10, exchange -> answer(exchange, pieces, bytes.length + 1))) {
      assertTrue(client.get("/").body().length <= bytes.length);
      pieces.closed.get(10, TimeUnit.SECONDS);
    }
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.2})
  void aClientThatHangsUpEndsTheSource(double waits) throws Exception {
    Random random = new Random(3);
    byte[] bytes = someBytes(random, 64 << 20);
    Pieces pieces = new Pieces(bytes, random, waits, Integer.MAX_VALUE);
    try (RawClient client = serve(10, exchange -> answer(exchange, pieces, bytes.length))) {
      client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      client.in().readNBytes(100_000);
    }
    pieces.closed.get(10, TimeUnit.SECONDS);
    assertTrue(pieces.at < bytes.length);
  }

  @Test
  void anAnswerThatHasBegunEndsWhereThereIsNoThreadToGoOnWith() throws Exception {
    byte[] bytes = someBytes(new Random(6), 1 << 20);
    Pieces pieces = new Pieces(bytes, new Random(6), 1, Integer.MAX_VALUE);
    try (RawClient client = serve(10, exchange -> answer(exchange, pieces, bytes.length))) {
      server.takeForkThreadsFrom(_ -> {
        throw new OutOfMemoryError("no thread, on purpose");
      });
      assertTrue(client.get("/").body().length < bytes.length);
      pieces.closed.get(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void anAnswerThatHasBegunWaitsForAForkWhereNoneIsFree() throws Exception {
    Random random = new Random(4);
    byte[] bytes = someBytes(random, 1 << 20);
    Pieces pieces = new Pieces(bytes, random, 0.5, Integer.MAX_VALUE);
    CountDownLatch busy = new CountDownLatch(1);
    try (RawClient first = serve(1, exchange -> {
      if (exchange.target().equals("/busy")) {
        exchange.fork(() -> {
          busy.await();
          exchange.respond(204, DefaultHttpHeadersFactory.headersFactory().newHeaders(),
              io.netty.buffer.Unpooled.EMPTY_BUFFER);
        });
      } else {
        answer(exchange, pieces, bytes.length);
      }
    }); RawClient second = new RawClient(server.localAddress())) {
      first.send("GET /busy HTTP/1.1\r\nHost: h\r\n\r\n");
      while (server.forks() == 0) {
        Thread.onSpinWait();
      }
      second.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      String status = second.line(); // the head came, so the answer has begun
      assertTrue(status.startsWith("HTTP/1.1 200"), status);
      busy.countDown();
      assertEquals(204, first.answer().status());
      while (!second.line().isEmpty()) {
        // the rest of the head
      }
      assertArrayEquals(bytes, second.in().readNBytes(bytes.length));
    }
  }
}

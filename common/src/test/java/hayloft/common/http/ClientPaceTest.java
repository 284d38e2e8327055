package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.tls.ClientTls;
import hayloft.common.tls.MadeCertificate;
import hayloft.common.tls.ServerTls;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What slow clients may expect: who keeps to the least rate is served to the end, whatever the kernel holds for it.
@Timeout(60)
final class ClientPaceTest extends HttpServerFixture {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Duration LIMIT = Duration.ofMillis(400);
  /// An idle time-out at which the server looks at its connections ten times a second.
  private static final Duration OFTEN = Duration.ofMillis(400);
  private static final int SMALL_BUFFER = 4 << 10;

  private static MadeCertificate barn;
  private Optional<ServerTls> tls = Optional.empty();

  @BeforeAll
  static void makeCertificate() {
    barn = MadeCertificate.ec("barn");
  }

  @AfterEach
  void closeTls() {
    server.stop(Duration.ofSeconds(5));
    tls.ifPresent(ServerTls::close);
  }

  /// Answers every request with so many bytes.
  private void serve(boolean encrypted, int sizeBytes, Duration bodyTimeout, Duration idleTimeout) throws IOException {
    tls = encrypted ? Optional.of(ServerTls.start(barn.certified())) : Optional.empty();
    var config = new HttpServerConfig(100, 50, 64 << 20, 64 << 20, 100, 8 << 10, 16 << 10, 64 << 10, LONG, bodyTimeout,
        idleTimeout);
    server = HttpServer.start(config, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        exchange -> exchange.respond(200, Replies.headers(), Unpooled.wrappedBuffer(new byte[sizeBytes])), loops, tls);
  }

  /// @param bufferBytes how much the client's kernel takes for it; 0 leaves that to the kernel
  private RawClient client(int bufferBytes) throws IOException {
    Socket socket = new Socket();
    if (bufferBytes > 0) {
      socket.setReceiveBufferSize(bufferBytes);
    }
    socket.connect(server.localAddress());
    return new RawClient(tls.isPresent()
        ? (SSLSocket) ClientTls.trusting(List.of(barn.certificate())).context().getSocketFactory()
            .createSocket(socket, "127.0.0.1", server.localAddress().getPort(), true)
        : socket);
  }

  private static RawClient ask(RawClient client) throws IOException {
    return client.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
  }

  private static int readHead(RawClient client) throws IOException {
    int size = 0;
    for (String line = client.line(); !line.isEmpty(); line = client.line()) {
      if (line.toLowerCase(Locale.ROOT).startsWith("content-length: ")) {
        size = Integer.parseInt(line.substring(16));
      }
    }
    return size;
  }

  /// The client's pace, not a synchronization: a piece of every so many ms, for a while.
  ///
  /// @return what it read
  private static long readSlowly(InputStream in, int pieceBytes, long everyMillis, long forMillis) throws IOException {
    long read = 0;
    for (long end = System.nanoTime() + forMillis * 1_000_000; System.nanoTime() < end;) {
      int got = in.read(new byte[pieceBytes]);
      if (got < 0) {
        return read;
      }
      read += got;
      LockSupport.parkNanos(everyMillis * 1_000_000);
    }
    return read;
  }

  private void awaitNoConnection() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (server.connections() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(5_000_000); // polls
    }
    assertEquals(0, server.connections());
  }

  /// At this pace the kernel, which has taken some MB, takes no more for far longer than the limit.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aSlowButSteadyReaderGetsAll(boolean encrypted) throws IOException {
    serve(encrypted, 24 << 20, Duration.ofSeconds(2), LONG);
    try (RawClient client = ask(client(0))) {
      int size = readHead(client);
      long read = readSlowly(client.in(), 8 << 10, 20, 5_000);
      assertTrue(read < 4 << 20, "too fast to prove anything");
      assertEquals(size - read, client.in().readNBytes(size - (int) read).length);
    }
  }

  /// As curl does it with `--limit-rate`.
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aReaderInBurstsGetsAll(boolean encrypted) throws IOException {
    serve(encrypted, 24 << 20, Duration.ofSeconds(1), OFTEN);
    try (RawClient client = ask(client(0))) {
      int left = readHead(client);
      for (int burst = 0; burst < 3; burst++) {
        LockSupport.parkNanos((burst == 0 ? 750L : 2_000L) * 1_000_000); // its pace
        left -= client.in().readNBytes(2 << 20).length;
      }
      assertEquals(left, client.in().readNBytes(left).length);
    }
  }

  /// Nothing but the kernel holds what is left of a small answer. What the client's kernel took gives it more time.
  @ParameterizedTest
  @CsvSource({"false,300000", "true,300000", "false,25165824", "true,25165824"})
  void whoeverReadsNothingIsCut(boolean encrypted, int size) throws IOException {
    serve(encrypted, size, LIMIT, LONG);
    try (RawClient client = ask(client(SMALL_BUFFER))) {
      client.line();
      long began = System.nanoTime();
      awaitNoConnection();
      long tookMillis = (System.nanoTime() - began) / 1_000_000;
      assertTrue(tookMillis >= LIMIT.toMillis() / 2 && tookMillis < 10 * LIMIT.toMillis(), () -> tookMillis + " ms");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whoeverReadsTooSlowlyIsCut(boolean encrypted) throws Exception {
    serve(encrypted, 300_000, LIMIT, LONG);
    try (RawClient client = ask(client(SMALL_BUFFER))) {
      InputStream in = client.in();
      for (long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20); server.connections() > 0;) {
        assertTrue(System.nanoTime() < end && in.read() >= 0);
        LockSupport.parkNanos(10_000_000); // the client's pace
      }
    }
  }

  @Test
  void aConnectionIsNotIdleBeforeItsAnswerIsAcknowledged() throws IOException {
    serve(false, 300_000, LONG, Duration.ofMillis(100));
    try (RawClient slow = ask(client(SMALL_BUFFER)); RawClient idle = client(SMALL_BUFFER)) {
      assertTrue(idle.isEnded());
      LockSupport.parkNanos(300_000_000); // several times the idle time-out
      assertEquals(1, server.connections());
      assertEquals(300_000, slow.answer().body().length);
      assertTrue(slow.isEnded());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stoppingWaitsForWhatTheKernelHolds(boolean encrypted) throws Exception {
    serve(encrypted, 300_000, LONG, LONG);
    try (RawClient slow = ask(client(SMALL_BUFFER))) {
      slow.line();
      CompletableFuture<Void> stopping = CompletableFuture.runAsync(() -> server.stop(LONG));
      try (RawClient late = new RawClient(server.localAddress())) {
        late.isEnded();
      } catch (IOException _) {
        // it listens no more
      }
      LockSupport.parkNanos(700_000_000); // more than one walk over the connections
      assertFalse(stopping.isDone());
      assertEquals(300_000, slow.in().readNBytes(readHead(slow)).length);
      assertTrue(slow.isEnded());
      slow.close();
      stopping.get(10, TimeUnit.SECONDS);
    }
  }

  /// Past the server's patience it closes; what the kernel has it goes on delivering.
  @Test
  void whatTheKernelHoldsArrivesAfterTheEnd() throws Exception {
    serve(false, 100_000, LONG, LONG);
    try (RawClient slow = ask(client(SMALL_BUFFER))) {
      slow.line();
      server.stop(Duration.ofMillis(50));
      awaitNoConnection();
      assertEquals(100_000, slow.in().readNBytes(readHead(slow)).length);
      assertTrue(slow.isEnded());
    }
  }

  /// A request that the client sent before it knew must not turn the end into a reset, which takes the answer away.
  @Test
  void anEndThatTheServerDecidesReachesWhoeverHasSentMore() throws Exception {
    serve(false, 0, LONG, LONG);
    server.stop(Duration.ofSeconds(5));
    var config = HttpServerConfig.DEFAULTS;
    server = HttpServer.start(config, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
        exchange -> exchange.respond(200, Replies.headers().set("connection", "close"),
            Unpooled.wrappedBuffer(new byte[300_000])),
        loops);
    try (RawClient client = ask(client(SMALL_BUFFER))) {
      client.line();
      int size = readHead(client);
      for (int more = 0; more < 3; more++) {
        ask(client);
        assertTrue(readSlowly(client.in(), 1000, 10, 50) < size);
      }
      assertTrue(client.in().readAllBytes().length > 200_000);
    }
  }

  @Test
  void aSmallBodyMayTakeAsLongAsAnyOther() throws Exception {
    serve(false, 5, LIMIT, LONG);
    try (RawClient client = client(SMALL_BUFFER)) {
      client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r\n");
      for (int part = 0; part < 30; part++) {
        client.send(new String(new byte[100], ISO_8859_1));
        LockSupport.parkNanos(50_000_000); // in all almost four times the limit
      }
      assertEquals(200, client.answer().status());
    }
  }
}

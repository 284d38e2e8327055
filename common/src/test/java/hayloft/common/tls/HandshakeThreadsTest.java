package hayloft.common.tls;

import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.http.EventLoops;
import hayloft.common.http.HttpServer;
import hayloft.common.http.HttpServerConfig;
import hayloft.common.http.Replies;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Are open connections served while others shake hands?
@Timeout(60)
final class HandshakeThreadsTest {

  private static final Duration LONG = Duration.ofSeconds(30);
  private static final HttpServerConfig CONFIG = new HttpServerConfig(100, 50, 64 << 20, 64 << 20, 100, 8 << 10,
      16 << 10, 64 << 10,
      LONG, LONG, LONG);

  private final MadeCertificate made = MadeCertificate.ec("localhost");

  private SSLSocket connected(HttpServer server) throws IOException {
    var socket = (SSLSocket) ClientTls.trusting(List.of(made.certificate())).context().getSocketFactory()
        .createSocket("127.0.0.1", server.localAddress().getPort());
    socket.startHandshake();
    return socket;
  }

  private static String get(SSLSocket socket) throws IOException {
    socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    String status = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
    var rest = new StringBuilder();
    while (rest.indexOf("\r\n\r\n") < 0) { // what follows is the next answer
      rest.append((char) socket.getInputStream().read());
    }
    return status;
  }

  @ParameterizedTest
  @EnumSource(TlsProvider.class)
  void anOpenConnectionDoesNotWaitForHandshakes(TlsProvider provider) throws Exception {
    whileHandshakesWait(provider, 100, server -> {
      // nothing more: the open connection is asked in any case
    });
  }

  /// Who waits for this side is not silent, however many come meanwhile for whom there is no place.
  @ParameterizedTest
  @EnumSource(TlsProvider.class)
  void whoseHandshakeWaitsKeepsItsPlace(TlsProvider provider) throws Exception {
    whileHandshakesWait(provider, 2, server -> {
      for (int i = 0; i < 8; i++) { // within four times what silence may take
        new Socket("127.0.0.1", server.localAddress().getPort()).close();
        LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
      }
    });
  }

  private interface Meanwhile {
    void happens(HttpServer server) throws Exception;
  }

  /// One connection is open and asks, another's handshake waits for a thread, and is made afterwards.
  private void whileHandshakesWait(TlsProvider provider, int most, Meanwhile meanwhile) throws Exception {
    EventLoops loops = EventLoops.start(1);
    try (ServerTls tls = ServerTls.start(made.certified(), provider)) {
      HttpServer server = HttpServer.start(CONFIG.withMaxConnections(most),
          new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), exchange -> {
            exchange.belongsTo("ann");
            exchange.respond(200, Replies.headers(), Unpooled.EMPTY_BUFFER);
          }, loops, Optional.of(tls));
      var busy = new CountDownLatch(1);
      try (SSLSocket open = connected(server)) {
        assertTrue(get(open).endsWith("200")); // a user's from now on, whom silence does not end
        var taken = new CountDownLatch(tls.threads().count()); // until then these wait themselves
        for (int i = 0; i < tls.threads().count(); i++) {
          tls.threads().execute(() -> {
            taken.countDown();
            await(busy);
          });
        }
        taken.await();
        var second = new FutureTask<>(() -> connected(server));
        Thread.startVirtualThread(second);
        while (tls.threads().waiting() == 0) {
          Thread.onSpinWait();
        }
        meanwhile.happens(server);
        assertTrue(get(open).endsWith("200"));
        busy.countDown();
        try (SSLSocket connected = second.get(30, TimeUnit.SECONDS)) {
          assertTrue(get(connected).endsWith("200"));
        }
      } finally {
        busy.countDown();
        server.stop(LONG);
      }
    } finally {
      loops.close();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}

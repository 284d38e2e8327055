package hayloft.common.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;

/// A server for each test, on the loops of its class; after each test it must have given everything back.
abstract class HttpServerFixture {

  static EventLoops loops;
  HttpServer server;

  @BeforeAll
  static void startLoops() {
    loops = EventLoops.start(2);
  }

  @AfterAll
  static void endLoops() {
    loops.close();
  }

  @AfterEach
  void everythingIsGivenBack() {
    server.stop(Duration.ofSeconds(5));
    // a connection counts as closed just before the loop is given the task of letting its bytes go
    for (int round = 0; round < 2; round++) {
      loops.group().forEach(loop -> loop.submit(() -> {}).syncUninterruptibly());
    }
    assertEquals(0, server.connections());
    assertEquals(0, server.forks());
    assertEquals(0, server.bufferedBytes().get());
    assertEquals(0, server.aggregatingBytes().get());
    assertEquals(0, server.ledger().heapBytes());
    for (Ledger.Kept kind : Ledger.Kept.values()) {
      assertEquals(0, server.ledger().strangers().held(kind), kind + " of strangers");
    }
    assertEquals(0, ((PooledByteBufAllocator) loops.allocator()).pinnedDirectMemory(), "bytes of buffers still in use");
  }

  /// Starts the test's server and connects to it.
  RawClient serve(HttpServerConfig config, HttpHandler handler) throws IOException {
    server = HttpServer.start(config, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), handler, loops);
    return new RawClient(server.localAddress());
  }
}

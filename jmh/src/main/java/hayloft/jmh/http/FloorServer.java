package hayloft.jmh.http;

import hayloft.common.http.EventLoops;
import hayloft.common.http.HttpExchange;
import hayloft.common.http.HttpServer;
import hayloft.common.http.HttpServerConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/// The floor under every figure: the same pipeline with nothing behind it. Answers GET and HEAD with so many bytes from
/// memory (4 KiB) and anything else, once its body was read, with nothing. Prints `floor http://…` and serves until it
/// is killed.
///
///     java -cp ... hayloft.jmh.http.FloorServer [BYTES]
final class FloorServer {
  private final ByteBuf answer;

  private FloorServer(int bytes) {
    answer = Unpooled.unreleasableBuffer(Unpooled.directBuffer(bytes).writeZero(bytes));
  }

  public static void main(String[] args) throws IOException, InterruptedException {
    var floor = new FloorServer(args.length == 0 ? 4096 : Integer.parseInt(args[0]));
    EventLoops loops = EventLoops.start();
    HttpServer server = HttpServer.start(HttpServerConfig.DEFAULTS,
        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), floor::answer, loops);
    System.out.println("floor http://127.0.0.1:" + server.localAddress().getPort());
    Thread.currentThread().join(); // for ever: the loops alone do not keep the process
  }

  private void answer(HttpExchange exchange) {
    boolean reads = exchange.method().equals(HttpMethod.GET) || exchange.method().equals(HttpMethod.HEAD);
    ByteBuf whole = exchange.body().whole();
    if (whole == null) {
      exchange.fork(() -> {
        for (ByteBuf piece = exchange.body().next(); piece != null; piece = exchange.body().next()) {
          piece.release();
        }
        exchange.respond(200, new DefaultHttpHeaders(), Unpooled.EMPTY_BUFFER);
      });
      return;
    }
    whole.release();
    exchange.respond(200, new DefaultHttpHeaders(), reads ? answer.duplicate() : Unpooled.EMPTY_BUFFER);
  }
}

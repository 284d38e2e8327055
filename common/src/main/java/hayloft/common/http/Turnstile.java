package hayloft.common.http;

import hayloft.common.tls.ServerTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Says 503 to a connection too many, as the answer to its request: some clients take what they have not asked for as
/// no answer. What the client has sent already is read and dropped for a moment: closing with bytes unread would reset
/// the connection before the client has seen the answer. Confined to the connection's event loop.
///
/// At most [#MOST] stand here at a time, since they cost what all others do, and of those with TLS, which cost the
/// most, [#MOST_WITH_TLS]. A place is not free again before [#SILENCE_MILLIS] have passed, so who comes and goes makes
/// the server answer no more often than that; beyond, a connection too many is closed without a word.
final class Turnstile extends ChannelInboundHandlerAdapter {

  static final int MOST = 256;
  static final int MOST_WITH_TLS = 32;
  /// Until then an answer waits for its request.
  private static final long SILENCE_MILLIS = 250;
  private static final long PATIENCE_MILLIS = 1_000;

  private final LoopConnections loop;
  private final HttpHandler handler;
  private boolean answered;

  private Turnstile(LoopConnections loop, HttpHandler handler) {
    this.loop = loop;
    this.handler = handler;
  }

  /// Refuses a connection that was accepted just now.
  ///
  /// @param standing how many are being refused
  /// @return whether it is told; if not there is no place now
  static boolean refuse(Channel channel, LoopConnections loop, HttpServer server, Optional<ServerTls> tls,
      AtomicInteger standing) {
    int most = tls.isPresent() ? MOST_WITH_TLS : MOST;
    if (standing.getAndUpdate(count -> Math.min(count + 1, most)) == most) {
      channel.close();
      return false;
    }
    long since = System.nanoTime();
    channel.closeFuture().addListener(_ -> {
      long left = TimeUnit.MILLISECONDS.toNanos(SILENCE_MILLIS) - (System.nanoTime() - since);
      if (left <= 0) {
        standing.decrementAndGet();
      } else {
        var _ = loop.eventLoop().schedule(standing::decrementAndGet, left, TimeUnit.NANOSECONDS);
      }
    });
    tls.ifPresent(given -> channel.pipeline().addLast(TlsDoor.ENCRYPTION,
        given.newHandler(channel.alloc(), server.config().headerTimeout())));
    channel.pipeline().addLast(new Turnstile(loop, server.handler()));
    return true;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    var _ = ctx.executor().schedule(() -> answer(ctx), SILENCE_MILLIS, TimeUnit.MILLISECONDS);
    var _ = ctx.executor().schedule(() -> TlsDoor.cutOff(ctx.channel()), PATIENCE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void answer(ChannelHandlerContext ctx) {
    if (answered || !ctx.channel().isActive()) {
      return;
    }
    answered = true;
    try {
      Refusal refusal = handler.refusal(Refusal.BUSY, "");
      ByteBuf body = refusal.body();
      ctx.write(loop.answerHead().write(ctx.alloc(), Refusal.BUSY, refusal.headers(),
          new AnswerHead.Framing.Length(body.readableBytes()), true, false), ctx.voidPromise());
      ctx.writeAndFlush(body).addListener((ChannelFutureListener) written -> {
        if (written.channel() instanceof DuplexChannel duplex) {
          duplex.shutdownOutput();
        }
      });
    } catch (Throwable e) { // of buffers there may be none left
      exceptionCaught(ctx, e);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == ChannelInputShutdownEvent.INSTANCE) {
      answer(ctx);
      ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message);
    answer(ctx);
  }

  /// A client that resets instead of reading is no fault, and must not write a line of the log each time.
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    TlsDoor.cutOff(ctx.channel());
  }
}

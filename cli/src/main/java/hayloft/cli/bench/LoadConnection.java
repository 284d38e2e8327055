package hayloft.cli.bench;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// One client: sends a request, reads the answer to its end, sends the next. Confined to its event loop.
final class LoadConnection extends SimpleChannelInboundHandler<HttpObject> {

  /// What all connections of a run share.
  ///
  /// @param next chooses a request; shared by all connections
  /// @param keepGoing asked before each request
  /// @param body sent with requests that have one; borrowed by each
  record Run(Function<RandomGenerator, Workload.Request> next, ByteBuf body, String bodyHash, LoadMeter meter,
      BooleanSupplier keepGoing) {}

  private final Run run;
  private final RequestSigner signer;
  private final LoadHttpCodec codec;
  private final boolean tls;
  private final SplittableRandom random;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final String emptyHash = RequestSigner.sha256Hex(new byte[0]);

  private long sentNanos;
  private int status;
  private long bytes;
  private boolean carriesBody;

  /// @param tls whether the first request waits for a handshake, whose time is then not the request's
  LoadConnection(Run run, RequestSigner signer, LoadHttpCodec codec, boolean tls, long seed) {
    this.tls = tls;
    this.run = run;
    this.signer = signer;
    this.codec = codec;
    this.random = new SplittableRandom(seed);
  }

  CompletableFuture<Void> done() {
    return done;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    if (!tls) {
      sendNext(context);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        sendNext(context);
      } else {
        done.completeExceptionally(new IOException("no TLS with " + context.channel().remoteAddress() + ": "
            + reason(handshake.cause()) + "; --ca names who vouches for the store", handshake.cause()));
      }
    }
  }

  /// The innermost cause says what was wrong with a certificate.
  private static String reason(Throwable failure) {
    Throwable innermost = failure;
    while (innermost.getCause() != null) {
      innermost = innermost.getCause();
    }
    return innermost.getMessage() == null ? innermost.toString() : innermost.getMessage();
  }

  private void sendNext(ChannelHandlerContext context) {
    if (!run.keepGoing().getAsBoolean()) {
      done.complete(null);
      context.close();
      return;
    }
    Workload.Request request = run.next().apply(random);
    carriesBody = request.hasBody();
    int bodyBytes = carriesBody ? run.body().readableBytes() : 0;
    byte[] head = signer.head(request.method(), request.path(), request.query(),
        carriesBody ? run.bodyHash() : emptyHash,
        bodyBytes);
    codec.expectAnswerTo(HttpMethod.valueOf(request.method()));
    bytes = bodyBytes;
    sentNanos = System.nanoTime();
    context.write(Unpooled.wrappedBuffer(head));
    if (carriesBody) {
      context.write(run.body().retainedDuplicate());
    }
    context.flush();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    if (message instanceof HttpResponse response) {
      status = response.status().code();
      if (response.decoderResult().isFailure()) {
        context.close();
        done.completeExceptionally(response.decoderResult().cause());
        return;
      }
    }
    if (message instanceof HttpContent content) {
      bytes += content.content().readableBytes();
    }
    if (message instanceof LastHttpContent && status >= 200) {
      run.meter().record(System.nanoTime() - sentNanos, status, bytes);
      sendNext(context);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    done.completeExceptionally(new IOException("the server closed a connection"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    done.completeExceptionally(cause);
    context.close();
  }
}

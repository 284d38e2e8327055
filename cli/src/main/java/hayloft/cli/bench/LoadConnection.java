package hayloft.cli.bench;

import hayloft.cli.client.RequestSigner;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// One client: sends a request, reads the answer to its end, sends the next. Confined to its event loop, of which a new
/// connection may have another.
///
/// As S3's clients do it sends a request again, after a pause, that was answered 503 or whose connection broke; both
/// are counted.
@ChannelHandler.Sharable // by one connection after the other
final class LoadConnection extends SimpleChannelInboundHandler<HttpObject> {

  /// What all connections of a run share.
  ///
  /// @param next chooses a request; shared by all connections
  /// @param keepGoing asked before each request that was not sent before
  /// @param connect gives a client another connection
  record Run(Function<RandomGenerator, Workload.Request> next, RequestBodies bodies, LoadMeter meter,
      BooleanSupplier keepGoing, Consumer<LoadConnection> connect) {}

  private static final int SLOW_DOWN = 503;
  private static final int MOST_TRIES = 200;
  private static final int BETWEEN_LOOKS_SECONDS = 5;
  private static final int MOST_QUIET_LOOKS = 12;
  private static final int SHORTEST_PAUSE_MILLIS = 20;
  private static final int LONGEST_PAUSE_MILLIS = 500;

  private final Run run;
  private final RequestSigner signer;
  private final boolean tls;
  private final SplittableRandom random;
  private final CompletableFuture<Void> done = new CompletableFuture<>();
  private final String emptyHash = RequestSigner.sha256Hex(new byte[0]);

  private LoadHttpCodec codec = new LoadHttpCodec();
  private Workload.Request request = new Workload.Request("", "", "", 0);
  /// How often the request was sent; 0 for one that still has to be chosen.
  private int tries;
  private boolean underWay;
  private boolean lastOnConnection;
  private long sentNanos;
  private int status;
  private long bytes;
  private int quietLooks;
  private long unsentBytes;

  /// @param tls whether a connection's first request waits for a handshake, whose time is then not the request's
  LoadConnection(Run run, RequestSigner signer, boolean tls, long seed) {
    this.tls = tls;
    this.run = run;
    this.signer = signer;
    this.random = new SplittableRandom(seed);
  }

  CompletableFuture<Void> done() {
    return done;
  }

  /// From now on over another connection.
  ///
  /// @param next decodes its answers
  LoadConnection over(LoadHttpCodec next) {
    codec = next;
    return this;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    quietLooks = 0;
    Future<?> looks = context.executor().scheduleAtFixedRate(() -> look(context), BETWEEN_LOOKS_SECONDS,
        BETWEEN_LOOKS_SECONDS, TimeUnit.SECONDS);
    context.channel().closeFuture().addListener(_ -> looks.cancel(false));
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

  /// A store that takes nothing and says nothing for a minute will not do so later. Looked at now and then, so that
  /// requests cost no more.
  private void look(ChannelHandlerContext context) {
    ChannelOutboundBuffer unsent = context.channel().unsafe().outboundBuffer();
    long left = unsent == null ? 0 : unsent.totalPendingWriteBytes() - unsent.currentProgress();
    if (!underWay || left != unsentBytes) {
      quietLooks = 0;
    }
    unsentBytes = left;
    if (++quietLooks > MOST_QUIET_LOOKS) {
      done.completeExceptionally(new IOException("nothing has come for " + MOST_QUIET_LOOKS * BETWEEN_LOOKS_SECONDS
          + " seconds; see what the store is doing"));
      context.close();
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
    if (tries == 0) {
      if (!run.keepGoing().getAsBoolean()) {
        done.complete(null);
        context.close();
        return;
      }
      request = run.next().apply(random);
    }
    tries++;
    int bodyBytes = request.bodyBytes();
    byte[] head = signer.head(request.method(), request.path(), request.query(),
        bodyBytes > 0 ? run.bodies().hash(bodyBytes) : emptyHash, bodyBytes);
    codec.expectAnswerTo(HttpMethod.valueOf(request.method()));
    bytes = bodyBytes;
    status = 0;
    underWay = true;
    sentNanos = System.nanoTime();
    context.write(Unpooled.wrappedBuffer(head));
    if (bodyBytes > 0) {
      context.write(run.bodies().body(bodyBytes));
    }
    context.flush();
  }

  @Override
  protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
    quietLooks = 0;
    if (message instanceof HttpResponse response) {
      status = response.status().code();
      lastOnConnection = !HttpUtil.isKeepAlive(response);
      if (response.decoderResult().isFailure()) {
        done.completeExceptionally(new IOException("what answers there is no HTTP", response.decoderResult().cause()));
        context.close();
        return;
      }
    }
    if (message instanceof HttpContent content) {
      bytes += content.content().readableBytes();
    }
    if (message instanceof LastHttpContent && status >= 200) {
      underWay = false;
      run.meter().record(System.nanoTime() - sentNanos, status, bytes);
      if (status != SLOW_DOWN) {
        tries = 0;
      }
      if (lastOnConnection) {
        context.close();
      } else if (status == SLOW_DOWN) {
        afterAPause(context, () -> sendNext(context));
      } else {
        sendNext(context);
      }
    }
  }

  private void afterAPause(ChannelHandlerContext context, Runnable then) {
    if (tries >= MOST_TRIES) {
      done.completeExceptionally(new IOException(request.method() + " " + request.path() + " did not get through in "
          + MOST_TRIES + " tries, the last status " + status));
      context.close();
      return;
    }
    int most = Math.min(LONGEST_PAUSE_MILLIS, SHORTEST_PAUSE_MILLIS << Math.min(tries, 5));
    context.executor().schedule(then, random.nextInt(SHORTEST_PAUSE_MILLIS, most + 1), TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (done.isDone()) {
      return;
    }
    if (underWay) {
      underWay = false;
      run.meter().record(System.nanoTime() - sentNanos, LoadMeter.BROKEN_OFF, bytes);
    }
    afterAPause(context, () -> run.connect().accept(this));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (!(cause instanceof IOException)) { // a connection that breaks is met when it has become inactive
      done.completeExceptionally(cause);
    }
    context.close();
  }
}

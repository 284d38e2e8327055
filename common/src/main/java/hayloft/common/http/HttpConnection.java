package hayloft.common.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import hayloft.common.log.EventLog;
import hayloft.common.tls.ServerTls;
import hayloft.common.tls.TlsSession;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection: takes requests off its bytes, one at a time, and puts answers on. All of the server's protocol in
/// one handler, so that a small GET is one pass from the socket's buffer to one gathering write.
///
///     IDLE --a byte--> HEAD --small body missing--> AGGREGATING --whole--> EXCHANGE
///                      HEAD --none, or long body-------------------------> EXCHANGE
///     EXCHANGE --answered--> IDLE
///     EXCHANGE --answered, body still coming--> DRAINING --its end--> IDLE
///     EXCHANGE --answered with close, body or requests still coming--> LINGERING --its end, a bound--> CLOSING
///     DRAINING --a time-out--> LINGERING
///     IDLE --the server stops, the client has not got all--> LINGERING
///     IDLE, HEAD, AGGREGATING or DRAINING --the client has sent all--> CLOSING
///     any --answered with close, a refusal, a time-out--> CLOSING
///
/// A request gets one answer: whatever turns out wrong with its body after that ends the connection without a word.
///
/// A client may end its side behind its last request and is answered; one that ends it within a request is gone
/// ([RFC 9112 section 9.6](https://www.rfc-editor.org/rfc/rfc9112#section-9.6)).
///
/// Reading from the socket goes on during an exchange, up to [#READ_AHEAD_BYTES]: so a hang-up is noticed, and the
/// usual request costs no change of interest. Confined to the channel's event loop, but for what is marked *any
/// thread*.
final class HttpConnection extends ChannelInboundHandlerAdapter {

  private enum State {
    IDLE,
    HEAD,
    AGGREGATING,
    EXCHANGE,
    DRAINING,
    LINGERING,
    CLOSING
  }

  private static final EventLog LOG = EventLog.of(HttpConnection.class);

  /// Bytes of pipelined requests, or of a body that nobody reads, that are kept before reading stops.
  static final int READ_AHEAD_BYTES = 64 << 10;
  /// Of a body that the handler left unread; more than that and the connection is not worth keeping.
  static final long DRAIN_BYTES = 1 << 20;
  /// After an answer that closes the connection, so much is still taken from the client, so that the answer reaches it:
  /// closing with bytes unread makes the kernel reset the connection, and the client may then never see the answer.
  static final long LINGER_BYTES = 32 << 20;
  /// What a buffer may hold for a body's bytes, which are what is counted of its pieces.
  private static final int PIECE_PERCENT = 200;
  private static final int SCARCE_PIECE_PERCENT = 120;
  private static final long RETRY_MILLIS = 10;
  private static final Duration LINGER = Duration.ofSeconds(5);
  private static final int TRICKLE_BYTES_PER_SECOND = 16 << 10;
  private static final long NANOS_PER_TRICKLED_BYTE = 1_000_000_000 / TRICKLE_BYTES_PER_SECOND;
  private static final ByteBuf CONTINUE = Unpooled
      .unreleasableBuffer(Unpooled.directBuffer().writeBytes("HTTP/1.1 100 Continue\r\n\r\n".getBytes(US_ASCII)))
      .asReadOnly();

  private static final Refusal PLAIN_TEXT = Refusal.text("this port speaks TLS: use https instead of http\n");
  private static final Refusal TLS = Refusal.text("this port does not speak TLS: use http instead of https\n");

  private final HttpServer server;
  private final LoopConnections loop;
  private final Channel channel;
  private final InputBytes input;
  private final BodyFraming body;
  private final ConnectionRoom room;
  private final ConnectionOutput output;
  private final LeastRate aggregateRate = new LeastRate();
  private final RequestHeadParser.Progress progress = new RequestHeadParser.Progress();

  private boolean tls;
  private boolean handshakeIsHere; // what the client sent of it waits for a thread
  private Optional<TlsSession> tlsSession = Optional.empty();
  private State state = State.IDLE;
  private long sinceNanos;
  private boolean processing;
  private boolean goesOnLater;
  private boolean takerAwaited;
  private boolean inputEnded; // the client sends nothing more
  private boolean starved; // the last step needs bytes that are not here

  private @Nullable RequestHead head;
  private @Nullable Exchange exchange;
  private @Nullable ByteBuf aggregate;
  private boolean continued;

  private long beganNanos; // of the current request: its first byte
  private long headNanos;
  private boolean headInPieces;
  private int headBytes;
  private long looksBefore; // of its loop, before any that could have seen it
  private long progressedNanos; // when the client last sent or took something

  HttpConnection(HttpServer server, LoopConnections loop, Channel channel, boolean tls) {
    this.server = server;
    this.loop = loop;
    this.channel = channel;
    this.tls = tls;
    input = new InputBytes(channel);
    body = new BodyFraming(input);
    room = new ConnectionRoom(server, loop, this);
    output = new ConnectionOutput(channel, room, this::progressed);
  }

  /// Counts the connection itself. False if there is no room for it.
  boolean takeRoom(long heapBytes) {
    if (!room.enter(heapBytes)) {
      return false;
    }
    channel.closeFuture().addListener(_ -> room.leave(heapBytes));
    return true;
  }

  // What exchanges ask for

  /// Any thread.
  InetSocketAddress remoteAddress() {
    return (InetSocketAddress) channel.remoteAddress();
  }

  /// Any thread that has an exchange: it does not change once there is one.
  boolean isTls() {
    return tls;
  }

  /// Any thread that has an exchange. It stays when the connection is gone, which is when lines of logs are written.
  Optional<TlsSession> tlsSession() {
    return tlsSession;
  }

  /// Any thread.
  boolean isGone() {
    return !channel.isActive();
  }

  /// Any thread.
  boolean inLoop() {
    return channel.eventLoop().inEventLoop();
  }

  /// Any thread. A task that fails ends the connection: nobody else would learn of it, and what waits for the task
  /// would wait for ever.
  void onLoop(Runnable task) {
    channel.eventLoop().execute(() -> runOrEnd(task));
  }

  /// Any thread: the same in a moment.
  void onLoopLater(Runnable task) {
    var _ = channel.eventLoop().schedule(() -> runOrEnd(task), RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void runOrEnd(Runnable task) {
    try {
      task.run();
    } catch (Throwable e) { // of buffers there may be none left
      failed(e);
    }
  }

  /// Any thread: what the connection keeps.
  Holding holding() {
    return room.holding();
  }

  /// What may be asked of it on other threads, it says itself.
  ConnectionRoom room() {
    return room;
  }

  /// Any thread.
  void startFork(Runnable task) {
    server.startFork(task);
  }

  /// Any thread.
  void refusedBuffer() {
    server.refusedBuffer();
  }

  /// Any thread: what to tell a client that the server answers by itself.
  Refusal refusal(int status, String target) {
    return server.handler().refusal(status, target);
  }

  /// Loop: the client has sent or taken something. To the moment: where there are too many connections, a tenth of a
  /// second decides.
  void progressed() {
    progressedNanos = System.nanoTime();
  }

  /// Any thread: the handler wants the body, so the client may send it.
  void bodyIsWanted() {
    RequestHead current = head;
    if (current != null && current.expectsContinue()) {
      onLoop(this::sendContinue);
    }
  }

  /// Any thread: the fork has taken enough of a body that more may be read.
  void roomInBody() {
    onLoop(this::process);
  }

  /// Any thread: an answer that has begun will not end.
  void abort(Exchange over) {
    onLoop(() -> abortNow(over));
  }

  private void abortNow(Exchange over) {
    over.body().answered();
    over.ended(false);
    if (exchange == over) {
      close();
    }
  }

  /// There was no buffer for what an answer begins with.
  private void cannotAnswer(Exchange over, Throwable why) {
    server.refusedBuffer();
    tell(why);
    abortNow(over);
  }

  private void sendContinue() {
    if (state == State.EXCHANGE && !continued && !body.isAtEnd() && channel.isActive()) {
      continued = true;
      channel.writeAndFlush(CONTINUE.duplicate(), channel.voidPromise());
    }
  }

  /// Answers with a whole body. Takes it.
  void answer(Exchange answered, int status, HttpHeaders headers, ByteBuf content) {
    RequestHead request = answered.head();
    if (exchange != answered || !channel.isActive()) {
      content.release();
      answered.body().answered();
      answered.ended(false);
      return;
    }
    answered.begins(status);
    boolean close = closesAfter(request, headers);
    AnswerHead.Framing framing = AnswerHead.Framing.of(request, status, headers, content.readableBytes());
    ByteBuf headBytes;
    try {
      headBytes = loop.answerHead().write(channel.alloc(), status, headers, framing, close, request.http10());
    } catch (Throwable e) {
      content.release();
      cannotAnswer(answered, e);
      return;
    }
    if (AnswerHead.isBodiless(request, status) || !content.isReadable()) {
      content.release();
      output.write(headBytes, thenClose(close));
    } else {
      output.write(headBytes);
      answered.sent(content.readableBytes());
      output.writeBody(content, thenClose(close));
    }
    endExchange(answered, close);
  }

  /// What has to be done behind the last of all answers.
  private @Nullable ChannelFutureListener thenClose(boolean last) {
    return last ? this::lastWritten : null;
  }

  private void lastWritten(ChannelFuture future) {
    sinceNanos = loop.nowNanos();
    if (!future.isSuccess() || state != State.LINGERING || inputEnded) {
      close();
    } else if (channel.pipeline().get(TlsDoor.ENCRYPTION) instanceof SslHandler encryption) {
      encryption.closeOutbound();
    } else if (channel instanceof DuplexChannel duplex) {
      duplex.shutdownOutput();
    }
  }

  /// Writes one piece of an answer; the first one travels with the head. Takes the piece. But for the last one it
  /// leaves with the next [#flushPieces].
  void writePiece(Exchange answering, PieceAnswer answer, ByteBuf piece, boolean first, boolean last) {
    int bytes = piece.readableBytes();
    if (exchange != answering || !channel.isActive()) {
      piece.release();
      answering.ended(false);
      answer.lost(bytes);
      return;
    }
    RequestHead request = answering.head();
    boolean unknownLength = answer.declaredBytes() < 0;
    boolean chunked = unknownLength && !request.http10();
    if (first) {
      answering.begins(answer.status());
      answer.closes(closesAfter(request, answer.headers()) || unknownLength && request.http10());
    }
    boolean close = answer.closes();
    boolean bodiless = AnswerHead.isBodiless(request, answer.status());
    if (first) {
      AnswerHead.Framing framing = unknownLength
          ? AnswerHead.Framing.ofUnknownLength(request, answer.status())
          : AnswerHead.Framing.of(request, answer.status(), answer.headers(), answer.declaredBytes());
      try {
        output.write(loop.answerHead().write(channel.alloc(), answer.status(), answer.headers(), framing, close,
            request.http10()));
      } catch (Throwable e) {
        piece.release();
        answer.lost(bytes);
        cannotAnswer(answering, e);
        return;
      }
    }
    ByteBuf content = piece;
    if (bodiless) {
      piece.release();
      content = Unpooled.EMPTY_BUFFER;
    } else {
      answering.sent(bytes);
    }
    if (!bodiless && chunked && bytes > 0) {
      output.write(Unpooled.copiedBuffer(Integer.toHexString(bytes) + "\r\n", US_ASCII));
      output.write(piece);
      content = Unpooled.copiedBuffer(last ? "\r\n0\r\n\r\n" : "\r\n", US_ASCII);
    } else if (!bodiless && chunked) {
      content = Unpooled.copiedBuffer("0\r\n\r\n", US_ASCII);
    }
    output.writePiece(answer, content, bytes, thenClose(last && close));
    if (last) {
      endExchange(answering, close);
    }
  }

  /// What was written of answers in pieces leaves now.
  void flushPieces() {
    output.flush();
  }

  private boolean closesAfter(RequestHead request, HttpHeaders headers) {
    return !request.keepAlive() || server.isStopping() || room.isOverdrawn() || inputEnded && input.peek() == null
        || headers.containsValue(HttpHeaderNames.CONNECTION, "close", true)
        || request.expectsContinue() && !continued && !body.isAtEnd() || body.mayLeaveMoreThan(DRAIN_BYTES);
  }

  private void endExchange(Exchange over, boolean close) {
    exchange = null;
    head = null;
    over.body().answered();
    over.ended(true);
    if (close && body.isAtEnd() && over.head().keepAlive()) { // the client may have sent its next request already
      state = State.LINGERING;
      body.breakOff();
    } else if (close) {
      state = body.isAtEnd() ? State.CLOSING : State.LINGERING;
    } else {
      state = body.isAtEnd() ? State.IDLE : State.DRAINING;
    }
    sinceNanos = loop.nowNanos();
    process();
  }

  // What the client sends

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    loop.add(this);
    looksBefore = loop.looks();
    sinceNanos = loop.nowNanos();
    progressed();
  }

  /// The handshake, once for each connection with TLS, so that requests do not ask the encryption; and the end of
  /// what the client sends.
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event == SslHandshakeCompletionEvent.SUCCESS
        && channel.pipeline().get(TlsDoor.ENCRYPTION) instanceof SslHandler encryption) {
      tlsSession = Optional.of(TlsSession.of(encryption.engine().getSession()));
    } else if (event instanceof SslHandshakeCompletionEvent handshake
        && handshake.cause() instanceof SslHandshakeTimeoutException) { // who closes it
      server.closedInHandshake();
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded = true;
      process();
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    loop.remove(this);
    state = State.CLOSING;
    dropInput();
    dropAggregate();
    output.forget();
    Exchange current = exchange;
    exchange = null;
    if (current != null) {
      current.body().clientGone();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    progressed();
    ByteBuf read = (ByteBuf) message;
    input.add(state == State.EXCHANGE
        ? input.compact(read, room.holding().isScarce() ? SCARCE_PIECE_PERCENT : PIECE_PERCENT)
        : read);
    process();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      process();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    failed(cause);
  }

  /// Closes it, whatever else fails.
  void failed(Throwable cause) {
    try {
      tell(cause);
    } finally {
      close();
    }
  }

  private void tell(Throwable cause) {
    if (cause instanceof OutOfMemoryError) { // of buffers: on one of the heap the process ends
      LOG.warning("http.outOfBuffers").with("remote", channel.remoteAddress()).with("reason", cause).say();
    } else if (cause instanceof IOException || cause instanceof DecoderException) {
      LOG.debug("http.connectionEnded").with("remote", channel.remoteAddress()).with("reason", cause).say();
    } else {
      LOG.error("http.connectionFailed").with("remote", channel.remoteAddress()).say(cause);
    }
  }

  /// Goes as far as the bytes at hand, the state and the client's reading allow.
  private void process() {
    if (processing) {
      return;
    }
    processing = true;
    try {
      int turns = 0;
      while (channel.isActive() && step()) { // one request may end and the next one begin with the same bytes
        if (++turns >= loop.turnsAtOnce()) {
          goOnLater();
          break;
        }
      }
      if (inputEnded && starved && channel.isActive()) {
        endOfInput();
      }
    } catch (RefusedRequestException e) {
      refuse(e.status(), e.toString());
    } finally {
      processing = false;
    }
    input.trim();
    if (state == State.EXCHANGE && body.isAtEnd() && room.isTooMuch(input.heldBytes())) {
      body.breakOff(); // what is answered now is the last one
      dropInput();
    }
    if (!countInput()) {
      refuse(Refusal.BUSY, "no room for a head that comes in pieces, or for requests behind others");
    }
    output.flush();
    boolean read = !room.holdsBack(isBodyComing()) && !isInputFull();
    if (channel.config().isAutoRead() != read) {
      channel.config().setAutoRead(read);
    }
  }

  /// After the other connections of this event loop: whoever sends a thousand requests at once waits for his own.
  private void goOnLater() {
    if (!goesOnLater) {
      goesOnLater = true;
      onLoop(() -> {
        goesOnLater = false;
        process();
      });
    }
  }

  /// Whether the client has to take what it was answered before it is answered more: its owner has nearly all that he
  /// may have, and each further answer would lie here as well.
  private boolean waitsForTaker() {
    if (!output.isPending()) {
      return false;
    }
    output.count();
    if (!room.isStrained()) {
      return false;
    }
    if (!takerAwaited) {
      takerAwaited = true;
      output.whenTaken(() -> {
        takerAwaited = false;
        goOnLater();
      });
    }
    return true;
  }

  private void dropInput() {
    input.drop();
    var _ = countInput();
  }

  /// False if it is a head that there is no room for, or requests behind others that wait for their turn.
  private boolean countInput() {
    if (state == State.IDLE && room.isTooMuch(input.heldBytes())) {
      return false;
    }
    return room.countInput(input.heldBytes(), state == State.HEAD);
  }

  /// True if there may be more to do at once.
  private boolean step() throws RefusedRequestException {
    starved = false;
    return switch (state) {
      case IDLE, HEAD -> readHead();
      case AGGREGATING -> readAggregate();
      case EXCHANGE -> {
        readStreamedBody();
        yield false;
      }
      case DRAINING -> {
        dropBody(DRAIN_BYTES);
        if (body.isAtEnd()) {
          state = State.IDLE;
          sinceNanos = loop.nowNanos();
        }
        starved = state == State.DRAINING;
        yield state == State.IDLE;
      }
      case LINGERING -> {
        dropBody(LINGER_BYTES);
        starved = true;
        if (body.isAtEnd()) {
          state = State.CLOSING;
          if (output.isAllWritten()) { // else the last write closes
            close();
          }
        }
        yield false;
      }
      case CLOSING -> {
        dropInput();
        yield false;
      }
    };
  }

  private boolean readHead() throws RefusedRequestException {
    ByteBuf in = input.peek();
    if (in == null || !channel.isWritable() || state == State.IDLE && waitsForTaker()) {
      starved = in == null;
      return false;
    }
    if (state == State.IDLE) {
      // no method begins with it, and its sender waits for an answer
      if (in.getByte(in.readerIndex()) == TlsDoor.HANDSHAKE) {
        refuse(400, "TLS on a port without TLS", TLS);
        return false;
      }
      state = State.HEAD;
      sinceNanos = loop.nowNanos();
      beganNanos = System.nanoTime();
      headInPieces = false;
      progress.reset();
    }
    int before = in.readableBytes();
    RequestHead request = loop.parser().parse(in, progress);
    headBytes = before - in.readableBytes();
    if (request == null) {
      headInPieces = true;
      starved = true;
      return false;
    }
    begin(request);
    return true;
  }

  private void begin(RequestHead request) {
    head = request;
    headNanos = headInPieces ? System.nanoTime() : beganNanos;
    continued = false;
    output.requested();
    body.begin(request, server.config().maxHeaderBytes());
    boolean small = request.bodyBytes() != RequestHead.CHUNKED
        && request.bodyBytes() <= server.config().aggregateBytes();
    if (small && request.bodyBytes() <= input.count()) {
      if (request.bodyBytes() == 0 && request.expectsContinue()) {
        // RFC 9110 section 10.1.1 lets a server leave it out, but clients of AWS's SDK for Python that were answered
        // without it take the next answer of the connection for garbage, and wait a minute for the rest of it.
        continued = true;
        output.write(CONTINUE.duplicate());
      }
      handOutWhole(request, request.bodyBytes() == 0
          ? Unpooled.EMPTY_BUFFER
          : input.compact(body.take((int) request.bodyBytes())));
    } else if (small && !request.expectsContinue() && room.enterAggregate(request.bodyBytes())) {
      try {
        aggregate = channel.alloc().directBuffer((int) request.bodyBytes());
      } finally {
        if (aggregate == null) { // what fails is not counted
          room.leaveAggregate(request.bodyBytes());
        }
      }
      state = State.AGGREGATING;
      aggregateRate.forget();
      aggregateRate.begin(0, server.config().bodyTimeout(), loop.nowNanos());
    } else {
      handOut(request,
          new StreamedBody(this, request.bodyBytes(), server.config().bodyTimeout(), room.holding()), 0);
    }
  }

  private boolean readAggregate() {
    ByteBuf whole = aggregate;
    RequestHead request = head;
    if (whole == null || request == null) {
      return false;
    }
    body.moveTo(whole);
    if (!body.isAtEnd()) {
      starved = true;
      return false;
    }
    room.leaveAggregate(request.bodyBytes());
    aggregate = null;
    handOutWhole(request, whole);
    return true;
  }

  private void handOutWhole(RequestHead request, ByteBuf whole) {
    handOut(request, new StreamedBody(this, whole, server.config().bodyTimeout(), room.holding()),
        whole.readableBytes());
  }

  /// The handler knows best how to say that a body took too long: it gets what there is, and the time-out.
  private void handOutTooSlow() {
    ByteBuf part = aggregate;
    RequestHead request = head;
    if (part == null || request == null) {
      return;
    }
    aggregate = null;
    room.leaveAggregate(request.bodyBytes());
    StreamedBody late = new StreamedBody(this, request.bodyBytes(), server.config().bodyTimeout(), room.holding());
    int partBytes = part.readableBytes();
    late.offer(part);
    late.timedOut();
    handOut(request, late, partBytes);
  }

  private void dropAggregate() {
    ByteBuf part = aggregate;
    RequestHead request = head;
    aggregate = null;
    if (part != null && request != null) {
      room.leaveAggregate(request.bodyBytes());
      part.release();
    }
  }

  /// @param bodyBytes that have come already
  private void handOut(RequestHead request, StreamedBody streamed, long bodyBytes) {
    Exchange next = new Exchange(this, request, headBytes, streamed, beganNanos, headNanos);
    next.received(bodyBytes);
    if (state == State.AGGREGATING) {
      next.receivedAll();
    }
    exchange = next;
    state = State.EXCHANGE;
    try {
      server.handler().handle(next);
    } catch (Throwable e) { // an exchange is the smallest part that can end cleanly, whatever went wrong in it
      next.failed(e);
    }
  }

  private void readStreamedBody() {
    Exchange current = exchange;
    if (current == null || body.isAtEnd()) {
      return;
    }
    if (body.isBroken()) {
      dropInput();
      return;
    }
    StreamedBody streamed = current.body();
    if (room.isTooMuch(input.heldBytes())) {
      streamed.noRoom();
      body.breakOff();
      dropInput();
      return;
    }
    try {
      while (!streamed.pauseIfFull()) {
        ByteBuf piece = body.next();
        if (piece == null) {
          starved = !body.isAtEnd();
          break;
        }
        current.received(piece.readableBytes());
        streamed.offer(piece);
      }
    } catch (RefusedRequestException e) {
      streamed.malformed(e.toString()); // the handler says so, if it has not answered yet
      body.breakOff();
      return;
    }
    if (body.isAtEnd()) {
      current.receivedAll();
      streamed.complete();
    }
  }

  /// What turns out to be no body is dropped like one: its request was answered.
  private void dropBody(long boundBytes) {
    try {
      if (body.drop(boundBytes)) {
        close();
      }
    } catch (RefusedRequestException e) {
      LOG.debug("http.malformedRest").with("remote", channel.remoteAddress()).with("reason", e).say();
      body.breakOff();
    }
  }

  /// The client has sent all it will, and what is here has been understood.
  private void endOfInput() {
    switch (state) {
      case IDLE, HEAD, AGGREGATING, DRAINING -> closeWhenWritten();
      case EXCHANGE -> close(); // within its body: the client is gone
      case LINGERING -> {
        state = State.CLOSING;
        if (output.isAllWritten()) { // else the last write closes
          close();
        }
      }
      case CLOSING -> {
        // the last write closes
      }
    }
  }

  /// Takes no further request; answers before reach the client first.
  private void closeWhenWritten() {
    state = State.CLOSING;
    dropInput();
    dropAggregate();
    if (output.isAllWritten()) {
      close();
    } else {
      output.write(Unpooled.EMPTY_BUFFER, this::lastWritten);
    }
  }

  /// The last answer did not say that it is the last one, and yet nothing that follows is taken for a request. The
  /// client sees all of it and then the end; what it still sends is dropped for a while, because a reset would take
  /// the answer from it.
  private void endAfterAnswer() {
    state = State.LINGERING;
    body.breakOff();
    sinceNanos = loop.nowNanos();
    output.write(Unpooled.EMPTY_BUFFER, this::lastWritten);
  }

  /// What the next step does not need yet is left in the kernel where room is scarce.
  private boolean isInputFull() {
    if (input.count() >= READ_AHEAD_BYTES || input.count() > 0 && !starved && room.holding().isScarce()) {
      return true;
    }
    Exchange current = exchange;
    return current != null && !body.isAtEnd() && (body.isBroken() || current.body().isPaused());
  }

  private boolean isBodyComing() {
    return exchange != null && !body.isAtEnd() && !body.isBroken();
  }

  /// Reads on if there is room by now, or gives up.
  private void checkHeldBack(StreamedBody streamed, long nowNanos) {
    if (!isBodyComing() || room.hasRoomForInput()) {
      process();
    } else if (room.isPatienceOver(nowNanos)) {
      streamed.noRoom();
    }
  }

  /// For who makes its handshake: meanwhile the next step is not the client's.
  ServerTls.HandshakeWatcher handshake() {
    return new ServerTls.HandshakeWatcher() {
      @Override
      public void begins() {
        onLoop(() -> handshakeIsHere = true);
      }

      @Override
      public void ends() {
        onLoop(() -> {
          handshakeIsHere = false;
          progressed();
        });
      }
    };
  }

  /// Whoever is at the other end does not speak TLS, and is answered without.
  void refusePlainText() {
    tls = false;
    refuse(400, "no TLS on a port with TLS", PLAIN_TEXT);
  }

  /// Answers what is no request, or came too slowly, and closes: nobody knows where the next request would begin.
  private void refuse(int status, String reason) {
    refuse(status, reason, server.handler().refusal(status, ""));
  }

  private void refuse(int status, String reason, Refusal refusal) {
    LOG.debug("http.refused").with("status", status).with("remote", channel.remoteAddress()).with("reason", reason)
        .say();
    server.refusedHead(status);
    boolean headOnly = state == State.HEAD && progress.beganAsHead();
    dropInput();
    dropAggregate();
    Exchange current = exchange;
    exchange = null;
    if (current != null) { // its answer may have begun: no second one
      current.body().clientGone();
      close();
      return;
    }
    state = State.LINGERING;
    body.breakOff();
    sinceNanos = loop.nowNanos();
    ByteBuf document = refusal.body();
    output.write(loop.answerHead().write(channel.alloc(), status, refusal.headers(),
        new AnswerHead.Framing.Length(document.readableBytes()), true, false), thenClose(headOnly));
    if (headOnly) {
      document.release();
    } else {
      output.write(document, this::lastWritten);
    }
    output.flush();
  }

  private void close() {
    state = State.CLOSING;
    channel.close();
  }

  /// Closes without a farewell, for which the client would have to take what lies before it.
  private void cutOff() {
    state = State.CLOSING;
    TlsDoor.cutOff(channel);
  }

  // What time and the server ask for

  /// Called several times a second: ends what has taken too long.
  void check(long nowNanos) {
    HttpServerConfig config = server.config();
    if (!output.isPaceBearable(config.bodyTimeout(), nowNanos)) {
      cutOff();
      return;
    }
    output.count();
    switch (state) {
      case IDLE -> {
        if (!output.isAllWritten()) { // the client has not got its answer yet
          sinceNanos = nowNanos;
          if (server.isStopping()) {
            endAfterAnswer();
            output.flush();
          }
        } else if (!output.isAllAcknowledged()) {
          sinceNanos = nowNanos;
        } else if (server.isStopping() || isOver(config.idleTimeout(), nowNanos)) {
          close();
        }
      }
      case HEAD -> {
        if (isOver(config.headerTimeout(), nowNanos)) {
          refuse(408, "the head took too long");
        }
      }
      case AGGREGATING -> {
        ByteBuf part = aggregate;
        if (part != null && !aggregateRate.isKept(part.writerIndex(), config.bodyTimeout(), nowNanos)) {
          handOutTooSlow();
        }
      }
      case DRAINING -> {
        if (isOver(config.bodyTimeout(), nowNanos)) {
          endAfterAnswer();
          output.flush();
        }
      }
      case LINGERING -> {
        // counted from the last write
        if (isOver(LINGER, nowNanos) && output.isAllWritten() && output.isAllAcknowledged()) {
          close();
        }
      }
      case EXCHANGE -> {
        Exchange current = exchange;
        // the handler's time is its own but for what it waits for; what it has written is looked at below
        if (current != null) {
          current.body().check(nowNanos);
          if (room.isHeldBack()) {
            checkHeldBack(current.body(), nowNanos);
          }
        }
      }
      case CLOSING -> {
        // the last write closes, or the time for writing ends
      }
    }
  }

  /// Whether the next step is the client's.
  boolean isWaitingForClient() {
    return switch (state) {
      case IDLE -> !handshakeIsHere;
      case HEAD, AGGREGATING, DRAINING, LINGERING, CLOSING -> true;
      case EXCHANGE -> {
        Exchange current = exchange;
        yield current == null || current.body().isAwaited() || !output.isAllWritten();
      }
    };
  }

  /// The request that is with its handler; null if none is, or if its client is gone.
  @Nullable
  ExchangeUnderWay underWay(long nowNanos) {
    Exchange current = exchange;
    return current == null || state != State.EXCHANGE || isGone()
        ? null
        : current.underWay(nowNanos, isWaitingForClient());
  }

  /// Whether anything that it has sent would have been seen. While more connections come than a loop that is behind
  /// can look at, its request lies in its socket, and it is not the client that is silent.
  boolean isLookedAt() {
    return loop.hasLookedSince(looksBefore);
  }

  /// Whether it has not asked for anything yet, or has its answer.
  boolean isWithoutRequest() {
    return state == State.IDLE || state == State.HEAD;
  }

  /// Whether the client has had the last answer for so long, and may only send what nobody wants any more.
  boolean isEnding(long leastNanos, long nowNanos) {
    return state == State.LINGERING && nowNanos - sinceNanos > leastNanos && output.isAllWritten()
        && output.isAllAcknowledged();
  }

  /// Whether a request is with its handler.
  boolean isInExchange() {
    return state == State.EXCHANGE;
  }

  /// How long the client has neither sent nor taken anything.
  long idleNanos(long nowNanos) {
    return nowNanos - progressedNanos;
  }

  /// How long its request has been going on; nothing between requests.
  long requestNanos(long nowNanos) {
    return state == State.IDLE ? 0 : nowNanos - beganNanos;
  }

  /// How much longer its request has been coming than it would take a client of [#TRICKLE_BYTES_PER_SECOND]; nothing
  /// once it is here. Who sends it letter by letter is never idle, and yet keeps his place for nothing.
  long trickledNanos(long nowNanos) {
    Exchange current = exchange;
    ByteBuf part = aggregate;
    long cameBytes = switch (state) {
      case HEAD -> input.count();
      case AGGREGATING -> part == null ? 0 : part.writerIndex();
      case EXCHANGE -> current == null || !current.body().isAwaited() ? Long.MAX_VALUE : current.receivedBytes();
      case DRAINING, LINGERING, CLOSING -> 0; // it is answered, whatever comes
      case IDLE -> Long.MAX_VALUE;
    };
    long usualSeconds = cameBytes / TRICKLE_BYTES_PER_SECOND;
    long cameNanos = nowNanos - (state == State.DRAINING || state == State.LINGERING ? sinceNanos : beganNanos);
    return usualSeconds > TimeUnit.NANOSECONDS.toSeconds(cameNanos)
        ? 0
        : Math.max(0, cameNanos - cameBytes * NANOS_PER_TRICKLED_BYTE);
  }

  private boolean isOver(Duration limit, long nowNanos) {
    return nowNanos - sinceNanos > limit.toNanos();
  }

  /// At the end of the server's patience, or where others need the room.
  void closeNow() {
    cutOff();
  }
}

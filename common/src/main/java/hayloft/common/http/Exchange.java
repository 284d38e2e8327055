package hayloft.common.http;

import hayloft.common.PieceSource;
import hayloft.common.log.EventLog;
import hayloft.common.log.LogLine;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import hayloft.common.tls.TlsSession;
import hayloft.common.volume.StoreBusyException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// One request of a connection and its answer. Confined to one thread at a time, as [HttpExchange] says.
final class Exchange implements HttpExchange, ExchangeTimes {

  private static final EventLog LOG = EventLog.of(Exchange.class);
  private static final int PIECES_A_TURN = 4;
  /// From here on an answer is refused for want of room, unless it is owed.
  private static final int LARGE_ANSWER_BYTES = 64 << 10;

  /// How far the handler has got.
  ///
  ///     OPEN --respond--> WHOLE
  ///     OPEN --respondInPieces--> PIECES
  private enum Answer {
    OPEN,
    WHOLE,
    PIECES
  }

  private final HttpConnection connection;
  private final RequestHead head;
  private final int headBytes;
  private final StreamedBody body;
  private Answer answer = Answer.OPEN;
  private boolean forked;
  private boolean kept; // for later, on a fork's place
  private @Nullable Claim owed; // for an answer that is not to be refused
  private @Nullable PieceAnswer pieces;

  // What a watcher is told: the loop's alone, but for the watcher itself.
  private @Nullable ExchangeWatcher watcher;
  private final long beganNanos;
  private final long headNanos;
  private long bodyNanos;
  private long firstByteNanos;
  private long endedNanos;
  private int status;
  private boolean whole;
  private long receivedBytes;
  private long sentBytes;

  Exchange(HttpConnection connection, RequestHead head, int headBytes, StreamedBody body, long beganNanos,
      long headNanos) {
    this.connection = connection;
    this.head = head;
    this.headBytes = headBytes;
    this.body = body;
    this.beganNanos = beganNanos;
    this.headNanos = headNanos;
    this.bodyNanos = headNanos;
  }

  // How it goes

  /// Loop: bytes of the request's body came.
  void received(long bytes) {
    receivedBytes += bytes;
  }

  /// Loop: the last of them, some time after the head.
  void receivedAll() {
    bodyNanos = System.nanoTime();
  }

  /// Loop: the answer begins.
  void begins(int withStatus) {
    if (watcher != null) {
      status = withStatus;
      firstByteNanos = System.nanoTime();
    }
  }

  /// Loop: bytes of the answer's body went out.
  void sent(long bytes) {
    sentBytes += bytes;
  }

  /// Loop: the last byte went out, or none follows. Only the first time counts.
  void ended(boolean wholeAnswer) {
    ExchangeWatcher told = watcher;
    if (told == null) {
      return;
    }
    watcher = null;
    whole = wholeAnswer;
    endedNanos = wholeAnswer && answer == Answer.WHOLE ? firstByteNanos : System.nanoTime();
    if (status == 0) {
      firstByteNanos = endedNanos;
    }
    told.ended(this);
  }

  /// Loop: how far it is.
  ExchangeUnderWay underWay(long nowNanos, boolean waitsForClient) {
    return new ExchangeUnderWay(head.method().name(), connection.remoteAddress(), nowNanos - beganNanos, receivedBytes,
        sentBytes, waitsForClient, watcher);
  }

  @Override
  public void watch(ExchangeWatcher told) {
    watcher = told;
  }

  @Override
  public int status() {
    return status;
  }

  @Override
  public boolean isWhole() {
    return whole;
  }

  @Override
  public long receivedBytes() {
    return receivedBytes;
  }

  @Override
  public long sentBytes() {
    return sentBytes;
  }

  @Override
  public long beganNanos() {
    return beganNanos;
  }

  @Override
  public long headNanos() {
    return headNanos;
  }

  @Override
  public long bodyNanos() {
    return bodyNanos;
  }

  @Override
  public long firstByteNanos() {
    return firstByteNanos;
  }

  @Override
  public long endedNanos() {
    return endedNanos;
  }

  @Override
  public boolean isHttp10() {
    return head.http10();
  }

  RequestHead head() {
    return head;
  }

  @Override
  public HttpMethod method() {
    return head.method();
  }

  @Override
  public String target() {
    return head.target();
  }

  @Override
  public HttpHeaders headers() {
    return head.headers();
  }

  @Override
  public InetSocketAddress remoteAddress() {
    return connection.remoteAddress();
  }

  @Override
  public boolean isTls() {
    return connection.isTls();
  }

  @Override
  public Optional<TlsSession> tlsSession() {
    return connection.tlsSession();
  }

  @Override
  public StreamedBody body() {
    return body;
  }

  /// As it came.
  int headBytes() {
    return headBytes;
  }

  @Override
  public void belongsTo(String user) {
    connection.holding().belongsTo(user);
  }

  @Override
  public boolean fork(Waiting rest) {
    if (forked || answer != Answer.OPEN) {
      throw new IllegalStateException("an exchange is forked once, before it is answered");
    }
    if (!kept && !connection.room().enterFork(this)) {
      forked = true;
      connection.room().refusedFork();
      refuse();
      return false;
    }
    kept = false;
    start(rest);
    return true;
  }

  /// Takes the place that was entered, or gives it back if there is no thread to be had.
  private void start(Waiting rest) {
    forked = true;
    boolean started = false;
    try {
      connection.startFork(() -> run(rest));
      started = true;
    } finally {
      if (!started) {
        forked = false;
        connection.room().leaveFork(this);
      }
    }
  }

  @Override
  public @Nullable Executor later() {
    if (forked || kept || answer != Answer.OPEN || !connection.room().enterFork(this)) {
      return null;
    }
    kept = true;
    return task -> connection.onLoop(() -> {
      try {
        task.run();
      } catch (Throwable e) { // nobody else would end the exchange
        fail(e);
      }
    });
  }

  @Override
  public void fail(Throwable fault) {
    failed(fault);
    leavePlace();
  }

  private void leavePlace() {
    if (kept) {
      kept = false;
      connection.room().leaveFork(this);
    }
  }

  /// Answers that the server has too much to do.
  void refuse() {
    Refusal refusal = refusal(Refusal.BUSY);
    respond(Refusal.BUSY, refusal.headers(), refusal.body());
  }

  private Refusal refusal(int withStatus) {
    ExchangeWatcher asked = watcher;
    return asked == null ? connection.refusal(withStatus, head.target()) : asked.refusal(withStatus);
  }

  private String reference() {
    ExchangeWatcher asked = watcher;
    return asked == null ? "-" : asked.reference();
  }

  private void run(Waiting rest) {
    try {
      rest.run();
      if (answer == Answer.OPEN) {
        throw new IllegalStateException("the handler ended without an answer");
      }
    } catch (ClientGoneException e) {
      about(LOG.debug("http.clientGone")).say();
    } catch (BodyTimeoutException e) {
      about(LOG.debug("http.bodyTimedOut")).say();
      if (answer == Answer.OPEN) {
        respondAndClose(408);
      }
    } catch (MalformedBodyException e) {
      about(LOG.debug("http.malformedBody")).with("reason", e).say();
      if (answer == Answer.OPEN) {
        respondAndClose(400);
      }
    } catch (Throwable e) { // an exchange is the smallest part that can end cleanly, whatever went wrong in it
      failed(e);
    } finally {
      end();
    }
  }

  private LogLine about(LogLine line) {
    return line.with("method", head.method()).with("target", head.target());
  }

  /// The handler threw: 500, or a broken connection if the answer has begun.
  void failed(Throwable e) {
    if (e instanceof OutOfMemoryError && answer != Answer.WHOLE && !(connection.inLoop() && forked)) {
      // of buffers: on one of the heap the process ends. The bounds are there to prevent it, and a client may come
      // again.
      about(LOG.warning("http.outOfBuffers")).with("requestId", reference()).with("reason", e).say();
      connection.refusedBuffer();
      if (answer == Answer.OPEN) {
        refuse();
      } else {
        connection.abort(this);
      }
      return;
    }
    about(LOG.error("http.exchangeFailed")).with("requestId", reference()).say(e);
    if (connection.inLoop() && forked) { // the exchange belongs to the fork by now, so nothing can be answered here
      connection.abort(this);
    } else if (answer == Answer.OPEN) {
      respondAndClose(500);
    } else if (answer == Answer.PIECES) {
      connection.abort(this);
    }
  }

  private void end() {
    PieceAnswer begun = pieces;
    try {
      if (answer == Answer.OPEN || begun != null && !begun.isEnded()) {
        connection.abort(this);
      }
    } finally {
      Claim claim = owed;
      if (claim != null) {
        claim.close(); // the connection counts the answer itself by now
      }
      connection.room().leaveFork(this);
    }
  }

  private void respondAndClose(int withStatus) {
    Refusal refusal = refusal(withStatus);
    refusal.headers().set("connection", "close");
    respond(withStatus, refusal.headers(), refusal.body());
  }

  @Override
  public void oweAnswer(long bytes) throws StoreBusyException {
    Claim claim = new Claim(connection.holding(), Claims.Kind.BUFFERS);
    if (bytes >= LARGE_ANSWER_BYTES) {
      claim.grow(bytes);
    }
    owed = claim;
  }

  @Override
  public void respond(int status, HttpHeaders headers, ByteBuf content) {
    if (answer != Answer.OPEN) {
      content.release();
      throw new IllegalStateException("an exchange is answered once");
    }
    boolean mayBeRefused = owed == null
        && (head.method().equals(HttpMethod.GET) || content.readableBytes() >= LARGE_ANSWER_BYTES);
    if (mayBeRefused && !connection.room().hasRoomFor(content)) {
      content.release();
      connection.room().refusedFork();
      refuse();
      return;
    }
    answer = Answer.WHOLE;
    if (connection.inLoop()) {
      connection.answer(this, status, headers, content);
    } else {
      connection.onLoop(() -> connection.answer(this, status, headers, content));
    }
    leavePlace();
  }

  @Override
  public ResponseBody respondInPieces(int status, HttpHeaders headers, long contentLength) throws ClientGoneException {
    if (answer != Answer.OPEN) {
      throw new IllegalStateException("an exchange is answered once");
    }
    if (connection.inLoop()) {
      throw new IllegalStateException("pieces are written on a fork");
    }
    if (connection.isGone()) {
      throw new ClientGoneException("the client ended the connection before its answer");
    }
    return beginPieces(status, headers, contentLength);
  }

  private PieceAnswer beginPieces(int status, HttpHeaders headers, long contentLength) {
    answer = Answer.PIECES;
    PieceAnswer begun = new PieceAnswer(connection, this, status, headers, contentLength,
        connection.holding());
    pieces = begun;
    return begun;
  }

  @Override
  public void respondFrom(int status, HttpHeaders headers, long contentLength, ByteBuf first, PieceSource rest)
      throws IOException {
    if (!connection.inLoop()) {
      HttpExchange.super.respondFrom(status, headers, contentLength, first, rest);
      return;
    }
    if (forked || answer != Answer.OPEN) {
      first.release();
      rest.close();
      throw new IllegalStateException("an exchange is answered once");
    }
    if (!connection.room().hasRoomForPieces()) {
      first.release();
      rest.close();
      connection.room().refusedFork();
      refuse();
      return;
    }
    PieceAnswer begun = beginPieces(status, headers, contentLength);
    begun.writeNow(first);
    pump(begun, rest);
  }

  /// On the loop: writes what the source has at hand as far as the client takes it, as many pieces at once as may be
  /// under way: each write wakes the client, and that costs more than the copy. A few pieces a turn, so that one fast
  /// client does not hold the others up.
  private void pump(PieceAnswer begun, PieceSource rest) {
    boolean handedOn = false;
    try {
      for (int turns = 0; !begun.isEnded() && !begun.isClientGone(); turns++) {
        if (!begun.hasRoom()) {
          begun.flushNow();
        }
        if (!begun.hasRoom()) {
          begun.onProgress(() -> pump(begun, rest));
          handedOn = true;
          return;
        }
        if (turns == PIECES_A_TURN) {
          begun.flushNow();
          connection.onLoop(() -> pump(begun, rest));
          handedOn = true;
          return;
        }
        ByteBuf piece = rest.poll();
        if (piece == null) {
          begun.flushNow();
          handedOn = true;
          forkRest(begun, rest);
          return;
        }
        begun.writeNow(piece);
      }
      if (begun.isClientGone()) {
        connection.abort(this);
      }
    } catch (Throwable e) { // out of buffers, for one: nobody else would end the answer that has begun
      begun.flushNow(); // what came before is good
      failed(e);
    } finally {
      if (!handedOn) {
        rest.close();
      }
    }
  }

  /// Goes on with pieces that have to be waited for. The head is on its way, so where no more forks may run this one
  /// waits its turn.
  private void forkRest(PieceAnswer begun, PieceSource rest) {
    if (connection.isGone()) {
      rest.close();
      connection.abort(this);
    } else if (connection.room().enterForkWithPiece(this)) {
      try {
        start(() -> writeRest(begun, rest));
      } catch (Throwable e) { // nobody else would end the answer that has begun
        connection.room().leavePiece();
        rest.close();
        failed(e);
      }
    } else {
      connection.onLoopLater(() -> forkRest(begun, rest));
    }
  }

  private void writeRest(PieceAnswer begun, PieceSource rest) throws IOException {
    try (rest) {
      for (ByteBuf piece = rest.next(); piece != null; piece = rest.next()) {
        begun.write(piece);
      }
      begun.end();
    } finally {
      connection.room().leavePiece();
    }
  }
}

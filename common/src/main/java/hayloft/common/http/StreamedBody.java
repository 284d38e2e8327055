package hayloft.common.http;

import hayloft.common.memory.Claims;
import hayloft.common.metrics.StageClock;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A request's body on its way from the event loop to the fork: a queue of buffers whose bytes are bounded. Above
/// [#ROOM_BYTES] the connection stops reading from its socket, so the client waits; below half of that it reads on.
///
/// The methods marked *loop* belong to the connection's event loop, [#next] and [#whole] to whoever handles the
/// exchange.
final class StreamedBody implements RequestBody {

  static final int ROOM_BYTES = 512 << 10;
  /// What a piece costs besides its bytes, on the heap. It counts like a byte, or a body of tiny pieces would have no
  /// bound.
  private static final int PIECE_BYTES = 256;

  /// Why no more pieces come.
  private enum End {
    NOT_YET,
    COMPLETE,
    CLIENT_GONE,
    TIMED_OUT,
    NO_ROOM,
    MALFORMED,
    ANSWERED
  }

  private final HttpConnection connection;
  private final long declaredBytes;
  private final Duration timeout;
  private final Holding holding;
  private final ConcurrentLinkedQueue<ByteBuf> queue = new ConcurrentLinkedQueue<>();
  private final AtomicInteger queuedBytes = new AtomicInteger(); // with what their pieces cost
  private volatile End end = End.NOT_YET;
  private volatile boolean readerPaused;
  private volatile @Nullable Thread waiter;
  private volatile long deadlineNanos; // of the waiter
  private volatile long offeredBytes; // written by the loop
  private long takenBytes;
  private long waitedNanos; // for the client, since bytesWhileWaiting was 0
  private long bytesWhileWaiting;
  private volatile String malformation = "";
  private boolean asked;
  private boolean wholeTaken;
  private @Nullable ByteBuf whole;
  private int wholeBytes; // that are counted

  /// A body that comes piece by piece.
  StreamedBody(HttpConnection connection, long declaredBytes, Duration timeout, Holding holding) {
    this.connection = connection;
    this.declaredBytes = declaredBytes;
    this.timeout = timeout;
    this.holding = holding;
  }

  /// A body that is already here. Takes it.
  StreamedBody(HttpConnection connection, ByteBuf whole, Duration timeout, Holding holding) {
    this(connection, whole.readableBytes(), timeout, holding);
    this.whole = whole;
    this.end = End.COMPLETE;
    this.wholeBytes = whole.readableBytes() < ConnectionRoom.COUNTED_BYTES ? 0 : whole.readableBytes();
    count(wholeBytes);
  }

  private void count(int bytes) {
    if (bytes != 0) {
      holding.add(Ledger.Kept.BUFFERS, bytes);
    }
  }

  @Override
  public Claims claims() {
    return holding;
  }

  @Override
  public long declaredBytes() {
    return declaredBytes;
  }

  @Override
  public boolean isHere() {
    return whole != null;
  }

  @Override
  public @Nullable ByteBuf whole() {
    ByteBuf taken = whole;
    whole = null;
    wholeTaken |= taken != null;
    return taken;
  }

  @Override
  public @Nullable ByteBuf next() throws IOException {
    ByteBuf all = whole();
    if (all != null) {
      if (all.isReadable()) {
        return all;
      }
      all.release();
    }
    if (wholeTaken) {
      return null;
    }
    if (!asked) {
      asked = true;
      connection.bodyIsWanted();
    }
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      End seen = end; // before the queue: what came before the end is in the queue once the end is seen
      ByteBuf piece = queue.poll();
      if (piece != null) {
        take(piece);
        return piece;
      }
      switch (seen) {
        case NOT_YET -> await(deadline);
        case COMPLETE -> {
          return null;
        }
        case CLIENT_GONE -> throw new ClientGoneException("the client ended the connection within its body");
        case TIMED_OUT -> throw timeout();
        case NO_ROOM -> throw holding.noRoom(Ledger.Kept.BUFFERS);
        case MALFORMED -> throw new MalformedBodyException(malformation);
        case ANSWERED -> throw new IllegalStateException("the body was read after the answer");
      }
    }
  }

  private void take(ByteBuf piece) {
    int cost = cost(piece);
    int left = queuedBytes.addAndGet(-cost);
    holding.add(Ledger.Kept.BUFFERS, -cost);
    takenBytes += piece.readableBytes();
    bytesWhileWaiting += piece.readableBytes();
    if (readerPaused && left < ROOM_BYTES / 2) {
      connection.roomInBody();
    }
  }

  private static int cost(ByteBuf piece) {
    return piece.readableBytes() + PIECE_BYTES;
  }

  private void await(long deadline) throws IOException {
    long began = System.nanoTime();
    deadlineNanos = deadline;
    waiter = Thread.currentThread();
    try {
      if (queue.isEmpty() && end == End.NOT_YET) {
        if (deadline - System.nanoTime() <= 0) {
          throw timeout();
        }
        // without a time: each timed one would wake the thread that keeps the timers too. See #check
        LockSupport.park(this);
        if (Thread.interrupted()) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while waiting for a body");
        }
      }
    } finally {
      waiter = null;
    }
    long waited = System.nanoTime() - began;
    waitedNanos += waited;
    if (StageClock.CURRENT.isBound()) {
      StageClock.CURRENT.get().add(StageClock.Stage.BODY, waited);
    }
    if (waitedNanos >= timeout.toNanos()) {
      long least = LeastRate.BYTES_PER_SECOND * waitedNanos / 1_000_000_000;
      long came = bytesWhileWaiting + offeredBytes - takenBytes;
      if (came < least && end == End.NOT_YET) {
        throw new BodyTimeoutException(came + " bytes of the body came within " + waitedNanos / 1_000_000
            + " ms, " + least + " are the least");
      }
      waitedNanos = 0;
      bytesWhileWaiting = 0;
    }
  }

  private BodyTimeoutException timeout() {
    return new BodyTimeoutException("no byte of the body for " + timeout.toMillis() + " ms");
  }

  /// Loop: stops the connection's reading if there is no room for more. It is told by [HttpConnection#roomInBody] when
  /// to look again; until then it is paused, whatever the fork takes meanwhile.
  boolean pauseIfFull() {
    int limit = holding.isScarce() ? 1 : ROOM_BYTES;
    if (queuedBytes.get() < limit) {
      readerPaused = false;
      return false;
    }
    readerPaused = true;
    // again: the fork may have taken all before it saw the flag
    if (queuedBytes.get() >= Math.min(limit, ROOM_BYTES / 2)) {
      return true;
    }
    readerPaused = false;
    return false;
  }

  /// Loop.
  boolean isPaused() {
    return readerPaused;
  }

  /// Loop. Takes the piece.
  void offer(ByteBuf piece) {
    if (!piece.isReadable()) {
      piece.release();
      return;
    }
    int cost = cost(piece);
    long before = offeredBytes;
    offeredBytes = before + piece.readableBytes();
    queuedBytes.addAndGet(cost);
    holding.add(Ledger.Kept.BUFFERS, cost);
    queue.add(piece);
    wake();
  }

  /// Loop: whether somebody waits for the client to send more.
  boolean isAwaited() {
    return waiter != null;
  }

  /// Loop, several times a second: whoever has waited for too long looks at the time.
  void check(long nowNanos) {
    if (nowNanos - deadlineNanos > 0) {
      wake();
    }
  }

  /// Loop: everything was offered.
  void complete() {
    finish(End.COMPLETE);
  }

  /// Loop: nothing more will come.
  void clientGone() {
    finish(End.CLIENT_GONE);
  }

  /// Loop: what comes is no body.
  void malformed(String reason) {
    malformation = reason;
    finish(End.MALFORMED);
  }

  /// Loop: the client has sent nothing for too long.
  void timedOut() {
    finish(End.TIMED_OUT);
  }

  /// Loop: nothing more of it may be kept, and that for too long.
  void noRoom() {
    finish(End.NO_ROOM);
  }

  /// Loop: the exchange is over; gives back what was not read.
  void answered() {
    end = End.ANSWERED;
    ByteBuf rest = whole();
    if (rest != null) {
      rest.release();
    }
    count(-wholeBytes);
    wholeBytes = 0;
    ByteBuf piece;
    while ((piece = queue.poll()) != null) {
      holding.add(Ledger.Kept.BUFFERS, -cost(piece));
      piece.release();
    }
    wake();
  }

  private void finish(End why) {
    if (end == End.NOT_YET) {
      end = why;
      wake();
    }
  }

  private void wake() {
    Thread thread = waiter;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}

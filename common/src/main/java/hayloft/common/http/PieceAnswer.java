package hayloft.common.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// An answer that comes in pieces, on its way to the socket. At most [#WINDOW_BYTES] (or one piece, if it is larger)
/// are under way; the fork waits beyond that, and after each piece if memory is scarce. The event loop closes
/// connections that take nothing for too long, which wakes the fork with an error.
///
/// Confined to the fork, but for what is marked *loop*. An answer that begins on the loop is the loop's alone until it
/// is handed to a fork.
final class PieceAnswer implements ResponseBody {

  /// Two pieces of the usual 256 KiB: one on the wire while the next one is read from its disk.
  private static final int WINDOW_BYTES = 512 << 10;

  private final HttpConnection connection;
  private final Exchange exchange;
  private final int status;
  private final HttpHeaders headers;
  private final long declaredBytes;
  private final Holding holding;
  private final AtomicInteger underWay = new AtomicInteger();
  private volatile boolean clientGone;
  private volatile @Nullable Thread waiter;
  private @Nullable Runnable onProgress; // loop
  private long acceptedBytes;
  private boolean closes;
  private boolean headSent;
  private boolean lastSent;
  private boolean ended;

  PieceAnswer(HttpConnection connection, Exchange exchange, int status, HttpHeaders headers, long declaredBytes,
      Holding holding) {
    this.connection = connection;
    this.exchange = exchange;
    this.status = status;
    this.headers = headers;
    this.declaredBytes = declaredBytes;
    this.holding = holding;
  }

  int status() {
    return status;
  }

  HttpHeaders headers() {
    return headers;
  }

  long declaredBytes() {
    return declaredBytes;
  }

  /// Loop: whether the connection ends after this answer, as its head says.
  boolean closes() {
    return closes;
  }

  /// Loop.
  void closes(boolean decided) {
    closes = decided;
  }

  /// The handler has written all and said so.
  boolean isEnded() {
    return ended;
  }

  /// Loop: whether another piece may be written now.
  boolean hasRoom() {
    return underWay.get() <= (holding.isScarce() ? 0 : WINDOW_BYTES / 2);
  }

  /// Loop: what to do once, when a piece is written or lost.
  void onProgress(Runnable next) {
    onProgress = next;
  }

  /// Loop.
  boolean isClientGone() {
    return clientGone;
  }

  /// Loop: what was written with [#writeNow] leaves.
  void flushNow() {
    connection.flushPieces();
  }

  /// Loop: writes a piece. Takes it.
  void writeNow(ByteBuf piece) {
    int bytes = piece.readableBytes();
    if (acceptedBytes + bytes > declaredBytes) {
      piece.release();
      throw new IllegalStateException("more bytes than the " + declaredBytes + " announced");
    }
    acceptedBytes += bytes;
    boolean first = !headSent;
    headSent = true;
    lastSent = acceptedBytes == declaredBytes;
    ended = lastSent;
    add(Math.max(1, bytes));
    connection.writePiece(exchange, this, piece, first, lastSent);
  }

  @Override
  public void write(ByteBuf piece) throws IOException {
    int bytes = piece.readableBytes();
    boolean handedOver = false;
    try {
      if (ended || declaredBytes >= 0 && acceptedBytes + bytes > declaredBytes) {
        throw new IllegalStateException("more bytes than the " + declaredBytes + " announced, or after the end");
      }
      awaitAtMost(holding.isScarce() ? 0 : Math.max(0, WINDOW_BYTES - bytes));
      handedOver = true;
    } finally {
      if (!handedOver) {
        piece.release();
      }
    }
    if (bytes == 0) {
      piece.release();
      return;
    }
    acceptedBytes += bytes;
    send(piece, acceptedBytes == declaredBytes);
  }

  @Override
  public void end() throws IOException {
    if (declaredBytes >= 0 && acceptedBytes < declaredBytes) {
      throw new IllegalStateException(acceptedBytes + " bytes written of " + declaredBytes + " announced");
    }
    if (ended) {
      throw new IllegalStateException("ended twice");
    }
    ended = true;
    if (!lastSent) {
      send(Unpooled.EMPTY_BUFFER, true);
    }
    awaitAtMost(0);
  }

  private void send(ByteBuf piece, boolean last) {
    boolean first = !headSent;
    headSent = true;
    lastSent = last;
    add(Math.max(1, piece.readableBytes()));
    connection.onLoop(() -> {
      connection.writePiece(exchange, this, piece, first, last);
      connection.flushPieces();
    });
  }

  private void awaitAtMost(int bytes) throws IOException {
    waiter = Thread.currentThread();
    try {
      while (true) {
        if (underWay.get() <= bytes) {
          if (clientGone || bytes > 0 && connection.isGone()) { // all written and then closed is no failure
            throw new ClientGoneException("the client ended the connection within its answer");
          }
          return;
        }
        LockSupport.park(this);
        if (Thread.interrupted()) {
          Thread.currentThread().interrupt();
          throw new InterruptedIOException("interrupted while writing an answer");
        }
      }
    } finally {
      waiter = null;
    }
  }

  /// Loop: the socket has taken these bytes, or never will.
  void written(int bytes, boolean taken) {
    if (!taken) {
      clientGone = true;
    }
    progress(bytes);
  }

  /// Loop: the connection was gone before these bytes reached it.
  void lost(int bytes) {
    clientGone = true;
    progress(bytes);
  }

  private void progress(int bytes) {
    add(-Math.max(1, bytes));
    connection.progressed();
    Runnable next = onProgress;
    if (next != null) {
      onProgress = null;
      next.run();
    } else {
      wake();
    }
  }

  private void add(int bytes) {
    underWay.addAndGet(bytes);
    holding.add(Ledger.Kept.BUFFERS, bytes);
  }

  private void wake() {
    Thread thread = waiter;
    if (thread != null) {
      LockSupport.unpark(thread);
    }
  }
}

package hayloft.common.http;

import hayloft.common.PieceSource;
import hayloft.common.http.Ledger.Kept;
import io.netty.buffer.ByteBuf;
import java.time.Duration;

/// The room that one connection has of its port's: it is asked for here before anything is kept, and given back here.
/// What is kept is the connection itself, what came and cannot be used yet, small bodies until they are whole, forks,
/// and answers until the client has taken them. What a request's handler gathers is counted in the same [Holding].
///
/// A body comes without being asked for, so what was read of it is counted whatever that makes of its owner's share.
/// Where there is no room for more, the connection is held back: nothing is read until there is, and after
/// [#PATIENCE] its request is refused. Where so many read at the same time that this one's piece would be an
/// eighth beyond the share, it is not even kept. Nor are requests that were sent behind others whose answers are not
/// taken: the connection ends with a refusal of the next one.
///
/// Confined to the connection's event loop, but for what is marked *any thread*.
final class ConnectionRoom {

  /// Answers from here on are counted while the client has not taken them, and whole bodies until they are answered.
  static final int COUNTED_BYTES = 16 << 10;
  /// Smaller ones together from here on, if the socket does not take them at once.
  private static final int COUNTED_OUTPUT_BYTES = 2 << 10;
  /// What a request that waits costs on the heap: its thread's stack, and what is made of its head.
  static final int FORK_HEAP_BYTES = 8 << 10;
  private static final int HEAP_BYTES_PER_HEAD_BYTE = 3;
  /// How long a connection is held back before its request is refused: others' uploads end meanwhile, and it keeps
  /// little.
  static final Duration PATIENCE = Duration.ofSeconds(5);

  private final HttpServer server;
  private final LoopConnections loop;
  private final HttpConnection connection;
  private final Holding holding;

  private int inputBytes; // that are counted
  private long outputBytes; // that are counted, but for large answers
  private boolean heldBack;
  private long heldBackSinceNanos; // if it is

  ConnectionRoom(HttpServer server, LoopConnections loop, HttpConnection connection) {
    this.server = server;
    this.loop = loop;
    this.connection = connection;
    this.holding = server.newHolding();
  }

  /// Any thread.
  Holding holding() {
    return holding;
  }

  private void makeRoom() {
    server.makeRoom(holding.account());
  }

  // The connection itself

  /// False if there is no room for it. It may be a user's, who is known by his first request only, so strangers'
  /// requests do not fill the place of the next connection.
  boolean enter(long heapBytes) {
    return holding.tryEnter(heapBytes);
  }

  void leave(long heapBytes) {
    holding.leave(heapBytes);
  }

  /// Whether the owner holds more than he may, so that the connection is to end with its answer.
  boolean isOverdrawn() {
    return server.isOverdrawn(holding.account());
  }

  // What came and cannot be used yet

  /// False if it is a head that there is no room for. A body's pieces are counted in any case.
  boolean countInput(int heldBytes, boolean isHead) {
    int more = heldBytes - inputBytes;
    if (more == 0) {
      return true;
    }
    if (more < 0 || !isHead) {
      holding.add(Kept.BUFFERS, more);
    } else if (!holding.tryTake(Kept.BUFFERS, more)) {
      makeRoom();
      if (loop.makeRoom(holding.account(), connection) == 0 || !holding.tryTake(Kept.BUFFERS, more)) {
        return false;
      }
    }
    inputBytes = heldBytes;
    return true;
  }

  /// Whether so much came since its owner last had room that it is not even kept; asks for room if so.
  boolean isTooMuch(int heldBytes) {
    int more = heldBytes - inputBytes;
    if (more <= 0 || !holding.account().isOverrunBy(Kept.BUFFERS, more)) {
      return false;
    }
    makeRoom();
    return true;
  }

  /// Looks whether the connection is held back from now on, because more of a body comes and there is no room for it.
  boolean holdsBack(boolean bodyComes) {
    boolean before = heldBack;
    heldBack = bodyComes && !hasRoomForInput();
    if (heldBack && !before) {
      heldBackSinceNanos = loop.nowNanos();
      makeRoom();
    }
    return heldBack;
  }

  boolean isHeldBack() {
    return heldBack;
  }

  /// Whether that has been so for too long.
  boolean isPatienceOver(long nowNanos) {
    return heldBack && nowNanos - heldBackSinceNanos > PATIENCE.toNanos();
  }

  boolean hasRoomForInput() {
    return holding.hasRoomForInput();
  }

  // Small bodies until they are whole

  /// False if there is no room for it; it can come piece by piece then.
  boolean enterAggregate(long bytes) {
    if (server.aggregatingBytes().isScarce() || !holding.tryTake(Kept.BUFFERS, bytes)) {
      return false;
    }
    server.aggregatingBytes().add(bytes);
    return true;
  }

  void leaveAggregate(long bytes) {
    server.aggregatingBytes().add(-bytes);
    holding.add(Kept.BUFFERS, -bytes);
  }

  // Forks

  /// The place of a fork, if there is one for everybody and for this client.
  boolean enterFork(Exchange entering) {
    if (!server.enterFork()) {
      return false;
    }
    if (hasRoomForBody(entering) && holding.tryTake(Kept.FORKS, 1)) {
      if (holding.tryTake(Kept.HEAP, heapBytes(entering))) {
        return true;
      }
      holding.add(Kept.FORKS, -1);
    }
    server.leaveFork();
    makeRoom();
    return false;
  }

  private boolean hasRoomForBody(Exchange entering) {
    long bytes = entering.body().declaredBytes();
    if (!entering.body().isHere() && isOverdrawn()) {
      return false; // it could take its time
    }
    return bytes >= 0 && bytes < COUNTED_BYTES || hasRoomForInput();
  }

  private static long heapBytes(Exchange forked) {
    return FORK_HEAP_BYTES + (long) HEAP_BYTES_PER_HEAD_BYTE * forked.headBytes();
  }

  /// Any thread.
  void leaveFork(Exchange left) {
    holding.add(Kept.FORKS, -1);
    holding.add(Kept.HEAP, -heapBytes(left));
    server.leaveFork();
  }

  /// The same as [#enterFork] for a fork that reads pieces, of which one is always in its hand.
  boolean enterForkWithPiece(Exchange entering) {
    if (!holding.tryTake(Kept.BUFFERS, PieceSource.PIECE_BYTES)) {
      makeRoom();
      return false;
    }
    boolean entered = enterFork(entering);
    if (!entered) {
      leavePiece();
    }
    return entered;
  }

  /// Any thread.
  void leavePiece() {
    holding.add(Kept.BUFFERS, -PieceSource.PIECE_BYTES);
  }

  /// Any thread: a request was answered that there was no room for.
  void refusedFork() {
    server.refusedFork(holding.account());
  }

  // Answers until the client has taken them

  /// Any thread: whether an answer may lie in memory until this client has taken it.
  boolean hasRoomFor(ByteBuf content) {
    return content.readableBytes() < COUNTED_BYTES || hasRoomForPieces();
  }

  /// Any thread: whether this client may take an answer in pieces, which keeps buffers until the client has taken them.
  boolean hasRoomForPieces() {
    if (!holding.account().isStrained(Kept.BUFFERS)) {
      return true;
    }
    makeRoom();
    return holding.account().hasRoom(Kept.BUFFERS);
  }

  /// Whether the owner has nearly all that he may have of buffers. Asks for room if so.
  boolean isStrained() {
    if (!holding.account().isStrained(Kept.BUFFERS)) {
      return false;
    }
    makeRoom();
    return true;
  }

  /// So many bytes of heads and small answers wait for the client now. They are counted in any case: most of them wait
  /// for the socket only, and nobody knows before which.
  void countOutput(long waitingBytes) {
    long next = waitingBytes < COUNTED_OUTPUT_BYTES ? 0 : waitingBytes;
    long more = next - outputBytes;
    if (more == 0) {
      return;
    }
    outputBytes = next;
    holding.add(Kept.BUFFERS, more);
    if (more > 0 && holding.account().isStrained(Kept.BUFFERS)) {
      makeRoom();
    }
  }

  /// A large answer waits for its client from now on.
  void offered(int bytes) {
    holding.add(Kept.BUFFERS, bytes);
    if (holding.account().isStrained(Kept.BUFFERS)) {
      makeRoom();
    }
  }

  /// The client has taken it.
  void taken(int bytes) {
    holding.add(Kept.BUFFERS, -bytes);
  }
}

package hayloft.common.http;

import hayloft.common.http.Ledger.Kept;
import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import java.time.Duration;
import java.util.function.Consumer;

/// What one connection makes its port keep. It is a stranger's until a request proves whose it is, and stays that
/// user's afterwards. Thread-safe.
final class Holding implements Claims {

  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final Ledger ledger;
  private final Consumer<Account> makeRoom;
  private volatile Account account;
  private final long[] held = new long[Kept.values().length]; // guarded by this
  private boolean entered; // guarded by this

  /// @param makeRoom has connections of an account closed that wait for their clients; returns at once
  Holding(Ledger ledger, Consumer<Account> makeRoom) {
    this.ledger = ledger;
    this.makeRoom = makeRoom;
    this.account = ledger.strangers();
  }

  Account account() {
    return account;
  }

  synchronized long held(Kept kind) {
    return held[kind.ordinal()];
  }

  /// Whether more may be read from the client: there is room in what its owner may have, and in what the port has.
  boolean hasRoomForInput() {
    return account.takesInput(Kept.BUFFERS) && !ledger.buffers().isShort();
  }

  /// How long a fork waits for room before it is refused.
  static Duration patience() {
    return PATIENCE;
  }

  /// What is said when there was none.
  StoreBusyException noRoom(Kept kind) {
    return new StoreBusyException("no room for what is being received: " + account.owner() + " may have "
        + account.most(kind) + " bytes and " + account.held(kind) + " are in use");
  }

  /// Whether it is time to keep less: there is little left for everybody, or for this one's owner.
  @Override
  public boolean isScarce() {
    return ledger.buffers().isScarce() || account.isScarce(Kept.BUFFERS);
  }

  /// From now on it is this user's.
  void belongsTo(String user) {
    Account now = account;
    if (now == ledger.strangers() || !now.owner().equals(user)) {
      moveTo(ledger.user(user));
    }
  }

  private synchronized void moveTo(Account next) {
    Account before = account;
    for (Kept kind : Kept.values()) {
      ledger.move(before, next, kind, held[kind.ordinal()]);
    }
    if (entered) {
      before.connected(-1);
      next.connected(1);
    }
    account = next;
  }

  /// False if there is no room; then nothing has changed.
  synchronized boolean tryTake(Kept kind, long amount) {
    if (!ledger.tryAdd(account, kind, amount)) {
      return false;
    }
    held[kind.ordinal()] += amount;
    return true;
  }

  /// The place of a connection on the heap, up to an eighth beyond what its owner may have. False if there is no room.
  synchronized boolean tryEnter(long heapBytes) {
    if (!ledger.tryAddBeyond(account, Kept.HEAP, heapBytes)) {
      return false;
    }
    held[Kept.HEAP.ordinal()] += heapBytes;
    entered = true;
    account.connected(1);
    return true;
  }

  /// The connection is gone.
  synchronized void leave(long heapBytes) {
    add(Kept.HEAP, -heapBytes);
    entered = false;
    account.connected(-1);
  }

  /// Whatever that makes of it; less than nothing is given back.
  synchronized void add(Kept kind, long amount) {
    ledger.add(account, kind, amount);
    held[kind.ordinal()] += amount;
  }

  @Override
  public void take(Claims.Kind kind, long bytes) throws StoreBusyException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!tryTake(keptAs(kind), bytes)) {
      long left = deadline - System.nanoTime();
      if (left <= 0 || Thread.currentThread().isInterrupted()) {
        throw noRoom(keptAs(kind));
      }
      makeRoom.accept(account);
      try {
        ledger.awaitRoom(left);
      } catch (InterruptedException _) { // the server stops
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public boolean takeNow(Claims.Kind kind, long bytes) {
    return tryTake(keptAs(kind), bytes);
  }

  @Override
  public void giveBack(Claims.Kind kind, long bytes) {
    add(keptAs(kind), -bytes);
  }

  private static Kept keptAs(Claims.Kind kind) {
    return switch (kind) {
      case BUFFERS -> Kept.BUFFERS;
      case HEAP -> Kept.HEAP;
    };
  }
}

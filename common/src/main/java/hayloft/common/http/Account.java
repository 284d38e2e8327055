package hayloft.common.http;

import hayloft.common.http.Ledger.Kept;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;

/// What the connections of one owner make a port keep, and the most that they may. Thread-safe.
final class Account {

  private static final int KINDS = Kept.values().length;

  private final String owner;
  private final long[] most;
  private final AtomicLongArray held = new AtomicLongArray(KINDS);
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicBoolean asked = new AtomicBoolean();

  Account(String owner, long mostBufferBytes, long mostHeapBytes, long mostForks) {
    this.owner = owner;
    this.most = new long[]{mostBufferBytes, mostHeapBytes, mostForks};
  }

  String owner() {
    return owner;
  }

  /// That are open.
  int connections() {
    return connections.get();
  }

  /// One more, or one less.
  void connected(int more) {
    connections.addAndGet(more);
  }

  long held(Kept kind) {
    return held.get(kind.ordinal());
  }

  long most(Kept kind) {
    return most[kind.ordinal()];
  }

  /// Nearly all it may have: time to make room.
  boolean isStrained(Kept kind) {
    return held(kind) > most(kind) - most(kind) / 8;
  }

  boolean hasRoom(Kept kind) {
    return held(kind) < most(kind);
  }

  /// Whether more may come in. The last quarter is for what goes on with what came: a body that waits for the room of
  /// its next chunk while others' bytes fill it would wait for them, and they for theirs.
  boolean takesInput(Kept kind) {
    return held(kind) < most(kind) - most(kind) / 4;
  }

  /// More than half of what it may have: time to be modest.
  boolean isScarce(Kept kind) {
    return held(kind) > most(kind) / 2;
  }

  /// Whether so much more would be an eighth beyond what it may have.
  boolean isOverrunBy(Kept kind, long more) {
    return held(kind) + more > most(kind) + most(kind) / 8;
  }

  /// True once, until [#gotRoom]: who asks need not ask twice at a time.
  boolean asksForRoom() {
    return asked.compareAndSet(false, true);
  }

  void gotRoom() {
    asked.set(false);
  }

  /// Never adds what it has to take back: many that ask for much at once would see each other's, and all go without.
  boolean tryAdd(Kept kind, long amount) {
    return tryAdd(kind, amount, most(kind));
  }

  /// The same, but for an eighth more than it may have.
  boolean tryAddBeyond(Kept kind, long amount) {
    return tryAdd(kind, amount, most(kind) + most(kind) / 8);
  }

  private boolean tryAdd(Kept kind, long amount, long bound) {
    long before;
    do {
      before = held(kind);
      if (before + amount > bound) {
        return false;
      }
    } while (!held.compareAndSet(kind.ordinal(), before, before + amount));
    return true;
  }

  void add(Kept kind, long amount) {
    held.addAndGet(kind.ordinal(), amount);
  }
}

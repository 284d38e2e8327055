package hayloft.common.http;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Who makes a port keep how much: one account for all strangers together, one for each user. Thread-safe.
///
/// No account may have all there is, so nobody can take the port from everybody else. One that is nearly full makes
/// room for itself: those of its connections go that have waited for their client the longest
/// ([LoopConnections#makeRoom]).
final class Ledger {

  /// What is counted: direct memory and heap in bytes, and requests that wait on virtual threads.
  enum Kept {
    BUFFERS,
    HEAP,
    FORKS
  }

  private static final String STRANGERS = "strangers";
  private static final int PERCENT = 100;
  /// The rest of an account's heap is for what its forks read: if all of it went to forks, each would wait for room
  /// that the others hold.
  private static final int FORKS_PART = 2;
  private static final long LONGEST_WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(20);

  private final BufferedBytes buffers;
  private final long maxHeapBytes;
  private final AtomicLong heapBytes = new AtomicLong();
  private final Account strangers;
  private final HttpServerConfig config;
  /// Never forgotten: there are as many as there are users, and each is small.
  private final Map<String, Account> users = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition roomier = lock.newCondition();
  private final AtomicInteger waiting = new AtomicInteger();

  /// @param buffers counts all buffers of the port
  Ledger(HttpServerConfig config, BufferedBytes buffers) {
    this.config = config;
    this.buffers = buffers;
    this.maxHeapBytes = config.maxHeapBytes();
    this.strangers = account(STRANGERS, config.strangersPercent());
  }

  private Account account(String owner, int percent) {
    long heapBytes = share(config.maxHeapBytes(), percent);
    return new Account(owner, share(config.maxBufferedBytes(), percent), heapBytes,
        Math.clamp(heapBytes / FORKS_PART / ConnectionRoom.FORK_HEAP_BYTES, 1, share(config.maxForks(), percent)));
  }

  private static long share(long all, int percent) {
    return Math.max(1, all / PERCENT * percent + all % PERCENT * percent / PERCENT);
  }

  Account strangers() {
    return strangers;
  }

  Account user(String id) {
    return users.computeIfAbsent(id,
        owner -> account(owner, config.userPercent()));
  }

  /// Those that have nearly all they may have of something.
  List<Account> strained() {
    List<Account> strained = new ArrayList<>();
    addIfStrained(strangers, strained);
    users.values().forEach(account -> addIfStrained(account, strained));
    return strained;
  }

  private static void addIfStrained(Account account, List<Account> strained) {
    for (Kept kind : Kept.values()) {
      if (account.isStrained(kind)) {
        strained.add(account);
        return;
      }
    }
  }

  BufferedBytes buffers() {
    return buffers;
  }

  long heapBytes() {
    return heapBytes.get();
  }

  long maxHeapBytes() {
    return maxHeapBytes;
  }

  /// False if the account or the port has no room; then nothing has changed.
  boolean tryAdd(Account account, Kept kind, long amount) {
    return account.tryAdd(kind, amount) && fits(account, kind, amount);
  }

  /// The same, but for an eighth more than the account may have.
  boolean tryAddBeyond(Account account, Kept kind, long amount) {
    return account.tryAddBeyond(kind, amount) && fits(account, kind, amount);
  }

  /// What was added to the account, to the port; taken back from it where that has no room.
  private boolean fits(Account account, Kept kind, long amount) {
    boolean fits = switch (kind) {
      case BUFFERS -> {
        buffers.add(amount);
        yield !buffers.isExhausted();
      }
      case HEAP -> tryAddHeap(amount);
      case FORKS -> true; // the server counts them
    };
    if (!fits) {
      account.add(kind, -amount);
      if (kind == Kept.BUFFERS) {
        buffers.add(-amount);
      }
    }
    return fits;
  }

  private boolean tryAddHeap(long amount) {
    long before;
    do {
      before = heapBytes.get();
      if (before + amount > maxHeapBytes) {
        return false;
      }
    } while (!heapBytes.compareAndSet(before, before + amount));
    return true;
  }

  /// Whatever that makes of it; less than nothing is given back.
  void add(Account account, Kept kind, long amount) {
    account.add(kind, amount);
    switch (kind) {
      case BUFFERS -> buffers.add(amount);
      case HEAP -> heapBytes.addAndGet(amount);
      case FORKS -> {
        // the server counts them
      }
    }
    if (amount < 0 && waiting.get() > 0) {
      signal();
    }
  }

  /// Moves what a connection has to another account.
  void move(Account from, Account to, Kept kind, long amount) {
    from.add(kind, -amount);
    to.add(kind, amount);
  }

  private void signal() {
    lock.lock();
    try {
      roomier.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Waits until something was given back, or for so long.
  void awaitRoom(long nanos) throws InterruptedException {
    lock.lock();
    try {
      waiting.incrementAndGet();
      try {
        long _ = roomier.awaitNanos(Math.min(nanos, LONGEST_WAIT_NANOS));
      } finally {
        waiting.decrementAndGet();
      }
    } finally {
      lock.unlock();
    }
  }
}

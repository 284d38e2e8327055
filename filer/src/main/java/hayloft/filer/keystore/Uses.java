package hayloft.filer.keystore;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Counts who uses something that is freed once nobody does. Thread-safe.
///
/// Unlike a lock that is held shared, a use may begin within another of the same thread: once the end has begun it is
/// refused instead of waiting behind it, so the outer one ends too.
final class Uses {

  private static final long CLOSED = Long.MIN_VALUE;

  /// How many there are, and CLOSED added to it from the end on.
  private final AtomicLong count = new AtomicLong();
  private final ReentrantLock closing = new ReentrantLock();
  private volatile @Nullable Thread closer;
  private boolean freed; // guarded by closing

  /// False if the end has begun.
  boolean begin() {
    if (count.getAndIncrement() >= 0) {
      return true;
    }
    end();
    return false;
  }

  /// By any thread.
  void end() {
    if (count.decrementAndGet() == CLOSED) {
      LockSupport.unpark(closer);
    }
  }

  /// Begins the end, waits until there is no use left and frees. Only the first time; whoever comes later waits for the
  /// first.
  void close(Runnable free) {
    closing.lock();
    try {
      if (freed) {
        return;
      }
      closer = Thread.currentThread();
      if (count.get() >= 0) {
        count.addAndGet(CLOSED);
      }
      boolean interrupted = false;
      while (count.get() != CLOSED) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted(); // a freed store must not be in use, whoever is in a hurry
      }
      closer = null;
      freed = true;
      free.run();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    } finally {
      closing.unlock();
    }
  }
}

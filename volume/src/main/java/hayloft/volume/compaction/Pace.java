package hayloft.volume.compaction;

import java.io.InterruptedIOException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Holds a thread that copies or reads to a rate, and stops it. Thread-safe.
public final class Pace {
  private static final long MAX_CREDIT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition stop = lock.newCondition();
  private final long bytesPerSecond;
  private long dueNanos = System.nanoTime();
  private boolean stopped;

  public Pace(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /// Waits until these bytes are due.
  ///
  /// @throws InterruptedIOException if the pace was stopped
  public void spend(long bytes) throws InterruptedIOException {
    lock.lock();
    try {
      dueNanos = Math.max(dueNanos, System.nanoTime() - MAX_CREDIT_NANOS)
          + (long) (bytes * 1e9 / bytesPerSecond);
      long left = dueNanos - System.nanoTime();
      while (left > 0 && !stopped) {
        left = await(left);
      }
      if (stopped) {
        throw new InterruptedIOException("stopped");
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits for nothing.
  ///
  /// @throws InterruptedIOException if the pace was stopped
  public void requireGoing() throws InterruptedIOException {
    lock.lock();
    try {
      if (stopped) {
        throw new InterruptedIOException("stopped");
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits for a pause to pass; false if the pace was stopped meanwhile or before.
  public boolean pause(long nanos) {
    lock.lock();
    try {
      long end = System.nanoTime() + nanos;
      for (long left = nanos; left > 0 && !stopped; left = end - System.nanoTime()) {
        await(left);
      }
      return !stopped;
    } finally {
      lock.unlock();
    }
  }

  private long await(long nanos) {
    try {
      return stop.awaitNanos(nanos);
    } catch (InterruptedException e) {
      stopped = true; // nobody interrupts these threads but to end them
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /// Ends the present wait and all later ones.
  public void stop() {
    lock.lock();
    try {
      stopped = true;
      stop.signalAll();
    } finally {
      lock.unlock();
    }
  }
}

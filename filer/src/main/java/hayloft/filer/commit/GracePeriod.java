package hayloft.filer.commit;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Tells when everything that was under way at some moment is over. Thread-safe.
///
/// Who works enters a phase and leaves it; [#drain] begins a new phase and waits until the old one is empty. Two
/// counters suffice, by the phase's parity, because a drain ends before the next one begins.
public final class GracePeriod {

  private static final int COUNTER_STRIDE = 32; // ints, so that the counters lie on cache lines of their own
  private static final long LONGEST_PARK_NANOS = 5_000_000;

  private final AtomicIntegerArray underWay = new AtomicIntegerArray(3 * COUNTER_STRIDE);
  private volatile int phase;
  private volatile @Nullable Thread drainer;

  /// Begins some work; answers the phase to leave.
  public int enter() {
    while (true) {
      int entered = phase;
      underWay.incrementAndGet(counter(entered));
      if (phase == entered) {
        return entered;
      }
      leave(entered);
    }
  }

  public void leave(int entered) {
    if (underWay.decrementAndGet(counter(entered)) == 0 && phase != entered) {
      LockSupport.unpark(drainer);
    }
  }

  /// Waits until everything that entered before has left.
  public synchronized void drain() {
    int old = phase;
    drainer = Thread.currentThread();
    phase = old + 1;
    while (underWay.get(counter(old)) != 0) {
      LockSupport.parkNanos(this, LONGEST_PARK_NANOS);
    }
    drainer = null;
  }

  private static int counter(int phase) {
    return ((phase & 1) + 1) * COUNTER_STRIDE;
  }
}

package hayloft.volume.disk;

import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Finds two threads that use at a time what belongs to one at a time. For assertions: both methods answer true, or
/// fail. Thread-safe.
final class OneAtATime {
  private final AtomicReference<@Nullable Thread> user = new AtomicReference<>();

  boolean begins() {
    Thread other = user.compareAndExchange(null, Thread.currentThread());
    if (other != null) {
      throw new AssertionError("used by " + other + " and by " + Thread.currentThread() + " at a time");
    }
    return true;
  }

  boolean ends() {
    user.set(null);
    return true;
  }
}

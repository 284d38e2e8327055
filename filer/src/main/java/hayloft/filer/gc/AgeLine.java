package hayloft.filer.gc;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;

/// Remembers which sequence had been given out when, to tell the age of a mutation without believing what it says of
/// its time. Holds a few dozen pairs. Confined to one thread.
///
/// If the clock jumps back, what was seen counts as seen now: nothing gets older by it, and nothing waits for longer
/// than the delay.
final class AgeLine {

  private static final int PAIRS = 64;

  private final Duration delay;
  private final Duration step;
  private final Deque<Seen> oldestFirst = new ArrayDeque<>();
  private long oldEnough;

  private record Seen(Instant at, long sequence) {}

  AgeLine(Duration delay) {
    this.delay = delay;
    step = delay.dividedBy(PAIRS / 2);
  }

  /// Everything up to this sequence is there now.
  void see(Instant now, long sequence) {
    if (!oldestFirst.isEmpty() && oldestFirst.getLast().at().isAfter(now)) {
      long last = oldestFirst.getLast().sequence();
      oldestFirst.clear();
      oldestFirst.add(new Seen(now, last));
    }
    while (!oldestFirst.isEmpty() && !oldestFirst.getFirst().at().isAfter(now.minus(delay))) {
      oldEnough = Math.max(oldEnough, oldestFirst.removeFirst().sequence());
    }
    if (oldestFirst.isEmpty() || !oldestFirst.getLast().at().plus(step).isAfter(now)) {
      oldestFirst.add(new Seen(now, sequence));
    }
  }

  /// Everything up to this sequence was there as long ago as the delay is.
  long oldEnough() {
    return oldEnough;
  }
}

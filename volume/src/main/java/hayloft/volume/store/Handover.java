package hayloft.volume.store;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hands work of many threads to one that takes it, in the order in which it was given, until that one ends.
/// Thread-safe; taking and ending are the taker's own. The queue has no bound: whoever gives claims room before.
///
/// **Nothing is left lying.** The taker says that it goes to sleep before it looks for the last time, and who gives
/// looks at that after the queue has the work: so one of the two sees the other. The end goes the same way: the taker
/// says it before it empties the queue, and who gives looks at it afterwards, so one of the two refuses the work,
/// exactly once.
final class Handover<T> {

  /// How the taker waits: as [LockSupport] has it, but in a test that has to see when it is forgotten.
  interface Sleep {
    /// Returns once it was woken, at once if that was since the last time; perhaps earlier.
    void sleep();

    /// Any thread.
    void wake();
  }

  private final Thread taker;
  private final Sleep sleep;
  private final Consumer<T> refusal;
  private final ConcurrentLinkedQueue<T> queue = new ConcurrentLinkedQueue<>();
  private volatile boolean asleep;
  private volatile boolean ended;

  /// @param taker may not run yet
  /// @param refusal told of what nobody will take, on any thread
  Handover(Thread taker, Consumer<T> refusal) {
    this(taker, refusal, new Sleep() {
      @Override
      public void sleep() {
        LockSupport.park(this);
      }

      @Override
      public void wake() {
        LockSupport.unpark(taker);
      }
    });
  }

  Handover(Thread taker, Consumer<T> refusal, Sleep sleep) {
    this.taker = taker;
    this.refusal = refusal;
    this.sleep = sleep;
  }

  boolean isTaker() {
    return Thread.currentThread() == taker;
  }

  /// Any thread.
  void give(T work) {
    queue.add(work);
    if (asleep) {
      sleep.wake();
    }
    if (ended) {
      refuseAll(); // the taker may have looked into the queue for the last time before
    }
  }

  /// Waits until there is something.
  T take() {
    assert isTaker() : "taken on " + Thread.currentThread() + ", given to " + taker;
    while (true) {
      T work = queue.poll();
      if (work != null) {
        return work;
      }
      waitForWork();
    }
  }

  private void waitForWork() {
    asleep = true;
    if (queue.isEmpty()) {
      sleep.sleep();
    }
    asleep = false;
  }

  /// The next one if it is there and of a class.
  <N extends T> @Nullable N takeIfNext(Class<N> wanted) {
    assert isTaker() : "taken on " + Thread.currentThread() + ", given to " + taker;
    return wanted.isInstance(queue.peek()) ? wanted.cast(queue.poll()) : null;
  }

  /// Refuses what waits, and what is given from now on.
  void end() {
    assert isTaker() : "ended on " + Thread.currentThread() + ", given to " + taker;
    ended = true;
    refuseAll();
  }

  /// A refusal that fails keeps no other from being told; it is thrown when all are.
  private void refuseAll() {
    Throwable fault = null;
    for (T work = queue.poll(); work != null; work = queue.poll()) {
      try {
        refusal.accept(work);
      } catch (RuntimeException | Error e) {
        if (fault == null) {
          fault = e;
        } else if (fault != e) {
          fault.addSuppressed(e);
        }
      }
    }
    switch (fault) {
      case RuntimeException e -> throw e;
      case Error e -> throw e;
      case null, default -> {
      }
    }
  }
}

package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jetbrains.lincheck.Lincheck;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Does what is given to a volume's writer always reach it, also while it is just falling asleep or ending? Lincheck
/// tries the interleavings of the threads (model checking, up to sequential consistency).
///
/// Seen to fail: when the taker does not look into the queue once more before it sleeps, or says that it sleeps only
/// after that look; when who gives looks whether the taker sleeps before the queue has the work; and when who gives
/// does not look whether the taker has ended. `-Dhayloft.lincheck.invocations=100000` tries longer.
@Tag("lincheck")
class HandoverLincheckTest {
  private static final int INVOCATIONS = Integer.getInteger("hayloft.lincheck.invocations", 1000);

  /// Ends by a call alone, and can be looked at. A parked thread may wake early, as Lincheck knows: it would always
  /// find what was slept over.
  private static final class DeepSleep implements Handover.Sleep {
    private enum State {
      AWAKE,
      ASLEEP,
      WOKEN
    }

    private final AtomicReference<State> state = new AtomicReference<>(State.AWAKE);

    @Override
    public void sleep() {
      if (state.compareAndSet(State.AWAKE, State.ASLEEP)) {
        while (state.get() != State.WOKEN) {
          Thread.onSpinWait();
        }
      }
      state.set(State.AWAKE);
    }

    @Override
    public void wake() {
      state.set(State.WOKEN);
    }
  }

  /// One run: a taker, and works 0 and 1.
  private static final class Run {
    /// Lincheck takes an object for a thread's own until it can be reached from here; what a lambda captures it does
    /// not see.
    private static volatile Run present = new Run(0);

    private final AtomicIntegerArray answers = new AtomicIntegerArray(2);
    private final DeepSleep sleep = new DeepSleep();
    private final Thread taker;
    private final Handover<Integer> handover;
    private volatile boolean begun;

    /// @param works behind which the taker ends
    Run(int works) {
      this.taker = new Thread(() -> present.take(works));
      this.handover = new Handover<>(taker, answers::incrementAndGet, sleep);
    }

    static Run begin(int works) {
      present = new Run(works);
      present.taker.start();
      while (!present.begun) { // so that it may be anywhere
        Thread.onSpinWait();
      }
      return present;
    }

    private void take(int works) {
      begun = true;
      for (int work = 0; work < works; work++) {
        answers.incrementAndGet(handover.take());
      }
      handover.end();
    }

    boolean isAnswered() {
      return answers.get(0) == 1 && answers.get(1) == 1;
    }
  }

  @Test
  void theTakerDoesNotSleepWhileSomethingIsThere() {
    Lincheck.runConcurrentTest(INVOCATIONS, () -> {
      Run run = Run.begin(2);
      run.handover.give(0);
      run.handover.give(1);
      while (!run.isAnswered()) {
        assertNotEquals(DeepSleep.State.ASLEEP, run.sleep.state.get());
        Thread.onSpinWait();
      }
    });
  }

  @Test
  void whatIsGivenWhileTheTakerEndsIsTakenOrRefusedOnce() {
    Lincheck.runConcurrentTest(INVOCATIONS, () -> {
      Run run = Run.begin(1);
      var giver = new Thread(() -> Run.present.handover.give(0));
      giver.start();
      run.handover.give(1);
      try {
        giver.join();
        run.taker.join();
      } catch (InterruptedException e) {
        throw new AssertionError(e);
      }
      assertEquals("1 1", run.answers.get(0) + " " + run.answers.get(1));
    });
  }
}

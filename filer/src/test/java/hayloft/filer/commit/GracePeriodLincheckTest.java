package hayloft.filer.commit;

import hayloft.common.CommitSequence;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jetbrains.kotlinx.lincheck.Actor;
import org.jetbrains.kotlinx.lincheck.execution.ExecutionScenario;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Operation;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The watermark: is everything applied up to the sequence that was noted before a drain? Steps of the committer and of
/// the checkpointer, on the real [GracePeriod] and [Sequences]; Lincheck tries their interleavings (model checking, up
/// to sequential consistency). A renewed epoch is not among them: that runs on a thread of its own, which Lincheck does
/// not see.
///
/// Seen to fail: when who enters does not look at the phase again after he was counted (it takes two drains to lose
/// him), and when a drain looks once instead of waiting. `-Dhayloft.lincheck.iterations=100` tries longer.
@Tag("lincheck")
public class GracePeriodLincheckTest {

  private static final int ITERATIONS = Integer.getInteger("hayloft.lincheck.iterations", 2);
  private static final int INVOCATIONS = 3000;
  private static final int MOST_COMMITS = 64;

  private static final class OneEpoch implements Sequences.Terms {
    @Override
    public long take() {
      return 5;
    }

    @Override
    public void prepareFence(long epoch) {}

    @Override
    public void fence(long epoch) {}
  }

  private final GracePeriod grace = new GracePeriod();
  private final Sequences sequences = new Sequences(4, new OneEpoch(), grace, Sequences.RENEW_AT);
  private final AtomicLongArray applied = new AtomicLongArray(MOST_COMMITS);
  private final long first;

  public GracePeriodLincheckTest() throws IOException {
    this.first = CommitSequence.counter(sequences.next());
  }

  @Operation
  public void commit() throws IOException {
    int phase = grace.enter();
    try {
      applied.set((int) CommitSequence.counter(sequences.next()), 1);
    } finally {
      grace.leave(phase);
    }
  }

  /// Always 0, if nothing happens at a time; so it must be whatever does.
  @Operation
  public int notedAndNotApplied() {
    long noted = CommitSequence.counter(sequences.last());
    grace.drain();
    int missing = 0;
    for (int counter = (int) first + 1; counter <= noted; counter++) {
      if (applied.get(counter) == 0) {
        missing++;
      }
    }
    return missing;
  }

  @Test
  void everythingUpToAWatermarkIsApplied() throws NoSuchMethodException {
    var commit = new Actor(GracePeriodLincheckTest.class.getMethod("commit"), List.of());
    var note = new Actor(GracePeriodLincheckTest.class.getMethod("notedAndNotApplied"), List.of());
    new ModelCheckingOptions().threads(2).actorsPerThread(2).actorsBefore(0).actorsAfter(0).iterations(ITERATIONS)
        .addCustomScenario(
            new ExecutionScenario(List.of(), List.of(List.of(note, note), List.of(commit)), List.of(), null))
        .invocationsPerIteration(INVOCATIONS).check(GracePeriodLincheckTest.class);
  }
}

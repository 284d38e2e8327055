package hayloft.filer.commit;

import hayloft.common.CommitSequence;
import java.util.concurrent.atomic.AtomicLong;

/// Hands out the sequences of one epoch, rising and never twice. Thread-safe.
///
/// Some become the sequence of a needle, some the id of a bucket or an upload: both are unique forever.
public final class Sequences {

  private final long epoch;
  private final AtomicLong counter = new AtomicLong();

  public Sequences(long epoch) {
    this.epoch = epoch;
  }

  public long next() {
    return CommitSequence.of(epoch, counter.incrementAndGet());
  }

  /// The highest one handed out so far.
  public long last() {
    return CommitSequence.of(epoch, counter.get());
  }

  public long epoch() {
    return epoch;
  }
}

package hayloft.volume.store;

import java.util.concurrent.atomic.LongAdder;

/// What the writers of a store have done since it was opened. Thread-safe.
public final class AppendCounters {
  private final LongAdder needles = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder batches = new LongAdder();
  private final LongAdder syncs = new LongAdder();
  private final LongAdder syncNanos = new LongAdder();

  void batch(int batchNeedles, long batchBytes) {
    batches.increment();
    needles.add(batchNeedles);
    bytes.add(batchBytes);
  }

  void sync(long nanos) {
    syncs.increment();
    syncNanos.add(nanos);
  }

  public long needles() {
    return needles.sum();
  }

  public long bytes() {
    return bytes.sum();
  }

  /// Gathering writes; [#needles] by this is the mean batch size.
  public long batches() {
    return batches.sum();
  }

  public long syncs() {
    return syncs.sum();
  }

  public long syncNanos() {
    return syncNanos.sum();
  }
}

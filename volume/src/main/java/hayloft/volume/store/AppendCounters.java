package hayloft.volume.store;

import hayloft.common.metrics.Histogram;
import hayloft.common.metrics.Histogram.Scale;
import java.util.concurrent.atomic.LongAdder;

/// What the writers of a store have done since it was opened. Thread-safe.
public final class AppendCounters {
  private final Histogram batchNeedles = new Histogram(Scale.COUNT);
  private final Histogram batchBytes = new Histogram(Scale.BYTES);
  private final Histogram syncNanos = new Histogram(Scale.DURATION);
  private final LongAdder busy = new LongAdder();

  void batch(int needles, long bytes) {
    batchNeedles.record(needles);
    batchBytes.record(bytes);
  }

  void sync(long nanos) {
    syncNanos.record(nanos);
  }

  /// A needle was refused because too many bytes waited.
  void busy() {
    busy.increment();
  }

  Histogram batchNeedles() {
    return batchNeedles;
  }

  Histogram batchBytes() {
    return batchBytes;
  }

  Histogram syncDurations() {
    return syncNanos;
  }

  long refusedAsBusy() {
    return busy.sum();
  }

  public long needles() {
    return batchNeedles.sum();
  }

  public long bytes() {
    return batchBytes.sum();
  }

  /// Gathering writes; [#needles] by this is the mean batch size.
  public long batches() {
    return batchNeedles.count();
  }

  public long syncs() {
    return syncNanos.count();
  }

  public long syncNanos() {
    return syncNanos.sum();
  }
}

package hayloft.cli.bench;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/// Counts what answers came when. Thread-safe.
final class LoadMeter {
  /// Stands for the status of an answer that did not come, or not to its end, because the connection broke.
  static final int BROKEN_OFF = 0;

  private static final long LONGEST_NANOS = 120_000_000_000L;

  private final Histogram latencyNanos = new ConcurrentHistogram(LONGEST_NANOS, 3);
  private final LongAdder bytes = new LongAdder();
  private final Map<Integer, LongAdder> failures = new ConcurrentHashMap<>();

  void record(long nanos, int status, long transferredBytes) {
    if (status >= 300 || status == BROKEN_OFF) {
      failures.computeIfAbsent(status, s -> new LongAdder()).increment();
      return;
    }
    latencyNanos.recordValue(Math.min(nanos, LONGEST_NANOS));
    bytes.add(transferredBytes);
  }

  Histogram latencyNanos() {
    return latencyNanos;
  }

  long requests() {
    return latencyNanos.getTotalCount();
  }

  long bytes() {
    return bytes.sum();
  }

  /// Answers that were not 2xx, by status.
  Map<Integer, LongAdder> failures() {
    return failures;
  }
}

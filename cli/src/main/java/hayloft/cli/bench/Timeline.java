package hayloft.cli.bench;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/// Latencies by when they were measured: a histogram for each slice of a run. Thread-safe.
final class Timeline {

  static final int SLICES = 60;
  private static final int DIGITS = 2;

  private final long startNanos;
  private final long sliceNanos;
  private final List<Histogram> slices = new ArrayList<>();

  /// @param startNanos of the run, as [System#nanoTime] counts
  /// @param lengthNanos of the run; what comes later counts for the last slice
  Timeline(long startNanos, long lengthNanos) {
    this.startNanos = startNanos;
    this.sliceNanos = Math.max(1, lengthNanos / SLICES);
    for (int i = 0; i < SLICES; i++) {
      slices.add(new ConcurrentHistogram(LoadMeter.LONGEST_NANOS, DIGITS));
    }
  }

  void record(long atNanos, long latencyNanos) {
    int slice = (int) Math.clamp((atNanos - startNanos) / sliceNanos, 0, SLICES - 1);
    slices.get(slice).recordValue(latencyNanos);
  }

  double sliceSeconds() {
    return sliceNanos / 1e9;
  }

  List<Histogram> slices() {
    return slices;
  }
}

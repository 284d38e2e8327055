package hayloft.common.metrics;

import java.util.concurrent.atomic.AtomicLongArray;

/// Counts values in buckets. Thread-safe; recording takes no lock, allocates nothing and costs some nanoseconds.
///
/// The counts lie in stripes, one for each few threads, so that event loops do not write to each other's cache lines;
/// who reads adds them up. A reading is not a moment's snapshot: values recorded meanwhile may be in a part of it.
public final class Histogram {

  /// What is measured, and the upper bounds of the buckets: each value counts in the first whose bound is not less.
  public enum Scale {
    /// Nanoseconds, told in seconds: 1, 2, 5 from 10 us to 100 s.
    DURATION(1e-9, series(10_000, 8)),
    /// Numbers, told as they are: powers of two to 512.
    COUNT(1, powers(1, 2, 10)),
    /// Bytes, told as they are: powers of four from 256 to 64 MiB.
    BYTES(1, powers(256, 4, 10));

    private final double unit;
    private final long[] bounds;

    Scale(double unit, long[] bounds) {
      this.unit = unit;
      this.bounds = bounds;
    }

    private static long[] series(long from, int decades) {
      long[] bounds = new long[(decades - 1) * 3 + 1];
      long decade = from;
      for (int i = 0; i < bounds.length; i++) {
        switch (i % 3) {
          case 0 -> bounds[i] = decade;
          case 1 -> bounds[i] = 2 * decade;
          default -> {
            bounds[i] = 5 * decade;
            decade *= 10;
          }
        }
      }
      return bounds;
    }

    private static long[] powers(long from, int factor, int count) {
      long[] bounds = new long[count];
      long bound = from;
      for (int i = 0; i < count; i++) {
        bounds[i] = bound;
        bound *= factor;
      }
      return bounds;
    }

    /// Upper bounds in the unit in which they are told; behind them is one more bucket, without a bound.
    double[] upperBounds() {
      double[] told = new double[bounds.length + 1];
      for (int i = 0; i < bounds.length; i++) {
        // divided by a whole number, 5 ms are 0.005 and not 0.0050000000000000001
        told[i] = unit == 1 ? bounds[i] : bounds[i] / 1e9;
      }
      told[bounds.length] = Double.POSITIVE_INFINITY;
      return told;
    }
  }

  /// Cells between the stripes, so that no two share a cache line or the pair that a processor fetches together.
  private static final int CELLS_APART = 16;
  private static final int MAX_STRIPES = 8;

  private final Scale scale;
  private final int stride;
  private final int stripeMask;
  /// A stripe: the buckets, then the sum.
  private final AtomicLongArray cells;

  public Histogram(Scale scale) {
    this(scale, Runtime.getRuntime().availableProcessors());
  }

  /// @param threads that record at a time
  Histogram(Scale scale, int threads) {
    this.scale = scale;
    int stripes = Integer.highestOneBit(Math.clamp(threads * 2L - 1, 1, MAX_STRIPES));
    this.stride = scale.bounds.length + 2 + CELLS_APART;
    this.stripeMask = stripes - 1;
    this.cells = new AtomicLongArray(stripes * stride);
  }

  /// @param value in nanoseconds, a number or bytes, as the scale says; below zero counts as zero
  public void record(long value) {
    long recorded = Math.max(0, value);
    int stripe = ((int) Thread.currentThread().threadId() & stripeMask) * stride;
    cells.getAndIncrement(stripe + bucket(recorded));
    cells.getAndAdd(stripe + scale.bounds.length + 1, recorded);
  }

  private int bucket(long value) {
    long[] bounds = scale.bounds;
    int low = 0;
    int high = bounds.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (bounds[middle] < value) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  Scale scale() {
    return scale;
  }

  /// Values in each bucket, the one without a bound last.
  public long[] counts() {
    long[] counts = new long[scale.bounds.length + 1];
    for (int stripe = 0; stripe < cells.length(); stripe += stride) {
      for (int i = 0; i < counts.length; i++) {
        counts[i] += cells.get(stripe + i);
      }
    }
    return counts;
  }

  /// How many values were recorded.
  public long count() {
    long count = 0;
    for (long bucket : counts()) {
      count += bucket;
    }
    return count;
  }

  /// All values together, as they were recorded: nanoseconds, numbers or bytes.
  public long sum() {
    long sum = 0;
    for (int stripe = 0; stripe < cells.length(); stripe += stride) {
      sum += cells.get(stripe + scale.bounds.length + 1);
    }
    return sum;
  }

  /// The same in the unit in which it is told.
  double toldSum() {
    return sum() * scale.unit;
  }
}

package hayloft.jmh.s3;

import hayloft.common.metrics.Histogram;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What a request's figures cost it: looks at the clock, and what is recorded at its end. Shared state, as on several
/// event loops.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RequestRecording {
  private final Histogram seconds = new Histogram(Histogram.Scale.DURATION);
  private final Histogram firstByte = new Histogram(Histogram.Scale.DURATION);
  private final LongAdder sentBytes = new LongAdder();
  private final LongAdder reads = new LongAdder();

  /// One look; a small GET takes two.
  @Benchmark
  public long clock() {
    return System.nanoTime();
  }

  /// A duration into its bucket; a request records two.
  @Benchmark
  public void histogram() {
    seconds.record(80_000);
  }

  /// All that a GET of 4 KiB records.
  @Benchmark
  public void wholeGet() {
    long began = System.nanoTime();
    reads.increment();
    long ended = System.nanoTime();
    seconds.record(ended - began);
    firstByte.record(ended - began);
    sentBytes.add(4096);
  }
}

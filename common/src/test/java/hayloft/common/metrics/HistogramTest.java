package hayloft.common.metrics;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.metrics.Histogram.Scale;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class HistogramTest {

  @Test
  void durationsAreToldInSecondsFromTenMicrosecondsToHundredSeconds() {
    double[] bounds = Scale.DURATION.upperBounds();
    assertEquals(23, bounds.length);
    assertArrayEquals(new double[]{0.00001, 0.00002, 0.00005, 0.0001}, java.util.Arrays.copyOf(bounds, 4));
    assertEquals(100.0, bounds[21]);
    assertEquals(Double.POSITIVE_INFINITY, bounds[22]);
  }

  @Test
  void aValueCountsInTheFirstBucketWhoseBoundIsNotLess() {
    var histogram = new Histogram(Scale.COUNT);
    for (long value : new long[]{0, 1, 2, 3, 512, 513, -7}) {
      histogram.record(value);
    }
    assertArrayEquals(new long[]{3, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1}, histogram.counts());
    assertEquals(7, histogram.count());
    assertEquals(0 + 1 + 2 + 3 + 512 + 513, histogram.sum());
  }

  @Test
  void nothingIsLostWhenManyThreadsRecord() throws InterruptedException {
    long seed = Long.getLong("hayloft.seed", new Random().nextLong());
    System.out.println("HistogramTest seed " + seed);
    var random = new Random(seed);
    for (int threads : new int[]{1, 3, 64}) {
      var histogram = new Histogram(Scale.BYTES, threads);
      List<Thread> recording = new ArrayList<>();
      long expected = 0;
      for (int i = 0; i < 8; i++) {
        long value = random.nextLong(1 << 30);
        expected += 10_000 * value;
        recording.add(Thread.ofPlatform().start(() -> {
          for (int n = 0; n < 10_000; n++) {
            histogram.record(value);
          }
        }));
      }
      for (Thread thread : recording) {
        thread.join();
      }
      assertEquals(80_000, histogram.count());
      assertEquals(expected, histogram.sum(), "seed " + seed);
    }
  }
}

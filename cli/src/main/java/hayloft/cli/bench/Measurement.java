package hayloft.cli.bench;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/// What one run against one endpoint gave. Immutable once made.
///
/// @param cpuSeconds of the server, 0 if nobody asked
/// @param failures answers that were not 2xx, by status
record Measurement(Histogram latencyNanos, long bytes, double seconds, double cpuSeconds, long residentBytes,
    Map<Integer, Long> failures, Optional<Timeline> timeline) {

  static Measurement of(LoadMeter meter, double seconds, double cpuSeconds, long residentBytes) {
    Map<Integer, Long> failures = new TreeMap<>();
    meter.failures().forEach((status, count) -> failures.put(status, count.sum()));
    return new Measurement(meter.latencyNanos(), meter.bytes(), seconds, cpuSeconds, residentBytes, failures,
        meter.timeline());
  }

  long requests() {
    return latencyNanos.getTotalCount();
  }

  double perSecond() {
    return requests() / seconds;
  }

  double mibPerSecond() {
    return bytes / seconds / (1 << 20);
  }

  double micros(double percentile) {
    return latencyNanos.getValueAtPercentile(percentile) / 1e3;
  }

  double maxMicros() {
    return latencyNanos.getMaxValue() / 1e3;
  }

  /// Of the server, for each request.
  double cpuMicros() {
    return cpuSeconds * 1e6 / Math.max(1, requests());
  }
}

package hayloft.cli.bench;

import hayloft.cli.Ending;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.HdrHistogram.Histogram;

/// What one run against one endpoint gave. Immutable once made.
///
/// @param cpuSeconds of the server, 0 if nobody asked
/// @param failures answers that were not 2xx, by status
/// @param ending whether it went on for as long as it was to
record Measurement(Histogram latencyNanos, long bytes, double seconds, double cpuSeconds, long residentBytes,
    Map<Integer, Long> failures, Optional<Timeline> timeline, Ending ending) {

  static Measurement of(LoadMeter meter, double seconds, double cpuSeconds, long residentBytes) {
    return of(new LoadGenerator.Load(meter, seconds, new Ending.Done()), cpuSeconds, residentBytes);
  }

  /// Of a run that ended before anything was measured.
  static Measurement nothing(Ending ending) {
    return of(new LoadGenerator.Load(new LoadMeter(null), 0, ending), 0, 0);
  }

  static Measurement of(LoadGenerator.Load load, double cpuSeconds, long residentBytes) {
    LoadMeter meter = load.meter();
    Map<Integer, Long> failures = new TreeMap<>();
    meter.failures().forEach((status, count) -> failures.put(status, count.sum()));
    return new Measurement(meter.latencyNanos().copy(), meter.bytes(), load.seconds(), cpuSeconds, residentBytes,
        failures, meter.timeline(), load.ending());
  }

  long requests() {
    return latencyNanos.getTotalCount();
  }

  double perSecond() {
    return seconds > 0 ? requests() / seconds : 0;
  }

  double mibPerSecond() {
    return seconds > 0 ? bytes / seconds / (1 << 20) : 0;
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

package hayloft.common.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import io.micrometer.core.instrument.config.MeterFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Our figures as Micrometer's meters in one registry: a function counter or a gauge for each combination of labels
/// that was told in the last round. One that is not told any more is taken out, so there are as many as were told last.
/// Guarded by who asks.
///
/// A meter gives what the round said and asks nobody: a scrape costs one look at each part of the store, not one a
/// figure. Histograms are not among them, since Micrometer has none that are counted elsewhere: each registry gets
/// them in its own words.
final class FigureMeters {

  private final MeterRegistry registry;
  private final Map<Figure, Map<List<String>, Row>> rows = new HashMap<>();

  /// What a meter gives. Micrometer holds it weakly, the row strongly.
  private static final class Told {
    volatile double value;
  }

  private record Row(Told told, Meter meter) {}

  FigureMeters(MeterRegistry registry) {
    this.registry = registry;
  }

  /// The virtual machine's figures are Micrometer's, but for the collector's pauses, which it counts from the first
  /// asking on and shows from the first pause on, and for the time of the processor, which it tells in nanoseconds;
  /// [ProcessFigures] has both.
  void bindMachine() {
    registry.config().meterFilter(MeterFilter.denyNameStartsWith("process.cpu.time"))
        .meterFilter(new MeterFilter() {
          @Override
          public Meter.Id map(Meter.Id id) { // as a gauge it may not end in _count
            return id.getName().equals("system.cpu.count") ? id.withName("system.cpus") : id;
          }
        });
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ClassLoaderMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    new UptimeMetrics().bindTo(registry);
  }

  /// Makes the meters tell this round.
  void update(FigureRound round) {
    rows.forEach((figure, known) -> {
      Map<List<String>, Double> told = round.numbers().getOrDefault(figure, Map.of());
      known.entrySet().removeIf(row -> {
        boolean gone = !told.containsKey(row.getKey());
        if (gone) {
          registry.remove(row.getValue().meter());
        }
        return gone;
      });
    });
    round.numbers().forEach((figure, points) -> {
      Map<List<String>, Row> known = rows.computeIfAbsent(figure, _ -> new HashMap<>());
      points.forEach((labels, value) -> {
        Row row = known.computeIfAbsent(labels, _ -> register(figure, labels));
        row.told().value = value;
      });
    });
  }

  private Row register(Figure figure, List<String> labelValues) {
    var told = new Told();
    List<Tag> tags = new ArrayList<>();
    for (int i = 0; i < labelValues.size(); i++) {
      tags.add(Tag.of(figure.labels().get(i), labelValues.get(i)));
    }
    return new Row(told, switch (figure.kind()) {
      case COUNTER -> FunctionCounter.builder(meterName(figure), told, counted -> counted.value)
          .description(figure.meaning()).baseUnit(figure.unit()).tags(tags).register(registry);
      case GAUGE -> Gauge.builder(meterName(figure), told, measured -> measured.value)
          .description(figure.meaning()).baseUnit(figure.unit()).tags(tags).register(registry);
      case HISTOGRAM -> throw new IllegalArgumentException(figure.name() + " is no number");
    });
  }

  /// As Micrometer writes names, which each registry turns into its own.
  static String meterName(Figure figure) {
    return figure.name().replace('_', '.');
  }
}

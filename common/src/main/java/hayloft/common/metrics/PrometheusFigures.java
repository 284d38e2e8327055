package hayloft.common.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.DataPointSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Asks all sources and puts what they tell into Prometheus' words. Thread-safe.
///
/// A source that fails takes no other with it: what it told before stays, and [#FAILED] says that something is missing.
final class PrometheusFigures implements MultiCollector {

  private static final System.Logger LOG = System.getLogger(PrometheusFigures.class.getName());
  private static final Figure FAILED = Figure.gauge("hayloft_metrics_failed_sources",
      "Parts of the server that could not tell all of their figures this time: some are missing here. The log says why (`metrics.sourceFailed`).");

  private final Iterable<FigureSource> sources;
  /// Those that failed when they were asked last.
  private final Set<FigureSource> failing = ConcurrentHashMap.newKeySet();

  /// @param sources may grow
  PrometheusFigures(Iterable<FigureSource> sources) {
    this.sources = sources;
  }

  @Override
  public MetricSnapshots collect() {
    Taken taken = new Taken();
    int failed = 0;
    for (FigureSource source : sources) {
      failed += ask(source, taken) ? 0 : 1;
    }
    taken.number(FAILED, failed);
    List<MetricSnapshot> snapshots = new ArrayList<>();
    taken.points.forEach((figure, points) -> snapshots.add(snapshot(figure, points)));
    return new MetricSnapshots(snapshots);
  }

  /// The first of several failures in a row is told.
  private boolean ask(FigureSource source, Taken taken) {
    try {
      source.tell(taken);
      failing.remove(source);
      return true;
    } catch (RuntimeException | Error e) { // nobody would see the figures of the others
      if (failing.add(source)) {
        LOG.log(Level.ERROR, "metrics.sourceFailed source=" + source.getClass().getName(), e);
      }
      return false;
    }
  }

  private static MetricSnapshot snapshot(Figure figure, List<DataPointSnapshot> points) {
    return switch (figure.kind()) {
      case COUNTER -> {
        var counter = CounterSnapshot.builder().name(figure.name()).help(figure.meaning());
        points.forEach(point -> counter.dataPoint((CounterSnapshot.CounterDataPointSnapshot) point));
        yield counter.build();
      }
      case GAUGE -> {
        var gauge = GaugeSnapshot.builder().name(figure.name()).help(figure.meaning());
        points.forEach(point -> gauge.dataPoint((GaugeSnapshot.GaugeDataPointSnapshot) point));
        yield gauge.build();
      }
      case HISTOGRAM -> {
        var histogram = HistogramSnapshot.builder().name(figure.name()).help(figure.meaning());
        points.forEach(point -> histogram.dataPoint((HistogramSnapshot.HistogramDataPointSnapshot) point));
        yield histogram.build();
      }
    };
  }

  /// Figures of one asking. Several sources may tell the same figure with other labels.
  private static final class Taken implements Figures {

    final Map<Figure, List<DataPointSnapshot>> points = new LinkedHashMap<>();

    @Override
    public void number(Figure figure, double value, String... labelValues) {
      add(figure, switch (figure.kind()) {
        case COUNTER -> CounterSnapshot.CounterDataPointSnapshot.builder().value(value)
            .labels(labels(figure, labelValues)).build();
        case GAUGE -> GaugeSnapshot.GaugeDataPointSnapshot.builder().value(value)
            .labels(labels(figure, labelValues)).build();
        case HISTOGRAM -> throw new IllegalArgumentException(figure.name() + " is no number");
      });
    }

    @Override
    public void distribution(Figure figure, Histogram values, String... labelValues) {
      if (figure.kind() != Figure.Kind.HISTOGRAM) {
        throw new IllegalArgumentException(figure.name() + " is no histogram");
      }
      add(figure,
          HistogramSnapshot.HistogramDataPointSnapshot.builder()
              .classicHistogramBuckets(ClassicHistogramBuckets.of(values.scale().upperBounds(), values.counts()))
              .sum(values.toldSum()).labels(labels(figure, labelValues)).build());
    }

    private void add(Figure figure, DataPointSnapshot point) {
      points.computeIfAbsent(figure, _ -> new ArrayList<>()).add(point);
    }

    private static Labels labels(Figure figure, String[] values) {
      if (values.length != figure.labels().size()) {
        throw new IllegalArgumentException(
            figure.name() + " has the labels " + figure.labels() + ", told were " + values.length);
      }
      return Labels.of(figure.labels().toArray(String[]::new), values);
    }
  }
}

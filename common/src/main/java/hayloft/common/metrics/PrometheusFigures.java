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
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Asks all sources and puts what they tell into Prometheus' words. Thread-safe.
final class PrometheusFigures implements MultiCollector {

  private final Iterable<FigureSource> sources;

  /// @param sources may grow
  PrometheusFigures(Iterable<FigureSource> sources) {
    this.sources = sources;
  }

  @Override
  public MetricSnapshots collect() {
    Taken taken = new Taken();
    for (FigureSource source : sources) {
      source.tell(taken);
    }
    List<MetricSnapshot> snapshots = new ArrayList<>();
    taken.points.forEach((figure, points) -> snapshots.add(snapshot(figure, points)));
    return new MetricSnapshots(snapshots);
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

package hayloft.common.metrics;

import io.prometheus.metrics.model.registry.MultiCollector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshots;
import java.util.ArrayList;
import java.util.List;

/// The histograms of the last round in Prometheus' words. Guarded by who makes the page.
final class PrometheusHistograms implements MultiCollector {

  private FigureRound round = new FigureRound(false);

  /// From now on this round is told.
  void update(FigureRound newer) {
    round = newer;
  }

  @Override
  public MetricSnapshots collect() {
    List<MetricSnapshot> snapshots = new ArrayList<>();
    round.distributions().forEach((figure, series) -> {
      var snapshot = HistogramSnapshot.builder().name(figure.name()).help(figure.meaning());
      String[] names = figure.labels().toArray(String[]::new);
      series.forEach((labels, values) -> snapshot
          .dataPoint(point(Labels.of(names, labels.toArray(String[]::new)), values)));
      snapshots.add(snapshot.build());
    });
    return new MetricSnapshots(snapshots);
  }

  private static HistogramDataPointSnapshot point(Labels labels, Histogram values) {
    return HistogramDataPointSnapshot.builder()
        .classicHistogramBuckets(ClassicHistogramBuckets.of(values.scale().upperBounds(), values.counts()))
        .sum(values.toldSum()).labels(labels).build();
  }
}

package hayloft.common.metrics;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the sources told when they were asked once. Several may tell the same figure with other labels. Confined to the
/// thread that asks.
final class FigureRound implements Figures {

  private final Map<Figure, Map<List<String>, Double>> numbers = new LinkedHashMap<>();
  private final Map<Figure, Map<List<String>, Histogram>> distributions = new LinkedHashMap<>();

  @Override
  public void number(Figure figure, double value, String... labelValues) {
    if (figure.kind() == Figure.Kind.HISTOGRAM) {
      throw new IllegalArgumentException(figure.name() + " is no number");
    }
    numbers.computeIfAbsent(figure, _ -> new LinkedHashMap<>()).put(labels(figure, labelValues), value);
  }

  @Override
  public void distribution(Figure figure, Histogram values, String... labelValues) {
    if (figure.kind() != Figure.Kind.HISTOGRAM) {
      throw new IllegalArgumentException(figure.name() + " is no histogram");
    }
    distributions.computeIfAbsent(figure, _ -> new LinkedHashMap<>()).put(labels(figure, labelValues), values);
  }

  private static List<String> labels(Figure figure, String[] values) {
    if (values.length != figure.labels().size()) {
      throw new IllegalArgumentException(
          figure.name() + " has the labels " + figure.labels() + ", told were " + values.length);
    }
    return List.of(values);
  }

  /// Counters and gauges, by the values of their labels.
  Map<Figure, Map<List<String>, Double>> numbers() {
    return numbers;
  }

  /// Histograms, by the values of their labels. They go on counting.
  Map<Figure, Map<List<String>, Histogram>> distributions() {
    return distributions;
  }
}

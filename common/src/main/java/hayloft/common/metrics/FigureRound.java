package hayloft.common.metrics;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// What the sources told when they were asked once. Several may tell the same figure with other labels. Confined to the
/// thread that asks.
final class FigureRound implements Figures {

  /// The label whose values are paths.
  private static final String DIRECTORY = "directory";

  private final boolean hidesPaths;
  private final Map<String, String> names = new HashMap<>();
  private final Map<Figure, Map<List<String>, Double>> numbers = new LinkedHashMap<>();
  private final Map<Figure, Map<List<String>, Histogram>> distributions = new LinkedHashMap<>();

  /// @param hidesPaths whether directories are told as `disk-1`, `disk-2`, in the order in which they come
  FigureRound(boolean hidesPaths) {
    this.hidesPaths = hidesPaths;
  }

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

  private List<String> labels(Figure figure, String[] values) {
    if (values.length != figure.labels().size()) {
      throw new IllegalArgumentException(
          figure.name() + " has the labels " + figure.labels() + ", told were " + values.length);
    }
    int directory = hidesPaths ? figure.labels().indexOf(DIRECTORY) : -1;
    if (directory < 0) {
      return List.of(values);
    }
    String[] told = values.clone();
    told[directory] = names.computeIfAbsent(values[directory], _ -> "disk-" + (names.size() + 1));
    return List.of(told);
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

package hayloft.common.metrics;

/// Takes figures down for one who has asked for them. Confined to the thread that asks.
public interface Figures {

  /// @param figure a counter or a gauge
  /// @param labelValues as many as the figure has labels, in their order
  void number(Figure figure, double value, String... labelValues);

  /// @param figure a histogram
  void distribution(Figure figure, Histogram values, String... labelValues);
}

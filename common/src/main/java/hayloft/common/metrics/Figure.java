package hayloft.common.metrics;

import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One kind of figure: its name, what it means and what its labels are. Immutable; rooms declare theirs as constants.
///
/// Names are Prometheus': words in lower case, the unit last (`_seconds`, `_bytes`; without one it is a plain number).
/// [Naming](https://prometheus.io/docs/practices/naming/)
///
/// @param name without what its kind appends
/// @param meaning a sentence for people, the text of docs/metrics.md
/// @param labels their names; a figure is told once for each combination of their values
public record Figure(String name, Kind kind, String meaning, List<String> labels) {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");

  /// What may be done with the numbers.
  public enum Kind {
    /// Only grows, from the start of the process; `_total` is appended to its name.
    COUNTER,
    /// Goes up and down.
    GAUGE,
    /// Counts of values in buckets; `_bucket`, `_count` and `_sum` are appended to its name.
    HISTOGRAM
  }

  public Figure {
    if (!NAME.matcher(name).matches() || name.endsWith("_total")) {
      throw new IllegalArgumentException("not the name of a figure: " + name);
    }
    if (!meaning.endsWith(".")) {
      throw new IllegalArgumentException("the meaning of " + name + " is no sentence: " + meaning);
    }
    labels = List.copyOf(labels);
  }

  /// The base unit that its name ends in, null for a plain number.
  @Nullable
  String unit() {
    return name.endsWith("_seconds") ? "seconds" : name.endsWith("_bytes") ? "bytes" : null;
  }

  public static Figure counter(String name, String meaning, String... labels) {
    return new Figure(name, Kind.COUNTER, meaning, List.of(labels));
  }

  public static Figure gauge(String name, String meaning, String... labels) {
    return new Figure(name, Kind.GAUGE, meaning, List.of(labels));
  }

  public static Figure histogram(String name, String meaning, String... labels) {
    return new Figure(name, Kind.HISTOGRAM, meaning, List.of(labels));
  }
}

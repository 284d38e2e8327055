package hayloft.cli.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// Two endpoints, measured in turn. Immutable.
///
/// Machines swing more between minutes than good stores differ, so the figure to believe is the ratio within a round,
/// and the spread of the rounds' ratios tells how far.
///
/// @param first and second of each round; as many of one as of the other
record Comparison(List<Measurement> first, List<Measurement> second) {

  Comparison {
    first = List.copyOf(first);
    second = List.copyOf(second);
    if (first.size() != second.size() || first.isEmpty()) {
      throw new IllegalArgumentException("rounds of " + first.size() + " and " + second.size() + " measurements");
    }
  }

  /// What is compared.
  private record Figure(String name, String key, ToDoubleFunction<Measurement> of) {}

  private static final List<Figure> FIGURES = List.of(
      new Figure("requests/s", "requestsPerSecond", Measurement::perSecond),
      new Figure("MiB/s", "mibPerSecond", Measurement::mibPerSecond),
      new Figure("p50 us", "p50Micros", measured -> measured.micros(50)),
      new Figure("p90 us", "p90Micros", measured -> measured.micros(90)),
      new Figure("p99 us", "p99Micros", measured -> measured.micros(99)),
      new Figure("p99.9 us", "p999Micros", measured -> measured.micros(99.9)),
      new Figure("max us", "maxMicros", Measurement::maxMicros),
      new Figure("CPU us/request", "serverCpuMicrosPerRequest", Measurement::cpuMicros));

  /// Median, least and greatest of some numbers.
  record Spread(double median, double least, double greatest) {
    static Spread of(List<Double> values) {
      List<Double> sorted = values.stream().sorted().toList();
      int middle = sorted.size() / 2;
      double median = sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
      return new Spread(median, sorted.getFirst(), sorted.getLast());
    }

    String text() {
      return digits(median) + " (" + digits(least) + " to " + digits(greatest) + ")";
    }

    private static String digits(double value) {
      return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 1000 ? "%.1f" : "%.0f", value);
    }

    ObjectNode toJson() {
      return JsonNodeFactory.instance.objectNode().put("median", median).put("least", least).put("greatest", greatest);
    }
  }

  private static Spread spread(List<Measurement> rounds, Figure figure) {
    return Spread.of(rounds.stream().map(figure.of::applyAsDouble).toList());
  }

  private Spread ratio(Figure figure) {
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < first.size(); i++) {
      ratios.add(figure.of.applyAsDouble(first.get(i)) / figure.of.applyAsDouble(second.get(i)));
    }
    return Spread.of(ratios);
  }

  private boolean says(Figure figure) {
    return spread(first, figure).least > 0 && spread(second, figure).least > 0;
  }

  boolean hasFailures() {
    return first.stream().anyMatch(round -> !round.failures().isEmpty())
        || second.stream().anyMatch(round -> !round.failures().isEmpty());
  }

  /// @param a and b the endpoints
  String toText(String a, String b) {
    var text = new StringBuilder("A  " + a + "\nB  " + b + "\n" + first.size()
        + " rounds each, in turn; medians, with the least and the greatest in parentheses\n\n");
    text.append(row("", "A", "B", "A / B"));
    for (Figure figure : FIGURES) {
      if (says(figure)) {
        text.append(row(figure.name, spread(first, figure).text(), spread(second, figure).text(),
            ratio(figure).text()));
      }
    }
    if (hasFailures()) {
      text.append("\nfailures, by status: A ").append(first.stream().map(Measurement::failures).toList()).append(", B ")
          .append(second.stream().map(Measurement::failures).toList()).append('\n');
    }
    return text.toString();
  }

  private static String row(String name, String a, String b, String ratio) {
    return String.format(Locale.ROOT, "%-15s %28s %28s %24s%n", name, a, b, ratio);
  }

  ObjectNode toJson(String a, String b) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("a", a).put("b", b).put("rounds", first.size());
    for (Figure figure : FIGURES) {
      if (says(figure)) {
        ObjectNode one = json.putObject(figure.key);
        one.set("a", spread(first, figure).toJson());
        one.set("b", spread(second, figure).toJson());
        one.set("ratio", ratio(figure).toJson());
      }
    }
    failures(first, json.putArray("failuresOfA"));
    failures(second, json.putArray("failuresOfB"));
    return json;
  }

  private static void failures(List<Measurement> rounds, ArrayNode list) {
    rounds.forEach(round -> {
      ObjectNode one = list.addObject();
      round.failures().forEach((status, count) -> one.put(status.toString(), count));
    });
  }
}

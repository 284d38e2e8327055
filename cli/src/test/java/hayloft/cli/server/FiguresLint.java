package hayloft.cli.server;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What `promtool check metrics` finds wrong with a page in Prometheus' text format, and some more, for machines that
/// have no promtool.
/// [Naming](https://prometheus.io/docs/practices/naming/)
final class FiguresLint {

  private static final Pattern NAME = Pattern.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*");
  private static final Pattern COMMENT = Pattern.compile("# (HELP|TYPE) (\\S+) ?(.*)");
  private static final Pattern SAMPLE = Pattern.compile("([^{ ]+)(?:\\{(.*)\\})? (\\S+)");
  private static final Pattern BOUND = Pattern.compile("(?:^|,)le=\"([^\"]*)\"");
  private static final Set<String> UNITS_NOT_AT_THE_BASE = Set.of("s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb",
      "tb", "pb", "m", "h", "d", "milliseconds", "microseconds", "nanoseconds", "minutes", "hours", "days", "weeks",
      "kilobytes", "kibibytes", "megabytes", "mebibytes", "gigabytes", "gibibytes", "bits", "percent");
  private static final Set<String> TYPES = Set.of("gauge", "counter", "histogram", "summary");
  private static final List<String> OF_HISTOGRAMS = List.of("_bucket", "_count", "_sum");

  private final Map<String, String> helps = new HashMap<>();
  private final Map<String, String> types = new LinkedHashMap<>();
  private final Set<String> series = new HashSet<>();
  /// By name and labels without `le`.
  private final Map<String, Buckets> histograms = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  /// One series of a histogram as it is told.
  private static final class Buckets {
    private double last = -1;
    private double infinite = -1;
    private double count = -1;
    private boolean summed;
  }

  private FiguresLint() {}

  /// Nothing, if all is well.
  static List<String> problems(String page) {
    var lint = new FiguresLint();
    page.lines().forEach(lint::line);
    lint.types.keySet().forEach(lint::checkName);
    lint.histograms.forEach(lint::checkHistogram);
    return lint.problems;
  }

  private void line(String line) {
    Matcher comment = COMMENT.matcher(line);
    Matcher sample = SAMPLE.matcher(line);
    if (comment.matches()) {
      Map<String, String> lines = comment.group(1).equals("HELP") ? helps : types;
      if (lines.put(comment.group(2), comment.group(3)) != null) {
        problems.add(comment.group(2) + " has a second " + comment.group(1));
      }
    } else if (!sample.matches()) {
      problems.add("not a line of a page: " + line);
    } else if (!series.add(line.substring(0, line.lastIndexOf(' ')))) {
      problems.add("told twice: " + line);
    } else {
      sample(sample.group(1), sample.group(2) == null ? "" : sample.group(2), Double.parseDouble(
          sample.group(3).replace("+Inf", "Infinity").replace("-Inf", "-Infinity")));
    }
  }

  private void sample(String name, String labels, double value) {
    String family = family(name);
    if (!types.containsKey(family)) {
      problems.add(name + " has no TYPE");
    } else if (types.get(family).equals("histogram")) {
      Buckets told = histograms.computeIfAbsent(family + "{" + BOUND.matcher(labels).replaceAll("") + "}",
          _ -> new Buckets());
      Matcher bound = BOUND.matcher(labels);
      switch (name.substring(family.length())) {
        case "_sum" -> told.summed = true;
        case "_count" -> told.count = value;
        default -> {
          if (!bound.find()) {
            problems.add(name + " has no le");
          } else if (bound.group(1).equals("+Inf")) {
            told.infinite = value;
          } else if (value < told.last) {
            problems.add(name + "{" + labels + "} counts less than the bucket below it");
          }
          told.last = Math.max(told.last, value);
        }
      }
    } else if (BOUND.matcher(labels).find()) {
      problems.add(name + " has le and is no histogram");
    }
  }

  /// That a line belongs to.
  private String family(String name) {
    for (String ending : OF_HISTOGRAMS) {
      String family = name.endsWith(ending) ? name.substring(0, name.length() - ending.length()) : name;
      if (!family.equals(name) && types.getOrDefault(family, "").equals("histogram")) {
        return family;
      }
    }
    return name;
  }

  private void checkName(String name) {
    String type = types.getOrDefault(name, "");
    if (helps.getOrDefault(name, "").isBlank()) {
      problems.add(name + " has no HELP");
    }
    if (!NAME.matcher(name).matches()) {
      problems.add(name + " is not in lower case, or has a colon");
    }
    if (type.equals("counter") != name.endsWith("_total")) {
      problems.add(name + " is a " + type + ": counters end in _total, others do not");
    }
    if (OF_HISTOGRAMS.stream().anyMatch(name::endsWith)) {
      problems.add(name + " ends as if it were a part of a histogram");
    }
    for (String word : name.split("_")) {
      if (UNITS_NOT_AT_THE_BASE.contains(word)) {
        problems.add(name + " is not told in a base unit by its whole name");
      } else if (TYPES.contains(word)) {
        problems.add(name + " has its type in its name");
      }
    }
  }

  private void checkHistogram(String name, Buckets told) {
    if (told.infinite < 0 || told.infinite != told.count || told.last > told.count || !told.summed) {
      problems.add(name + " has not all of _bucket up to +Inf, _sum and _count, or they contradict each other");
    }
  }
}

package hayloft.cli.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramIterationValue;

/// A page with what was measured, to be looked at in any browser: figures, the distribution of latencies on a
/// logarithmic axis, and percentiles over time. One file: the drawings are SVG within it, and nothing is fetched from
/// anywhere. Immutable.
final class LatencyPage {

  private static final int WIDTH = 860;
  private static final int HEIGHT = 260;
  private static final int LEFT = 70;
  private static final int BOTTOM = 34;
  private static final List<String> COLOURS = List.of("#1b6ca8", "#c8553d");
  private static final double STEP = 1.12;
  private static final double LEAST_MICROS = 10;

  private final String title;
  private final Map<String, Measurement> runs;

  /// @param runs by what they are called
  LatencyPage(String title, Map<String, Measurement> runs) {
    this.title = title;
    this.runs = runs;
  }

  String html() {
    return """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><title>%s</title>
        <style>
        body { font: 15px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 900px; color: #222 }
        table { border-collapse: collapse; margin: 1em 0 }
        td, th { padding: .25em .9em; text-align: right; border-bottom: 1px solid #ddd }
        th:first-child, td:first-child { text-align: left }
        svg { display: block; margin: .5em 0 1.5em } svg text { font-size: 12px; fill: #555 }
        .axis { stroke: #999 } .grid { stroke: #e4e4e4 }
        </style></head><body>
        <h1>%s</h1>
        %s
        <h2>Distribution of latencies</h2>
        %s
        <h2>Percentiles over time</h2>
        %s
        </body></html>
        """
        .formatted(escaped(title), escaped(title), table(), distribution(), overTime());
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;");
  }

  private String colour(int run) {
    return COLOURS.get(run % COLOURS.size());
  }

  private String table() {
    var rows = new StringBuilder("<table><tr><th></th><th>requests/s</th><th>MiB/s</th><th>p50</th><th>p90</th>"
        + "<th>p99</th><th>p99.9</th><th>max</th><th>requests</th></tr>\n");
    int run = 0;
    for (var measured : runs.entrySet()) {
      Measurement one = measured.getValue();
      rows.append(String.format(Locale.ROOT,
          "<tr><td><span style=\"color:%s\">&#9632;</span> %s</td><td>%.0f</td><td>%.1f</td>%s<td>%,d</td></tr>%n",
          colour(run++), escaped(measured.getKey()), one.perSecond(), one.mibPerSecond(),
          cells(List.of(one.micros(50), one.micros(90), one.micros(99), one.micros(99.9), one.maxMicros())),
          one.requests()));
    }
    return rows.append("</table>").toString();
  }

  private static String cells(List<Double> micros) {
    var cells = new StringJoiner("");
    micros.forEach(value -> cells.add("<td>" + time(value) + "</td>"));
    return cells.toString();
  }

  /// A latency with its unit.
  static String time(double micros) {
    if (micros >= 1e6) {
      return String.format(Locale.ROOT, "%.2f s", micros / 1e6);
    }
    return micros >= 1000
        ? String.format(Locale.ROOT, "%.1f ms", micros / 1000)
        : String.format(Locale.ROOT, "%.0f &#181;s", micros);
  }

  /// Shares of all requests, in classes each of which is an eighth longer than the one before.
  private String distribution() {
    double most = runs.values().stream().mapToDouble(Measurement::maxMicros).max().orElse(0);
    double end = Math.pow(10, Math.ceil(Math.log10(Math.max(most, 100))));
    double highest = 0;
    List<List<double[]>> curves = new ArrayList<>();
    for (Measurement run : runs.values()) {
      List<double[]> curve = new ArrayList<>();
      for (HistogramIterationValue value : run.latencyNanos().logarithmicBucketValues((long) (LEAST_MICROS * 1000),
          STEP)) {
        double share = (double) value.getCountAddedInThisIterationStep() / Math.max(1, run.requests());
        curve.add(new double[]{value.getValueIteratedTo() / 1e3, share});
        highest = Math.max(highest, share);
      }
      curves.add(curve);
    }
    var svg = new StringBuilder(open());
    for (double decade = LEAST_MICROS; decade <= end; decade *= 10) {
      vertical(svg, x(logarithmic(decade, end)), time(decade));
    }
    for (int quarter = 1; quarter <= 4; quarter++) {
      horizontal(svg, y(quarter / 4.0), String.format(Locale.ROOT, "%.1f %%", 100 * highest * quarter / 4));
    }
    for (int run = 0; run < curves.size(); run++) {
      var points = new StringJoiner(" ");
      points.add(point(x(0), y(0)));
      for (double[] at : curves.get(run)) {
        points.add(point(x(logarithmic(Math.max(at[0], LEAST_MICROS), end)), y(at[1] / Math.max(highest, 1e-12))));
      }
      svg.append("<polyline fill=\"").append(colour(run)).append("22\" stroke=\"").append(colour(run))
          .append("\" stroke-width=\"1.5\" points=\"").append(points).append("\"/>\n");
    }
    return svg.append("</svg>").toString();
  }

  private static double logarithmic(double micros, double end) {
    return Math.log(micros / LEAST_MICROS) / Math.log(end / LEAST_MICROS);
  }

  /// p50 drawn through, p99 dashed, the greatest dotted; the axis of times is logarithmic too.
  private String overTime() {
    double end = Math.pow(10, Math.ceil(Math.log10(
        Math.max(100, runs.values().stream().mapToDouble(Measurement::maxMicros).max().orElse(0)))));
    double seconds = runs.values().stream().flatMap(run -> run.timeline().stream())
        .mapToDouble(timeline -> timeline.sliceSeconds() * Timeline.SLICES).max().orElse(0);
    if (seconds == 0) {
      return "<p>Only runs for a time have it, not those for a count.</p>";
    }
    var svg = new StringBuilder(open());
    for (double decade = LEAST_MICROS; decade <= end; decade *= 10) {
      horizontal(svg, y(logarithmic(decade, end)), time(decade));
    }
    for (int fifth = 0; fifth <= 5; fifth++) {
      vertical(svg, x(fifth / 5.0), String.format(Locale.ROOT, "%.1f s", seconds * fifth / 5));
    }
    int run = 0;
    for (Measurement measured : runs.values()) {
      if (measured.timeline().isPresent()) {
        Timeline timeline = measured.timeline().get();
        line(svg, timeline, run, "", end, slice -> slice.getValueAtPercentile(50) / 1e3);
        line(svg, timeline, run, "6 3", end, slice -> slice.getValueAtPercentile(99) / 1e3);
        line(svg, timeline, run, "2 3", end, slice -> slice.getMaxValue() / 1e3);
      }
      run++;
    }
    return svg.append("</svg>\n<p>p50 drawn through, p99 dashed, the greatest dotted.</p>").toString();
  }

  private void line(StringBuilder svg, Timeline timeline, int run, String dashes, double end,
      ToDoubleFunction<Histogram> micros) {
    var points = new StringJoiner(" ");
    for (int i = 0; i < Timeline.SLICES; i++) {
      Histogram slice = timeline.slices().get(i);
      if (slice.getTotalCount() > 0) {
        points.add(point(x((i + 0.5) / Timeline.SLICES),
            y(logarithmic(Math.max(LEAST_MICROS, micros.applyAsDouble(slice)), end))));
      }
    }
    svg.append("<polyline fill=\"none\" stroke=\"").append(colour(run)).append("\" stroke-width=\"1.5\"")
        .append(dashes.isEmpty() ? "" : " stroke-dasharray=\"" + dashes + "\"").append(" points=\"").append(points)
        .append("\"/>\n");
  }

  private static String open() {
    return "<svg viewBox=\"0 0 " + WIDTH + " " + HEIGHT + "\" width=\"" + WIDTH + "\" height=\"" + HEIGHT + "\">\n";
  }

  private static double x(double share) {
    return LEFT + share * (WIDTH - LEFT - 30);
  }

  private static double y(double share) {
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - 12);
  }

  private static String point(double x, double y) {
    return String.format(Locale.ROOT, "%.1f,%.1f", x, y);
  }

  private static void vertical(StringBuilder svg, double x, String label) {
    svg.append(String.format(Locale.ROOT,
        "<line class=\"grid\" x1=\"%1$.1f\" x2=\"%1$.1f\" y1=\"%2$.1f\" y2=\"%3$.1f\"/><text x=\"%1$.1f\" y=\"%4$d\" "
            + "text-anchor=\"middle\">%5$s</text>%n",
        x, y(0), y(1), HEIGHT - 12, label));
  }

  private static void horizontal(StringBuilder svg, double y, String label) {
    svg.append(String.format(Locale.ROOT,
        "<line class=\"grid\" x1=\"%1$.1f\" x2=\"%2$.1f\" y1=\"%3$.1f\" y2=\"%3$.1f\"/><text x=\"%4$d\" y=\"%5$.1f\" "
            + "text-anchor=\"end\">%6$s</text>%n",
        x(0), x(1), y, LEFT - 8, y + 4, label));
  }
}

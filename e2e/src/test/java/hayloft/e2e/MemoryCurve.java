package hayloft.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToLongFunction;

/// The memory of a process over time, looked at by a thread of its own until the process has ended, and drawn as SVG.
/// Thread-safe.
final class MemoryCurve {

  /// In KiB.
  ///
  /// @param own what the process allocated itself
  /// @param resident with pages of files that it maps
  /// @param group what the kernel counts against the limit, page cache included; 0 without a control group
  record Sample(double seconds, long own, long resident, long group) {}

  private static final Duration BETWEEN_SAMPLES = Duration.ofMillis(250);
  private static final int WIDTH = 900;
  private static final int HEIGHT = 360;
  private static final int LEFT = 60;
  private static final int BOTTOM = 40;
  private static final int TOP = 30;
  private static final int MOST_POINTS = 600;

  private final Path status;
  private final Optional<MemoryLimit> limit;
  private final List<Sample> samples = new ArrayList<>(); // guarded by itself
  private final long startNanos = System.nanoTime();

  private MemoryCurve(Path status, Optional<MemoryLimit> limit) {
    this.status = status;
    this.limit = limit;
  }

  static MemoryCurve of(long pid, Optional<MemoryLimit> limit) {
    var curve = new MemoryCurve(Path.of("/proc/" + pid + "/status"), limit);
    Thread.ofPlatform().daemon().name("memory-curve").start(curve::look);
    return curve;
  }

  private void look() {
    try {
      while (true) {
        long own = 0;
        long resident = 0;
        for (String line : Files.readAllLines(status)) {
          if (line.startsWith("RssAnon:")) {
            own = number(line);
          } else if (line.startsWith("VmRSS:")) {
            resident = number(line);
          }
        }
        long group = limit.isPresent() ? limit.get().usedBytes() >> 10 : 0;
        synchronized (samples) {
          samples.add(new Sample((System.nanoTime() - startNanos) / 1e9, own, resident, group));
        }
        Thread.sleep(BETWEEN_SAMPLES); // the sampling rate
      }
    } catch (IOException | InterruptedException _) {
      // the process has ended
    }
  }

  private static long number(String line) {
    return Long.parseLong(line.replaceAll("\\D", ""));
  }

  List<Sample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }

  long mostKib(ToLongFunction<Sample> what) {
    return samples().stream().mapToLong(what).max().orElse(0);
  }

  /// @param limitKib drawn as a line, and the height of the picture
  void draw(Path file, String title, long limitKib) throws IOException {
    List<Sample> all = samples();
    double seconds = all.getLast().seconds();
    var svg = new StringBuilder();
    svg.append(String.format(Locale.ROOT,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">%n"
            + "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>%n<text x=\"%d\" y=\"18\">%s</text>%n",
        WIDTH, HEIGHT, WIDTH, HEIGHT, LEFT, title));
    long topKib = limitKib * 17 / 16;
    for (long kib = 0; kib <= limitKib; kib += limitKib / 4) {
      svg.append(String.format(Locale.ROOT,
          "<line x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\"/><text x=\"%d\" y=\"%.1f\" "
              + "text-anchor=\"end\">%d MiB</text>%n",
          LEFT, WIDTH - 10, y(kib, topKib), y(kib, topKib), kib == limitKib ? "#c02020" : "#dddddd", LEFT - 5,
          y(kib, topKib) + 4, kib >> 10));
    }
    for (int i = 0; i <= 5; i++) {
      svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%.0f s</text>%n",
          x(seconds * i / 5, seconds), HEIGHT - BOTTOM + 16, seconds * i / 5));
    }
    line(svg, all, Sample::group, topKib, "#9a9a9a", "counted by the kernel, page cache included", 0);
    line(svg, all, Sample::resident, topKib, "#2060c0", "resident", 1);
    line(svg, all, Sample::own, topKib, "#208040", "its own (RssAnon)", 2);
    Files.writeString(file, svg.append("</svg>\n"));
  }

  private static void line(StringBuilder svg, List<Sample> all, ToLongFunction<Sample> what, long topKib, String colour,
      String name, int place) {
    double seconds = all.getLast().seconds();
    svg.append(String.format("<polyline fill=\"none\" stroke=\"%s\" points=\"", colour));
    int step = Math.max(1, all.size() / MOST_POINTS);
    for (int i = 0; i < all.size(); i += step) {
      svg.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(all.get(i).seconds(), seconds),
          y(what.applyAsLong(all.get(i)), topKib)));
    }
    svg.append(String.format("\"/>%n<text x=\"%d\" y=\"%d\" fill=\"%s\">%s</text>%n", LEFT + 10 + place * 290,
        HEIGHT - 6, colour, name));
  }

  private static double x(double seconds, double allSeconds) {
    return LEFT + (WIDTH - 10 - LEFT) * seconds / allSeconds;
  }

  private static double y(long kib, long topKib) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (double) kib / topKib;
  }
}

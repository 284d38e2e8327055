package hayloft.cli.shell;

import com.fasterxml.jackson.databind.JsonNode;
import hayloft.cli.ByteSize;
import hayloft.cli.ShownText;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/// Shows a job's progress on standard error: a bar that moves on a terminal, a line every few seconds elsewhere.
/// Confined to one job.
final class ProgressWatch implements Watch {

  private static final int BAR = 30;
  private static final Duration BETWEEN_LINES = Duration.ofSeconds(5);

  private final PrintWriter err;
  private final boolean isTerminal;
  private final long beganNanos = System.nanoTime();
  private long saidNanos = System.nanoTime();
  private int shown;

  ProgressWatch(PrintWriter err, boolean isTerminal) {
    this.err = err;
    this.isTerminal = isTerminal;
  }

  @Override
  public void line(String line) {
    wipe();
    err.println(ShownText.of(line));
    err.flush();
  }

  @Override
  public void progress(JsonNode job) {
    String text = text(job, Duration.ofNanos(System.nanoTime() - beganNanos));
    if (isTerminal) {
      err.print('\r' + text + " ".repeat(Math.max(0, shown - text.length())));
      shown = text.length();
    } else if (System.nanoTime() - saidNanos >= BETWEEN_LINES.toNanos()) {
      saidNanos = System.nanoTime();
      err.println(text);
    }
    err.flush();
  }

  @Override
  public void ended() {
    wipe();
    err.flush();
  }

  private void wipe() {
    if (shown > 0) {
      err.print('\r' + " ".repeat(shown) + '\r');
      shown = 0;
    }
  }

  /// `[#####-----] 50 %  1.2 GB of 2.4 GB  volume 7  0:41 left`.
  static String text(JsonNode job, Duration since) {
    long done = job.path("done").asLong();
    long total = job.path("total").asLong();
    String unit = ShownText.of(job.path("unit").asText());
    String doing = ShownText.of(job.path("doing").asText());
    String amount = amount(done, unit) + (total > 0 ? " of " + amount(total, unit) : "");
    if (total <= 0) {
      return amount + (doing.isEmpty() ? "" : "  " + doing);
    }
    double share = Math.min(1, (double) done / total);
    int filled = (int) (share * BAR);
    String left = done > 0 && since.toMillis() > 1000
        ? "  " + clock(Duration.ofMillis((long) (since.toMillis() * (1 - share) / share))) + " left"
        : "";
    return "[" + "#".repeat(filled) + "-".repeat(BAR - filled) + "] "
        + String.format(Locale.ROOT, "%3.0f %%", 100 * share) + "  " + amount + (doing.isEmpty() ? "" : "  " + doing)
        + left;
  }

  private static String amount(long count, String unit) {
    return unit.equals("bytes") ? ByteSize.text(count) : String.format(Locale.ROOT, "%,d %s", count, unit);
  }

  private static String clock(Duration time) {
    return time.toHours() > 0
        ? String.format(Locale.ROOT, "%d:%02d:%02d", time.toHours(), time.toMinutesPart(), time.toSecondsPart())
        : String.format(Locale.ROOT, "%d:%02d", time.toMinutes(), time.toSecondsPart());
  }
}

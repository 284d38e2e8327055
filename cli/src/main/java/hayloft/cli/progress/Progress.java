package hayloft.cli.progress;

import hayloft.cli.ByteSize;
import hayloft.cli.server.Terminal;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongFunction;
import java.util.function.LongSupplier;

/// Shows how far a piece of work is, on standard error. Thread-safe: whoever does the work counts, and one of them
/// shows.
///
/// On a terminal one line is written again and again; elsewhere a line is added every five seconds, so short work says
/// nothing.
public final class Progress implements AutoCloseable {

  /// What is counted.
  public enum Unit {
    BYTES(ByteSize::text),
    THINGS(count -> String.format(Locale.ROOT, "%,d", count));

    private final LongFunction<String> text;

    Unit(LongFunction<String> text) {
      this.text = text;
    }
  }

  private static final long TERMINAL_NANOS = 200_000_000L;
  private static final long LOG_NANOS = 5_000_000_000L;
  private static final int BAR_LETTERS = 24;

  private final String what;
  private final long total;
  private final Unit unit;
  private final PrintWriter out;
  private final boolean terminal;
  private final LongSupplier nanoTime;
  private final long startNanos;
  private final AtomicLong done = new AtomicLong();
  private final AtomicLong shownNanos;
  private final ReentrantLock showing = new ReentrantLock();
  private int shownLetters; // guarded by showing

  Progress(String what, long total, Unit unit, PrintWriter out, boolean terminal, LongSupplier nanoTime) {
    this.what = what;
    this.total = total;
    this.unit = unit;
    this.out = out;
    this.terminal = terminal;
    this.nanoTime = nanoTime;
    this.startNanos = nanoTime.getAsLong();
    this.shownNanos = new AtomicLong(startNanos);
  }

  /// @param what is done, one word or two
  /// @param total 0 if nobody knows
  public static Progress of(String what, long total, Unit unit, PrintWriter standardError) {
    return new Progress(what, total, unit, standardError, Terminal.isStandardError(), System::nanoTime);
  }

  /// So much more is done.
  public void add(long count) {
    done.addAndGet(count);
    long now = nanoTime.getAsLong();
    long shown = shownNanos.get();
    if (now - shown >= (terminal ? TERMINAL_NANOS : LOG_NANOS) && shownNanos.compareAndSet(shown, now)) {
      show(now);
    }
  }

  /// Writes a line that stays, above the bar if there is one.
  public void say(String line) {
    showing.lock();
    try {
      clear();
      out.println(line);
      out.flush();
    } finally {
      showing.unlock();
    }
  }

  private void show(long now) {
    showing.lock();
    try {
      String line = line(now);
      if (terminal) {
        out.print('\r' + line + " ".repeat(Math.max(0, shownLetters - line.length())));
        shownLetters = line.length();
      } else {
        out.println(line);
      }
      out.flush();
    } finally {
      showing.unlock();
    }
  }

  private String line(long now) {
    long count = done.get();
    double seconds = Math.max(1e-9, (now - startNanos) / 1e9);
    String rate = unit.text.apply((long) (count / seconds)) + "/s";
    if (total <= 0) {
      return what + "  " + unit.text.apply(count) + "  " + rate;
    }
    double share = Math.min(1, (double) count / total);
    int full = (int) (share * BAR_LETTERS);
    String bar = terminal ? "[" + "#".repeat(full) + " ".repeat(BAR_LETTERS - full) + "]  " : "";
    String left = share > 0 ? String.format(Locale.ROOT, "  %.0f s to go", seconds / share - seconds) : "";
    return String.format(Locale.ROOT, "%s  %s%3.0f %%  %s of %s  %s%s", what, bar, share * 100, unit.text.apply(count),
        unit.text.apply(total), rate, left);
  }

  /// Takes the bar away; what it counted is the caller's to report.
  @Override
  public void close() {
    showing.lock();
    try {
      clear();
      out.flush();
    } finally {
      showing.unlock();
    }
  }

  private void clear() {
    if (shownLetters > 0) {
      out.print('\r' + " ".repeat(shownLetters) + '\r');
      shownLetters = 0;
    }
  }
}

package hayloft.cli.progress;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

final class ProgressTest {

  private final StringWriter out = new StringWriter();
  private long nanos;

  private Progress progress(long total, boolean terminal) {
    return new Progress("verify", total, Progress.Unit.BYTES, new PrintWriter(out), terminal, () -> nanos);
  }

  @Test
  void aTerminalSeesABarWithRateAndTimeLeftThatGoesInTheEnd() {
    try (Progress progress = progress(4_000_000, true)) {
      progress.add(500_000); // too early to be shown
      nanos = 1_000_000_000;
      progress.add(500_000);
    }
    String line = "verify  [######                  ]   25 %  1.0 MB of 4.0 MB  1.0 MB/s  3 s to go";
    assertEquals("\r" + line + "\r" + " ".repeat(line.length()) + "\r", out.toString());
  }

  @Test
  void aLogGetsALineNowAndThen() {
    try (Progress progress = progress(4_000_000, false)) {
      nanos = 4_000_000_000L;
      progress.add(1_000_000);
      nanos = 5_000_000_000L;
      progress.add(1_000_000);
      nanos = 6_000_000_000L;
      progress.add(1_000_000);
    }
    assertEquals("verify   50 %  2.0 MB of 4.0 MB  400 kB/s  5 s to go\n", out.toString());
  }

  @Test
  void withoutATotalThereIsNoShare() {
    try (Progress progress = progress(0, false)) {
      nanos = 20_000_000_000L;
      progress.add(2_000_000);
    }
    assertEquals("verify  2.0 MB  100 kB/s\n", out.toString());
  }

  @Test
  void whatIsSaidStandsAboveTheBar() {
    try (Progress progress = progress(0, true)) {
      nanos = 1_000_000_000L;
      progress.add(1_000);
      progress.say("7.dat is whole");
    }
    String line = "verify  1.0 kB  1.0 kB/s";
    assertEquals("\r" + line + "\r" + " ".repeat(line.length()) + "\r7.dat is whole\n", out.toString());
  }
}

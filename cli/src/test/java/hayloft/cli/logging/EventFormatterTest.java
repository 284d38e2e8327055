package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class EventFormatterTest {

  private static LogRecord event(Level level) {
    var event = new LogRecord(level, "volume.sealed volume={0}");
    event.setInstant(Instant.parse("2026-01-01T00:00:00.007Z"));
    event.setLoggerName("hayloft.volume");
    event.setParameters(new Object[]{"7"});
    return event;
  }

  @Test
  void anEventIsOneLine() {
    assertEquals("2026-01-01T00:00:00.007Z INFO hayloft.volume volume.sealed volume=7\n",
        new EventFormatter().format(event(Level.INFO)));
  }

  @Test
  void aFaultIsItsReasonOnTheSameLine() {
    LogRecord event = event(Level.WARNING);
    for (Throwable fault : List.of(new IOException("1.dat at 64: meta checksum\nexpected 1, found 2"),
        new UncheckedIOException(new IOException("1.dat at 64: meta checksum expected 1, found 2")),
        new CompletionException(
            new IOException("1.dat at 64: meta checksum expected 1, found 2", new EOFException())))) {
      event.setThrown(fault);
      assertEquals("2026-01-01T00:00:00.007Z WARN hayloft.volume volume.sealed volume=7"
          + " reason=\"1.dat at 64: meta checksum expected 1, found 2\"\n", new EventFormatter().format(event));
    }
    event.setThrown(new NoSuchFileException("/srv/7.dat"));
    assertTrue(new EventFormatter().format(event).endsWith(" reason=\"/srv/7.dat is not there\"\n"));
  }

  @Test
  void whatSaysNothingOrHidesABugBringsItsStackTrace() {
    LogRecord event = event(Level.WARNING);
    for (Throwable thrown : List.of(new ClosedChannelException(), new FileSystemException("/srv/7.dat"),
        new IOException("flush", new IllegalStateException("why")))) {
      event.setThrown(thrown);
      assertTrue(new EventFormatter().format(event).contains("\n\tat "));
    }
  }

  @Test
  void aBugBringsItsStackTrace() {
    LogRecord event = event(Level.WARNING);
    event.setThrown(new IllegalStateException("why"));
    String text = new EventFormatter().format(event);
    assertTrue(text.startsWith("2026-01-01T00:00:00.007Z WARN hayloft.volume"), text);
    assertTrue(text.contains("IllegalStateException: why\n\tat "), text);
  }
}

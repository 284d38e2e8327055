package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
  void aFaultBringsItsStackTrace() {
    LogRecord event = event(Level.WARNING);
    event.setThrown(new IllegalStateException("why"));
    String text = new EventFormatter().format(event);
    assertTrue(text.startsWith("2026-01-01T00:00:00.007Z WARN hayloft.volume"), text);
    assertTrue(text.contains("IllegalStateException: why\n\tat "), text);
  }
}

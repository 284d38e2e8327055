package hayloft.cli.logging;

import hayloft.common.log.LogText;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.jspecify.annotations.Nullable;

/// One line an event: `2026-01-01T00:00:00.000Z INFO hayloft.master.Master volume.sealed volume=7`, then the reason of
/// a fault, or the stack trace of a bug ([Thrown]), whose lines begin with a tab. What others chose cannot begin a
/// line, whoever logs it. Immutable.
final class EventFormatter extends Formatter {

  static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'")
      .withZone(ZoneOffset.UTC);

  @Override
  public String format(LogRecord event) {
    return TIME.format(Instant.ofEpochMilli(event.getMillis())) + " " + level(event.getLevel()) + " "
        + event.getLoggerName() + " " + LogText.sentence(formatMessage(event)) + ending(event.getThrown());
  }

  private static String ending(@Nullable Throwable thrown) {
    return thrown == null
        ? "\n"
        : Thrown.reason(thrown).map(reason -> " reason=" + LogText.value(reason, LogText.MOST_REASON_CHARS) + "\n")
            .orElseGet(() -> "\n" + Thrown.trace(thrown).indent(1).replaceAll("(?m)^ ", "\t"));
  }

  static String level(Level level) {
    int value = level.intValue();
    if (value >= Level.SEVERE.intValue()) {
      return "ERROR";
    }
    if (value >= Level.WARNING.intValue()) {
      return "WARN";
    }
    return value >= Level.INFO.intValue() ? "INFO" : "DEBUG";
  }
}

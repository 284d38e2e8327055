package hayloft.cli.logging;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.log.JsonLine;
import hayloft.common.log.LogEvent;
import hayloft.common.log.LogText;
import java.time.Instant;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/// One JSON object a line: `{"time", "level", "logger", "event", "fields": {…}, "message", "error"}`. Thread-safe.
///
/// `event` and `fields` are the name of an event and its `key=value` pairs; they are left out where a library logs a
/// sentence. `message` is the whole line as people read it, `error` a fault's reason or a bug's stack trace ([Thrown]).
final class JsonFormatter extends Formatter {

  @Override
  public String format(LogRecord event) {
    ObjectNode line = event(Instant.ofEpochMilli(event.getMillis()), event.getLevel(), event.getLoggerName());
    fields(event, line);
    line.put("message", LogText.sentence(formatMessage(event)));
    if (event.getThrown() != null) {
      Throwable thrown = event.getThrown();
      line.put("error", Thrown.reason(thrown).map(reason -> LogText.sentence(reason, LogText.MOST_REASON_CHARS))
          .orElseGet(() -> Thrown.trace(thrown)));
    }
    return JsonLine.of(line) + "\n";
  }

  /// What every line begins with.
  static ObjectNode event(Instant time, Level level, String logger) {
    ObjectNode line = JsonNodeFactory.instance.objectNode();
    line.put("time", EventFormatter.TIME.format(time));
    line.put("level", EventFormatter.level(level));
    line.put("logger", logger);
    return line;
  }

  private static void fields(LogRecord event, ObjectNode line) {
    LogEvent.read(event.getMessage() == null ? "" : event.getMessage()).ifPresent(told -> {
      line.put("event", told.name());
      ObjectNode fields = line.putObject("fields");
      told.fields().forEach(fields::put);
    });
  }
}

package hayloft.cli.logging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One JSON object a line: `{"time", "level", "logger", "event", "fields": {…}, "message", "error"}`. Thread-safe.
///
/// `event` and `fields` are the word and the `key=value` pairs of an event's pattern; they are left out where a library logs a sentence.
/// `message` is the whole line as people read it, `error` a fault's reason or a bug's stack trace ([Thrown]).
final class JsonFormatter extends Formatter {

  private static final Pattern EVENT = Pattern.compile("([a-zA-Z][\\w.-]*)((?: \\w+=\\S+)*)");
  private static final Pattern FIELD = Pattern.compile("(\\w+)=\"?(\\{(\\d+)}|[^\"\\s]*)\"?");
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public String format(LogRecord event) {
    ObjectNode line = JSON.createObjectNode();
    line.put("time", EventFormatter.TIME.format(Instant.ofEpochMilli(event.getMillis())));
    line.put("level", EventFormatter.level(event.getLevel()));
    line.put("logger", event.getLoggerName());
    fields(event, line);
    line.put("message", formatMessage(event));
    if (event.getThrown() != null) {
      Throwable thrown = event.getThrown();
      line.put("error", Thrown.reason(thrown).orElseGet(() -> Thrown.trace(thrown)));
    }
    try {
      return JSON.writeValueAsString(line) + "\n";
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree of texts cannot fail to be written", e);
    }
  }

  private static void fields(LogRecord event, ObjectNode line) {
    Matcher matcher = EVENT.matcher(event.getMessage() == null ? "" : event.getMessage());
    if (!matcher.matches() || matcher.group(2).isEmpty() && matcher.group(1).indexOf('.') < 0) {
      return;
    }
    line.put("event", matcher.group(1));
    ObjectNode fields = line.putObject("fields");
    Object[] parameters = event.getParameters() == null ? new Object[0] : event.getParameters();
    Matcher field = FIELD.matcher(matcher.group(2));
    while (field.find()) {
      String value = field.group(2);
      if (field.group(3) != null && Integer.parseInt(field.group(3)) < parameters.length) {
        value = String.valueOf(parameters[Integer.parseInt(field.group(3))]);
      }
      fields.put(field.group(1), value);
    }
  }
}

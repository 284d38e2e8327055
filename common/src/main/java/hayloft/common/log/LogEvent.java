package hayloft.common.log;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// An event as a [LogLine] wrote it, read again. Immutable.
///
/// @param fields in the order of the line, as they were before they were escaped
public record LogEvent(String name, Map<String, String> fields) {

  private static final Pattern NAME = Pattern.compile("[a-z]\\w*(?:\\.\\w+)+(?= |$)");
  private static final Pattern FIELD = Pattern
      .compile(" (\\w+)=(?:\"([^\"\\\\]*+(?:\\\\(?:u[0-9a-f]{4}|[^u])[^\"\\\\]*+)*+)\"|([^\\s\"]+))(?= |$)");

  public LogEvent {
    fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
  }

  /// Empty if it is no event but a sentence of a library.
  public static Optional<LogEvent> read(String line) {
    Matcher name = NAME.matcher(line);
    if (!name.lookingAt()) {
      return Optional.empty();
    }
    var fields = new LinkedHashMap<String, String>();
    Matcher field = FIELD.matcher(line);
    int end = name.end();
    while (end < line.length()) {
      if (!field.find(end) || field.start() != end) {
        return Optional.empty();
      }
      String quoted = field.group(2);
      fields.put(field.group(1), quoted == null ? field.group(3) : unescaped(quoted));
      end = field.end();
    }
    return Optional.of(new LogEvent(name.group(), fields));
  }

  private static String unescaped(String text) {
    StringBuilder plain = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        plain.append(c);
        continue;
      }
      char kind = text.charAt(++i);
      switch (kind) {
        case 'n' -> plain.append('\n');
        case 'r' -> plain.append('\r');
        case 't' -> plain.append('\t');
        case 'u' -> {
          plain.append((char) Integer.parseInt(text.substring(i + 1, i + 5), 16));
          i += 4;
        }
        default -> plain.append(kind);
      }
    }
    return plain.toString();
  }
}

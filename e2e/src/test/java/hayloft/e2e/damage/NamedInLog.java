package hayloft.e2e.damage;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Pattern;

/// What the log named, warnings and worse, for several stores at once: a line belongs to the one whose tag is in it,
/// or to all if no tag is. While it listens, nothing of the log is written anywhere. Thread-safe.
final class NamedInLog extends Handler implements AutoCloseable {
  private static final int MOST_LINES = 20_000;
  private static final int MOST_SHOWN = 12;

  private final Map<String, List<String>> lines = new ConcurrentHashMap<>();
  private final Logger root = Logger.getLogger("");
  private final Handler[] others = root.getHandlers();

  NamedInLog() {
    for (Handler other : others) {
      root.removeHandler(other);
    }
    root.addHandler(this);
  }

  /// Forgets what was said before with this tag, and listens for it.
  void begin(String tag) {
    lines.put(tag, new CopyOnWriteArrayList<>());
  }

  /// Some of what was said since the beginning.
  List<String> said(String tag) {
    return lines.getOrDefault(tag, List.of()).stream().limit(MOST_SHOWN).toList();
  }

  /// Whether a name was in a line, followed by no further letter of a name.
  boolean has(String tag, String name) {
    Pattern whole = Pattern.compile(Pattern.quote(name) + "(?=[\" ,;:)\\]]|$)");
    return lines.getOrDefault(tag, List.of()).stream().anyMatch(line -> whole.matcher(line).find());
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() < Level.WARNING.intValue()) {
      return;
    }
    String text = text(line);
    boolean isAnybodys = lines.keySet().stream().noneMatch(text::contains);
    lines.forEach((tag, ofTag) -> {
      if ((isAnybodys || text.contains(tag)) && ofTag.size() < MOST_LINES) {
        ofTag.add(text);
      }
    });
  }

  private static String text(LogRecord line) {
    String text = line.getMessage();
    return line.getThrown() == null ? text : text + " " + line.getThrown();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    root.removeHandler(this);
    for (Handler other : others) {
      root.addHandler(other);
    }
  }

  @Override
  public Formatter getFormatter() {
    throw new UnsupportedOperationException("nothing is written");
  }
}

package hayloft.common.log;

import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/// A line of the log that is being put together: `event key=value key="value with blanks"`, one dialect for all rooms.
/// What a value may look like is [LogText]'s. Confined to the thread that tells the event; nothing is written before
/// [#say()].
public final class LogLine {

  private static final int OVERHEAD_BYTES = 96;
  static final LogLine UNHEARD = new LogLine(null, Level.OFF, "");

  private final System.@Nullable Logger log;
  private final Level level;
  private final StringBuilder text;

  /// @param log null if nobody hears it
  /// @param event a dotted name, `volume.sealed`
  LogLine(System.@Nullable Logger log, Level level, String event) {
    this.log = log;
    this.level = level;
    this.text = new StringBuilder(log == null ? 0 : 160).append(event);
  }

  /// @param name a word of the program's, never a client's
  /// @param value its text; of a fault its message
  public LogLine with(String name, @Nullable Object value) {
    if (log != null) {
      LogText.append(text.append(' ').append(name).append('='), words(value), LogText.MOST_CHARS);
    }
    return this;
  }

  public LogLine with(String name, long value) {
    if (log != null) {
      text.append(' ').append(name).append('=').append(value);
    }
    return this;
  }

  /// With its key and value only if there is one: of what is seldom there.
  public LogLine withAny(String name, @Nullable String value) {
    return value == null || value.isEmpty() ? this : with(name, value);
  }

  private static String words(@Nullable Object value) {
    if (value instanceof Throwable thrown) {
      String message = thrown.getMessage();
      return message == null ? thrown.getClass().getSimpleName() : message;
    }
    return String.valueOf(value);
  }

  /// What it holds of the heap, at most.
  public long bytes() {
    return OVERHEAD_BYTES + 2L * text.capacity();
  }

  /// As it would be written; empty if nobody hears it.
  @Override
  public String toString() {
    return text.toString();
  }

  public void say() {
    if (log != null) {
      log.log(level, text.toString());
    }
  }

  /// With the reason of a fault, or the stack trace of a bug.
  public void say(@Nullable Throwable thrown) {
    if (log != null) {
      log.log(level, text.toString(), thrown);
    }
  }
}

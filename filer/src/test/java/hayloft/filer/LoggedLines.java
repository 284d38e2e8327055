package hayloft.filer;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What the filer logs until it is closed, warnings and errors. Thread-safe.
final class LoggedLines extends Handler implements AutoCloseable {

  private final Logger log = Logger.getLogger("hayloft.filer"); // held: loggers that nobody holds are collected
  private final List<LogRecord> records = new CopyOnWriteArrayList<>();

  LoggedLines() {
    log.addHandler(this);
    log.setUseParentHandlers(false);
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() >= Level.WARNING.intValue()) {
      records.add(line);
    }
  }

  List<String> texts() {
    return records.stream().map(LogRecord::getMessage).toList();
  }

  /// With what they were thrown with.
  List<String> traces() {
    return records.stream().filter(line -> line.getThrown() != null)
        .map(line -> line.getMessage() + ": " + line.getThrown()).toList();
  }

  void clear() {
    records.clear();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    log.removeHandler(this);
    log.setUseParentHandlers(true);
  }
}

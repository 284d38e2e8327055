package hayloft.volume;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What one class logs until this is closed, warnings and errors, which nobody else sees meanwhile. Thread-safe.
public final class LoggedLines extends Handler implements AutoCloseable {

  private final Logger log; // held: loggers that nobody holds are collected
  private final List<String> lines = new CopyOnWriteArrayList<>();

  public LoggedLines(Class<?> teller) {
    log = Logger.getLogger(teller.getName());
    log.setLevel(Level.WARNING);
    log.setUseParentHandlers(false);
    log.addHandler(this);
  }

  @Override
  public void publish(LogRecord line) {
    lines.add(line.getMessage());
  }

  /// The first word of each.
  public List<String> events() {
    return lines.stream().map(line -> line.split(" ", 2)[0]).toList();
  }

  public long count(String begin) {
    return lines.stream().filter(line -> line.startsWith(begin)).count();
  }

  @Override
  public void flush() {}

  @Override
  public void close() {
    log.removeHandler(this);
    log.setUseParentHandlers(true);
    log.setLevel(null);
  }
}

package hayloft.common.log;

import java.lang.System.Logger.Level;

/// What one class tells the log of the process, an event a line. The only way to it: nobody else has a `System.Logger`,
/// so nothing that a client names gets into a line but as a value of a [LogLine]. Thread-safe.
///
///     LOG.warning("volume.notPacked").with("volume", id).with("reason", why).say();
///
/// While a level is off, its events are one line that takes everything and says nothing: it costs no allocation.
public final class EventLog {

  private final System.Logger log;

  private EventLog(System.Logger log) {
    this.log = log;
  }

  /// The log of a class, which has its name.
  public static EventLog of(Class<?> teller) {
    return new EventLog(System.getLogger(teller.getName()));
  }

  public LogLine error(String event) {
    return line(Level.ERROR, event);
  }

  public LogLine warning(String event) {
    return line(Level.WARNING, event);
  }

  public LogLine info(String event) {
    return line(Level.INFO, event);
  }

  public LogLine debug(String event) {
    return line(Level.DEBUG, event);
  }

  private LogLine line(Level level, String event) {
    return log.isLoggable(level) ? new LogLine(log, level, event) : LogLine.UNHEARD;
  }
}

package hayloft.cli.logging;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/// Binds `System.Logger` and the libraries to standard error, one line an event. Standard output is left to answers.
/// Stateless.
public final class Logging {

  /// A logger that nobody holds is collected, and its level with it.
  private static final Queue<Logger> HELD = new ConcurrentLinkedQueue<>();

  /// The same for loggers of libraries, which keep their levels.
  private static final Queue<Logger> QUIET = new ConcurrentLinkedQueue<>();

  private Logging() {}

  /// To be called before anything logs: lines of text, `info` and above of ours, warnings of libraries.
  public static void toStandardError() {
    // Nothing of java.util.logging may have been touched before this: the manager is chosen at the first touch.
    System.setProperty("java.util.logging.manager", LastingHandlers.class.getName());
    Logger root = LogManager.getLogManager().getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Handler handler = new ConsoleHandler();
    handler.setLevel(Level.ALL);
    root.addHandler(handler);
    root.setLevel(Level.WARNING); // of libraries; ours are said below
    // warns of every client that goes before it has taken the last of its bytes
    Logger encryption = Logger.getLogger("io.netty.handler.ssl.SslHandler");
    encryption.setLevel(Level.SEVERE);
    QUIET.add(encryption);
    apply(LogFormat.TEXT, List.of());
  }

  /// Sets form and levels, now or while the process runs. Loggers that are not named go back to what their parents
  /// have.
  public static synchronized void apply(LogFormat format, List<LogLevel> levels) {
    for (Handler handler : LogManager.getLogManager().getLogger("").getHandlers()) {
      handler.setFormatter(format == LogFormat.JSON ? new JsonFormatter() : new EventFormatter());
    }
    HELD.forEach(logger -> logger.setLevel(null));
    HELD.clear();
    set(LogLevel.USUAL);
    levels.forEach(Logging::set);
  }

  private static void set(LogLevel level) {
    Logger logger = Logger.getLogger(level.logger());
    logger.setLevel(level.level());
    HELD.add(logger);
  }

  /// Goes on logging while the process stops, when the JDK's manager would already have closed its handlers.
  public static final class LastingHandlers extends LogManager {
    @Override
    public void reset() {
      // the handlers are needed until the very end
    }
  }
}

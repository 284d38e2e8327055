package hayloft.cli.logging;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;

/// Binds `System.Logger` and the libraries to standard error, one line an event. Standard output is left to answers. Stateless.
public final class Logging {

  /// A logger that nobody holds is collected, and its level with it.
  private static final Queue<Logger> HELD = new ConcurrentLinkedQueue<>();

  private Logging() {}

  /// To be called before anything logs. `HAYLOFT_LOG` sets the level: `error`, `warning`, `info` (the default), `debug`, `trace`.
  public static void toStandardError() {
    System.setProperty("java.util.logging.manager", LastingHandlers.class.getName());
    Logger root = LogManager.getLogManager().getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Level level = level(System.getenv().getOrDefault("HAYLOFT_LOG", "info"));
    Handler handler = new ConsoleHandler();
    handler.setFormatter(new EventFormatter());
    handler.setLevel(Level.ALL);
    root.addHandler(handler);
    root.setLevel(Level.WARNING); // of libraries; ours is said below
    Logger ours = Logger.getLogger("hayloft");
    ours.setLevel(level);
    HELD.add(ours);
  }

  private static Level level(String name) {
    return switch (name) {
      case "error" -> Level.SEVERE;
      case "warning" -> Level.WARNING;
      case "info" -> Level.INFO;
      case "debug" -> Level.FINE;
      case "trace" -> Level.FINER;
      default -> throw new IllegalArgumentException(
          "HAYLOFT_LOG must be error, warning, info, debug or trace, got " + name);
    };
  }

  /// Goes on logging while the process stops, when the JDK's manager would already have closed its handlers.
  public static final class LastingHandlers extends LogManager {
    @Override
    public void reset() {
      // the handlers are needed until the very end
    }
  }
}

package hayloft.cli.logging;

import hayloft.common.log.EventLog;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// Binds `System.Logger` and the libraries to standard error, one line an event. Standard output is left to answers.
/// Stateless.
public final class Logging {

  /// A logger that nobody holds is collected, and its level with it.
  private static final Queue<Logger> HELD = new ConcurrentLinkedQueue<>();

  /// The same for loggers of libraries, which keep their levels.
  private static final Queue<Logger> QUIET = new ConcurrentLinkedQueue<>();

  /// What was asked for while the process runs, over what it was started with; both guarded by the class.
  private static final Map<String, Passing> PASSING = new LinkedHashMap<>();
  private static List<LogLevel> configured = List.of();

  /// The streams as the process got them, from before anything stood in for them.
  private static final SaidLines OUT = new SaidLines("stdout", Level.INFO, System.out);
  private static final SaidLines ERR = new SaidLines("stderr", Level.WARNING, System.err);

  private static volatile boolean isOnlyJson;

  private Logging() {}

  /// A level that somebody has set until it is set otherwise, configured anew, or over.
  ///
  /// @param until when it is over; empty if that is not sure
  private record Passing(LogLevel level, Optional<Instant> until) {}

  /// A level that is in force.
  ///
  /// @param until when it falls back to what is configured; empty if it does not by itself
  /// @param isConfigured not set while the process runs
  public record InForce(LogLevel level, Optional<Instant> until, boolean isConfigured) {}

  /// To be called before anything logs: lines of text, `info` and above of ours, warnings of libraries.
  public static void toStandardError() {
    // Nothing of java.util.logging may have been touched before this: the manager is chosen at the first touch.
    System.setProperty("java.util.logging.manager", LastingHandlers.class.getName());
    Logger root = LogManager.getLogManager().getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    Handler handler = new ErrorLines(ERR);
    handler.setLevel(Level.ALL);
    root.addHandler(handler);
    root.setLevel(Level.WARNING); // of libraries; ours are said below
    // warns of every client that goes before it has taken the last of its bytes
    Logger encryption = Logger.getLogger("io.netty.handler.ssl.SslHandler");
    encryption.setLevel(Level.SEVERE);
    QUIET.add(encryption);
    apply(LogFormat.TEXT, List.of());
  }

  /// From now on whatever is printed on standard output and standard error takes the form of the log, and so does what
  /// ends a thread. For a process whose every line is read by a program.
  public static void standForStandardStreams() {
    System.setOut(OUT.printStream());
    System.setErr(ERR.printStream());
    Thread.setDefaultUncaughtExceptionHandler(new DeadThreads());
  }

  /// Sets the form alone, before the levels are known: with `true` no line that is no JSON object gets out of this
  /// process any more.
  public static synchronized void onlyJson(boolean json) {
    for (Handler handler : LogManager.getLogManager().getLogger("").getHandlers()) {
      handler.setFormatter(json ? new JsonFormatter() : new EventFormatter());
    }
    isOnlyJson = json;
    OUT.setJson(json);
    ERR.setJson(json);
  }

  public static boolean isOnlyJson() {
    return isOnlyJson;
  }

  /// Words to a person, of one line or several. While the log is JSON each line is an event.
  ///
  /// @param err takes them if it is not, borrowed
  public static void say(String words, PrintWriter err) {
    say(Level.INFO, words, err);
  }

  /// Why something is not done: the same, and errors among the events.
  public static void sayWhy(String words, PrintWriter err) {
    say(Level.SEVERE, words, err);
  }

  private static void say(Level level, String words, PrintWriter err) {
    if (isOnlyJson) {
      ERR.say(level, words);
    } else {
      words.lines().forEach(err::println);
      err.flush();
    }
  }

  /// Nothing more is printed: tells of lines that have not ended.
  public static void end() {
    OUT.close();
    ERR.close();
  }

  /// Sets form and levels, now or while the process runs. Loggers that are not named go back to what their parents
  /// have, and so does what [#set] has set.
  public static synchronized void apply(LogFormat format, List<LogLevel> levels) {
    onlyJson(format == LogFormat.JSON);
    configured = List.copyOf(levels);
    PASSING.clear();
    bringIntoForce();
  }

  /// Sets a level over what is configured.
  ///
  /// @param howLong after which it falls back; empty for as long as the process runs
  public static synchronized void set(LogLevel level, Optional<Duration> howLong) {
    PASSING.remove(level.logger()); // the last one wins
    var passing = new Passing(level, howLong.map(Instant.now()::plus));
    PASSING.put(level.logger(), passing);
    bringIntoForce();
    howLong.ifPresent(time -> CompletableFuture.delayedExecutor(time.toNanos(), TimeUnit.NANOSECONDS)
        .execute(() -> fallBack(passing)));
  }

  /// What is configured for a logger is in force again. False if nothing else was.
  public static synchronized boolean unset(String logger) {
    boolean was = PASSING.remove(logger) != null;
    bringIntoForce();
    return was;
  }

  /// Unless something else was set meanwhile.
  private static void fallBack(Passing over) {
    synchronized (Logging.class) {
      String logger = over.level().logger();
      if (PASSING.get(logger) != over) {
        return;
      }
      unset(logger);
    }
    EventLog.of(Logging.class).info("log.levelBack").with("logger", over.level().logger())
        .with("from", over.level().name()).say();
  }

  /// Whether something has asked for a logger of this name or below it.
  public static boolean knows(String logger) {
    return LogManager.getLogManager().getLogger(logger) != null
        || Collections.list(LogManager.getLogManager().getLoggerNames()).stream()
            .anyMatch(name -> name.startsWith(logger + "."));
  }

  /// Of every logger that has one of its own; those below it have the same.
  public static synchronized List<InForce> inForce() {
    Map<String, InForce> all = new TreeMap<>();
    all.put(LogLevel.USUAL.logger(), new InForce(LogLevel.USUAL, Optional.empty(), true));
    configured.forEach(level -> all.put(level.logger(), new InForce(level, Optional.empty(), true)));
    PASSING.values()
        .forEach(passing -> all.put(passing.level().logger(), new InForce(passing.level(), passing.until(), false)));
    return List.copyOf(all.values());
  }

  private static void bringIntoForce() {
    HELD.forEach(logger -> logger.setLevel(null));
    HELD.clear();
    set(LogLevel.USUAL);
    configured.forEach(Logging::set);
    PASSING.values().forEach(passing -> set(passing.level()));
  }

  private static void set(LogLevel level) {
    Logger logger = Logger.getLogger(level.logger());
    logger.setLevel(level.level());
    HELD.add(logger);
  }

  /// Writes each event whole.
  private static final class ErrorLines extends Handler {

    private final SaidLines lines;

    ErrorLines(SaidLines lines) {
      this.lines = lines;
    }

    @Override
    public void publish(LogRecord event) {
      if (isLoggable(event)) {
        lines.pass(getFormatter().format(event));
      }
    }

    @Override
    public void flush() {
      // nothing is kept
    }

    @Override
    public void close() {
      // lasts as long as the process
    }
  }

  /// Goes on logging while the process stops, when the JDK's manager would already have closed its handlers.
  public static final class LastingHandlers extends LogManager {
    @Override
    public void reset() {
      // the handlers are needed until the very end
    }
  }
}

package hayloft.cli.server;

import hayloft.common.log.EventLog;

/// Ends a server well that is told to stop before it runs: the virtual machine by itself would exit with 143, and say
/// nothing. Until [ServerProcess] takes over it may take a second or two to read what is configured. Thread-safe.
public final class EarlyStop {
  private static final EventLog LOG = EventLog.of(EarlyStop.class);
  private static final Thread STOP = new Thread(() -> {
    LOG.info("server.stopping").say();
    endStart();
  }, "early-stop");

  private EarlyStop() {}

  /// From now on a signal ends the process with 0. [#end] follows before the process exits by itself.
  public static void begin() {
    Runtime.getRuntime().addShutdownHook(STOP);
  }

  /// The process is about to exit with a code of its own.
  public static void end() {
    try {
      Runtime.getRuntime().removeShutdownHook(STOP);
    } catch (IllegalStateException _) {
      // told to stop just now: that decides
    }
  }

  /// Another takes over. Does not return if the process is stopping already.
  static void handOver(Thread stop) throws InterruptedException {
    try {
      Runtime.getRuntime().addShutdownHook(stop);
    } catch (IllegalStateException _) {
      Thread.currentThread().join();
    }
    end();
  }

  /// A start may take minutes, and ends well wherever it is cut off: the next one does the rest, as after a kill. Does
  /// not return.
  static void endStart() {
    LOG.info("server.stopped").with("during", "start").say();
    Runtime.getRuntime().halt(0);
  }
}

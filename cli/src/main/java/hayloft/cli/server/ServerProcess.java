package hayloft.cli.server;

import hayloft.cli.ProgramVersion;
import hayloft.cli.config.Configuration;
import hayloft.cli.logging.LogFormat;
import hayloft.common.directory.FileDescriptors;
import hayloft.common.health.Readiness;
import hayloft.common.log.EventLog;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Help.Ansi;

/// The life of the server as a process: starts it, says that it is ready, waits for a signal, stops it in time.
///
/// **A catalog or master that stopped** after a fault (of its disk, say) needs nothing but a start to go on. Reads go
/// on until the disk takes writes again; then the server is closed and started within the process, on the same ports.
/// If that start meets a fault that could not be seen before, nothing is served until the next one; requests are not
/// held for it. Faults that come back do so at growing distances.
///
///     STARTING --serves--> SERVING --signal--> STOPPING
///     SERVING --catalog or master stopped, and the disk takes writes--> STARTING
///     STARTING --signal--> (the process ends)
final class ServerProcess {

  private static final EventLog LOG = EventLog.of(ServerProcess.class);

  private enum Phase {
    STARTING,
    SERVING,
    STOPPING
  }

  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);
  private static final Duration CLOSE_WITHIN = Duration.ofSeconds(60);
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(2);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(5);
  /// A server that has served for so long is as good as new: the next fault is met with the first pause.
  private static final Duration SOUND_AFTER = Duration.ofMinutes(30);

  private final Readiness readiness = new Readiness(ProgramVersion.numberAndCommit());
  private final ServiceNotices notices;
  private final AtomicReference<Phase> phase = new AtomicReference<>(Phase.STARTING);
  private volatile StandaloneServer server;

  private ServerProcess(ServerConfig config, Watching watching, Configuration configuration) {
    server = new StandaloneServer(config, watching, configuration.environment(), readiness);
    notices = ServiceNotices.of(configuration.environment());
    readiness.onChange(notices::tell);
  }

  /// Returns only if the start fails, by throwing: a signal ends the process with 0 if everything closed in time, else
  /// with 1.
  static int run(ServerConfig config, Watching watching, Configuration configuration, LogFormat format)
      throws IOException, InterruptedException {
    configuration.file().ifPresent(file -> LOG.info("config.file").with("path", file).say());
    var process = new ServerProcess(config, watching, configuration);
    process.start(configuration, format);
    process.outliveFaults();
    return 0;
  }

  private void start(Configuration configuration, LogFormat format) throws IOException, InterruptedException {
    var reload = new Reload(configuration, () -> server);
    var stop = new Thread(this::stop, "stop");
    EarlyStop.handOver(stop);
    try {
      server.start();
      readiness.ready();
      phase.set(Phase.SERVING);
      greet(server.greeting(configuration.file()), format);
      System.out.println(server.readyLine());
      System.out.flush();
      notices.ready(readiness.state());
      Hangup.answer(() -> reload(reload));
    } catch (IOException | RuntimeException | Error e) {
      Runtime.getRuntime().removeShutdownHook(stop);
      Throwable told = e instanceof IOException fault ? FileDescriptors.explained(fault) : e; // while they are in use
      server.close();
      switch (told) {
        case IOException fault -> throw fault;
        case RuntimeException bug -> throw bug;
        case Error bug -> throw bug;
        default -> throw new IllegalStateException(told);
      }
    }
  }

  private void reload(Reload reload) {
    notices.reloading();
    try {
      reload.reload();
    } finally {
      notices.ready(readiness.state());
    }
  }

  private static void greet(Greeting greeting, LogFormat format) {
    if (format == LogFormat.TEXT && Terminal.isStandardError()) {
      System.err.print(greeting.text(System.getenv().getOrDefault("NO_COLOR", "").isEmpty() ? Ansi.ON : Ansi.OFF));
      System.err.flush();
    } else {
      greeting.log();
    }
  }

  /// Starts and stops without waiting for a signal.
  static int tryOut(ServerConfig config, Watching watching, Configuration configuration) throws IOException {
    var readiness = new Readiness(ProgramVersion.numberAndCommit());
    try (var server = new StandaloneServer(config, watching, configuration.environment(), readiness)) {
      server.start();
      readiness.ready();
      server.greeting(configuration.file()).log();
      System.out.println(server.readyLine());
    }
    return 0;
  }

  /// Until the process ends.
  private void outliveFaults() throws InterruptedException {
    Duration pause = FIRST_PAUSE;
    while (true) {
      long since = System.nanoTime();
      server.startHelps().join();
      notices.tell(readiness.state()); // only reads are answered, and why
      if (System.nanoTime() - since > SOUND_AFTER.toNanos()) {
        pause = FIRST_PAUSE;
      }
      pause = awaitWriting(pause);
      if (!phase.compareAndSet(Phase.SERVING, Phase.STARTING)) {
        Thread.currentThread().join(); // the stop thread ends the process
      }
      pause = startAgain(pause);
      phase.set(Phase.SERVING);
    }
  }

  private Duration awaitWriting(Duration pause) throws InterruptedException {
    Duration next = pause;
    while (true) {
      TimeUnit.NANOSECONDS.sleep(next.toNanos());
      next = longer(next);
      try {
        server.probeWriting();
        return next;
      } catch (IOException | RuntimeException | Error e) { // nobody else would look again
        LOG.warning("server.waitsForDisk").with("reason", e).with("next", "in " + next.toSeconds() + " s").say();
      }
    }
  }

  private Duration startAgain(Duration pause) throws InterruptedException {
    LOG.warning("server.startingAgain")
        .with("why", "catalog or master stopped after a fault, and the disk takes writes again").say();
    readiness.startingAgain();
    Duration next = pause;
    while (true) {
      closeOrEnd();
      server = server.successor();
      try {
        server.start();
        readiness.ready();
        server.tellEndpoints(LOG.info("server.startedAgain")).say();
        return next;
      } catch (IOException | RuntimeException | Error e) { // nobody else would try again
        LOG.error("server.notStartedAgain").with("next", "in " + next.toSeconds() + " s").say(e);
        server.endWaiting();
        TimeUnit.NANOSECONDS.sleep(next.toNanos());
        next = longer(next);
      }
    }
  }

  private static Duration longer(Duration pause) {
    Duration twice = pause.multipliedBy(2);
    return twice.compareTo(LONGEST_PAUSE) > 0 ? LONGEST_PAUSE : twice;
  }

  /// What does not even close, on a disk that hangs for instance, ends the process: whoever supervises it starts
  /// another.
  private void closeOrEnd() throws InterruptedException {
    StandaloneServer former = server;
    var closing = new Thread(() -> {
      try {
        former.close();
      } catch (IOException | RuntimeException | Error e) {
        LOG.warning("server.closedWithFault").say(e); // as after a kill: the start that follows does the rest
      }
    }, "close");
    closing.start();
    if (!closing.join(CLOSE_WITHIN)) {
      LOG.error("server.closeTimedOut").with("seconds", CLOSE_WITHIN.toSeconds()).with("action", "the process ends")
          .say();
      Runtime.getRuntime().halt(1);
    }
  }

  private void stop() {
    LOG.info("server.stopping").say();
    if (!phase.compareAndSet(Phase.SERVING, Phase.STOPPING)) {
      EarlyStop.endStart();
    }
    readiness.stopping();
    var closing = new Thread(() -> {
      try {
        server.close();
        LOG.info("server.stopped").say();
        Runtime.getRuntime().halt(0);
      } catch (IOException | RuntimeException | Error e) {
        LOG.error("server.stopFailed").say(e);
        Runtime.getRuntime().halt(1);
      }
    }, "close");
    closing.start();
    try {
      if (!closing.join(STOP_WITHIN)) {
        LOG.error("server.stopTimedOut").with("seconds", STOP_WITHIN.toSeconds()).say();
      }
    } catch (InterruptedException e) {
      LOG.error("server.stopInterrupted").say(e);
    }
    Runtime.getRuntime().halt(1);
  }
}

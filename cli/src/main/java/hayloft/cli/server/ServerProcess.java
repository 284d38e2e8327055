package hayloft.cli.server;

import static java.lang.System.Logger.Level.ERROR;
import static java.lang.System.Logger.Level.INFO;

import hayloft.cli.config.Configuration;
import hayloft.cli.logging.LogFormat;
import hayloft.common.directory.FileDescriptors;
import hayloft.common.health.Readiness;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Help.Ansi;

/// The life of the server as a process: starts it, says that it is ready, waits for a signal, stops it in time. Stateless.
final class ServerProcess {

  private static final System.Logger LOG = System.getLogger(ServerProcess.class.getName());
  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);

  private ServerProcess() {}

  /// Returns only if the start fails, by throwing: a signal ends the process with 0 if everything closed in time, else with 1.
  static int run(ServerConfig config, Watching watching, Configuration configuration, LogFormat format)
      throws IOException, InterruptedException {
    configuration.file().ifPresent(file -> LOG.log(INFO, "config.file path=\"{0}\"", file));
    var readiness = new Readiness();
    var server = new StandaloneServer(config, watching, configuration.environment(), readiness);
    var startOver = new CountDownLatch(1);
    new Reload(configuration, server).onSignal(startOver);
    var stop = new Thread(() -> stop(server, readiness, startOver), "stop");
    EarlyStop.handOver(stop);
    try {
      server.start();
      readiness.ready();
      greet(server.greeting(configuration.file()), format);
      System.out.println(server.readyLine());
      System.out.flush();
    } catch (IOException | RuntimeException e) {
      Runtime.getRuntime().removeShutdownHook(stop);
      Exception told = e instanceof IOException fault ? FileDescriptors.explained(fault) : e; // while they are in use
      server.close();
      switch (told) {
        case IOException fault -> throw fault;
        case RuntimeException bug -> throw bug;
        default -> throw new IllegalStateException(told);
      }
    } finally {
      startOver.countDown();
    }
    Thread.currentThread().join(); // the stop thread ends the process
    return 0;
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
    var readiness = new Readiness();
    try (var server = new StandaloneServer(config, watching, configuration.environment(), readiness)) {
      server.start();
      readiness.ready();
      server.greeting(configuration.file()).log();
      System.out.println(server.readyLine());
    }
    return 0;
  }

  private static void stop(StandaloneServer server, Readiness readiness, CountDownLatch startOver) {
    LOG.log(INFO, "server.stopping");
    if (startOver.getCount() > 0) {
      EarlyStop.endStart();
    }
    readiness.stopping();
    var closing = new Thread(() -> {
      try {
        server.close();
        LOG.log(INFO, "server.stopped");
        Runtime.getRuntime().halt(0);
      } catch (IOException | RuntimeException e) {
        LOG.log(ERROR, "server.stopFailed", e);
        Runtime.getRuntime().halt(1);
      }
    }, "close");
    closing.start();
    try {
      if (!closing.join(STOP_WITHIN)) {
        LOG.log(ERROR, "server.stopTimedOut seconds={0}", STOP_WITHIN.toSeconds());
      }
    } catch (InterruptedException e) {
      LOG.log(ERROR, "server.stopInterrupted", e);
    }
    Runtime.getRuntime().halt(1);
  }
}

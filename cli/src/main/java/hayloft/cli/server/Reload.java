package hayloft.cli.server;

import static java.lang.System.Logger.Level.DEBUG;
import static java.lang.System.Logger.Level.INFO;
import static java.lang.System.Logger.Level.WARNING;

import hayloft.cli.config.Configuration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Supplier;
import picocli.CommandLine.ParameterException;
import sun.misc.Signal;

/// SIGHUP: reads the configuration file again, brings into force what can change while the server runs, and names what cannot. A file that is
/// wrong changes nothing. Log files that were rotated away are opened anew in any case. Thread-safe.
final class Reload {

  private static final System.Logger LOG = System.getLogger(Reload.class.getName());
  private static final Set<String> LIVE = Set.of("log-level", "log-format", "max-connections");
  private static final Set<String> TLS = Set.of("tls-cert", "tls-key");

  private final Configuration configuration;
  /// The server that runs at the time.
  private final Supplier<StandaloneServer> server;
  /// What is in force, by key.
  private final Map<String, List<String>> running = new HashMap<>();

  Reload(Configuration configuration, Supplier<StandaloneServer> server) {
    this.configuration = configuration;
    this.server = server;
    configuration.settings().forEach(setting -> running.put(setting.key(), setting.values()));
  }

  /// From now on a SIGHUP reloads, once the start is over; without this it would end the process.
  void onSignal(CountDownLatch startOver) {
    try {
      Signal.handle(new Signal("HUP"), _ -> {
        try {
          startOver.await();
          reload();
        } catch (InterruptedException e) {
          LOG.log(WARNING, "config.reloadInterrupted", e);
        }
      });
    } catch (IllegalArgumentException e) {
      LOG.log(DEBUG, "this system has no SIGHUP", e);
    }
  }

  synchronized void reload() {
    StandaloneServer present = server.get();
    present.reopenLogs();
    ServerCommand next;
    ServerConfig config;
    try {
      next = (ServerCommand) configuration.reread();
      config = next.config();
    } catch (ParameterException e) {
      LOG.log(WARNING, "config.refused reason=\"{0}\"", Configuration.refusal(e).replace("\n", "; "));
      return;
    }
    next.logs().apply();
    present.limitConnections(config.maxConnections());
    boolean tls = present.renewCertificate(config.tls());
    int changes = 0;
    for (Configuration.Setting setting : next.configuration().settings()) {
      List<String> before = running.getOrDefault(setting.key(), List.of());
      if (before.equals(setting.values())) {
        continue;
      }
      changes++;
      String from = String.join(",", before);
      String to = String.join(",", setting.values());
      if (LIVE.contains(setting.key()) || tls && TLS.contains(setting.key())) {
        running.put(setting.key(), setting.values());
        LOG.log(INFO, "config.changed key={0} from=\"{1}\" to=\"{2}\"", setting.key(), from, to);
      } else {
        LOG.log(WARNING, "config.needsRestart key={0} running=\"{1}\" configured=\"{2}\"", setting.key(), from, to);
      }
    }
    LOG.log(INFO, "config.reloaded file=\"{0}\" changes={1}",
        next.configuration().file().map(Object::toString).orElse(""), changes);
  }
}

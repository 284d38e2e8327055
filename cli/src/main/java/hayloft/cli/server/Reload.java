package hayloft.cli.server;

import hayloft.cli.config.Configuration;
import hayloft.common.log.EventLog;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine.ParameterException;

/// SIGHUP: reads the configuration file again, brings into force what can change while the server runs, and names what
/// cannot. A file that is wrong changes nothing. Log files that were rotated away are opened anew in any case.
/// Thread-safe.
final class Reload {

  private static final EventLog LOG = EventLog.of(Reload.class);
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

  synchronized void reload() {
    StandaloneServer present = server.get();
    present.reopenLogs();
    ServerCommand next;
    ServerConfig config;
    try {
      next = (ServerCommand) configuration.reread();
      config = next.config();
    } catch (ParameterException e) {
      Configuration.refusal(e).lines().forEach(reason -> LOG.warning("config.refused").with("reason", reason).say());
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
        LOG.info("config.changed").with("key", setting.key()).with("from", from).with("to", to).say();
      } else {
        LOG.warning("config.needsRestart").with("key", setting.key()).with("running", from).with("configured", to)
            .say();
      }
    }
    LOG.info("config.reloaded").with("file", next.configuration().file().map(Object::toString).orElse(""))
        .with("changes", changes).say();
  }
}

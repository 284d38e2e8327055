package hayloft.cli.server;

import hayloft.cli.ProgramVersion;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.Consistent;
import hayloft.cli.config.IdleSettings;
import hayloft.cli.config.Refusals;
import hayloft.cli.config.Source;
import hayloft.cli.config.Variables;
import hayloft.common.log.EventLog;
import hayloft.cli.logging.LogOptions;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft server`: runs the server until it is told to stop.
@Command(name = "server", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Run the whole store in one process: S3, master, volumes and catalog.",
        ""},
    optionListHeading = "%nOptions:%n", footer = {"",
        "Credentials come from the environment: HAYLOFT_ROOT_USER and HAYLOFT_ROOT_PASSWORD, or",
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or MINIO_ROOT_USER and MINIO_ROOT_PASSWORD. Without them",
        "root credentials are generated once, kept in DIR/credentials.json and printed on standard error.", "",
        "Secrets in the store are sealed with a key: HAYLOFT_STORE_KEY (32 bytes, hex or base64), or else",
        "DIR/store.key, which is made at the first start. Without that key they cannot be read: back it up.", "",
        "File ids are for whoever has a token signed with HAYLOFT_VOLUME_SECRET (hayloft token), or with",
        "--open-file-ids for everybody on this machine.",
        "How --memory is divided: hayloft config show --memory.", "",
        "When it is ready to serve it prints one line on standard output; logs go to standard error. SIGTERM and",
        "SIGINT end it gracefully; nothing that was acknowledged is lost by ending it in any other way. SIGHUP",
        "reads the configuration file and the certificate again.", "",
        "Every option may also stand in the environment (HAYLOFT_S3_PORT) and in the file (s3-port: 8333). What",
        "holds, and where it comes from: hayloft config show.", "",
        "Examples:",
        "  hayloft server --dir /srv/hayloft",
        "  hayloft server --dir /mnt/nvme0 --dir /mnt/nvme1 --durability os --min-free 20GB",
        "  hayloft server --dir data --bind 127.0.0.1 --s3-port 0 --master-port 0 --volume-port 0 --filer-port 0"})
public final class ServerCommand implements Callable<Integer>, Configurable, Consistent {

  private static final EventLog LOG = EventLog.of(ServerCommand.class);

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ServerOptions options = new ServerOptions();

  @Option(names = "--exit-when-ready", hidden = true, description = "Stop as soon as everything is open: for tests of "
      + "a start.")
  private boolean exitWhenReady;

  private @Nullable Configuration configuration;

  @Override
  public void configured(Configuration told) {
    configuration = told;
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Configuration told = Objects.requireNonNull(configuration);
    ServerConfig config = config();
    Watching watching = Refusals.orRefused(spec.commandLine(), options::watching);
    try {
      FirstStart.require(config, told.environment());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    options.logs().apply();
    tellIdle(told);
    PortFault.requireFree(config);
    return exitWhenReady
        ? ServerProcess.tryOut(config, watching, told)
        : ServerProcess.run(config, watching, told, options.logs().format());
  }

  private static void tellIdle(Configuration told) {
    Map<String, String> given = new HashMap<>();
    told.settings().stream().filter(setting -> !(setting.source() instanceof Source.Default))
        .forEach(setting -> given.put(setting.key(), String.join(",", setting.values())));
    if (!Variables.value(told.environment(), Variables.OTLP_HEADERS).isEmpty()) {
      given.put(Variables.OTLP_HEADERS, "set");
    }
    for (IdleSettings.Idle idle : IdleSettings.among(given)) {
      LOG.warning("config.idle").with("setting", idle.key()).with("from", told.source(idle.key()).text())
          .with("because", idle.because()).say();
    }
  }

  @Override
  public void requireConsistent(Map<String, String> environment) {
    options.requireConsistent(environment);
  }

  /// What the settings ask for.
  ///
  /// @throws ParameterException if they do not go together
  ServerConfig config() {
    return Refusals.orRefused(spec.commandLine(),
        () -> options.config(Objects.requireNonNull(configuration).environment()));
  }

  LogOptions logs() {
    return options.logs();
  }

  Configuration configuration() {
    return Objects.requireNonNull(configuration);
  }
}

package hayloft.cli.server;

import hayloft.cli.ProgramVersion;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.ConfigTable;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.logging.LogOptions;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft config show`.
@Command(name = "show", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false, usageHelpAutoWidth = true, description = {
    "Shows what `hayloft server` would run with if it were given the same flags, environment and file: a line for each",
    "setting, with its value and where that comes from (default, flag, a variable's name, or file:line). Secrets are masked.",
    ""}, exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:shown",
        "2:wrong usage, or something in the configuration is wrong"})
public final class ConfigShow implements Callable<Integer>, Configurable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Option(names = "--json", description = "One JSON object: {file, settings: [{key, values, source}]}.")
  private boolean json;

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ServerOptions options = new ServerOptions();

  @Mixin
  private LogOptions logs = new LogOptions();

  private @Nullable Configuration configuration;

  @Override
  public void configured(Configuration told) {
    configuration = told;
  }

  @Override
  public Integer call() {
    Configuration told = Objects.requireNonNull(configuration);
    try {
      options.requireConsistent(told.environment());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
    }
    var table = new ConfigTable(told);
    if (json) {
      table.printJson(spec.commandLine().getOut());
    } else {
      table.print(spec.commandLine().getOut());
    }
    spec.commandLine().getOut().flush();
    return 0;
  }
}

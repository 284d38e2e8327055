package hayloft.cli.server;

import hayloft.cli.ProgramVersion;
import hayloft.cli.config.Allowed;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.ConfigTable;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.EarlySetting;
import hayloft.cli.memory.AvailableMemory;
import hayloft.cli.memory.MemoryPlan;
import hayloft.cli.memory.MemoryTable;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft config show`.
@Command(name = "show", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Shows what `hayloft server` would run with if it were given the same flags, environment and file: a line for "
            + "each "
            + "setting, with its value and where that comes from (default, flag, a variable's name, or file:line). "
            + "Secrets are masked.",
        "With --memory and no size: who gets which part of the memory, and what happens when it is full.",
        ""},
    exitCodeListHeading = "%nExit codes:%n", exitCodeList = {"0:shown",
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

  private @Nullable Configuration configuration;

  @Override
  public void configured(Configuration told) {
    configuration = told;
  }

  @Override
  public Integer call() {
    Configuration told = Objects.requireNonNull(configuration);
    try {
      if (options.isMemorySizeLeftOut()) {
        return showMemory(told);
      }
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

  /// The flag is used up as a question, so that the size comes from the environment or the file.
  private int showMemory(Configuration told) {
    OptionalLong size = EarlySetting.find("memory", List.of(), told.environment(), told.file())
        .map(new Allowed.SizeOrAuto()::convert).orElse(OptionalLong.empty());
    var table = new MemoryTable(MemoryPlan.of(size, AvailableMemory.ofThisProcess()));
    if (json) {
      table.printJson(spec.commandLine().getOut());
    } else {
      table.print(spec.commandLine().getOut());
    }
    spec.commandLine().getOut().flush();
    return 0;
  }
}

package hayloft.cli;

import hayloft.cli.config.ConfigCheck;
import hayloft.cli.server.ConfigShow;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft config`.
@Command(name = "config", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Shows or checks the configuration.",
    ""}, synopsisSubcommandLabel = "COMMAND", subcommands = {ConfigShow.class, ConfigCheck.class})
final class ConfigCommand implements Runnable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "show or check?");
  }
}

package hayloft.cli.alias;

import hayloft.cli.ProgramVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft alias`.
@Command(name = "alias", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Names for stores: where one is, whom to believe to be it, and the keys for it. --endpoint NAME of shell, bench "
        + "and "
        + "audit, and --versus NAME of bench, take them.",
    ""}, synopsisSubcommandLabel = "COMMAND", subcommands = {AliasSet.class, AliasList.class, AliasRemove.class})
public final class AliasCommand implements Runnable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "set, list or remove?");
  }
}

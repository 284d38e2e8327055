package hayloft.cli.directory;

import hayloft.cli.ProgramVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft directory`.
@Command(name = "directory", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Shows the data directories of a store, gives one up whose disk is lost, or raises the level of their formats.",
    ""}, synopsisSubcommandLabel = "COMMAND",
    subcommands = {DirectoryList.class, DirectoryGiveUp.class,
        DirectoryRaise.class})
public final class DirectoryCommand implements Runnable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "list, giveup or raise?");
  }
}

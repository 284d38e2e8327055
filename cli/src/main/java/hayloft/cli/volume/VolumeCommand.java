package hayloft.cli.volume;

import hayloft.cli.ProgramVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft volume`.
@Command(name = "volume", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Looks into volume files, checks them, or takes the objects out of them. Nothing in a data directory is changed.",
    ""}, synopsisSubcommandLabel = "COMMAND",
    subcommands = {VolumeInspect.class, VolumeVerify.class,
        VolumeExport.class})
public final class VolumeCommand implements Runnable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "inspect, verify or export?");
  }
}

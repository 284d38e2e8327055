package hayloft.cli.cert;

import hayloft.cli.ProgramVersion;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft cert`.
@Command(name = "cert", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Makes certificates for TLS, or shows what one says.",
    ""}, synopsisSubcommandLabel = "COMMAND", subcommands = {CertCreate.class, CertShow.class})
public final class CertCommand implements Runnable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "create or show?");
  }
}

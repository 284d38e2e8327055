package hayloft.cli;

import hayloft.cli.audit.AuditCommand;
import hayloft.cli.bench.BenchCommand;
import hayloft.cli.cert.CertCommand;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.ConfiguredExecution;
import hayloft.cli.config.Refusals;
import hayloft.cli.doctor.DoctorCommand;
import hayloft.cli.health.HealthCommand;
import hayloft.cli.logging.Logging;
import hayloft.cli.server.ServerCommand;
import hayloft.cli.shell.ShellCommand;
import hayloft.cli.volume.VolumeCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The `hayloft` program. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
@Command(name = "hayloft", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, subcommands = {
    ServerCommand.class, ShellCommand.class, VolumeCommand.class, AuditCommand.class, BenchCommand.class,
    DoctorCommand.class, HealthCommand.class, ConfigCommand.class, CertCommand.class,
    CompletionCommand.class}, synopsisSubcommandLabel = "COMMAND", description = {
        "",
        "Hayloft, an S3-compatible object store. The volumes are the database: every change is one needle",
        "appended to a volume file, and everything else is an index that can be rebuilt.",
        ""}, commandListHeading = "%nCommands:%n", footer = {"", "First steps:",
            "  hayloft server --dir data      start a store in ./data; prints its address when it is ready",
            "  hayloft server --help          ports, durability, credentials, limits",
            "  hayloft shell                  administer it while it runs"})
public final class Hayloft implements Runnable {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /// Runs a command with its arguments and exits with its code.
  public static void main(String[] arguments) {
    Logging.toStandardError();
    System.exit(commandLine(System.getenv(), Configuration.SYSTEM_FILE).execute(arguments));
  }

  /// The whole program, ready to be run.
  ///
  /// @param systemFile the configuration file if nobody names another
  public static CommandLine commandLine(Map<String, String> environment, Path systemFile) {
    var line = new CommandLine(new Hayloft());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionStrategy(
        new ConfiguredExecution(() -> commandLine(environment, systemFile), environment, systemFile));
    line.setUsageHelpWidth(110);
    line.setParameterExceptionHandler((wrong, _) -> {
      CommandLine command = wrong.getCommandLine();
      Refusals.text(wrong).lines().forEach(said -> command.getErr().println("hayloft: " + said));
      command.getErr().println("Try " + command.getCommandSpec().qualifiedName() + " --help");
      command.getErr().flush();
      return 2;
    });
    line.setExecutionExceptionHandler((thrown, command, _) -> {
      Throwable failure = thrown instanceof ExecutionException && thrown.getCause() != null
          ? thrown.getCause()
          : thrown;
      PrintWriter err = command.getErr();
      if (failure instanceof IOException || failure instanceof IllegalArgumentException) {
        err.println("hayloft: " + (failure.getMessage() == null ? failure.toString() : failure.getMessage()));
      } else {
        failure.printStackTrace(err);
      }
      err.flush();
      return 1;
    });
    return line;
  }
}

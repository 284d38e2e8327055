package hayloft.cli;

import hayloft.cli.alias.AliasCommand;
import hayloft.cli.audit.AuditCommand;
import hayloft.cli.bench.BenchCommand;
import hayloft.cli.cert.CertCommand;
import hayloft.cli.completion.CompletionCommand;
import hayloft.cli.config.Configuration;
import hayloft.cli.config.ConfiguredExecution;
import hayloft.cli.config.Refusals;
import hayloft.cli.config.WrongConfigurationException;
import hayloft.cli.directory.DirectoryCommand;
import hayloft.cli.doctor.DoctorCommand;
import hayloft.cli.health.HealthCommand;
import hayloft.cli.logging.LogOptions;
import hayloft.cli.logging.Logging;
import hayloft.cli.server.EarlyStop;
import hayloft.cli.server.Hangup;
import hayloft.cli.server.ServerCommand;
import hayloft.cli.shell.ShellCommand;
import hayloft.cli.token.TokenCommand;
import hayloft.cli.volume.VolumeCommand;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// The `hayloft` program. Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
@Command(name = "hayloft", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class,
    synopsisSubcommandLabel = "COMMAND", description = {
        "",
        "Hayloft, an S3-compatible object store. The volumes are the database: every change is one needle "
            + "appended to a volume file, and everything else is an index that can be rebuilt.",
        ""},
    commandListHeading = "%nCommands:%n", footer = {"", "First steps:",
        "  hayloft server --dir data      start a store in ./data; prints its address when it is ready",
        "  hayloft server --help          ports, durability, credentials, limits",
        "  hayloft shell                  administer it while it runs"})
public final class Hayloft implements Runnable {

  private static final String SERVER = "server";
  private static final String CONFIG = "config";
  private static final String COMPLETION = "completion";
  private static final String HELP = "help";

  /// In the order of the help.
  private static final Map<String, Class<?>> COMMANDS = commands();

  @Spec
  private CommandSpec spec = CommandSpec.create();

  private static Map<String, Class<?>> commands() {
    Map<String, Class<?>> commands = new LinkedHashMap<>();
    commands.put(SERVER, ServerCommand.class);
    commands.put("shell", ShellCommand.class);
    commands.put("alias", AliasCommand.class);
    commands.put("volume", VolumeCommand.class);
    commands.put("directory", DirectoryCommand.class);
    commands.put("audit", AuditCommand.class);
    commands.put("bench", BenchCommand.class);
    commands.put("doctor", DoctorCommand.class);
    commands.put("health", HealthCommand.class);
    commands.put(CONFIG, ConfigCommand.class);
    commands.put("cert", CertCommand.class);
    commands.put("token", TokenCommand.class);
    commands.put(COMPLETION, CompletionCommand.class);
    commands.put(HELP, HelpCommand.class);
    return Collections.unmodifiableMap(commands);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which command?");
  }

  /// Runs a command with its arguments and exits with its code.
  public static void main(String[] arguments) {
    Logging.toStandardError();
    if (arguments.length > 0 && arguments[0].equals(SERVER)) {
      Logging.standForStandardStreams();
      Logging.onlyJson(LogOptions.askForJson(List.of(arguments), System.getenv()));
      EarlyStop.begin();
      Hangup.begin();
    }
    int code = run(arguments);
    EarlyStop.end();
    Logging.end();
    System.exit(code);
  }

  private static int run(String[] arguments) {
    try {
      return commandLine(System.getenv(), Configuration.SYSTEM_FILE, neededFor(arguments)).execute(arguments);
    } catch (Error died) { // what the parser lets through: no memory, a class that is missing
      var err = new PrintWriter(System.err, true);
      Bug.tell(died, arguments.length > 0 && COMMANDS.containsKey(arguments[0]) ? "hayloft " + arguments[0] : "hayloft",
          err);
      err.flush();
      return 1;
    }
  }

  /// Every command takes its time to be put together, all of them a third of a server's start; most do not need each
  /// other.
  static Set<String> neededFor(String[] arguments) {
    String named = arguments.length == 0 ? "" : arguments[0];
    boolean asksAboutOthers = named.equals(CONFIG) || named.equals(COMPLETION) || named.equals(HELP);
    return COMMANDS.containsKey(named) && !asksAboutOthers ? Set.of(named) : COMMANDS.keySet();
  }

  /// The whole program, ready to be run.
  ///
  /// @param systemFile the configuration file if nobody names another
  public static CommandLine commandLine(Map<String, String> environment, Path systemFile) {
    return commandLine(environment, systemFile, COMMANDS.keySet());
  }

  /// The program with these commands alone.
  static CommandLine commandLine(Map<String, String> environment, Path systemFile, Set<String> needed) {
    var line = new CommandLine(new Hayloft());
    COMMANDS.forEach((name, command) -> {
      if (needed.contains(name)) {
        line.addSubcommand(name, command);
      }
    });
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionStrategy(
        new ConfiguredExecution(() -> commandLine(environment, systemFile), environment, systemFile));
    line.setUsageHelpWidth(110);
    line.setParameterExceptionHandler((wrong, arguments) -> {
      CommandLine command = wrong.getCommandLine();
      if (AnswerForm.isJsonAskedFor(List.of(arguments))) {
        AnswerForm.fail(command.getOut(), "WrongUsage", Refusals.text(wrong));
        return 2;
      }
      tell(command.getErr(), Refusals.text(wrong));
      Logging.say("Try " + command.getCommandSpec().qualifiedName() + " --help", command.getErr());
      return 2;
    });
    line.setExecutionExceptionHandler((thrown, command, given) -> {
      Throwable failure = thrown instanceof ExecutionException && thrown.getCause() != null
          ? thrown.getCause()
          : thrown;
      boolean isWrong = isWrongConfiguration(failure);
      if (AnswerForm.isJsonAskedFor(given.originalArgs())) {
        AnswerForm.fail(command.getOut(), isWrong ? "WrongConfiguration" : isBug(failure) ? "Bug" : "Failed",
            words(failure));
        return isWrong ? 2 : 1;
      }
      PrintWriter err = command.getErr();
      switch (failure) {
        case IOException fault -> tell(err, FileFault.text(fault));
        case UncheckedIOException fault ->
          tell(err, FileFault.text(Objects.requireNonNull(fault.getCause())));
        case IllegalArgumentException wrong when wrong.getMessage() != null ->
          tell(err, wrong.getMessage());
        default -> Bug.tell(failure, command.getCommandSpec().qualifiedName(), err);
      }
      err.flush();
      return isWrong ? 2 : 1;
    });
    return line;
  }

  private static boolean isBug(Throwable failure) {
    return !(failure instanceof IOException || failure instanceof UncheckedIOException
        || isWrongConfiguration(failure));
  }

  private static String words(Throwable failure) {
    return switch (failure) {
      case IOException fault -> FileFault.text(fault);
      case UncheckedIOException fault -> FileFault.text(Objects.requireNonNull(fault.getCause()));
      case IllegalArgumentException wrong when wrong.getMessage() != null -> wrong.getMessage();
      default -> Bug.words(failure);
    };
  }

  /// A value that somebody gave and that nothing can be done with; said by whoever got it.
  private static boolean isWrongConfiguration(Throwable failure) {
    return failure instanceof WrongConfigurationException
        || failure instanceof IllegalArgumentException && failure.getMessage() != null;
  }

  private static void tell(PrintWriter err, @Nullable String text) {
    String.valueOf(text).lines()
        .forEach(line -> Logging.sayWhy("hayloft: " + ShownText.of(line), err));
  }
}

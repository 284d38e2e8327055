package hayloft.cli.config;

import hayloft.cli.client.ClientOptions;
import hayloft.cli.logging.LogOptions;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// A small program with every kind of setting, run in this process. Confined to one test.
final class TestProgram {

  enum Speed {
    SLOW,
    FAST
  }

  @SettingGroup("Test")
  static final class Options {
    @Option(names = "--port", defaultValue = "8333", converter = Allowed.Port.class)
    private int port;
    @Option(names = "--host", split = SettingSources.BETWEEN_VALUES, converter = Allowed.Domain.class)
    private List<String> hosts = new ArrayList<>();
    @Option(names = "--path", split = SettingSources.BETWEEN_VALUES)
    private List<Path> paths = new ArrayList<>();
    @Option(names = "--strict", arity = "0..1", fallbackValue = "true", defaultValue = "false",
        converter = Allowed.Truth.class)
    private boolean strict;
    @Option(names = "--speed", defaultValue = "slow")
    private Speed speed = Speed.SLOW;
    @Option(names = "--note")
    private Optional<String> note = Optional.empty();
  }

  @Command(name = "run", mixinStandardHelpOptions = true)
  static final class Run implements Runnable, Configurable {
    @Mixin
    private ConfigFileOption file = new ConfigFileOption();
    @Mixin
    private Options options = new Options();
    @Mixin
    private ClientOptions client = new ClientOptions();
    @Mixin
    private LogOptions logs = new LogOptions();
    @Option(names = "--size", defaultValue = "1")
    private int onlyAFlag;
    private @Nullable Configuration configuration;
    private boolean ran;

    @Override
    public void configured(Configuration told) {
      configuration = told;
    }

    @Override
    public void run() {
      ran = true;
    }

    int port() {
      return options.port;
    }

    List<String> hosts() {
      return options.hosts;
    }

    List<Path> paths() {
      return options.paths;
    }

    boolean strict() {
      return options.strict;
    }

    Speed speed() {
      return options.speed;
    }

    String note() {
      return options.note.orElse("");
    }

    Configuration configuration() {
      if (configuration == null) {
        throw new IllegalStateException("was not configured");
      }
      return configuration;
    }
  }

  @Command(name = "program")
  private static final class Program {}

  final Map<String, String> environment = new HashMap<>();
  private final Path systemFile;
  private final StringWriter err = new StringWriter();
  private final StringWriter out = new StringWriter();
  private int exitCode;

  TestProgram(Path systemFile) {
    this.systemFile = systemFile;
  }

  private CommandLine line() {
    return line(new Run());
  }

  private CommandLine line(Run run) {
    var line = new CommandLine(new Program()).addSubcommand(run).addSubcommand(new ConfigCheck());
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setErr(new PrintWriter(err, true)).setOut(new PrintWriter(out, true));
    line.setExecutionStrategy(new ConfiguredExecution(this::line, environment, systemFile));
    line.setParameterExceptionHandler((wrong, _) -> {
      err.append(Refusals.text(wrong));
      return 2;
    });
    return line;
  }

  /// What the command was given; fails if it did not run.
  Run runs(String... arguments) {
    var run = new Run();
    exitCode = execute(line(run), "run", arguments);
    if (exitCode != 0 || !run.ran) {
      throw new AssertionError("exit code " + exitCode + ": " + err);
    }
    return run;
  }

  /// What was said; fails if it was not refused with the exit code of wrong usage.
  String refused(String... arguments) {
    exitCode = execute(line(), "run", arguments);
    if (exitCode != 2) {
      throw new AssertionError("exit code " + exitCode + ", expected 2: " + err);
    }
    return err.toString();
  }

  /// Exit code and everything that `config check` says.
  String checked(Path file) {
    exitCode = execute(line(), "check", file.toString());
    return exitCode + "\n" + out + err;
  }

  private int execute(CommandLine line, String command, String... arguments) {
    err.getBuffer().setLength(0);
    out.getBuffer().setLength(0);
    List<String> all = new ArrayList<>(List.of(command));
    all.addAll(List.of(arguments));
    return line.execute(all.toArray(String[]::new));
  }

  String said() {
    return out.toString();
  }

  int help() {
    return execute(line(), "run", "--help");
  }
}

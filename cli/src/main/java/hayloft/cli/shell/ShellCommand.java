package hayloft.cli.shell;

import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.cli.ProgramVersion;
import hayloft.cli.config.ConfigFileOption;
import hayloft.cli.config.Configurable;
import hayloft.cli.config.Configuration;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// `hayloft shell`.
@Command(name = "shell", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, sortOptions = false,
    usageHelpAutoWidth = true, description = {
        "Administers a running server: at a prompt, from standard input, or the commands of -c.", "",
        "What may destroy something shows first what it would do and needs -apply. Exit codes: 0 done and well, 1 "
            + "failed, refused or "
            + "something was found, 2 wrong usage; a line of several commands ends at the first that is not 0.",
        ""},
    footer = {"", "Examples:", "  hayloft shell",
        "  hayloft shell -c 'cluster.status'",
        "  hayloft shell -c 'lock; volume.vacuum -apply; unlock'",
        "  hayloft shell --endpoint https://store:9334 -c 'volume.list --json'", "  hayloft shell -c help"})
public final class ShellCommand implements Callable<Integer>, Configurable {

  private static final Pattern SECRET = Pattern.compile("(^|[\\s'\"])--?secretKey\\b");

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Mixin
  private ConfigFileOption configFile = new ConfigFileOption();

  @Mixin
  private ShellOptions options = new ShellOptions();

  @Option(names = "-c", paramLabel = "COMMANDS", description = "Commands to run instead of a prompt, separated by ;. "
      + "May be repeated.")
  private List<String> given = new ArrayList<>();

  private @Nullable Configuration configuration;

  @Override
  public void configured(Configuration told) {
    configuration = told;
  }

  @Override
  public Integer call() throws IOException {
    Configuration told = Objects.requireNonNull(configuration);
    if (given.stream().anyMatch(line -> SECRET.matcher(line).find())) {
      throw new ParameterException(spec.commandLine(), "-secretKey is not taken from -c, since every user of this"
          + " machine can read a command line (ps): have the key generated, or give the line on standard input"
          + " (hayloft shell <FILE) or at the prompt");
    }
    boolean isTerminal = System.console() != null && System.console().isTerminal();
    boolean isPlain = !isTerminal || !told.environment().getOrDefault("NO_COLOR", "").isEmpty();
    AdminPlace place = options.place(spec.commandLine(), told);
    try (var session = new ShellSession(place.endpoint(), () -> new AdminConnection(place,
        options.tls(place, told), options.credentials(told)))) {
      if (given.isEmpty() && isTerminal) {
        return new Prompt(session, isPlain ? Ansi.OFF : Ansi.ON).run();
      }
      PrintWriter out = spec.commandLine().getOut();
      PrintWriter err = spec.commandLine().getErr();
      var shell = new Shell(session, out, err, isPlain ? Ansi.OFF : Ansi.ON, isTerminal, given);
      try (var _ = CancelAtExit.of(session)) {
        return given.isEmpty() ? runInput(shell) : runGiven(shell);
      } finally {
        out.flush();
      }
    }
  }

  private int runGiven(Shell shell) {
    for (String line : given) {
      int code = shell.run(line);
      if (code != 0) {
        return code;
      }
    }
    return 0;
  }

  private static int runInput(Shell shell) throws IOException {
    var in = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      int code = shell.run(line);
      if (code != 0) {
        return code;
      }
    }
    return 0;
  }
}

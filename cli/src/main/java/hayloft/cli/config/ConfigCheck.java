package hayloft.cli.config;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import picocli.CommandLine.Mixin;
import hayloft.cli.AnswerForm;
import hayloft.cli.ProgramVersion;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// `hayloft config check`: a file alone, without flags and environment.
@Command(name = "check", mixinStandardHelpOptions = true, versionProvider = ProgramVersion.class, description = {
    "Checks a configuration file alone: keys, values, and on this machine what they name.",
    ""}, exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:nothing is wrong",
        "2:something is, and each line says what and where; or wrong usage"})
public final class ConfigCheck implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "A configuration file.")
  private Path file = Path.of("");

  @Mixin
  private AnswerForm form = new AnswerForm();

  @Override
  public Integer call() {
    List<String> wrong = new ArrayList<>();
    List<String> idle = new ArrayList<>();
    int settings = 0;
    try {
      ConfigFile.Outcome outcome = ConfigFile.look(file);
      ConfigFile read = outcome.file();
      Settings known = Settings.of(spec.commandLine());
      var sources = new SettingSources(Map.of(), Optional.of(read), Set.of());
      settings = read.entries().size();
      wrong.addAll(outcome.wrong());
      wrong.addAll(sources.faults(known));
      for (String key : read.entries().keySet()) {
        if (known.keys().contains(key)) {
          fault(known, sources, key).ifPresent(wrong::add);
        }
      }
      if (wrong.isEmpty()) {
        wrong.addAll(contradictions(sources));
        idle.addAll(idle(read));
      }
    } catch (WrongSettingException e) {
      wrong.addAll(e.text().lines().toList());
    }
    tell(settings, wrong, idle);
    return wrong.isEmpty() ? 0 : 2;
  }

  private static List<String> idle(ConfigFile read) {
    Map<String, String> given = new HashMap<>();
    read.entries().forEach((key, entry) -> given.put(key, String.join(",", entry.values())));
    return IdleSettings.among(given).stream().map(idle -> {
      int line = Objects.requireNonNull(read.entries().get(idle.key())).line();
      return read.path() + ":" + line + ": " + idle.key() + " does nothing, since " + idle.because();
    }).toList();
  }

  private void tell(int settings, List<String> wrong, List<String> idle) {
    PrintWriter out = spec.commandLine().getOut();
    ObjectNode document = JsonNodeFactory.instance.objectNode().put("file", file.toString()).put("settings", settings);
    wrong.forEach(document.putArray("wrong")::add);
    idle.forEach(document.putArray("idle")::add);
    if (!wrong.isEmpty()) {
      document.putObject("error").put("code", "WrongConfiguration").put("message", String.join("; ", wrong));
    }
    form.answer(out, document, text -> {
      if (wrong.isEmpty()) {
        text.println(file + ": " + settings + " settings, nothing wrong");
      }
      wrong.forEach(line -> spec.commandLine().getErr().println("hayloft: " + line));
      idle.forEach(line -> spec.commandLine().getErr().println("hayloft: warning: " + line));
      spec.commandLine().getErr().flush();
    });
  }

  /// Settings that are fine alone and do not go together, as the commands say that have them.
  private List<String> contradictions(SettingSources sources) {
    List<String> wrong = new ArrayList<>();
    for (CommandLine command : spec.root().commandLine().getSubcommands().values()) {
      if (command.getCommand() instanceof Consistent settings) {
        command.setDefaultValueProvider(sources);
        command.parseArgs();
        try {
          settings.requireConsistent(Map.of());
        } catch (IllegalArgumentException e) {
          wrong.add(file + ": " + e.getMessage());
        }
      }
    }
    return wrong;
  }

  /// Parses one setting alone, so that one wrong value does not hide the next.
  private static Optional<String> fault(Settings known, SettingSources sources, String key) {
    OptionSpec option = known.option(key);
    try {
      sources.source(option);
      var alone = new CommandLine(CommandSpec.create().addOption(OptionSpec.builder(option).build()));
      alone.setCaseInsensitiveEnumValuesAllowed(true);
      alone.setDefaultValueProvider(sources);
      alone.parseArgs();
      return Optional.empty();
    } catch (ParameterException e) {
      return Optional.of(Refusals.text(e));
    } catch (WrongSettingException e) {
      return Optional.of(e.text());
    }
  }
}

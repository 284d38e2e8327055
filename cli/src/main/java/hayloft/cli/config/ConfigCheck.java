package hayloft.cli.config;

import hayloft.cli.ProgramVersion;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
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
        "1:something is; each line says what and where",
        "2:wrong usage"})
public final class ConfigCheck implements Callable<Integer> {

  @Spec
  private CommandSpec spec = CommandSpec.create();

  @Parameters(index = "0", paramLabel = "FILE", description = "A configuration file.")
  private Path file = Path.of("");

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    try {
      ConfigFile read = ConfigFile.read(file);
      Settings known = Settings.of(spec.commandLine());
      var sources = new SettingSources(Map.of(), Optional.of(read), Set.of());
      List<String> faults = sources.faults(known);
      faults.forEach(line -> err.println("hayloft: " + line));
      int wrong = faults.size();
      for (String key : read.entries().keySet()) {
        wrong += !known.keys().contains(key) || isFit(known, sources, key, err) ? 0 : 1;
      }
      err.flush();
      if (wrong == 0) {
        spec.commandLine().getOut().println(file + ": " + read.entries().size() + " settings, nothing wrong");
        spec.commandLine().getOut().flush();
      }
      return wrong == 0 ? 0 : 1;
    } catch (WrongSettingException e) {
      e.text().lines().forEach(line -> err.println("hayloft: " + line));
      err.flush();
      return 1;
    }
  }

  /// Parses one setting alone, so that one wrong value does not hide the next.
  private static boolean isFit(Settings known, SettingSources sources, String key, PrintWriter err) {
    OptionSpec option = known.option(key);
    try {
      sources.source(option);
      var alone = new CommandLine(CommandSpec.create().addOption(OptionSpec.builder(option).build()));
      alone.setCaseInsensitiveEnumValuesAllowed(true);
      alone.setDefaultValueProvider(sources);
      alone.parseArgs();
      return true;
    } catch (ParameterException e) {
      err.println("hayloft: " + Refusals.text(e));
    } catch (WrongSettingException e) {
      err.println("hayloft: " + e.text());
    }
    return false;
  }
}

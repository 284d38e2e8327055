package hayloft.cli.config;

import hayloft.common.directory.OwnerOnly;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/// What stands below the flags: gives each setting's value from the environment, else from the file, and knows where
/// every value is from. Immutable.
final class SettingSources implements IDefaultValueProvider {

  /// Between the values of a list on their way through the parser. No argument or file value has one, while a
  /// directory's name may well have a comma.
  static final String BETWEEN_VALUES = "\n";

  /// @param values one, unless the setting is a list
  private record Written(List<String> values, Source source) {}

  private final Map<String, String> environment;
  private final Optional<ConfigFile> file;
  private final Set<String> flags;

  /// @param flags keys of what was given on the command line
  SettingSources(Map<String, String> environment, Optional<ConfigFile> file, Set<String> flags) {
    this.environment = environment;
    this.file = file;
    this.flags = flags;
  }

  /// One line for every key and variable that is none of these settings, and for a secret that others can read.
  List<String> faults(Settings settings) {
    List<String> wrong = new ArrayList<>();
    List<String> variables = new ArrayList<>(settings.variables());
    variables.addAll(Variables.names());
    new TreeMap<>(environment).forEach((name, value) -> {
      if (name.startsWith(Settings.PREFIX) && !value.isEmpty() && !variables.contains(name)
          && !Variables.isOfAService(name, value)) {
        wrong.add(name + " is no variable that Hayloft knows" + NearestName.suggestion(name, variables));
      }
    });
    if (file.isPresent()) {
      Path path = file.get().path();
      file.get().entries().forEach((key, entry) -> {
        if (!settings.keys().contains(key)) {
          wrong.add(path + ":" + entry.line() + ": " + key + " is no setting"
              + NearestName.suggestion(key, settings.keys()));
        } else if (Settings.isSecret(key) && isReadByOthers(path)) {
          wrong.add(path + ":" + entry.line() + ": " + key
              + " is a secret, and others than the file's owner can read it. Run chmod 600 " + path);
        }
      });
    }
    return wrong;
  }

  private static boolean isReadByOthers(Path path) {
    try {
      Set<PosixFilePermission> permissions = OwnerOnly.beyondOwner(path);
      return permissions.contains(PosixFilePermission.GROUP_READ)
          || permissions.contains(PosixFilePermission.OTHERS_READ);
    } catch (IOException _) { // who cannot tell must not trust it
      return true;
    }
  }

  @Override
  public @Nullable String defaultValue(ArgSpec argument) throws WrongSettingException {
    // A flag's own default must stay as it is declared, or a switch that both the file and the flag turn on would turn
    // itself off.
    if (!(argument instanceof OptionSpec option) || !Settings.isSetting(option)
        || flags.contains(Settings.key(option))) {
      return null;
    }
    Optional<Written> written = written(option);
    // The parser replaces ${name} in defaults; doubled, a dollar sign stays one, so that secrets and paths arrive as
    // they were written.
    return written.isPresent() ? String.join(BETWEEN_VALUES, written.get().values()).replace("$", "$$") : null;
  }

  /// Where the value of a setting is from.
  Source source(OptionSpec option) throws WrongSettingException {
    if (flags.contains(Settings.key(option))) {
      return new Source.Flag();
    }
    return written(option).map(Written::source).orElse(new Source.Default());
  }

  /// The text of what stands in the environment or in the file; empty if neither has it.
  Optional<List<String>> values(OptionSpec option) throws WrongSettingException {
    return written(option).map(Written::values);
  }

  private Optional<Written> written(OptionSpec option) throws WrongSettingException {
    String key = Settings.key(option);
    String variable = Settings.variable(key);
    String set = Variables.value(environment, variable);
    if (!set.isEmpty()) {
      List<String> values = Settings.isList(option)
          ? Arrays.stream(set.split(",")).map(String::strip).filter(value -> !value.isEmpty()).toList()
          : List.of(set);
      return Optional.of(new Written(values, new Source.Variable(variable)));
    }
    ConfigFile.Entry entry = file.map(found -> found.entries().get(key)).orElse(null);
    if (entry == null) {
      return Optional.empty();
    }
    var source = new Source.FileLine(file.get().path(), entry.line());
    if (entry.list() && !Settings.isList(option)) {
      throw new WrongSettingException(source.written(key) + " takes one value, not a list");
    }
    if (entry.values().isEmpty()) {
      throw new WrongSettingException(
          source.written(key) + " is an empty list; leave the line out to have the default");
    }
    return Optional.of(new Written(entry.values(), source));
  }
}

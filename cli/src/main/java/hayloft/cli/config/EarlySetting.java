package hayloft.cli.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One setting, looked up before the program itself runs and without its parser, for what has to be known by then. It
/// looks where the program will look, in the same order, and leaves every complaint to it. Stateless.
public final class EarlySetting {

  private EarlySetting() {}

  /// The text that was written, in a file that is wrong elsewhere, too; empty if there is none, or none that can be
  /// read.
  public static Optional<String> find(String key, List<String> arguments, Map<String, String> environment) {
    return find(key, arguments, environment, file(arguments, environment));
  }

  /// @param file the one that counts, if any
  public static Optional<String> find(String key, List<String> arguments, Map<String, String> environment,
      Optional<Path> file) {
    Optional<String> flag = flag("--".concat(key), arguments);
    if (flag.isPresent()) {
      return flag;
    }
    String variable = environment.getOrDefault(variable(key), "");
    if (!variable.isEmpty()) {
      return Optional.of(variable);
    }
    return file.isPresent() ? entry(file.get(), key) : Optional.empty();
  }

  /// The name of a setting's variable.
  static String variable(String key) {
    return Settings.PREFIX.concat(key.toUpperCase(Locale.ROOT).replace('-', '_'));
  }

  private static Optional<String> flag(String name, List<String> arguments) {
    String assigned = name.concat("=");
    for (int i = 0; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      if (argument.startsWith(assigned)) {
        return Optional.of(argument.substring(assigned.length()));
      }
      if (argument.equals(name) && i + 1 < arguments.size()) {
        return Optional.of(arguments.get(i + 1));
      }
    }
    return Optional.empty();
  }

  private static Optional<Path> file(List<String> arguments, Map<String, String> environment) {
    String variable = environment.getOrDefault(Variables.CONFIG, "");
    try {
      Optional<String> named = flag(ConfigFileOption.NAME, arguments);
      if (named.isPresent()) {
        return Optional.of(Path.of(named.get()));
      }
      return Optional.of(Path.of(variable.isEmpty() ? Configuration.SYSTEM_PATH : variable));
    } catch (InvalidPathException _) { // the program refuses it
      return Optional.empty();
    }
  }

  private static Optional<String> entry(Path file, String key) {
    if (!Files.isRegularFile(file)) { // a pipe can be read once, and that is the program's to do
      return Optional.empty();
    }
    try {
      ConfigFile.Entry entry = ConfigFile.legible(file).entries().get(key);
      return entry == null ? Optional.empty() : entry.values().stream().findFirst();
    } catch (IOException _) { // the program says it
      return Optional.empty();
    }
  }
}

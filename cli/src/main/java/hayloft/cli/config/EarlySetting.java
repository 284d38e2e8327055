package hayloft.cli.config;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import hayloft.cli.logging.LogFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// One setting, looked up before the program itself runs and without its parser, for what has to be known by then. It
/// looks where the program will look, in the same order, and leaves every complaint to it. Stateless.
public final class EarlySetting {

  private static final String LOG_FORMAT = "log-format";
  private static final Pattern LOG_FORMAT_LINE = Pattern
      .compile("[\"']?log-format[\"']?\\s*:\\s*[\"']?(\\w+)[\"']?\\s*(?:#.*)?");
  private static final int MOST_LINES = 10_000;

  private EarlySetting() {}

  /// The text that was written; empty if there is none, or none that can be read.
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

  /// In which form the log is to be written; empty if nothing says so. A file that is no YAML is searched for the line.
  public static Optional<LogFormat> logFormat(List<String> arguments, Map<String, String> environment) {
    Optional<Path> file = file(arguments, environment).filter(Files::isRegularFile); // a pipe is read once
    return find(LOG_FORMAT, arguments, environment, file).or(() -> file.flatMap(EarlySetting::logFormatLine))
        .flatMap(written -> Arrays.stream(LogFormat.values())
            .filter(format -> format.name().equalsIgnoreCase(written.strip())).findFirst());
  }

  private static Optional<String> logFormatLine(Path file) {
    try (Stream<String> lines = Files.lines(file, ISO_8859_1)) {
      return lines.limit(MOST_LINES).map(LOG_FORMAT_LINE::matcher).filter(Matcher::matches)
          .map(found -> found.group(1)).findFirst();
    } catch (IOException | UncheckedIOException _) { // the program says it
      return Optional.empty();
    }
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
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    try {
      ConfigFile.Entry entry = ConfigFile.read(file).entries().get(key);
      return entry == null ? Optional.empty() : entry.values().stream().findFirst();
    } catch (WrongSettingException _) { // the program refuses it
      return Optional.empty();
    }
  }
}

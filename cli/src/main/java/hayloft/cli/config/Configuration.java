package hayloft.cli.config;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/// The settings of one command, put together from flags, environment, file and defaults. Immutable.
public final class Configuration {

  /// Where packages put the file; used if nobody names another. A constant of the compiler: who uses it does not load
  /// this class.
  static final String SYSTEM_PATH = "/etc/hayloft/hayloft.yaml";

  public static final Path SYSTEM_FILE = Path.of(SYSTEM_PATH);

  /// What the process was given, from which everything else can be read again.
  ///
  /// @param program a fresh tree of all commands
  /// @param systemFile used if it exists and no other is named
  record Origin(Supplier<CommandLine> program, Map<String, String> environment, Path systemFile) {}

  /// One setting with its value.
  ///
  /// @param values none if it has no default, several for a list
  public record Setting(String key, List<String> values, Source source, boolean secret) {}

  private final Origin origin;
  private final ParseResult result;
  private final Optional<ConfigFile> file;
  private final List<Setting> settings;

  private Configuration(Origin origin, ParseResult result, Optional<ConfigFile> file, List<Setting> settings) {
    this.origin = origin;
    this.result = result;
    this.file = file;
    this.settings = List.copyOf(settings);
  }

  /// Reads environment and file and gives a command that was parsed with its flags alone the values that these leave
  /// open.
  ///
  /// @throws ParameterException if anything is wrong, with what, where and what is allowed
  static Configuration complete(ParseResult flagsOnly, Origin origin) {
    ParseResult leaf = leaf(flagsOnly);
    CommandLine command = leaf.commandSpec().commandLine();
    try {
      refuseSecrets(leaf);
      Optional<ConfigFile> file = file(leaf, origin);
      Set<String> flags = leaf.matchedOptions().stream().filter(Settings::isSetting).map(Settings::key)
          .collect(Collectors.toSet());
      var sources = new SettingSources(origin.environment(), file, flags);
      refuseUnknown(sources, command, origin);
      for (OptionSpec option : command.getCommandSpec().options()) {
        if (Settings.isSetting(option)) {
          sources.source(option); // what cannot be one value is refused here, where nothing wraps the refusal
        }
      }
      command.setDefaultValueProvider(sources);
      CommandLine program = command.getCommandSpec().root().commandLine();
      ParseResult complete = program.parseArgs(flagsOnly.originalArgs().toArray(String[]::new));
      var configuration = new Configuration(origin, complete, file,
          settings(leaf(complete), sources));
      if (command.getCommand() instanceof Configurable configurable) {
        configurable.configured(configuration);
      }
      return configuration;
    } catch (WrongSettingException e) {
      throw new ParameterException(command, e.text(), e);
    }
  }

  private static void refuseSecrets(ParseResult leaf) throws WrongSettingException {
    for (OptionSpec option : leaf.matchedOptions()) {
      String key = Settings.key(option);
      if (Settings.isSecret(key)) {
        throw new WrongSettingException("--" + key + " is not taken from the command line, where every user of this"
            + " machine can read it (ps): set the variable " + Settings.variable(key)
            + (Settings.isSetting(option)
                ? ", or write " + key + " into the configuration file, with chmod 600"
                : ""));
      }
    }
  }

  /// The whole program is put together, which takes a while, only if there is something that this command does not
  /// know.
  private static void refuseUnknown(SettingSources sources, CommandLine command, Origin origin)
      throws WrongSettingException {
    List<String> wrong = sources.faults(Settings.of(command));
    if (!wrong.isEmpty()) {
      wrong = sources.faults(Settings.of(origin.program().get()));
    }
    if (!wrong.isEmpty()) {
      throw new WrongSettingException(String.join("\n", wrong));
    }
  }

  private static Optional<ConfigFile> file(ParseResult leaf, Origin origin) throws WrongSettingException {
    String variable = Variables.value(origin.environment(), Variables.CONFIG);
    Optional<Path> named = leaf.commandSpec().mixins().values().stream()
        .flatMap(mixin -> mixin.userObject() instanceof ConfigFileOption option
            ? option.file().stream()
            : Stream.empty())
        .findFirst();
    if (named.isPresent()) {
      return Optional.of(ConfigFile.read(named.get()));
    }
    if (!variable.isEmpty()) {
      return Optional.of(ConfigFile.read(Path.of(variable)));
    }
    return Files.exists(origin.systemFile()) ? Optional.of(ConfigFile.read(origin.systemFile())) : Optional.empty();
  }

  private static List<Setting> settings(ParseResult command, SettingSources sources) throws WrongSettingException {
    List<Setting> settings = new ArrayList<>();
    for (OptionSpec option : command.commandSpec().options()) {
      if (Settings.isSetting(option)) {
        String key = Settings.key(option);
        Source source = sources.source(option);
        List<String> values = source instanceof Source.Flag
            ? command.matchedOption(option.longestName()).stringValues()
            : sources.values(option).orElse(Optional.ofNullable(option.defaultValue()).map(List::of).orElse(List.of()));
        settings.add(new Setting(key, values, source, Settings.isSecret(key)));
      }
    }
    return settings;
  }

  static ParseResult leaf(ParseResult result) {
    return result.hasSubcommand() ? leaf(result.subcommand()) : result;
  }

  ParseResult result() {
    return result;
  }

  /// The file that was read, if any.
  public Optional<Path> file() {
    return file.map(ConfigFile::path);
  }

  /// What the environment or the file says of a setting that another command has: `hayloft shell` looks where the
  /// server of this machine is.
  ///
  /// @param key such as `admin-port`
  /// @return with one value, unless the setting is a list; empty if neither says anything
  public Optional<Setting> ofOthers(String key) {
    String variable = Settings.variable(key);
    String set = Variables.value(origin.environment(), variable);
    if (!set.isEmpty()) {
      return Optional.of(new Setting(key, List.of(set.split(",")), new Source.Variable(variable),
          Settings.isSecret(key)));
    }
    return file.flatMap(read -> Optional.ofNullable(read.entries().get(key)).filter(entry -> !entry.values().isEmpty())
        .map(entry -> new Setting(key, entry.values(), new Source.FileLine(read.path(), entry.line()),
            Settings.isSecret(key))));
  }

  /// A file beside the one with the settings that a package brings.
  public Path systemFile(String name) {
    return origin.systemFile().resolveSibling(name);
  }

  /// Where the value of one of the command's own settings is from.
  public Source source(String key) {
    return settings.stream().filter(setting -> setting.key().equals(key)).map(Setting::source).findFirst()
        .orElse(new Source.Default());
  }

  public Map<String, String> environment() {
    return origin.environment();
  }

  /// In the order of the command's help.
  public List<Setting> settings() {
    return settings;
  }

  /// Reads everything again; flags and environment are as they were, the file may have changed.
  ///
  /// @return a fresh command of the same kind, which has been told its new configuration and must not be run
  /// @throws ParameterException if what is there now is wrong
  public Object reread() {
    CommandLine program = origin.program().get();
    Configuration again = complete(program.parseArgs(result.originalArgs().toArray(String[]::new)), origin);
    return leaf(again.result).commandSpec().userObject();
  }

  /// A wrong setting in words, for whoever catches what [#reread] throws.
  public static String refusal(ParameterException wrong) {
    return Refusals.text(wrong);
  }
}

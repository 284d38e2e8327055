package hayloft.cli.config;

import java.lang.reflect.Field;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// Every setting of the program: the visible options of all [SettingGroup]s in its tree of commands. Immutable.
///
/// `--s3-port` is the key `s3-port` in the file and the variable `HAYLOFT_S3_PORT`.
final class Settings {

  static final String PREFIX = "HAYLOFT_";

  /// What is nobody else's business: masked, taken from a file only if just its owner can read it, and never from the
  /// command line, which every user of the machine can read.
  private static final Set<String> SECRET = Set.of("secret-key", "versus-secret-key", "metrics-token");

  private final Map<String, OptionSpec> byKey = new TreeMap<>();
  private final Map<String, Map<String, OptionSpec>> byGroup = new LinkedHashMap<>();

  private Settings() {}

  /// Of the tree of commands that this one belongs to.
  static Settings of(CommandLine command) {
    var found = new Settings();
    found.collect(command.getCommandSpec().root());
    return found;
  }

  private void collect(CommandSpec command) {
    for (OptionSpec option : command.options()) {
      group(option).ifPresent(title -> {
        byKey.putIfAbsent(key(option), option);
        byGroup.computeIfAbsent(title, _ -> new LinkedHashMap<>()).putIfAbsent(key(option), option);
      });
    }
    command.subcommands().values().forEach(sub -> collect(sub.getCommandSpec()));
  }

  private static Optional<String> group(OptionSpec option) {
    if (option.hidden() || !(option.userObject() instanceof Field field)) {
      return Optional.empty();
    }
    return Optional.ofNullable(field.getDeclaringClass().getAnnotation(SettingGroup.class)).map(SettingGroup::value);
  }

  static boolean isSetting(OptionSpec option) {
    return group(option).isPresent();
  }

  static String key(OptionSpec option) {
    String name = option.longestName();
    return name.startsWith("--") ? name.substring("--".length()) : name;
  }

  /// As people know it: the name that stands first, which is not the key where another command has an option of that
  /// name (`--endpoint` of the shell is the setting `admin-endpoint`).
  static String flag(OptionSpec option) {
    for (String name : option.names()) {
      if (name.startsWith("--")) {
        return name;
      }
    }
    return option.longestName();
  }

  static String variable(String key) {
    return EarlySetting.variable(key);
  }

  static boolean isSecret(String key) {
    return SECRET.contains(key);
  }

  static boolean isList(OptionSpec option) {
    return option.isMultiValue();
  }

  Set<String> keys() {
    return byKey.keySet();
  }

  /// @throws IllegalStateException if no setting has this key
  OptionSpec option(String key) {
    OptionSpec option = byKey.get(key);
    if (option == null) {
      throw new IllegalStateException("no setting " + key);
    }
    return option;
  }

  List<String> variables() {
    return byKey.keySet().stream().map(Settings::variable).toList();
  }

  /// By the title of their group; within one in the order of the help.
  Map<String, Collection<OptionSpec>> groups() {
    Map<String, Collection<OptionSpec>> groups = new LinkedHashMap<>();
    byGroup.forEach((title, options) -> groups.put(title, List.copyOf(options.values())));
    return groups;
  }
}

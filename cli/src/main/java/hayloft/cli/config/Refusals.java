package hayloft.cli.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/// Puts what the parser refuses into words: the name as the person wrote it, what is allowed, what was given.
/// Stateless.
public final class Refusals {

  private Refusals() {}

  /// For settings that are fine alone: what does not go together is refused as a wrong one is.
  ///
  /// @param settings throws an IllegalArgumentException that says what does not
  public static <T> T orRefused(CommandLine command, Supplier<T> settings) {
    try {
      return settings.get();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, String.valueOf(e.getMessage()), e);
    }
  }

  public static String text(ParameterException wrong) {
    if (wrong instanceof UnmatchedArgumentException unmatched && !unmatched.getUnmatched().isEmpty()) {
      return unknown(unmatched, unmatched.getUnmatched().getFirst());
    }
    ArgSpec argument = wrong.getArgSpec();
    if (argument == null || !(wrong.getCause() instanceof TypeConversionException cause)) {
      return String.valueOf(wrong.getMessage());
    }
    String what;
    if (cause instanceof Unfit unfit) {
      what = unfit.text();
    } else if (argument.type().isEnum()) {
      what = new Unfit("one of " + constants(argument.type()), String.valueOf(wrong.getValue())).text();
    } else {
      return String.valueOf(wrong.getMessage());
    }
    return name(wrong, argument) + " " + what;
  }

  /// With what was probably meant. Of an option the value is left out: it may be a secret.
  private static String unknown(UnmatchedArgumentException wrong, String given) {
    CommandSpec command = wrong.getCommandLine().getCommandSpec();
    if (wrong.isUnknownOption()) {
      String name = given.contains("=") ? given.substring(0, given.indexOf('=')) : given;
      return "no such option: " + name + NearestName.suggestion(name, command.optionsMap().keySet());
    }
    return command.subcommands().isEmpty()
        ? "too much: " + given
        : "no such command: " + given + NearestName.suggestion(given, command.subcommands().keySet());
  }

  private static String name(ParameterException wrong, ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return argument.paramLabel();
    }
    try {
      Source source = wrong.getCommandLine().getDefaultValueProvider() instanceof SettingSources sources
          && Settings.isSetting(option) ? sources.source(option) : new Source.Flag();
      return source instanceof Source.Flag || source instanceof Source.Default
          ? Settings.flag(option)
          : source.written(Settings.key(option));
    } catch (WrongSettingException e) {
      throw new IllegalStateException("a source was known before its value was parsed", e);
    }
  }

  private static String constants(Class<?> type) {
    return Arrays.stream(type.getEnumConstants()).map(one -> one.toString().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(", "));
  }
}

package hayloft.cli.config;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/// Puts what the parser refuses into words: the name as the person wrote it, what is allowed, what was given.
/// Stateless.
public final class Refusals {

  private Refusals() {}

  public static String text(ParameterException wrong) {
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

package hayloft.cli.completion;

import hayloft.cli.client.Alias;
import hayloft.cli.client.StoreName;
import java.io.File;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/// A command and those below it, with what may stand behind each: all that completion knows of the program, read from
/// what parses its arguments, so that a new command or option is known by being there. Immutable.
///
/// @param path names from below the program down to this command, a blank between them; empty for the program
/// @param about a few words
public record CommandTree(String path, String about, List<Option> options, List<Operand> operands,
    List<CommandTree> subcommands) {

  private static final int MOST_ABOUT_CHARS = 70;
  private static final Pattern WORDS = Pattern.compile("[A-Za-z0-9|]*[a-z][a-z0-9|]*");
  private static final Set<String> DIRECTORY_LABELS = Set.of("DIR", "DIRECTORY");
  private static final Set<String> FILE_LABELS = Set.of("FILE", "TAR", "DIR|FILE");

  /// What a value can be, as far as that can be known without a server.
  public sealed interface Values {
    /// Anything.
    record Text() implements Values {}

    record Words(List<String> words) implements Values {}

    record Files() implements Values {}

    record Directories() implements Values {}

    /// Names that `hayloft alias` keeps.
    record Aliases() implements Values {}

    /// Of the program itself, for `help`.
    record Commands() implements Values {}
  }

  /// Whether a value follows an option.
  public enum Takes {
    NOTHING,
    /// Behind `=` only.
    PERHAPS,
    VALUE
  }

  /// @param names all that it is known by
  /// @param isRepeatable whether it may be given again
  public record Option(List<String> names, String about, String label, Takes takes, Values values,
      boolean isRepeatable) {

    /// The one that is offered to whoever has typed this much of it; empty if none begins so.
    public Optional<String> offered(String typed) {
      return names.stream().filter(name -> name.startsWith(typed))
          .filter(name -> typed.startsWith("--") || !isTwin(name)).findFirst();
    }

    /// Whether the same is known with one dash: the shell's options have one or two.
    private boolean isTwin(String name) {
      return name.startsWith("--") && names.contains(name.substring(1));
    }

    /// As programs are called: long names have two dashes.
    String longName() {
      return names.stream().filter(name -> name.startsWith("--")).findFirst().orElse(names.getFirst());
    }
  }

  /// What stands behind a command without an option's name.
  ///
  /// @param isRepeatable whether all that follow are of this kind
  public record Operand(String label, String about, Values values, boolean isRepeatable) {}

  public CommandTree {
    options = List.copyOf(options);
    operands = List.copyOf(operands);
    subcommands = List.copyOf(subcommands);
  }

  /// Of the program, or any command of it, taken for one.
  public static CommandTree of(CommandSpec spec) {
    return of(spec, "");
  }

  private static CommandTree of(CommandSpec spec, String path) {
    List<Option> options = spec.options().stream().filter(option -> !option.hidden()).map(CommandTree::option).toList();
    List<Operand> operands = spec.positionalParameters().stream().filter(one -> !one.hidden())
        .map(CommandTree::operand).toList();
    Map<String, CommandTree> below = new LinkedHashMap<>();
    spec.subcommands().forEach((name, command) -> {
      if (!command.getCommandSpec().usageMessage().hidden()) {
        below.put(name, of(command.getCommandSpec(), path.isEmpty() ? name : path + " " + name));
      }
    });
    return new CommandTree(path, about(spec.usageMessage().description(), ""), options, operands,
        List.copyOf(below.values()));
  }

  private static Option option(OptionSpec option) {
    Takes takes = option.arity().max() == 0 ? Takes.NOTHING : option.arity().min() == 0 ? Takes.PERHAPS : Takes.VALUE;
    return new Option(List.of(option.names()), about(option.description(), option.defaultValue()),
        option.paramLabel(), takes, values(option), option.isMultiValue());
  }

  private static Operand operand(PositionalParamSpec operand) {
    return new Operand(operand.paramLabel(), about(operand.description(), operand.defaultValue()), values(operand),
        operand.isMultiValue() || operand.arity().max() > 1);
  }

  private static Values values(ArgSpec argument) {
    Class<?> type = argument.auxiliaryTypes().length > 0 ? argument.auxiliaryTypes()[0] : argument.type();
    List<ITypeConverter<?>> converters = Arrays.asList(argument.converters());
    if (converters.stream().anyMatch(one -> one instanceof StoreName.Reading || one instanceof Alias.Name)) {
      return new Values.Aliases();
    }
    if (type.isEnum()) {
      return new Values.Words(Arrays.stream(type.getEnumConstants())
          .map(one -> one.toString().toLowerCase(Locale.ROOT)).toList());
    }
    String label = argument.paramLabel();
    if (DIRECTORY_LABELS.contains(label)) {
      return new Values.Directories();
    }
    if (FILE_LABELS.contains(label) || type == Path.class || type == File.class) {
      return new Values.Files();
    }
    if (label.equals("COMMAND")) {
      return new Values.Commands();
    }
    List<String> words = Stream.of(label.split("\\|")).filter(word -> WORDS.matcher(word).matches()).toList();
    return label.contains("|") && !words.isEmpty() ? new Values.Words(words) : new Values.Text();
  }

  /// The first sentence, without what a line of a menu has no room for.
  private static String about(String[] description, @org.jspecify.annotations.Nullable String defaultValue) {
    String text = Stream.of(description).filter(line -> !line.isBlank()).findFirst().orElse("")
        .replace("%n", " ").replace("%%", "%")
        .replace("${DEFAULT-VALUE}", defaultValue == null ? "none" : defaultValue).replaceAll("\\s+", " ").strip();
    int end = text.indexOf(". ");
    String sentence = (end < 0 ? text : text.substring(0, end)).replaceFirst("[.:;]$", "");
    if (sentence.length() <= MOST_ABOUT_CHARS) {
      return sentence;
    }
    int cut = sentence.lastIndexOf(' ', MOST_ABOUT_CHARS);
    return sentence.substring(0, cut < 0 ? MOST_ABOUT_CHARS : cut).replaceFirst("[,.:;(]+$", "") + " …";
  }

  /// This command and all below it.
  Stream<CommandTree> all() {
    return Stream.concat(Stream.of(this), subcommands.stream().flatMap(CommandTree::all));
  }

  /// Without those that it is below.
  String name() {
    return path.substring(path.lastIndexOf(' ') + 1);
  }
}

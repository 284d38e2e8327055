package hayloft.cli.completion;

import static hayloft.cli.completion.Dialect.quoted;

import hayloft.cli.completion.CommandTree.Operand;
import hayloft.cli.completion.CommandTree.Option;
import hayloft.cli.completion.CommandTree.Takes;
import hayloft.cli.completion.CommandTree.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Completion for zsh: its own `_arguments` is told each command's. Stateless.
final class ZshScript {

  private static final String ENDS = """
      __hayloft_aliases() {
        local -a names
        local file=${XDG_CONFIG_HOME:-$HOME/.config}/hayloft/aliases.yaml
        names=(${(f)"$(sed -n 's/^\\([A-Za-z0-9][A-Za-z0-9_-]*\\)\\.s3:.*/\\1/p' $file 2>/dev/null)"})
        (( $#names )) && _wanted names expl alias compadd -a names
      }

      if [[ $funcstack[1] = _hayloft ]]; then
        _hayloft "$@"
      else
        compdef _hayloft hayloft
      fi
      """;

  private ZshScript() {}

  static String of(CommandTree tree) {
    var script = new StringBuilder(
        "#compdef hayloft\n# zsh completion for hayloft, made by hayloft completion zsh\n\n");
    tree.all().forEach(command -> function(script, command, tree));
    return script.append(ENDS).toString();
  }

  private static String name(String path) {
    return path.isEmpty() ? "_hayloft" : "_hayloft_" + path.replaceAll("\\W", "_");
  }

  private static void function(StringBuilder script, CommandTree command, CommandTree tree) {
    boolean hasBelow = !command.subcommands().isEmpty();
    List<String> specs = new ArrayList<>();
    command.options().forEach(option -> specs.addAll(specs(option, tree)));
    for (int i = 0; i < command.operands().size(); i++) {
      Operand operand = command.operands().get(i);
      specs.add((operand.isRepeatable() ? "*" : String.valueOf(i + 1)) + ":" + message(operand.label()) + ":"
          + action(operand.values(), tree));
    }
    if (hasBelow) {
      specs.add("1: :->command");
      specs.add("*:: :->below");
    }
    script.append(name(command.path())).append("() {\n");
    if (hasBelow) { // behind its command's name, -A, an option is that command's
      script.append("  local curcontext=$curcontext state line\n  typeset -A opt_args\n");
    }
    script.append("  _arguments").append(hasBelow ? " -C -A '-*'" : "");
    specs.forEach(spec -> script.append(" \\\n    ").append(quoted(spec)));
    script.append('\n');
    if (hasBelow) {
      script.append("  case $state in\n    command)\n      local -a commands\n      commands=(\n");
      command.subcommands().forEach(below -> script.append("        ")
          .append(quoted(below.name() + ":" + below.about().replace(":", "\\:"))).append('\n'));
      script.append("      )\n      _describe -t commands command commands ;;\n    below)\n      case $words[1] in\n");
      command.subcommands().forEach(below -> script.append("        ").append(below.name()).append(") ")
          .append(name(below.path())).append(" ;;\n"));
      script.append("      esac ;;\n  esac\n");
    }
    script.append("}\n\n");
  }

  /// One that is offered, and others, with ! before them, that are only understood.
  private static List<String> specs(Option option, CommandTree tree) {
    List<String> specs = new ArrayList<>();
    String others = option.isRepeatable() || option.names().size() == 1
        ? ""
        : "(" + String.join(" ", option.names()) + ")";
    String again = option.isRepeatable() ? "*" : "";
    String value = switch (option.takes()) {
      case NOTHING -> "";
      case PERHAPS -> "::" + message(option.label()) + ":" + action(option.values(), tree);
      case VALUE -> ":" + message(option.label()) + ":" + action(option.values(), tree);
    };
    for (String name : option.names()) {
      String equals = !name.startsWith("--") || option.takes() == Takes.NOTHING
          ? ""
          : option.takes() == Takes.PERHAPS ? "=-" : "=";
      boolean isOffered = name.equals(option.longName());
      specs.add((isOffered ? "" : "!") + others + again + name + equals
          + (isOffered ? "[" + option.about().replaceAll("[\\[\\]\\\\]", "\\\\$0") + "]" : "") + value);
    }
    return specs;
  }

  private static String message(String label) {
    return label.replace(":", "\\:");
  }

  private static String action(Values values, CommandTree tree) {
    return switch (values) {
      case Values.Text _ -> " "; // nothing but the message
      case Values.Words(List<String> words) -> "(" + String.join(" ", words) + ")";
      case Values.Files _ -> "_files";
      case Values.Directories _ -> "_files -/";
      case Values.Aliases _ -> "__hayloft_aliases";
      case Values.Commands _ -> "(" + tree.subcommands().stream().map(CommandTree::name)
          .collect(Collectors.joining(" ")) + ")";
    };
  }
}

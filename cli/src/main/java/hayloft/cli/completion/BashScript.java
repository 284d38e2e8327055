package hayloft.cli.completion;

import static hayloft.cli.completion.Dialect.quoted;

import hayloft.cli.completion.CommandTree.Operand;
import hayloft.cli.completion.CommandTree.Option;
import hayloft.cli.completion.CommandTree.Values;
import java.util.List;
import java.util.stream.Collectors;

/// Completion for bash, from version 3.2 on, which macOS has: no associative arrays, nothing of the package
/// bash-completion. Stateless.
final class BashScript {

  /// Walks over the words, then offers.
  private static final String WALK = """
      # Candidates for $2, a value of kind $1, into COMPREPLY, each behind $3.
      __hayloft_offer() {
        local kind=${1%%:*} words=${1#*:} one
        case $kind in
          words) one=$(compgen -W "$words" -- "$2") ;;
          file) one=$(compgen -f -- "$2") && compopt -o filenames 2>/dev/null ;;
          directory) one=$(compgen -d -- "$2") && compopt -o filenames 2>/dev/null ;;
          alias)
            words=$(sed -n 's/^\\([A-Za-z0-9][A-Za-z0-9_-]*\\)\\.s3:.*/\\1/p' \\
              "${XDG_CONFIG_HOME:-$HOME/.config}/hayloft/aliases.yaml" 2>/dev/null)
            one=$(compgen -W "$words" -- "$2") ;;
          *) return ;;
        esac
        [[ -z $one ]] || while IFS= read -r words; do COMPREPLY+=("$3$words"); done <<<"$one"
      }

      _hayloft() {
        # readline cuts words at = and :, which are within words here
        local words=() rest=$COMP_LINE last=-1 i
        for ((i = 0; i <= COMP_CWORD; i++)); do
          if [[ $i = 0 || $rest = [[:blank:]]* ]]; then
            rest=${rest#"${rest%%[![:blank:]]*}"}
            last=$((last + 1))
          fi
          words[last]=${words[last]-}${COMP_WORDS[i]}
          rest=${rest#"${COMP_WORDS[i]}"}
        done
        COMPREPLY=()
        local command= operand=0 given=' ' ended= word name values repeats about
        local subcommands options operands
        __hayloft_command ''
        for ((i = 1; i < last; i++)); do
          word=${words[i]}
          if [[ -z $ended && $word = -- ]]; then
            ended=1
          elif [[ -z $ended && $word = -?* ]]; then
            __hayloft_option "$command" "${word%%=*}" || continue
            [[ -n $repeats ]] || given+="$name "
            if [[ $word != *=* && -n $values && $values != '?'* ]]; then
              if ((i + 1 == last)); then
                word=${words[last]}
                __hayloft_offer "$values" "$word" ''
                __hayloft_cut "$word"
                return
              fi
              i=$((i + 1))
            fi
          elif [[ $operand = 0 && " $subcommands " = *" $word "* ]]; then
            command=${command:+$command }$word given=' '
            __hayloft_command "$command"
          else
            operand=$((operand + 1))
          fi
        done
        word=${words[last]}
        if [[ -z $ended && $word = --*=* ]]; then
          __hayloft_option "$command" "${word%%=*}" || return
          __hayloft_offer "${values#'?'}" "${word#*=}" "${word%%=*}="
          __hayloft_cut "$word"
          return
        fi
        if [[ $word != -* || -n $ended ]]; then
          ((operand == 0)) && __hayloft_offer "words:$subcommands" "$word" ''
          ((operand < ${#operands[@]})) && values=${operands[operand]} || values=
          ((${#operands[@]} == 0)) || [[ ${operands[${#operands[@]} - 1]} != *'*' || -n $values ]] ||
            values=${operands[${#operands[@]} - 1]}
          __hayloft_offer "${values%'*'}" "$word" ''
          __hayloft_cut "$word"
        fi
        if [[ -z $ended && $word = -* || -z $word && ${#COMPREPLY[@]} = 0 ]]; then
          for name in $options; do
            [[ $name != "$word"* || $given = *" $name "* ]] || COMPREPLY+=("$name")
          done
        fi
      }

      # readline replaces what follows the last character at which it cut: what stands before that in $1 is not
      # repeated.
      __hayloft_cut() {
        local i before=${1%"${1##*["${COMP_WORDBREAKS//[^=:]/}"]}"}
        [[ ${COMP_WORDBREAKS} = *[=:]* && $1 = *[=:]* ]] || return 0
        for ((i = 0; i < ${#COMPREPLY[@]}; i++)); do
          COMPREPLY[i]=${COMPREPLY[i]#"$before"}
        done
      }

      complete -F _hayloft hayloft
      """;

  private BashScript() {}

  static String of(CommandTree tree) {
    var script = new StringBuilder("# bash completion for hayloft, made by hayloft completion bash\n\n");
    script.append("# Sets what may stand behind the command $1.\n__hayloft_command() {\n  case $1 in\n");
    tree.all().forEach(command -> script.append("    ").append(quoted(command.path())).append(")\n")
        .append("      subcommands=").append(quoted(names(command.subcommands()))).append('\n')
        .append("      options=").append(quoted(command.options().stream().map(Option::longName)
            .collect(Collectors.joining(" "))))
        .append('\n')
        .append("      operands=(").append(command.operands().stream().map(operand -> quoted(kind(operand, tree)))
            .collect(Collectors.joining(" ")))
        .append(") ;;\n"));
    script.append("  esac\n}\n\n# Sets name, values and repeats of the option $2 of the command $1.\n"
        + "__hayloft_option() {\n  name= values= repeats=\n  case $1:$2 in\n");
    tree.all().forEach(command -> command.options().forEach(option -> script.append("    ")
        .append(option.names().stream().map(name -> quoted(command.path() + ":" + name))
            .collect(Collectors.joining(" | ")))
        .append(") name=").append(option.longName()).append(" values=").append(quoted(kind(option, tree)))
        .append(option.isRepeatable() ? " repeats=1" : "").append(" ;;\n")));
    return script.append("    *) return 1 ;;\n  esac\n}\n\n").append(WALK).toString();
  }

  private static String names(List<CommandTree> commands) {
    return commands.stream().map(CommandTree::name).collect(Collectors.joining(" "));
  }

  /// Empty if no value follows, with `?` before it if one follows behind = alone.
  private static String kind(Option option, CommandTree tree) {
    return switch (option.takes()) {
      case NOTHING -> "";
      case PERHAPS -> "?" + kind(option.values(), tree);
      case VALUE -> kind(option.values(), tree);
    };
  }

  /// With `*` behind it if all that follow are of its kind.
  private static String kind(Operand operand, CommandTree tree) {
    return kind(operand.values(), tree) + (operand.isRepeatable() ? "*" : "");
  }

  private static String kind(Values values, CommandTree tree) {
    return switch (values) {
      case Values.Text _ -> "text";
      case Values.Words(List<String> words) -> "words:" + String.join(" ", words);
      case Values.Files _ -> "file";
      case Values.Directories _ -> "directory";
      case Values.Aliases _ -> "alias";
      case Values.Commands _ -> "words:" + names(tree.subcommands());
    };
  }
}

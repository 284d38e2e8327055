package hayloft.cli.completion;

import hayloft.cli.completion.CommandTree.Option;
import hayloft.cli.completion.CommandTree.Takes;
import hayloft.cli.completion.CommandTree.Values;
import java.util.List;
import java.util.stream.Collectors;

/// Completion for fish, from version 3.1 on. Stateless.
final class FishScript {

  private static final String WALK = """
      # Candidates for a value of kind $argv[1] that begins with $argv[2].
      function __hayloft_values
          set -l kind (string split -m1 : -- $argv[1])
          switch "$kind[1]"
              case words
                  string split ' ' -- $kind[2]
              case file
                  __fish_complete_path $argv[2]
              case directory
                  __fish_complete_directories $argv[2] ''
              case alias
                  set -l config $XDG_CONFIG_HOME
                  test -n "$config"; or set config $HOME/.config
                  test -r $config/hayloft/aliases.yaml; or return
                  string replace -rf '^([A-Za-z0-9][A-Za-z0-9_-]*)\\.s3:.*' '$1' \\
                      <$config/hayloft/aliases.yaml 2>/dev/null
          end
      end

      function __hayloft_complete
          set -l command ''
          set -l operand 1
          set -l given
          set -l pending ''
          set -l ended ''
          set -l words (commandline -opc)
          for word in $words[2..-1]
              if test -n "$pending"
                  set pending ''
              else if test -z "$ended" -a "x$word" = x--
                  set ended 1
              else if test -z "$ended"; and string match -qr '^-.' -- $word
                  set -l option (__hayloft_option "$command" (string split -m1 = -- $word)[1])
                  test (count $option) = 3; or continue
                  test $option[3] = once; and set -a given $option[1]
                  if not string match -q '*=*' -- $word; and not string match -qr '^(none|perhaps:.*)$' -- $option[2]
                      set pending $option[2]
                  end
              else if test $operand = 1; and contains -- $word \\
                      (string replace -r '\\t.*' '' -- (__hayloft_subcommands "$command"))
                  set command (string trim -- "$command $word")
                  set given
              else
                  set operand (math $operand + 1)
              end
          end
          set -l token (commandline -ct)
          if test -n "$pending"
              __hayloft_values $pending "$token"
              return
          end
          if test -z "$ended"; and string match -q -- '--*=*' $token
              set -l parts (string split -m1 = -- $token)
              set -l option (__hayloft_option "$command" $parts[1])
              test (count $option) = 3; or return
              for value in (__hayloft_values (string replace -r '^perhaps:' '' -- $option[2]) "$parts[2]")
                  echo "$parts[1]=$value"
              end
              return
          end
          set -l offered
          if test -n "$ended"; or not string match -q -- '-*' $token
              test $operand = 1; and set offered (__hayloft_subcommands "$command")
              set -l operands (__hayloft_operands "$command")
              set -l kind ''
              if test $operand -le (count $operands)
                  set kind $operands[$operand]
              else if string match -q -- '*\\*' "$operands[-1]"
                  set kind $operands[-1]
              end
              test -n "$kind"; and set -a offered (__hayloft_values (string replace -r '\\*$' '' -- $kind) "$token")
              string join -- \\n $offered
          end
          if test -z "$ended"; and string match -q -- '-*' $token; or test -z "$token" -a -z "$offered"
              for line in (__hayloft_options "$command")
                  contains -- (string replace -r '\\t.*' '' -- $line) $given; or echo $line
              end
          end
      end

      complete -c hayloft -e
      complete -c hayloft -f -k -a '(__hayloft_complete)'
      """;

  private FishScript() {}

  static String of(CommandTree tree) {
    var script = new StringBuilder("# fish completion for hayloft, made by hayloft completion fish\n\n");
    function(script, "__hayloft_subcommands", "The commands below the command $argv[1].");
    tree.all().filter(command -> !command.subcommands().isEmpty()).forEach(command -> {
      begin(script, command.path());
      command.subcommands().forEach(below -> line(script, below.name(), below.about()));
    });
    end(script);
    function(script, "__hayloft_options", "The options of the command $argv[1], as they are offered.");
    tree.all().forEach(command -> {
      begin(script, command.path());
      command.options().forEach(option -> line(script, option.longName(), option.about()));
    });
    end(script);
    function(script, "__hayloft_operands", "What kinds of values follow the command $argv[1].");
    tree.all().filter(command -> !command.operands().isEmpty()).forEach(command -> {
      begin(script, command.path());
      command.operands().forEach(operand -> script.append("            echo ")
          .append(quoted(kind(operand.values(), tree) + (operand.isRepeatable() ? "*" : ""))).append('\n'));
    });
    end(script);
    script
        .append("# The offered name of the option $argv[2] of the command $argv[1], what follows it, and whether it may"
            + " be repeated.\nfunction __hayloft_option\n    switch \"$argv[1]:$argv[2]\"\n");
    tree.all().forEach(command -> command.options().forEach(option -> script.append("        case ")
        .append(option.names().stream().map(name -> quoted(command.path() + ":" + name))
            .collect(Collectors.joining(" ")))
        .append("\n            printf '%s\\n' ").append(option.longName()).append(' ')
        .append(quoted(kind(option, tree))).append(option.isRepeatable() ? " again\n" : " once\n")));
    end(script);
    return script.append(WALK).toString();
  }

  private static void function(StringBuilder script, String name, String about) {
    script.append("# ").append(about).append("\nfunction ").append(name).append("\n    switch \"$argv[1]\"\n");
  }

  private static void begin(StringBuilder script, String path) {
    script.append("        case ").append(quoted(path)).append('\n');
  }

  private static void line(StringBuilder script, String name, String about) {
    script.append("            printf '%s\\t%s\\n' ").append(quoted(name)).append(' ').append(quoted(about))
        .append('\n');
  }

  private static void end(StringBuilder script) {
    script.append("    end\nend\n\n");
  }

  private static String kind(Option option, CommandTree tree) {
    return option.takes() == Takes.NOTHING
        ? "none"
        : (option.takes() == Takes.PERHAPS ? "perhaps:" : "") + kind(option.values(), tree);
  }

  private static String kind(Values values, CommandTree tree) {
    return switch (values) {
      case Values.Text _ -> "text";
      case Values.Words(List<String> words) -> "words:" + String.join(" ", words);
      case Values.Files _ -> "file";
      case Values.Directories _ -> "directory";
      case Values.Aliases _ -> "alias";
      case Values.Commands _ ->
        "words:" + tree.subcommands().stream().map(CommandTree::name).collect(Collectors.joining(" "));
    };
  }

  /// fish knows \\ and \' between single quotes.
  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}

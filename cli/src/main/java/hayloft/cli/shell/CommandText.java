package hayloft.cli.shell;

import java.util.ArrayList;
import java.util.List;

/// Cuts a line into commands and words, as shells do: `;` between commands, blanks between words, quotes and
/// backslashes for what is to be taken as it is, `#` before a comment. Stateless.
final class CommandText {

  private CommandText() {}

  /// The words of each command; commands without any are left out.
  ///
  /// @throws IllegalArgumentException if a quote is not closed
  static List<List<String>> split(String line) {
    List<List<String>> commands = new ArrayList<>();
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else if (c == '\\' && quote == '"' && i + 1 < line.length()) {
          word.append(line.charAt(++i));
        } else {
          word.append(c);
        }
      } else if (c == '"' || c == '\'') {
        quote = c;
        inWord = true;
      } else if (c == '\\' && i + 1 < line.length()) {
        word.append(line.charAt(++i));
        inWord = true;
      } else if (c == '#' && !inWord) {
        break;
      } else if (Character.isWhitespace(c) || c == ';') {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
        if (c == ';') {
          end(commands, words);
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw new IllegalArgumentException("a quote " + quote + " is not closed");
    }
    if (inWord) {
      words.add(word.toString());
    }
    end(commands, words);
    return commands;
  }

  /// A word as it would have to be typed.
  static String quoted(String word) {
    return word.isEmpty() || word.codePoints().anyMatch(c -> c <= ' ' || ";\"'\\#".indexOf(c) >= 0)
        ? '"' + word.replace("\\", "\\\\").replace("\"", "\\\"") + '"'
        : word;
  }

  private static void end(List<List<String>> commands, List<String> words) {
    if (!words.isEmpty()) {
      commands.add(List.copyOf(words));
      words.clear();
    }
  }
}

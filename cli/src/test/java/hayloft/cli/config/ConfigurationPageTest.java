package hayloft.cli.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.cli.Hayloft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.Model.OptionSpec;

/// The tables of docs/configuration.md are made from the code. After a change of the settings,
///
///     ./mvnw -o -q -pl cli -am test -Dtest=ConfigurationPageTest -Dsurefire.failIfNoSpecifiedTests=false \
///       -Dhayloft.regenerate=true
///
/// writes them anew.
final class ConfigurationPageTest {

  private static final Path PAGE = Path.of("../docs/configuration.md");
  private static final String BLOCK = "(<!-- generated: %s -->\n).*?(<!-- end -->)";

  private final Settings settings = Settings.of(Hayloft.commandLine(Map.of(), Path.of("/nowhere")));

  @Test
  void thePageSaysWhatTheCodeDoes() throws IOException {
    String page = Files.readString(PAGE);
    String expected = page;
    for (var group : settings.groups().entrySet()) {
      expected = replaced(expected, group.getKey(), table(group.getValue()));
    }
    expected = replaced(expected, "Variables", variables());
    if (Boolean.getBoolean("hayloft.regenerate")) {
      Files.writeString(PAGE, expected);
    } else {
      assertEquals(expected, page);
    }
  }

  @Test
  void whatTheLauncherReadsIsKnown() throws IOException {
    var read = new TreeSet<>(Pattern.compile("HAYLOFT_\\w+").matcher(Files.readString(Path.of("../hayloft"))).results()
        .map(MatchResult::group).toList());
    assertTrue(read.contains("HAYLOFT_JAVA_OPTS"), "found " + read);
    read.removeAll(Variables.names());
    read.removeAll(settings.variables());
    assertEquals(new TreeSet<>(), read, "add them to Variables, or a server started with them is refused");
  }

  private static String replaced(String page, String block, String text) {
    var found = Pattern.compile(BLOCK.formatted(Pattern.quote(block)), Pattern.DOTALL).matcher(page);
    assertTrue(found.find(), PAGE + " has no block " + block);
    return found.replaceFirst(match -> Matcher.quoteReplacement(match.group(1) + text + match.group(2)));
  }

  private static String table(Collection<OptionSpec> options) {
    var text = new StringBuilder("| flag | variable | default | meaning |\n|---|---|---|---|\n");
    for (OptionSpec option : options) {
      String value = option.defaultValue();
      text.append("| `").append(cell(Settings.flag(option) + " " + option.paramLabel())).append("` | `")
          .append(Settings.variable(Settings.key(option))).append("` | ")
          .append(value == null ? "none" : "`" + value + "`").append(" | ")
          .append(cell(meaning(option))).append(" |\n");
    }
    return text.toString();
  }

  /// The help's text without its default, which has a column of its own.
  private static String meaning(OptionSpec option) {
    String text = String.join(" ", option.description());
    for (String said : List.of(" (default: " + option.defaultValue() + ").",
        " Default: " + option.defaultValue() + ".")) {
      if (text.endsWith(said)) {
        String rest = text.substring(0, text.length() - said.length());
        return rest.endsWith(".") || rest.endsWith("…") ? rest : rest + ".";
      }
    }
    return text;
  }

  private static String variables() {
    var text = new StringBuilder("| variable | meaning |\n|---|---|\n");
    for (Variables.Variable variable : Variables.ALL) {
      text.append("| `").append(variable.name()).append("` | ").append(cell(variable.meaning())).append(" |\n");
    }
    return text.toString();
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }
}

package hayloft.cli.completion;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hayloft.cli.Hayloft;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What shells offer behind `hayloft …`: asked of bash, zsh and fish themselves.
@Timeout(120)
final class CompletionTest {

  @TempDir
  private Path directory = Path.of("");

  @BeforeEach
  void keepAnAlias() throws IOException {
    Path file = Files.createDirectories(directory.resolve("config/hayloft")).resolve("aliases.yaml");
    Files.writeString(file, "barn.s3: http://127.0.0.1:8333\nbarn.admin: http://127.0.0.1:9334\n");
    Files.writeString(directory.resolve("users.json"), "[]");
    Files.createDirectory(directory.resolve("under"));
  }

  private static String script(Dialect dialect) {
    return dialect.script(CommandTree.of(Hayloft.commandLine(Map.of(), Path.of("/nowhere")).getCommandSpec()));
  }

  private static boolean isThere(String shell) {
    try {
      return new ProcessBuilder(shell, "-c", "exit 0").redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  private List<String> run(String... command) throws Exception {
    var builder = new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true);
    builder.environment().put("XDG_CONFIG_HOME", directory.resolve("config").toString());
    builder.environment().put("HOME", directory.toString());
    builder.environment().put("TERM", "dumb");
    Process process = builder.start();
    process.getOutputStream().close();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertEquals(0, process.waitFor(), text);
    return text.lines().toList();
  }

  private List<String> bash(String... words) throws Exception {
    Path script = Files.writeString(directory.resolve("completion.bash"), script(Dialect.BASH));
    String line = String.join(" ", words);
    List<String> quoted = new ArrayList<>();
    for (String word : words) {
      quoted.add(Dialect.quoted(word));
    }
    return run("bash", "--norc", "-c", "set -u; source " + script + "; COMP_WORDS=(" + String.join(" ", quoted)
        + "); COMP_CWORD=" + (words.length - 1) + "; COMP_LINE=" + Dialect.quoted(line)
        + "; COMP_POINT=${#COMP_LINE}; COMPREPLY=(); _hayloft hayloft \"${COMP_WORDS[COMP_CWORD]}\" ''; "
        + "((${#COMPREPLY[@]} == 0)) || printf '%s\\n' \"${COMPREPLY[@]}\"");
  }

  private List<String> fish(String line) throws Exception {
    Path script = Files.writeString(directory.resolve("completion.fish"), script(Dialect.FISH));
    return run("fish", "--no-config", "-c", "source " + script + "; complete -C " + Dialect.quoted(line)).stream()
        .map(one -> one.replaceFirst("\t.*", "")).toList();
  }

  /// Types a line and Tab at a prompt of zsh, and waits for what has to come.
  private void zsh(String typed, String wanted) throws Exception {
    Path script = Files.writeString(directory.resolve("_hayloft"), script(Dialect.ZSH));
    Path driver = Files.writeString(directory.resolve("driver.zsh"), """
        zmodload zsh/zpty
        zpty shell zsh -f -i
        zpty -w shell 'PROMPT="> "; autoload -Uz compinit; compinit -u -D; source %s; setopt no_beep; print rea""dy'
        zpty -r shell out '*ready*'
        zpty -n -w shell $'%s\\t'
        zpty -r shell out '*%s*'
        print -r -- "$out"
        zpty -d shell
        """.formatted(script, typed, wanted));
    run("zsh", "-f", driver.toString());
  }

  @Test
  void bashOffersCommandsOptionsAndValues() throws Exception {
    assertTrue(bash("hayloft", "s").containsAll(List.of("server", "shell")));
    assertEquals(List.of("check"), bash("hayloft", "config", "ch"));
    assertEquals(List.of("--durability"), bash("hayloft", "server", "--dur"));
    assertEquals(List.of("fsync", "os"), bash("hayloft", "server", "--durability", ""));
    assertEquals(List.of("users.json"), bash("hayloft", "server", "--users", "use"));
    assertEquals(List.of("under"), bash("hayloft", "server", "--dir", "u"));
    assertEquals(List.of("barn"), bash("hayloft", "shell", "--endpoint", "b"));
    assertEquals(List.of("barn"), bash("hayloft", "alias", "remove", ""));
    assertEquals(List.of("bash", "fish", "zsh"), bash("hayloft", "completion", "").stream().sorted().toList());
    assertTrue(bash("hayloft", "help", "b").contains("bench"));
    assertEquals(List.of(), bash("hayloft", "server", "--s3-port", ""));
  }

  @Test
  void noOptionIsOfferedTwiceNorAgain() throws Exception {
    List<String> all = bash("hayloft", "server", "--");
    assertEquals(new TreeSet<>(all).size(), all.size(), all::toString);
    assertTrue(all.size() > 30, all::toString);
    List<String> left = bash("hayloft", "server", "--durability", "os", "--dir", "under", "--");
    assertFalse(left.contains("--durability"), "given");
    assertTrue(left.contains("--dir"), "may be repeated");
  }

  @Test
  void fishOffersTheSame() throws Exception {
    assumeTrue(isThere("fish"), "no fish here");
    assertTrue(fish("hayloft s").containsAll(List.of("server", "shell")));
    assertEquals(List.of("check"), fish("hayloft config ch"));
    assertEquals(List.of("--durability"), fish("hayloft server --dur"));
    assertEquals(List.of("fsync", "os"), fish("hayloft server --durability "));
    assertEquals(List.of("barn"), fish("hayloft shell --endpoint b"));
    assertEquals(List.of("under/"), fish("hayloft server --dir u"));
    Files.delete(directory.resolve("config/hayloft/aliases.yaml"));
    List<String> without = fish("hayloft alias remove ");
    assertTrue(without.stream().allMatch(one -> one.startsWith("--")), () -> "a warning is among " + without);
    List<String> all = fish("hayloft server --");
    assertEquals(new TreeSet<>(all).size(), all.size(), all::toString);
  }

  @Test
  void zshOffersTheSame() throws Exception {
    assumeTrue(isThere("zsh"), "no zsh here");
    zsh("hayloft config ch", "config check ");
    zsh("hayloft server --dur", "--durability=");
    zsh("hayloft server --durability f", "durability fsync ");
    zsh("hayloft shell --endpoint b", "endpoint barn ");
    zsh("hayloft alias list -h --j", "-h --json");
  }

  @Test
  void everyCommandIsInEachScript() {
    for (Dialect dialect : Dialect.values()) {
      String text = script(dialect);
      CommandTree.of(Hayloft.commandLine(Map.of(), Path.of("/nowhere")).getCommandSpec()).all()
          .filter(command -> !command.path().isEmpty())
          .forEach(command -> assertTrue(text.contains(command.name()), dialect + " lacks " + command.path()));
    }
  }
}

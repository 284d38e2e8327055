package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogOptionsTest {

  @TempDir
  private Path directory = Path.of("");

  /// What the launcher finds, which has to speak the same form before the program does.
  private static boolean ofLauncher(Map<String, String> environment, List<String> arguments) throws Exception {
    String function = Files.readString(Path.of("..", "hayloft")).lines()
        .dropWhile(line -> !line.startsWith("setting()"))
        .takeWhile(line -> !line.startsWith("# Text as a string of JSON")).collect(Collectors.joining("\n"));
    List<String> command = new ArrayList<>(
        List.of("bash", "-c", "set -euo pipefail\n" + function + "\nprintf %s \"$json\"", "bash"));
    command.addAll(arguments);
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(name -> name.startsWith("HAYLOFT_"));
    builder.environment().putAll(environment);
    Process process = builder.start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
    assertTrue(said.isEmpty() || said.equals("yes"), said);
    return !said.isEmpty();
  }

  private static boolean asks(List<String> arguments, Map<String, String> environment) throws Exception {
    boolean found = LogOptions.askForJson(arguments, environment);
    assertEquals(found, ofLauncher(environment, arguments), "the launcher, of " + arguments + environment);
    return found;
  }

  private boolean ofFile(String text) throws Exception {
    Path file = Files.write(directory.resolve("hayloft.yaml"), text.getBytes(StandardCharsets.ISO_8859_1));
    boolean named = asks(List.of("server", "--config=" + file), Map.of());
    assertEquals(named, asks(List.of("server"), Map.of("HAYLOFT_CONFIG", file.toString())), text);
    return named;
  }

  @Test
  void aFlagWinsOverAVariableAndThatOverTheFile() throws Exception {
    Map<String, String> json = Map.of("HAYLOFT_LOG_FORMAT", "Json");
    assertTrue(asks(List.of("server", "--log-format", "JSON"), Map.of()));
    assertTrue(asks(List.of("server", "--log-format=json"), Map.of()));
    assertTrue(asks(List.of("server"), json));
    assertFalse(asks(List.of("server", "--log-format=text"), json));
    assertFalse(asks(List.of("server", "--log-format"), Map.of()));
    Path file = Files.writeString(directory.resolve("a.yaml"), "log-format: json\n");
    assertFalse(asks(List.of("server", "--config", file.toString()),
        Map.of("HAYLOFT_LOG_FORMAT", "text")));
  }

  @Test
  void aFileIsReadAsFarAsItCanBe() throws Exception {
    for (String text : List.of("log-format: json\n", "log-format: \"JSON\"\r\n", "'log-format':   'json' # so\n",
        "log-format:\n  json\n", "{log-format: json}", "s3-port: [1\nlog-format: json\n",
        "s3-port: !x 1\nlog-format: json\n", "region: \u00e4\nlog-format: json\n", "a: \0\nlog-format: json\n",
        "\u00ef\u00bb\u00bflog-format: json", "log-format: ' json '\n", "s3-port: 1\nlog-format :   JSON   # json\n",
        "region: '#1'\nlog-format: json\nlog-format: text\n")) {
      assertTrue(ofFile(text), text);
    }
    for (String text : List.of("", "log-format: text\n", "# log-format: json\n", "access-log-format: json\n",
        "a:\n  log-format: json\n", "log-format: jsonl\n", "log-format:\n", "log-format:\ns3-port: 1\n",
        "log-format: json#x\n", "log-format: text # json\n", "region: x # log-format: json\n",
        "# {log-format: json}\n", "region: log-format\n")) {
      assertFalse(ofFile(text), text);
    }
  }

  @Test
  void whoAsksForHelpGetsItAsItIs() {
    assertFalse(LogOptions.askForJson(List.of("server", "--log-format", "json", "--help"), Map.of()));
  }
}

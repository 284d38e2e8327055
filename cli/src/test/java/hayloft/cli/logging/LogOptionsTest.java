package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LogOptionsTest {

  @TempDir
  private Path directory = Path.of("");

  private boolean ofFile(String text) throws IOException {
    Path file = Files.write(directory.resolve("hayloft.yaml"), text.getBytes(StandardCharsets.ISO_8859_1));
    boolean named = LogOptions.askForJson(List.of("server", "--config=" + file), Map.of());
    assertEquals(named, LogOptions.askForJson(List.of("server"), Map.of("HAYLOFT_CONFIG", file.toString())), text);
    return named;
  }

  @Test
  void aFlagWinsOverAVariableAndThatOverTheFile() throws IOException {
    Map<String, String> json = Map.of("HAYLOFT_LOG_FORMAT", "Json");
    assertTrue(LogOptions.askForJson(List.of("server", "--log-format", "JSON"), Map.of()));
    assertTrue(LogOptions.askForJson(List.of("server", "--log-format=json"), Map.of()));
    assertTrue(LogOptions.askForJson(List.of("server"), json));
    assertFalse(LogOptions.askForJson(List.of("server", "--log-format=text"), json));
    assertFalse(LogOptions.askForJson(List.of("server", "--log-format"), Map.of()));
    Path file = Files.writeString(directory.resolve("a.yaml"), "log-format: json\n");
    assertFalse(LogOptions.askForJson(List.of("server", "--config", file.toString()),
        Map.of("HAYLOFT_LOG_FORMAT", "text")));
  }

  @Test
  void aFileIsReadAsFarAsItCanBe() throws IOException {
    for (String text : List.of("log-format: json\n", "log-format: \"JSON\"\r\n", "'log-format':   'json' # so\n",
        "log-format:\n  json\n", "{log-format: json}", "s3-port: [1\nlog-format: json\n",
        "s3-port: !x 1\nlog-format: json\n", "region: \u00e4\nlog-format: json\n", "a: \0\nlog-format: json\n")) {
      assertTrue(ofFile(text), text);
    }
    for (String text : List.of("", "log-format: text\n", "# log-format: json\n", "access-log-format: json\n",
        "a:\n  log-format: json\n", "log-format: jsonl\n", "log-format:\n")) {
      assertFalse(ofFile(text), text);
    }
  }

  @Test
  void whoAsksForHelpGetsItAsItIs() {
    assertFalse(LogOptions.askForJson(List.of("server", "--log-format", "json", "--help"), Map.of()));
  }
}

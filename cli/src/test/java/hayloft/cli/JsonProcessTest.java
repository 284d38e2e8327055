package hayloft.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class JsonProcessTest {

  @TempDir
  private Path directory = Path.of("");

  private List<JsonNode> events(Path file) throws IOException {
    var mapper = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    List<JsonNode> events = new ArrayList<>();
    for (String line : Files.readString(file, UTF_8).split("\n")) {
      events.add(mapper.readTree(line));
    }
    return events;
  }

  private static List<String> of(List<JsonNode> events, String event, String field) {
    return events.stream().filter(line -> line.path("event").asText().equals(event))
        .map(line -> line.path(field).asText()).toList();
  }

  @Test
  void whateverHappensInAProcessIsALineOfJson() throws Exception {
    Path out = directory.resolve("out");
    Path err = directory.resolve("err");
    Process process = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
        System.getProperty("java.class.path"), DyingProcess.class.getName()).redirectOutput(out.toFile())
        .redirectError(err.toFile()).start();
    assertTrue(process.waitFor(30, TimeUnit.SECONDS));
    assertEquals(1, process.exitValue());
    assertEquals(List.of("hayloft ready"), of(events(out), "process.said", "message"));
    List<JsonNode> told = events(err);
    List<String> said = of(told, "process.said", "message");
    assertTrue(said.containsAll(List.of("SLF4J(W): No providers were found.", "hayloft: refused", "hayloft: twice",
        "not ended")), said::toString);
    List<String> thread = of(told, "process.threadDied", "error");
    assertEquals(1, thread.size());
    assertTrue(thread.getFirst().contains("a bug\\nof two lines\n\tat "), thread::toString);
    List<String> died = of(told, "process.died", "error");
    assertEquals(1, died.size());
    assertTrue(died.getFirst().contains("unable to create native thread\n\tat "), died::toString);
    for (JsonNode line : told) {
      for (String name : List.of("time", "level", "logger", "event", "fields", "message")) {
        assertTrue(line.has(name), line::toString);
      }
    }
  }
}

package hayloft.cli.logging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import org.junit.jupiter.api.Test;

final class SaidLinesTest {

  private static final ObjectMapper MAPPER = new ObjectMapper()
      .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final ByteArrayOutputStream written = new ByteArrayOutputStream();
  private final SaidLines lines = new SaidLines("stderr", Level.WARNING, new PrintStream(written, false, UTF_8));
  private final PrintStream stream = lines.printStream();

  private String text() {
    return written.toString(UTF_8);
  }

  private List<JsonNode> events() throws IOException {
    List<JsonNode> events = new ArrayList<>();
    for (String line : text().split("\n")) {
      events.add(MAPPER.readTree(line));
    }
    return events;
  }

  @Test
  void whatIsPrintedGoesOnAsItIsWhileTheLogIsText() {
    stream.print("half");
    stream.println(" a line ä");
    stream.print("the rest");
    stream.flush();
    assertEquals("half a line ä" + System.lineSeparator() + "the rest", text());
  }

  @Test
  void eachLineIsOneEventWhileItIsJson() throws IOException {
    lines.setJson(true);
    stream.print("half");
    stream.print(" a \"line\" ä\u2028\u001b[2J\\\r\n\n  \nthe ");
    stream.println("next");
    lines.say(Level.SEVERE, "hayloft: two\nhayloft: lines");
    List<JsonNode> events = events();
    assertEquals(4, events.size(), this::text);
    assertTrue(text().chars().allMatch(letter -> letter == '\n' || letter >= ' ' && letter < 0x7F), this::text);
    assertEquals("half a \"line\" ä\u2028\u001b[2J\\", events.getFirst().path("message").asText());
    assertEquals("WARN", events.get(1).path("level").asText());
    assertEquals("stderr", events.get(1).path("fields").path("stream").asText());
    assertEquals("the next", events.get(1).path("message").asText());
    assertEquals("ERROR", events.get(3).path("level").asText());
    for (JsonNode event : events) {
      assertEquals("process.said", event.path("event").asText());
      assertEquals("hayloft", event.path("logger").asText());
      assertTrue(event.path("time").asText().endsWith("Z"), event::toString);
    }
  }

  @Test
  void bytesThatAreNoTextAreReplaced() throws IOException {
    lines.setJson(true);
    stream.write(new byte[]{'a', (byte) 0xC3, 0, (byte) 0xFF, '\n'}, 0, 5);
    assertEquals("a\uFFFD\0\uFFFD", events().getFirst().path("message").asText());
  }

  @Test
  void anEventOfAnotherLogStaysWhatItIsAndWordsThatLookLikeOneDoNot() throws IOException {
    lines.setJson(true);
    String event = "{\"time\":\"2026-01-01T00:00:00.000Z\",\"operation\":\"GetObject\"}";
    stream.println(event);
    for (String words : List.of("{\"time\":", event + "{}", "{\"a\":1}", "{}", event + "\t", "{\"time\":\"ä\"}")) {
      stream.println(words);
    }
    List<String> told = text().lines().toList();
    assertEquals(event, told.getFirst());
    events().subList(1, told.size()).stream().filter(line -> !line.has("operation"))
        .forEach(line -> assertEquals("process.said", line.path("event").asText()));
    assertEquals(7, told.size());
  }

  @Test
  void aLineWithoutAnEndIsToldInPiecesAndAtTheEnd() throws IOException {
    lines.setJson(true);
    stream.print("a".repeat(SaidLines.MOST_BYTES + 10));
    assertEquals(SaidLines.MOST_BYTES, events().getFirst().path("message").asText().length());
    lines.close();
    assertEquals("a".repeat(10), events().get(1).path("message").asText());
  }

  /// What had begun is ended first.
  @Test
  void theFormChangesBetweenLines() throws IOException {
    stream.print("begun");
    lines.setJson(true);
    stream.print("event");
    lines.setJson(false);
    stream.println("plain");
    List<String> told = text().lines().toList();
    assertEquals(List.of("begun", "plain"), List.of(told.getFirst(), told.get(2)));
    assertEquals("event", MAPPER.readTree(told.get(1)).path("message").asText());
  }
}

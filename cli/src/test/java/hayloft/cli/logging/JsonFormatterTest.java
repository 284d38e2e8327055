package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;

final class JsonFormatterTest {

  private static String line(String pattern, Object... parameters) {
    var event = new LogRecord(Level.INFO, pattern);
    event.setInstant(Instant.parse("2026-01-01T00:00:00.007Z"));
    event.setLoggerName("hayloft.volume");
    event.setParameters(parameters);
    return new JsonFormatter().format(event);
  }

  private static JsonNode read(String line) throws IOException {
    assertEquals(line.length() - 1, line.indexOf('\n'), "one line");
    return new ObjectMapper().readTree(line);
  }

  @Test
  void anEventIsAnObjectOnALine() {
    assertEquals("{\"time\":\"2026-01-01T00:00:00.007Z\",\"level\":\"INFO\",\"logger\":\"hayloft.volume\","
        + "\"event\":\"volume.sealed\",\"fields\":{\"volume\":\"7\",\"why\":\"a \\\"b\\\"\\nc\",\"at\":\"start\"},"
        + "\"message\":\"volume.sealed volume=7 why=\\\"a \\\\\\\"b\\\\\\\"\\\\nc\\\" at=start\"}\n",
        line("volume.sealed volume=7 why=\"a \\\"b\\\"\\nc\" at=start"));
  }

  @Test
  void aSentenceOfALibraryIsAMessageOnly() throws IOException {
    JsonNode line = read(line("Something happened: {0}", "x=y"));
    assertEquals("Something happened: x=y", line.path("message").asText());
    assertTrue(line.path("event").isMissingNode());
  }

  @Test
  void aBugBringsItsStackTrace() throws IOException {
    var event = new LogRecord(Level.SEVERE, "catalog.failed");
    event.setLoggerName("hayloft.filer");
    event.setThrown(new IllegalStateException("why"));
    JsonNode line = read(new JsonFormatter().format(event));
    assertEquals("ERROR catalog.failed", line.path("level").asText() + " " + line.path("event").asText());
    assertTrue(line.path("error").asText().startsWith("java.lang.IllegalStateException: why\n\tat "), line.toString());
  }
}

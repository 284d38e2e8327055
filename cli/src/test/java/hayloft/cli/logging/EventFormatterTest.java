package hayloft.cli.logging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.time.Instant;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EventFormatterTest {

  private static LogRecord event(Level level) {
    var event = new LogRecord(level, "volume.sealed volume=7");
    event.setInstant(Instant.parse("2026-01-01T00:00:00.007Z"));
    event.setLoggerName("hayloft.volume");
    return event;
  }

  @Test
  void anEventIsOneLine() {
    assertEquals("2026-01-01T00:00:00.007Z INFO hayloft.volume volume.sealed volume=7\n",
        new EventFormatter().format(event(Level.INFO)));
  }

  @Test
  void aFaultIsItsReasonOnTheSameLine() {
    LogRecord event = event(Level.WARNING);
    for (Throwable fault : List.of(new IOException("1.dat at 64: meta checksum expected 1, found 2"),
        new UncheckedIOException(new IOException("1.dat at 64: meta checksum expected 1, found 2")),
        new CompletionException(
            new IOException("1.dat at 64: meta checksum expected 1, found 2", new EOFException())))) {
      event.setThrown(fault);
      assertEquals("2026-01-01T00:00:00.007Z WARN hayloft.volume volume.sealed volume=7"
          + " reason=\"1.dat at 64: meta checksum expected 1, found 2\"\n", new EventFormatter().format(event));
    }
    event.setThrown(new NoSuchFileException("/srv/7.dat"));
    assertTrue(new EventFormatter().format(event).endsWith(" reason=\"/srv/7.dat is not there\"\n"));
  }

  @Test
  void whatSaysNothingOrHidesABugBringsItsStackTrace() {
    LogRecord event = event(Level.WARNING);
    for (Throwable thrown : List.of(new ClosedChannelException(), new FileSystemException("/srv/7.dat"),
        new IOException("flush", new IllegalStateException("why")))) {
      event.setThrown(thrown);
      assertTrue(new EventFormatter().format(event).contains("\n\t\tat "));
    }
  }

  /// What a client sent may be in the message of anything that was thrown, and in a sentence of a library.
  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n", "\u0085", "\u2028", "\u2029", "\u202e", "\u001b[2K", "\" x=\""})
  void nothingThatWasThrownBeginsALine(String hostile) {
    String text = "key a" + hostile + "2026-01-01T00:00:00.007Z ERROR hayloft.volume disk.failing";
    var circle = new IllegalStateException(text, new IOException(text));
    circle.addSuppressed(new IOException(text, circle));
    for (Throwable thrown : List.of(new IOException(text), new CompletionException(new IOException(text)), circle,
        new UncheckedIOException(text, new IOException(text, circle)), new NoSuchFileException(text))) {
      LogRecord event = event(Level.WARNING);
      event.setThrown(thrown);
      onlyOneEvent(new EventFormatter().format(event));
      assertEquals(1, new JsonFormatter().format(event).lines().count());
    }
    LogRecord sentence = event(Level.WARNING);
    sentence.setMessage("Something failed: " + text);
    onlyOneEvent(new EventFormatter().format(sentence));
  }

  private static void onlyOneEvent(String text) {
    assertTrue(text.endsWith("\n"), text);
    assertTrue(text.codePoints().allMatch(c -> c >= ' ' && c < 0x7F || c == '\n' || c == '\t'), text);
    List<String> lines = text.lines().toList();
    assertTrue(lines.getFirst().startsWith("2026-01-01T00:00:00.007Z WARN hayloft.volume "), text);
    assertTrue(lines.stream().skip(1).allMatch(line -> line.startsWith("\t")), text);
  }

  @Test
  void credentialsAreHiddenInWhatWasThrown() {
    for (Throwable thrown : List.of(new IOException("GET /b?X-Amz-Signature=s3cr3t"),
        new IllegalStateException("GET /b?X-Amz-Signature=s3cr3t", new IOException("Authorization: AWS AK:s3cr3t")))) {
      LogRecord event = event(Level.WARNING);
      event.setThrown(thrown);
      assertFalse(new EventFormatter().format(event).contains("s3cr3t"));
      assertFalse(new JsonFormatter().format(event).contains("s3cr3t"));
    }
  }

  @Test
  void aBugBringsItsStackTrace() {
    LogRecord event = event(Level.WARNING);
    event.setThrown(new IllegalStateException("why"));
    String text = new EventFormatter().format(event);
    assertTrue(text.startsWith("2026-01-01T00:00:00.007Z WARN hayloft.volume"), text);
    assertTrue(text.contains("IllegalStateException: why\n\t\tat "), text);
  }
}

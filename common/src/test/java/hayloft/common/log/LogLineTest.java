package hayloft.common.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Map;
import java.util.Random;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LogLineTest {

  private static final EventLog LOG = EventLog.of(LogLineTest.class);

  private static String line(Object value) {
    return LOG.warning("some.event").with("key", value).toString();
  }

  @Test
  void aLineIsAnEventWithItsPairs() {
    assertEquals("volume.sealed volume=7 place=node-1:/srv reason=\"not \\\"now\\\"\" none=\"\" null=null big=true",
        LOG.info("volume.sealed").with("volume", 7).with("place", "node-1:/srv")
            .with("reason", new IOException("not \"now\"")).with("none", "").with("null", null).withAny("left", "")
            .with("big", true).toString());
  }

  @ParameterizedTest
  @CsvSource({"a b, \"a b\"", "a=b, \"a=b\"", "a\\b, \"a\\\\b\"", "größe, größe", "数, 数", "[1], [1]", "{0}, {0}"})
  void aValueThatIsNoPlainWordIsInQuotes(String value, String written) {
    assertEquals("some.event key=" + written, line(value));
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r", "\r\n", "\t", "\0", "\u001b[2J", "\u007f", "\u0085", "\u00a0", "\u00ad", "\u2028",
      "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\ufffe", "\ud800", "\udc00", "\udbff\udfff", "\ud83d\ude00",
      "\u3164", "\u0301", "\ue000", "\"", "\\", "\" forged=\"1", "\n2026-01-01T00:00:00.000Z ERROR a b.c"})
  void nothingEndsALineOrAValue(String hostile) {
    String line = line("a" + hostile + "b");
    assertTrue(line.codePoints().allMatch(c -> c >= ' ' && c < 0x7F), line);
    assertEquals(new LogEvent("some.event", Map.of("key", "a" + hostile + "b")), LogEvent.read(line).orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatIsWrittenIsReadAgain(long seed) {
    var random = new Random(seed);
    for (int i = 0; i < 5_000; i++) {
      String value = random.ints(random.nextInt(20), 0, random.nextBoolean() ? 0x80 : 0x11_0000)
          .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
      assertEquals(new LogEvent("some.event", Map.of("key", CredentialMask.over(value), "n", "1")),
          LogEvent.read(LOG.warning("some.event").with("key", value).with("n", 1).toString()).orElseThrow(),
          "seed " + seed);
    }
  }

  @Test
  void aLongValueSaysHowLongItWas() {
    assertEquals("some.event key=" + "a".repeat(300), line("a".repeat(300)));
    assertEquals("some.event key=\"" + "a".repeat(300) + "… (70000 characters)\"", line("a".repeat(70_000)));
    assertTrue(line("\n".repeat(70_000)).length() < 1000);
    assertTrue(LogEvent.read(line("\ud83d\ude00".repeat(1_001).substring(1))).isPresent());
  }

  @Test
  void credentialsAreHidden() {
    assertEquals("some.event key=\"/b/k?X-Amz-Signature=...&a=b\"", line("/b/k?X-Amz-Signature=abc&a=b"));
    assertEquals("some.event key=\"Authorization: ...\"", line(new IOException("Authorization: AWS AK:abc")));
  }

  @Test
  void whatNobodyHearsIsNothing() {
    Logger log = Logger.getLogger(LogLineTest.class.getName());
    log.setLevel(Level.WARNING);
    try {
      assertSame(LogLine.UNHEARD, LOG.info("some.event").with("key", "value").with("n", 1).withAny("m", "o"));
      LOG.info("some.event").with("key", "value").say();
      assertEquals("", LogLine.UNHEARD.toString());
    } finally {
      log.setLevel(null);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"Something happened: x=y", "io.netty", "some.event key", "some.event key=a b",
      "some.event key=\"a", "some.event key=\"\\u12\"", "some.event  key=a", "Some.event a=b", ""})
  void aSentenceIsNoEvent(String sentence) {
    assertEquals(sentence.equals("io.netty"), LogEvent.read(sentence).isPresent());
  }
}

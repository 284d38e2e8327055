package hayloft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What of a name stays as it is, and what does not.
final class ShownTextTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"", "hay/2026 bale (3).txt", "Heuböden/é́", "干し草", "\uD83C\uDF3E wheat", "a\\nb", "50 % “off” — 1 €"})
  void whatPeopleReadStays(String name) {
    assertEquals(name, ShownText.of(name));
    assertEquals(name, ShownText.lines(name));
  }

  @ParameterizedTest
  @CsvSource({"27, \\u001b", "13, \\r", "10, \\n", "9, \\t", "0, \\u0000", "127, \\u007f", "155, \\u009b",
      "8238, \\u202e", "8294, \\u2066", "8203, \\u200b", "8232, \\u2028", "8233, \\u2029", "65279, \\ufeff",
      "55296, \\ud800", "12644, \\u3164", "917505, \\udb40\\udc01"})
  void whatATerminalObeysOrNobodySeesIsEscaped(int codePoint, String escape) {
    String name = "a" + new String(new int[]{codePoint}, 0, 1) + "b";
    assertEquals("a" + escape + "b", ShownText.of(name));
  }

  @Test
  void linesOfTheProgramItselfStayLines() {
    assertEquals("one\n  two\\r\\u001b[2J", ShownText.lines("one\n  two\r\033[2J"));
  }
}

package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FiguresLintTest {

  private static final String SOUND = """
      # HELP oats_eaten_total Oats.
      # TYPE oats_eaten_total counter
      oats_eaten_total{horse="Boxer, \\"le\\""} 3.0
      oats_eaten_total{horse="Clover"} 4.0
      # HELP wait_seconds Waiting.
      # TYPE wait_seconds histogram
      wait_seconds_bucket{le="0.1"} 1
      wait_seconds_bucket{le="+Inf"} 2
      wait_seconds_count 2
      wait_seconds_sum 7.5
      # HELP free_bytes Free.
      # TYPE free_bytes gauge
      free_bytes NaN
      """;

  @Test
  void aSoundPageIsFine() {
    assertEquals(List.of(), FiguresLint.problems(SOUND));
  }

  /// Each is told in place of the gauge, or changes a line: `old -> new`.
  @ParameterizedTest
  @ValueSource(strings = {"# HELP oats_eaten_total Oats. -> # HELP oats_eaten_total ",
      "# TYPE free_bytes gauge -> # TYPE other_bytes gauge", "oats_eaten_total -> oats_eaten",
      "free_bytes -> free_total",
      "free_bytes -> free_count", "free_bytes -> free_ms", "free_bytes -> free_milliseconds", "free_bytes -> freeBytes",
      "free_bytes -> free:bytes", "free_bytes -> free_gauge", "\"Clover\" -> \"Boxer, \\\"le\\\"\"",
      "wait_seconds_bucket{le=\"+Inf\"} 2\n -> ", "wait_seconds_sum 7.5\n -> ", "wait_seconds_count 2\n -> ",
      "le=\"0.1\"} 1 -> le=\"0.1\"} 3", "wait_seconds_count 2 -> wait_seconds_count 3",
      "free_bytes NaN -> free_bytes{le=\"1\"} 1",
      "free_bytes NaN -> free_bytes", "free_bytes NaN -> # TYPE free_bytes gauge"})
  void whatIsWrongIsFound(String change) {
    String[] sides = change.split(" -> ", 2);
    String page = SOUND.replace(sides[0], sides[1]);
    assertTrue(!page.equals(SOUND), "the change changes something");
    assertTrue(!FiguresLint.problems(page).isEmpty(), page);
  }
}

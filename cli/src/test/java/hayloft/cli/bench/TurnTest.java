package hayloft.cli.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

final class TurnTest {

  private static String order(int rounds) {
    return Turn.ofRounds(rounds).stream()
        .map(turn -> turn.isMeasured() ? turn.side().name() : "warm-" + turn.side())
        .collect(Collectors.joining(" "));
  }

  @Test
  void bothAreWarmBeforeEitherIsMeasuredAndGoFirstInTurn() {
    assertEquals("warm-A warm-B A B", order(1));
    assertEquals("warm-A warm-B A B B A A B B A", order(4));
  }

  @Test
  void byDefaultEachGoesFirstAsOftenAsTheOther() {
    var versus = new Versus();
    new CommandLine(versus).parseArgs();
    assertEquals(6, versus.rounds());
    assertEquals("warm-A warm-B A B B A A B B A A B B A", order(versus.rounds()));
  }
}

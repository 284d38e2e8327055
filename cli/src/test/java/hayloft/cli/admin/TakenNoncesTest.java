package hayloft.cli.admin;

import static hayloft.cli.admin.TakenNonces.Outcome.FULL;
import static hayloft.cli.admin.TakenNonces.Outcome.SEEN_BEFORE;
import static hayloft.cli.admin.TakenNonces.Outcome.TAKEN;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class TakenNoncesTest {

  private static final Instant NOON = Instant.parse("2026-11-21T12:00:00Z");

  @Test
  void eachIsTakenOnceForAsLongAsItsRequestIsValid() {
    var nonces = new TakenNonces(Duration.ofMinutes(5), 10);
    assertEquals(TAKEN, nonces.take("a", NOON));
    assertEquals(SEEN_BEFORE, nonces.take("a", NOON));
    assertEquals(TAKEN, nonces.take("b", NOON));
    // signed by a clock five minutes ahead, it is valid for ten
    assertEquals(SEEN_BEFORE, nonces.take("a", NOON.plusSeconds(600)));
    assertEquals(TAKEN, nonces.take("a", NOON.plusSeconds(601)));
    assertEquals(SEEN_BEFORE, nonces.take("a", NOON.plusSeconds(602)));
  }

  @Test
  void aFullOneTakesNothingUntilTheOldestMayGo() {
    var nonces = new TakenNonces(Duration.ofMinutes(5), 2);
    nonces.take("a", NOON);
    nonces.take("b", NOON.plusSeconds(300));
    assertEquals(FULL, nonces.take("c", NOON.plusSeconds(301)));
    assertEquals(SEEN_BEFORE, nonces.take("a", NOON.plusSeconds(301)), "none is forgotten for another");
    assertEquals(TAKEN, nonces.take("c", NOON.plusSeconds(601)));
    assertEquals(FULL, nonces.take("d", NOON.plusSeconds(602)));
  }
}

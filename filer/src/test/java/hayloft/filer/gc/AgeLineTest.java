package hayloft.filer.gc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class AgeLineTest {

  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private final AgeLine ages = new AgeLine(Duration.ofSeconds(10));

  @Test
  void whatWasSeenLongEnoughAgoIsOldEnough() {
    for (int second = 0; second <= 60; second++) {
      ages.see(START.plusSeconds(second), second);
    }
    assertTrue(ages.oldEnough() >= 48 && ages.oldEnough() <= 50, "it is " + ages.oldEnough());
  }

  @Test
  void aClockThatJumpsBackDelaysNothingForLongerThanTheDelay() {
    ages.see(START, 5);
    ages.see(START.minus(Duration.ofDays(30)), 7);
    assertEquals(0, ages.oldEnough());
    ages.see(START.minus(Duration.ofDays(30)).plusSeconds(10), 9);
    assertEquals(5, ages.oldEnough());
  }
}

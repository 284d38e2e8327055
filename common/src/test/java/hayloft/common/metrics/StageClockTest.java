package hayloft.common.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.metrics.StageClock.Stage;
import org.junit.jupiter.api.Test;

final class StageClockTest {

  @Test
  void stagesAreStoppedWhereAClockIsBound() {
    var clock = new StageClock();
    ScopedValue.where(StageClock.CURRENT, clock).run(() -> {
      long started = StageClock.start();
      assertTrue(started != 0);
      StageClock.stop(Stage.READ, started);
      clock.add(Stage.READ, 5);
    });
    assertTrue(clock.nanos(Stage.READ) >= 5);
    assertEquals(0, clock.nanos(Stage.BODY));
  }

  @Test
  void withoutOneThereIsNothingToStop() {
    assertEquals(0, StageClock.start());
    StageClock.stop(Stage.READ, StageClock.start());
  }
}

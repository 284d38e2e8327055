package hayloft.volume.compaction;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class RoundsTest {

  @Test
  void aRoundThatFailsIsNotTheLast() throws InterruptedException {
    Throwable[] faults = {new IOException("simulated"), new OutOfMemoryError("simulated")};
    for (Throwable fault : faults) {
      var failed = new CountDownLatch(1);
      var again = new CountDownLatch(1);
      var letGo = new CountDownLatch(1);
      var third = new CountDownLatch(2);
      var rounds = new Rounds("test-rounds", Duration.ofNanos(1), () -> {
        if (failed.getCount() > 0) {
          failed.countDown();
          switch (fault) {
            case Error error -> throw error;
            case Exception exception -> throw exception;
            default -> throw new AssertionError(fault);
          }
        }
        again.countDown();
        letGo.await();
        third.countDown();
      });
      assertFalse(rounds.isWell(), "not begun");
      try (rounds) {
        rounds.start();
        assertTrue(again.await(30, TimeUnit.SECONDS), "no round behind " + fault);
        assertFalse(rounds.isWell(), "until a round has ended well");
        letGo.countDown();
        assertTrue(third.await(30, TimeUnit.SECONDS));
        assertTrue(rounds.isWell());
      }
      assertFalse(rounds.isWell(), "ended");
    }
  }

  @Test
  void pausesGrowWithFailuresAndAreBounded() {
    Duration usual = Duration.ofSeconds(30);
    assertEquals(usual, Rounds.pauseAfter(usual, 0));
    assertEquals(Duration.ofSeconds(60), Rounds.pauseAfter(usual, 1));
    assertEquals(Duration.ofSeconds(120), Rounds.pauseAfter(usual, 2));
    assertEquals(Rounds.LONGEST_PAUSE, Rounds.pauseAfter(usual, 1000));
    assertEquals(Duration.ofSeconds(2), Rounds.pauseAfter(Duration.ofNanos(1), 1), "a short one does not stay so");
    assertEquals(Duration.ofDays(3), Rounds.pauseAfter(Duration.ofDays(3), 5), "a long one is not cut");
  }
}

package hayloft.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/// Signals of this very process; the test stands in for the system, which would end it.
@Timeout(60)
final class InterruptionTest {

  /// Not SIGINT: whoever runs the tests in the background of a shell has that ignored.
  private static final Signal TERM = new Signal("TERM");

  private final CountDownLatch ended = new CountDownLatch(1);
  private final StringWriter err = new StringWriter();
  private SignalHandler before = SignalHandler.SIG_DFL;

  @BeforeEach
  void standIn() {
    before = Signal.handle(TERM, _ -> ended.countDown());
  }

  @AfterEach
  void giveBack() {
    Signal.handle(TERM, before);
  }

  @Test
  void theFirstIsTheToolsAndTheSecondTheSystems() throws Exception {
    try (Interruption interruption = Interruption.awaited(new PrintWriter(err, true))) {
      assertFalse(interruption.hasCome());
      Signal.raise(TERM);
      interruption.coming().get();
      assertTrue(interruption.hasCome());
      assertEquals(1, ended.getCount());
      Signal.raise(TERM);
      ended.await();
    }
    assertEquals(1, err.toString().lines().count(), err.toString());
  }

  @Test
  void whoIsDoneHearsNothingAnyMore() throws Exception {
    Interruption interruption = Interruption.awaited(new PrintWriter(err, true));
    interruption.close();
    Signal.raise(TERM);
    ended.await();
    assertFalse(interruption.hasCome());
  }

  @Test
  void whatWaitsForEverIsGivenUp() throws Exception {
    var givenUp = new CountDownLatch(1);
    try (Interruption interruption = Interruption.awaited(new PrintWriter(err, true))) {
      interruption.afterwards(Duration.ofMillis(1), givenUp::countDown);
      Signal.raise(TERM);
      givenUp.await();
    }
  }
}

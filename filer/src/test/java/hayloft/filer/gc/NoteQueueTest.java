package hayloft.filer.gc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.gc.Outcome.Reason;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class NoteQueueTest {

  private static final long SECOND = 1_000_000_000L;

  private long now;
  private final NoteQueue queue = new NoteQueue(() -> now, 4);

  @Test
  void pausesDoubleUpToTenMinutes() {
    queue.putAside(7, 0, Reason.READ, "", 0);
    assertNull(queue.nextDue());
    long paused = 0;
    for (int tries = 0; tries < 30; tries++) {
      long before = now;
      NoteQueue.Aside due = queue.nextDue();
      while (due == null) {
        now += SECOND;
        due = queue.nextDue();
      }
      long pause = now - before;
      assertTrue(pause >= paused && pause <= 600 * SECOND, "pause of " + pause + " after " + paused);
      paused = pause;
      assertEquals(tries + 1, due.tries());
      queue.putAside(7, 0, Reason.READ, "", due.tries());
    }
    assertEquals(600 * SECOND, paused);
  }

  @Test
  void whatDoesNotFitIsFoundAgain() {
    for (long sequence = 1; sequence <= 6; sequence++) {
      queue.passed(sequence);
      queue.putAside(sequence, 0, Reason.UNREADABLE, "", 0);
    }
    assertEquals(Map.of(Reason.UNREADABLE, 4), queue.counts());
    queue.goBack();
    assertEquals(7, queue.frontier(), "there is no room");
    now += 2 * SECOND;
    assertNotNull(queue.nextDue());
    assertNotNull(queue.nextDue());
    queue.goBack();
    assertEquals(5, queue.frontier());
  }

  @Test
  void ifThereIsNeverRoomItIsLookedForAfterAWhileAllTheSame() {
    for (long sequence = 1; sequence <= 6; sequence++) {
      queue.passed(sequence);
      queue.putAside(sequence, 0, Reason.UNREADABLE, "", 0);
    }
    now += 601 * SECOND;
    queue.goBack();
    assertEquals(5, queue.frontier());
  }

  @Test
  void theOldestIsToldHoweverOftenItCameBack() {
    queue.putAside(9, 900, Reason.READ, "", 0);
    queue.putAside(3, 300, Reason.READ, "", 0);
    assertEquals(3, Objects.requireNonNull(queue.oldest()).sequence());
  }

  @Test
  void aFaultIsNamedTheFirstTimeAndThenRarely() {
    int lines = 0;
    for (int tries = 0; tries < 360; tries++) {
      queue.beginPass();
      lines += queue.isWorthALine(Reason.UNREADABLE, tries) ? 1 : 0;
    }
    assertEquals(10, lines);
  }
}

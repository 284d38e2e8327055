package hayloft.common.memory;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hayloft.common.memory.BufferMemory.Level;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class DirectMemoryTest {

  private final AtomicLong taken = new AtomicLong();
  private final AtomicLong handedOut = new AtomicLong();
  private final AtomicLong nanos = new AtomicLong();
  private final AtomicInteger walks = new AtomicInteger();
  private final DirectMemory memory = new DirectMemory(1000, taken::get, () -> {
    walks.incrementAndGet();
    return handedOut.get();
  }, nanos::get);

  private Level later() {
    nanos.addAndGet(10_000_000);
    return memory.level();
  }

  @Test
  void whatIsHandedOutDecidesTheLevel() {
    taken.set(849);
    assertEquals(Level.AMPLE, later());
    handedOut.set(449);
    assertEquals(Level.AMPLE, later());
    handedOut.set(450);
    assertEquals(Level.SCARCE, later());
    handedOut.set(600);
    assertEquals(Level.SHORT, later());
    handedOut.set(750);
    assertEquals(Level.EXHAUSTED, later());
    handedOut.set(0);
    assertEquals(Level.AMPLE, later());
  }

  @Test
  void theLevelsComeSoonerOnceThePoolHasTakenNearlyAll() {
    taken.set(850);
    handedOut.set(199);
    assertEquals(Level.AMPLE, later());
    handedOut.set(200);
    assertEquals(Level.SCARCE, later());
    handedOut.set(350);
    assertEquals(Level.SHORT, later());
    handedOut.set(500);
    assertEquals(Level.EXHAUSTED, later());
  }

  @Test
  void whileThePoolHasTakenLittleNothingElseIsAsked() {
    taken.set(449);
    handedOut.set(449);
    for (int i = 0; i < 100; i++) {
      assertEquals(Level.AMPLE, later());
    }
    assertEquals(0, walks.get());
  }

  @Test
  void thePoolIsWalkedAtMostOnceInAWhile() {
    taken.set(1000);
    handedOut.set(1000);
    for (int i = 0; i < 100; i++) {
      assertEquals(Level.EXHAUSTED, memory.level());
      nanos.addAndGet(10_000);
    }
    assertEquals(1, walks.get());
  }
}

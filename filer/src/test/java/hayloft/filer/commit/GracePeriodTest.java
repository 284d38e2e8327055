package hayloft.filer.commit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class GracePeriodTest {

  @Test
  void aDrainWaitsForWhatEnteredBeforeAndNotForWhatEntersLater() throws Exception {
    var grace = new GracePeriod();
    int early = grace.enter();
    CompletableFuture<Void> drained = CompletableFuture.runAsync(grace::drain);
    int late = grace.enter();
    while (late == early) { // until the drain has begun its phase
      grace.leave(late);
      late = grace.enter();
    }
    assertFalse(drained.isDone());
    grace.leave(early);
    drained.get(10, TimeUnit.SECONDS);
    grace.leave(late);
    grace.drain();
  }

  /// Numbers are taken inside the grace period; once it is drained, all up to the last one taken before are finished.
  @Test
  void nothingBelowTheNotedNumberIsUnfinishedAfterADrain() throws Exception {
    var grace = new GracePeriod();
    var next = new AtomicLong();
    var unfinished = ConcurrentHashMap.<Long>newKeySet();
    var stop = new AtomicBoolean();
    var workers = new ArrayList<Thread>();
    for (int i = 0; i < 4; i++) {
      workers.add(Thread.ofPlatform().start(() -> {
        while (!stop.get()) {
          int phase = grace.enter();
          long number = next.incrementAndGet();
          unfinished.add(number);
          Thread.yield();
          unfinished.remove(number);
          grace.leave(phase);
        }
      }));
    }
    for (int i = 0; i < 300; i++) {
      long noted = next.get();
      grace.drain();
      assertEquals(0, unfinished.stream().filter(number -> number <= noted).count());
    }
    stop.set(true);
    for (Thread worker : workers) {
      worker.join();
    }
    assertTrue(next.get() > 0);
  }
}

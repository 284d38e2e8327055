package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HandoverTest {

  @Test
  void aRefusalThatFailsLeavesNobodyElseWaiting() throws InterruptedException {
    List<Integer> refused = new ArrayList<>();
    RuntimeException bug = new IllegalStateException("a bug");
    AtomicReference<Throwable> thrown = new AtomicReference<>();
    CompletableFuture<Handover<Integer>> made = new CompletableFuture<>();
    Thread taker = Thread.ofPlatform().unstarted(() -> made.join().end());
    taker.setUncaughtExceptionHandler((_, e) -> thrown.set(e));
    Handover<Integer> handover = new Handover<>(taker, work -> {
      refused.add(work);
      if (work < 2) {
        throw bug;
      }
    });
    made.complete(handover);
    for (int work = 0; work < 4; work++) {
      handover.give(work);
    }
    taker.start();
    taker.join();
    assertEquals(List.of(0, 1, 2, 3), refused);
    assertSame(bug, thrown.get());
  }
}

package hayloft.s3.request;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class DocumentTurnsTest {

  private static final Duration LONG = Duration.ofSeconds(20);

  private static void refused(DocumentTurns turns, String user) {
    assertEquals(S3Error.Plain.SLOW_DOWN, assertThrows(S3Exception.class, () -> turns.take(user)).error());
  }

  @Test
  void oneUserTakesNobodyElsesTurns() {
    var turns = new DocumentTurns(2, 4, Duration.ZERO);
    DocumentTurns.Turn one = turns.take("a");
    DocumentTurns.Turn two = turns.take("a");
    refused(turns, "a");
    turns.take("b").close();
    one.close();
    turns.take("a").close();
    two.close();
    assertEquals(0, turns.users());
  }

  @Test
  void whoWaitsComesNext() throws Exception {
    var turns = new DocumentTurns(1, 100, LONG);
    var now = new AtomicInteger();
    DocumentTurns.Turn first = turns.take("a");
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      all.add(done);
      Thread.ofVirtual().start(() -> {
        try (DocumentTurns.Turn _ = turns.take("a")) {
          assertEquals(1, now.incrementAndGet());
          Thread.yield();
          now.decrementAndGet();
          done.complete(null);
        } catch (Throwable e) {
          done.completeExceptionally(e);
        }
      });
    }
    turns.take("b").close();
    assertTrue(all.stream().noneMatch(CompletableFuture::isDone));
    first.close();
    CompletableFuture.allOf(all.toArray(CompletableFuture[]::new)).get(20, TimeUnit.SECONDS);
    while (turns.users() > 0) { // the last one is done a moment before it has left
      Thread.onSpinWait();
    }
  }

  @Test
  void aLineHasAnEnd() throws Exception {
    var turns = new DocumentTurns(1, 1, LONG);
    DocumentTurns.Turn first = turns.take("a");
    Thread waiting = Thread.ofVirtual().start(() -> turns.take("a").close());
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
    refused(turns, "a");
    turns.take("b").close();
    first.close();
    waiting.join();
    assertEquals(0, turns.users());
  }
}

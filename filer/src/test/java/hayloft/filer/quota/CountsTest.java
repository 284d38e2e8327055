package hayloft.filer.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/// What does a count of a bucket do to what is known of it?
final class CountsTest {

  private static final Bucket BUCKET = new Quota(OptionalLong.empty(), OptionalLong.of(1)).on(new Bucket(1, "bucket",
      "owner", "us-east-1", Instant.EPOCH, Versioning.UNVERSIONED, false, Map.of()));

  @Test
  void whatWasDeletedIsTakenUntilTheNextCount() throws IOException {
    var quotas = new Quotas(() -> List.of(BUCKET), _ -> Usage.NOTHING);
    quotas.admit(BUCKET, 1, 1);
    assertThrows(QuotaExceededException.class, () -> quotas.admit(BUCKET, 1, 1));
    quotas.count();
    quotas.admit(BUCKET, 1, 1);
    assertThrows(QuotaExceededException.class, () -> quotas.admit(BUCKET, 1, 1));
  }

  /// The older one saw an object that was deleted before the younger one began.
  @Test
  void ofTwoCountsTheOneThatBeganLaterHasTheLastWord() throws Exception {
    var counts = new AtomicInteger();
    var oldHasSeen = new CountDownLatch(1);
    var oldMayEnd = new CountDownLatch(1);
    var quotas = new Quotas(() -> List.of(BUCKET), _ -> {
      if (counts.getAndIncrement() > 0) {
        return Usage.NOTHING;
      }
      oldHasSeen.countDown();
      await(oldMayEnd);
      return new Usage(1, 1);
    });
    Thread old = Thread.ofPlatform().start(() -> count(quotas));
    oldHasSeen.await();
    Thread young = Thread.ofPlatform().start(() -> count(quotas));
    while (young.getState() != Thread.State.WAITING && young.getState() != Thread.State.TERMINATED) {
      Thread.onSpinWait();
    }
    oldMayEnd.countDown();
    old.join();
    young.join();
    assertEquals(2, counts.get());
    quotas.admit(BUCKET, 1, 1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void count(Quotas quotas) {
    try {
      quotas.count(BUCKET);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}

package hayloft.s3.record;

import hayloft.common.http.ExchangeTimes;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Requests as they end, summed up for one who watches. Thread-safe.
///
/// Bounded: of so many names each has its sums, further ones share one row.
public final class RequestRates implements RequestTaps.Tap {

  /// The name of what is summed up under no name of its own.
  public static final String OTHERS = "(others)";
  static final int MOST_NAMES = 1000;

  /// What the sums are of.
  public enum By {
    USER,
    BUCKET,
    ACTION,
    REMOTE
  }

  /// What requests of one name came to in a time.
  ///
  /// @param name empty for requests that have none: of nobody, about no bucket
  /// @param failed answered 5xx or broken off
  /// @param nanos of all of them together
  public record Sum(String name, long requests, long refused, long failed, long receivedBytes, long sentBytes,
      long nanos) {}

  /// @param over the time that they are of
  /// @param sums the most requests first
  public record Sums(Duration over, List<Sum> sums) {}

  private static final class Counts {
    private long requests;
    private long refused;
    private long failed;
    private long receivedBytes;
    private long sentBytes;
    private long nanos;
  }

  private final By by;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition end = lock.newCondition();
  private Map<String, Counts> counts = new HashMap<>(); // guarded by lock, as are the next
  private long sinceNanos = System.nanoTime();
  private boolean closed;

  /// Made by [RequestTaps#rates].
  RequestRates(By by) {
    this.by = by;
  }

  @Override
  public void ended(String action, Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    String name = switch (by) {
      case USER -> reply.requester();
      case BUCKET -> reply.bucket();
      case ACTION -> action;
      case REMOTE -> reply.exchange().remoteAddress().getHostString();
    };
    lock.lock();
    try {
      if (closed) {
        return;
      }
      Counts sum = counts.get(name);
      if (sum == null) {
        // a name is what a client chose: cut, so that what is kept of them is bounded
        sum = counts.computeIfAbsent(counts.size() < MOST_NAMES ? RequestTaps.shown(name) : OTHERS, _ -> new Counts());
      }
      sum.requests++;
      sum.refused += times.status() / 100 == 4 ? 1 : 0;
      sum.failed += times.status() / 100 == 5 || !times.isWhole() ? 1 : 0;
      sum.receivedBytes += times.receivedBytes();
      sum.sentBytes += times.sentBytes();
      sum.nanos += times.endedNanos() - times.beganNanos();
    } finally {
      lock.unlock();
    }
  }

  /// The sums of a time that begins where the one before ended; empty if it has not ended within `waitMillis`.
  public Optional<Sums> fetch(Duration window, long waitMillis) throws InterruptedException {
    Map<String, Counts> over;
    long nanos;
    lock.lock();
    try {
      long left = Math.min(window.toNanos() - (System.nanoTime() - sinceNanos),
          TimeUnit.MILLISECONDS.toNanos(waitMillis));
      while (!closed && left > 0) {
        left = end.awaitNanos(left);
      }
      nanos = System.nanoTime() - sinceNanos;
      if (nanos < window.toNanos()) {
        return Optional.empty();
      }
      over = counts;
      counts = new HashMap<>();
      sinceNanos += nanos;
    } finally {
      lock.unlock();
    }
    List<Sum> sums = new ArrayList<>();
    over.forEach((name, sum) -> sums.add(new Sum(name, sum.requests, sum.refused, sum.failed, sum.receivedBytes,
        sum.sentBytes, sum.nanos)));
    sums.sort(Comparator.comparingLong(Sum::requests).reversed().thenComparing(Sum::name));
    return Optional.of(new Sums(Duration.ofNanos(nanos), sums));
  }

  @Override
  public void closed() {
    lock.lock();
    try {
      closed = true;
      counts = new HashMap<>();
      end.signalAll();
    } finally {
      lock.unlock();
    }
  }
}

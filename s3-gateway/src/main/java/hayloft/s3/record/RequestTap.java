package hayloft.s3.record;

import com.fasterxml.jackson.databind.node.ObjectNode;
import hayloft.common.http.ExchangeTimes;
import hayloft.s3.request.Reply;
import hayloft.s3.routing.S3Operation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Requests as they end, for one who watches: those that he wants, kept until he fetches them. Thread-safe.
///
/// Bounded: when the watcher is slower than the requests, the oldest go and are counted.
public final class RequestTap implements RequestTaps.Tap {

  static final int MOST_KEPT = 1024;
  static final long MOST_BYTES = 1 << 20;
  /// A fetch collects for so long once there is something, so that one who watches a busy server does not ask for
  /// each request.
  private static final long COLLECT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final RequestFilter filter;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition news = lock.newCondition();
  private Deque<AccessEntry> kept = new ArrayDeque<>(); // guarded by lock, as are the next
  private long bytes;
  private long notShown;
  private boolean closed;

  /// Made by [RequestTaps#trace].
  RequestTap(RequestFilter filter) {
    this.filter = filter;
  }

  /// What came since the last time.
  ///
  /// @param requests with the fields of the access log, in the order in which they ended
  /// @param notShown how many more there were before them
  public record Seen(List<ObjectNode> requests, long notShown) {}

  @Override
  public void ended(String action, Optional<S3Operation> operation, Reply reply, ExchangeTimes times) {
    if (!filter.takes(action, reply, times)) {
      return;
    }
    AccessEntry entry = AccessEntry.of(operation, reply, times);
    lock.lock();
    try {
      if (closed) {
        return;
      }
      kept.addLast(entry);
      bytes += entry.bytes();
      while (kept.size() > MOST_KEPT || bytes > MOST_BYTES) {
        bytes -= kept.removeFirst().bytes();
        notShown++;
      }
      if (kept.size() == 1 || kept.size() == MOST_KEPT / 2) {
        news.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /// Waits for something to show, for so long at most.
  public Seen fetch(long waitMillis) throws InterruptedException {
    Deque<AccessEntry> fetched;
    long missed;
    lock.lock();
    try {
      long left = TimeUnit.MILLISECONDS.toNanos(waitMillis);
      while (kept.isEmpty() && !closed && left > 0) {
        left = news.awaitNanos(left);
      }
      long collecting = Math.min(left, COLLECT_NANOS);
      while (kept.size() < MOST_KEPT / 2 && !closed && collecting > 0) {
        collecting = news.awaitNanos(collecting);
      }
      fetched = kept;
      missed = notShown;
      kept = new ArrayDeque<>();
      bytes = 0;
      notShown = 0;
    } finally {
      lock.unlock();
    }
    List<ObjectNode> requests = new ArrayList<>(fetched.size());
    fetched.forEach(entry -> requests.add(JsonLogLine.fields(entry)));
    return new Seen(requests, missed);
  }

  @Override
  public void closed() {
    lock.lock();
    try {
      closed = true;
      kept = new ArrayDeque<>();
      bytes = 0;
      news.signalAll();
    } finally {
      lock.unlock();
    }
  }
}

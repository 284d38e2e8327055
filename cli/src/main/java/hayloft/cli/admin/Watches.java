package hayloft.cli.admin;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/// Who looks at the server while it works, and what they are shown: each fetches it by his watch's name. Thread-safe.
///
/// At most [#MOST] at a time; further ones are refused. A watch whose watcher has not fetched anything for [#LEASE] is
/// ended: he was killed, or he is no longer there.
///
/// They are no jobs: a job does its work whether or not anybody asks, and takes one of the few places that maintenance
/// needs.
final class Watches implements AutoCloseable {

  static final int MOST = 4;
  static final Duration LEASE = Duration.ofSeconds(30);

  private final Duration lease;
  private final Map<String, Watch> watches = new LinkedHashMap<>();
  private boolean closed;

  Watches() {
    this(LEASE);
  }

  Watches(Duration lease) {
    this.lease = lease;
  }

  /// What a watch shows.
  interface Source {
    /// What there is to show by now; waits for it, for so long at most.
    JsonNode fetch(long waitMillis) throws InterruptedException;

    /// Nobody fetches any more; wakes whoever waits.
    void close();
  }

  private static final class Watch {
    private final Caller caller;
    private final String what;
    private final Source source;
    private volatile long askedNanos = System.nanoTime();
    private volatile boolean isAsked;

    Watch(Caller caller, String what, Source source) {
      this.caller = caller;
      this.what = what;
      this.source = source;
    }
  }

  /// @param source takes it: it is closed if it is refused, too
  /// @return its name
  /// @throws AdminRefusal if too many watch
  synchronized String begin(Caller caller, String what, Source source) {
    if (closed || watches.size() >= MOST) {
      source.close();
      throw closed
          ? new AdminRefusal(503, "Stopping", "the server is stopping")
          : new AdminRefusal(503, "TooManyWatchers", MOST + " watch already (" + watchers()
              + "): wait until one of them is done");
    }
    String name = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong());
    watches.put(name, new Watch(caller, what, source));
    lookAgain(name, lease.toNanos());
    return name;
  }

  private String watchers() {
    return String.join(", ", watches.values().stream().map(one -> one.what + " of " + one.caller.text()).toList());
  }

  private void lookAgain(String name, long inNanos) {
    CompletableFuture.delayedExecutor(inNanos, TimeUnit.NANOSECONDS).execute(() -> endIfForgotten(name));
  }

  private synchronized void endIfForgotten(String name) {
    Watch watch = watches.get(name);
    if (watch == null) {
      return;
    }
    long left = watch.isAsked ? lease.toNanos() : lease.toNanos() - (System.nanoTime() - watch.askedNanos);
    if (left > 0) {
      lookAgain(name, left);
    } else {
      remove(name);
    }
  }

  private synchronized Watch find(String name, String userId) {
    Watch watch = watches.get(name);
    if (watch == null || !watch.caller.userId().equals(userId)) {
      throw new AdminRefusal(404, "NoSuchWatch", "there is no such watch (any more)");
    }
    return watch;
  }

  /// @param userId who asks: a watch is shown to nobody else
  JsonNode fetch(String name, String userId, long waitMillis) throws IOException {
    Watch watch = find(name, userId);
    watch.isAsked = true;
    try {
      return watch.source.fetch(waitMillis);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while waiting for something to show");
    } finally {
      watch.askedNanos = System.nanoTime();
      watch.isAsked = false;
    }
  }

  /// Before its lease is over.
  void end(String name, String userId) {
    find(name, userId);
    remove(name);
  }

  private synchronized void remove(String name) {
    Watch watch = watches.remove(name);
    if (watch != null) {
      watch.source.close();
    }
  }

  synchronized int size() {
    return watches.size();
  }

  @Override
  public synchronized void close() {
    closed = true;
    List.copyOf(watches.keySet()).forEach(this::remove);
  }
}

package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Room on the heap for documents that come in with requests, and for what is made of them. Everything else that a
/// request keeps there is small; bodies of objects never are there. Thread-safe.
///
/// Whoever finds no room waits, and is told 503 SlowDown in the end. Among the claims of one user it is first come
/// first served; one user's never keep another's waiting that fits, and users who wait take turns.
public final class HeapRoom {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final int roomKib;
  private final Duration patience;
  private int freeKib; // guarded by this, as are the lines
  /// Users who wait, the one whose turn it is first; none without a waiting claim.
  private final Map<String, Deque<Waiting>> lines = new LinkedHashMap<>();

  private record Waiting(int kib, CountDownLatch admitted) {}

  HeapRoom(long bytes, Duration patience) {
    this.roomKib = (int) Math.min(Integer.MAX_VALUE, bytes >> 10);
    this.freeKib = roomKib;
    this.patience = patience;
  }

  /// Three eighths of what this JVM may have. Connections may have as much; the rest is for everybody else.
  public static HeapRoom ofThisProcess() {
    return new HeapRoom(Runtime.getRuntime().maxMemory() / 8 * 3, PATIENCE);
  }

  /// A user's claim of nothing, which can grow.
  public Claim nothing(String userId) {
    return new Claim(this, userId, 0);
  }

  /// Claims that wait.
  synchronized int waiting() {
    return lines.values().stream().mapToInt(Deque::size).sum();
  }

  /// False if there is no room in time; then nothing has changed.
  private boolean take(String userId, int kib) {
    Waiting waiting;
    synchronized (this) {
      if (!lines.containsKey(userId) && kib <= freeKib) {
        freeKib -= kib;
        return true;
      }
      waiting = new Waiting(kib, new CountDownLatch(1));
      lines.computeIfAbsent(userId, _ -> new ArrayDeque<>()).add(waiting);
    }
    try {
      if (waiting.admitted.await(patience.toNanos(), TimeUnit.NANOSECONDS)) {
        return true;
      }
    } catch (InterruptedException _) { // the server stops
      Thread.currentThread().interrupt();
    }
    return !gaveUp(userId, waiting);
  }

  /// False if it was admitted meanwhile.
  private synchronized boolean gaveUp(String userId, Waiting waiting) {
    Deque<Waiting> line = lines.get(userId);
    if (line == null || !line.remove(waiting)) {
      return false;
    }
    if (line.isEmpty()) {
      lines.remove(userId);
    }
    admit(); // those behind it may fit
    return true;
  }

  private synchronized void giveBack(int kib) {
    freeKib += kib;
    admit();
  }

  /// Lets the first claim of each user in that fits, until none does. Whoever got room stands behind the others.
  private void admit() {
    boolean someCame = true;
    while (someCame && freeKib > 0) {
      someCame = false;
      List<String> users = new ArrayList<>(lines.keySet());
      for (String user : users) {
        Deque<Waiting> line = lines.get(user);
        if (line != null && line.getFirst().kib <= freeKib) {
          Waiting next = line.removeFirst();
          freeKib -= next.kib;
          next.admitted.countDown();
          lines.remove(user);
          if (!line.isEmpty()) {
            lines.put(user, line);
          }
          someCame = true;
        }
      }
    }
  }

  /// What one request holds. Immutable; confined to its request, which closes the last one that it got.
  public record Claim(HeapRoom room, String userId, int kib) implements AutoCloseable {

    /// The same and so much more. What is more than all of the room gets all of it, alone. Waits.
    ///
    /// @throws S3Exception SlowDown if others do not make room in time; then nothing has changed
    Claim plus(long bytes) {
      int more = (int) Math.min(room.roomKib - kib, (bytes >> 10) + 1);
      if (room.take(userId, more)) {
        return new Claim(room, userId, kib + more);
      }
      throw new S3Exception(S3Error.Plain.SLOW_DOWN);
    }

    @Override
    public void close() {
      if (kib > 0) {
        room.giveBack(kib);
      }
    }
  }
}

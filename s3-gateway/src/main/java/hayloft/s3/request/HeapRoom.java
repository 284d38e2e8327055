package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Room on the heap for documents that come in with requests, and for what is made of them. Everything else that a
/// request keeps there is small; bodies of objects never are there. Thread-safe.
///
/// Whoever finds no room waits, first come first served, and is told 503 SlowDown in the end.
public final class HeapRoom {

  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private final int roomKib;
  private final Semaphore freeKib;
  private final Duration patience;

  HeapRoom(long bytes, Duration patience) {
    this.roomKib = (int) Math.min(Integer.MAX_VALUE, bytes >> 10);
    this.freeKib = new Semaphore(roomKib, true);
    this.patience = patience;
  }

  /// Three eighths of what this JVM may have. Connections may have as much; the rest is for everybody else.
  public static HeapRoom ofThisProcess() {
    return new HeapRoom(Runtime.getRuntime().maxMemory() / 8 * 3, PATIENCE);
  }

  /// A claim of nothing, which can grow.
  public Claim nothing() {
    return new Claim(this, 0);
  }

  /// What one request holds. Immutable; confined to its request, which closes the last one that it got.
  public record Claim(HeapRoom room, int kib) implements AutoCloseable {

    /// The same and so much more. What is more than all of the room gets all of it, alone. Waits.
    ///
    /// @throws S3Exception SlowDown if others do not make room in time; then nothing has changed
    Claim plus(long bytes) {
      int more = (int) Math.min(room.roomKib - kib, (bytes >> 10) + 1);
      try {
        if (room.freeKib.tryAcquire(more, room.patience.toNanos(), TimeUnit.NANOSECONDS)) {
          return new Claim(room, kib + more);
        }
      } catch (InterruptedException _) { // the server stops
        Thread.currentThread().interrupt();
      }
      throw new S3Exception(S3Error.Plain.SLOW_DOWN);
    }

    @Override
    public void close() {
      if (kib > 0) {
        room.freeKib.release(kib);
      }
    }
  }
}

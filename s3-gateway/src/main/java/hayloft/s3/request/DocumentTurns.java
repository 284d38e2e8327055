package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Whose documents are parsed now. Parsing keeps a processor busy from beginning to end, so each user gets half of
/// them at most, and whoever comes with one document goes past a user who has sent a thousand. Thread-safe.
///
/// Whoever finds no turn waits, first come first served among the requests of the user; too long or behind too many
/// he is told 503 SlowDown. A user without requests takes no memory.
public final class DocumentTurns {

  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final int MOST_WAITING = 1024;

  private final int atOnce;
  private final int mostWaiting;
  private final Duration patience;
  private final ConcurrentHashMap<String, Line> lines = new ConcurrentHashMap<>();

  /// @param atOnce of one user
  /// @param mostWaiting behind those, of one user
  DocumentTurns(int atOnce, int mostWaiting, Duration patience) {
    this.atOnce = atOnce;
    this.mostWaiting = mostWaiting;
    this.patience = patience;
  }

  /// By the processors of this machine.
  public static DocumentTurns ofThisProcess() {
    return new DocumentTurns(Math.max(1, Runtime.getRuntime().availableProcessors() / 2), MOST_WAITING, PATIENCE);
  }

  /// Waits for one.
  ///
  /// @throws S3Exception SlowDown
  Turn take(String userId) {
    Line line = lines.compute(userId, (_, found) -> {
      Line joined = found == null ? new Line(atOnce) : found;
      if (joined.requests >= atOnce + mostWaiting) {
        throw new S3Exception(S3Error.Plain.SLOW_DOWN);
      }
      joined.requests++;
      return joined;
    });
    boolean taken = false;
    try {
      taken = line.free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException _) { // the server stops
      Thread.currentThread().interrupt();
    } finally {
      if (!taken) {
        leave(userId);
      }
    }
    if (!taken) {
      throw new S3Exception(S3Error.Plain.SLOW_DOWN);
    }
    return new Turn(this, userId, line);
  }

  private void leave(String userId) {
    lines.computeIfPresent(userId, (_, line) -> --line.requests == 0 ? null : line);
  }

  /// Users who have requests here.
  int users() {
    return lines.size();
  }

  /// The requests of one user. The count changes only within the map.
  private static final class Line {
    private final Semaphore free;
    private int requests;

    Line(int atOnce) {
      free = new Semaphore(atOnce, true);
    }
  }

  /// One document's; closing it lets the next one go on.
  record Turn(DocumentTurns turns, String userId, Line line) implements AutoCloseable {
    @Override
    public void close() {
      line.free.release();
      turns.leave(userId);
    }
  }
}

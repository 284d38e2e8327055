package hayloft.volume.http;

import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Memory for uploads, which lie in it whole until they are appended. Each takes what has come, not what it announces.
/// Thread-safe.
///
/// Whoever finds none waits a little and is told 503. While more than half is taken, an upload that has a good part of
/// it and comes slowly is told so at once.
final class UploadRoom {

  private static final int GOOD_PART_BYTES = 1 << 20;
  private static final int LEAST_BYTES_PER_SECOND = 64 << 10;
  private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int roomKib;
  private final Semaphore freeKib;
  private final Duration patience;
  private final LongSupplier nanoTime;

  /// @param bytes of all uploads together
  UploadRoom(long bytes, Duration patience, LongSupplier nanoTime) {
    this.roomKib = Math.toIntExact(bytes >> 10);
    this.freeKib = new Semaphore(roomKib, true);
    this.patience = patience;
    this.nanoTime = nanoTime;
  }

  /// @throws StoreBusyException if an upload of this length never fits
  void requirePossible(long bytes) throws StoreBusyException {
    if (bytes >> 10 > roomKib) {
      throw new StoreBusyException("a blob of " + bytes + " bytes needs more memory than uploads may take here ("
          + roomKib + " KiB)");
    }
  }

  /// What one upload takes, from here and from its connection's.
  Claims upload(Claims connection) {
    return new Upload(connection);
  }

  private final class Upload implements Claims {

    private final Claims connection;
    private final long beganNanos = nanoTime.getAsLong();
    private long bytes; // of one thread

    Upload(Claims connection) {
      this.connection = connection;
    }

    @Override
    public void take(Kind kind, long more) throws StoreBusyException {
      long seconds = (nanoTime.getAsLong() - beganNanos) / NANOS_PER_SECOND;
      if (bytes >= GOOD_PART_BYTES && bytes < LEAST_BYTES_PER_SECOND * seconds
          && freeKib.availablePermits() < roomKib / 2) {
        throw new StoreBusyException("a blob lies in memory until it is whole, and others need the room: " + bytes
            + " bytes came in " + seconds + " s, where " + LEAST_BYTES_PER_SECOND + " a second are the least");
      }
      int kib = toKib(more);
      boolean taken = false;
      try {
        if (!freeKib.tryAcquire(kib, patience.toNanos(), TimeUnit.NANOSECONDS)) {
          throw new StoreBusyException("too many uploads at once");
        }
        taken = true;
        connection.take(kind, more);
        bytes += more;
        taken = false;
      } catch (InterruptedException _) { // the server stops
        Thread.currentThread().interrupt();
        throw new StoreBusyException("the server stops");
      } finally {
        if (taken) {
          freeKib.release(kib);
        }
      }
    }

    @Override
    public boolean takeNow(Kind kind, long more) {
      int kib = toKib(more);
      if (!freeKib.tryAcquire(kib)) {
        return false;
      }
      if (!connection.takeNow(kind, more)) {
        freeKib.release(kib);
        return false;
      }
      bytes += more;
      return true;
    }

    @Override
    public void giveBack(Kind kind, long given) {
      bytes -= given;
      freeKib.release(toKib(given));
      connection.giveBack(kind, given);
    }

    private static int toKib(long bytes) {
      return Math.toIntExact(bytes >> 10);
    }
  }
}

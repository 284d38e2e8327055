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
/// It is a room of its own, beside what the port's connections may keep of what is on its way: where both were one, a
/// large blob filled its writers' share and then waited for room in it.
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

  /// The largest upload that fits while there is no other, whatever the pieces are that it comes in.
  long mostBytes() {
    return ((long) roomKib << 10) / 16 * 15;
  }

  /// What one upload takes.
  Claims upload() {
    return new Upload();
  }

  private final class Upload implements Claims {

    private final long beganNanos = nanoTime.getAsLong();
    private long bytes; // of one thread

    @Override
    public void take(Kind kind, long more) throws StoreBusyException {
      long seconds = (nanoTime.getAsLong() - beganNanos) / NANOS_PER_SECOND;
      if (bytes >= GOOD_PART_BYTES && bytes < LEAST_BYTES_PER_SECOND * seconds
          && freeKib.availablePermits() < roomKib / 2) {
        throw new StoreBusyException("a blob lies in memory until it is whole, and others need the room: " + bytes
            + " bytes came in " + seconds + " s, where " + LEAST_BYTES_PER_SECOND + " a second are the least");
      }
      try {
        if (!freeKib.tryAcquire(toKib(more), patience.toNanos(), TimeUnit.NANOSECONDS)) {
          throw new StoreBusyException("too many uploads at once");
        }
        bytes += more;
      } catch (InterruptedException _) { // the server stops
        Thread.currentThread().interrupt();
        throw new StoreBusyException("the server stops");
      }
    }

    @Override
    public boolean takeNow(Kind kind, long more) {
      if (!freeKib.tryAcquire(toKib(more))) {
        return false;
      }
      bytes += more;
      return true;
    }

    @Override
    public void giveBack(Kind kind, long given) {
      bytes -= given;
      freeKib.release(toKib(given));
    }

    private static int toKib(long bytes) {
      return Math.toIntExact(bytes >> 10);
    }
  }
}

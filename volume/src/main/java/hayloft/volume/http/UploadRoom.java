package hayloft.volume.http;

import hayloft.common.memory.Claims;
import hayloft.common.volume.StoreBusyException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/// Memory for uploads, which lie in it whole until they are appended. Thread-safe.
///
/// An upload takes all that it is going to need once its first bytes are here, or waits for it, for a while, with next
/// to nothing; then it is told 503. If each took what has come and waited for the rest, two large ones would wait for
/// each other. One that does not say how long it is may be the largest, so it takes the room of that. Small ones have a
/// part of their own, and do not wait behind large ones. While others wait, one that comes slowly is told so.
///
/// It is a room of its own, beside what the port's connections may keep of what is on its way: where both were one, a
/// large blob filled its writers' share and then waited for room in it. What pieces cost besides their bytes, a
/// sixteenth at the most, is not counted.
final class UploadRoom {

  private static final int SMALL_BYTES = 64 << 10;
  private static final int SMALL_PART = 16;
  private static final int LEAST_BYTES_PER_SECOND = 64 << 10;
  private static final long GRACE_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final long NANOS_PER_SECOND = TimeUnit.SECONDS.toNanos(1);

  private final int largeKib;
  private final Semaphore freeForLarge;
  private final Semaphore freeForSmall;
  private final Duration patience;
  private final LongSupplier nanoTime;

  /// @param bytes of all uploads together
  UploadRoom(long bytes, Duration patience, LongSupplier nanoTime) {
    int kib = Math.toIntExact(bytes >> 10);
    int smallKib = Math.max(kib / SMALL_PART, SMALL_BYTES >> 10);
    this.largeKib = kib - smallKib;
    this.freeForLarge = new Semaphore(largeKib, true);
    this.freeForSmall = new Semaphore(smallKib, true);
    this.patience = patience;
    this.nanoTime = nanoTime;
  }

  /// The largest upload that there may be.
  long mostBytes() {
    return (long) largeKib << 10;
  }

  /// What one upload takes.
  ///
  /// @param declaredBytes negative if it does not say so
  Claims upload(long declaredBytes) {
    return new Upload(declaredBytes);
  }

  private final class Upload implements Claims {

    private final Semaphore free;
    private final int neededKib;
    private long sinceNanos; // it has its room
    private long bytes; // of one thread
    private boolean taken;

    Upload(long declaredBytes) {
      boolean small = declaredBytes >= 0 && declaredBytes <= SMALL_BYTES;
      free = small ? freeForSmall : freeForLarge;
      neededKib = declaredBytes < 0 ? largeKib : (int) Math.min(largeKib, declaredBytes + 1023 >> 10);
    }

    @Override
    public void take(Kind kind, long more) throws StoreBusyException {
      if (!taken) {
        await();
      }
      long nanos = nanoTime.getAsLong() - sinceNanos;
      if (nanos > GRACE_NANOS && bytes < LEAST_BYTES_PER_SECOND * (nanos / NANOS_PER_SECOND)
          && free.hasQueuedThreads()) {
        throw new StoreBusyException("a blob lies in memory until it is whole, and others wait for the room: " + bytes
            + " bytes came in " + nanos / NANOS_PER_SECOND + " s, where " + LEAST_BYTES_PER_SECOND
            + " a second are the least");
      }
      bytes += more;
    }

    private void await() throws StoreBusyException {
      try {
        if (!free.tryAcquire(neededKib, patience.toNanos(), TimeUnit.NANOSECONDS)) {
          throw new StoreBusyException("too many uploads at once: a blob lies in memory until it is whole, and no room"
              + " came free for this one in " + patience.toSeconds() + " s");
        }
      } catch (InterruptedException _) { // the server stops
        Thread.currentThread().interrupt();
        throw new StoreBusyException("the server stops");
      }
      taken();
    }

    private void taken() {
      taken = true;
      sinceNanos = nanoTime.getAsLong();
    }

    @Override
    public boolean takeNow(Kind kind, long more) {
      if (!taken) {
        if (!free.tryAcquire(neededKib)) {
          return false;
        }
        taken();
      }
      bytes += more;
      return true;
    }

    @Override
    public void giveBack(Kind kind, long given) {
      bytes -= given;
      if (bytes == 0 && taken) {
        taken = false;
        free.release(neededKib);
      }
    }
  }
}

package hayloft.filer.commit;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;

/// Locks of object keys, many keys to a stripe. Thread-safe; not reentrant: a thread holds one stripe at most, or all.
public final class KeyStripes {

  private static final int STRIPES = 512;

  private final StampedLock[] locks;
  private final List<Watch> watches = new CopyOnWriteArrayList<>();

  public KeyStripes() {
    this(STRIPES);
  }

  /// @param stripes a power of two
  KeyStripes(int stripes) {
    assert Integer.bitCount(stripes) == 1 : stripes + " is no power of two";
    locks = new StampedLock[stripes];
    for (int i = 0; i < stripes; i++) {
      locks[i] = new StampedLock();
    }
  }

  /// A held lock; closing it gives it back.
  public interface Hold extends AutoCloseable {
    @Override
    void close();
  }

  /// Nobody else works on the key while it is held.
  public Hold exclusive(long bucketId, String key) {
    StampedLock lock = stripe(bucketId, key);
    long stamp = lock.writeLock();
    return () -> lock.unlockWrite(stamp);
  }

  /// The same without waiting: null if somebody else works on the key, or on one that shares its lock. The hold may be
  /// given back by any thread.
  public @Nullable Hold exclusiveNow(long bucketId, String key) {
    StampedLock lock = stripe(bucketId, key);
    long stamp = lock.tryWriteLock();
    return stamp == 0 ? null : () -> lock.unlockWrite(stamp);
  }

  /// No exclusive work on the key while it is held; other shared work is.
  public Hold shared(long bucketId, String key) {
    StampedLock lock = stripe(bucketId, key);
    long stamp = lock.readLock();
    return () -> lock.unlockRead(stamp);
  }

  /// Nobody else works on any key while it is held.
  public Hold all() {
    long[] stamps = new long[locks.length];
    for (int i = 0; i < locks.length; i++) {
      stamps[i] = locks[i].writeLock();
    }
    return () -> {
      for (int i = locks.length - 1; i >= 0; i--) {
        locks[i].unlockWrite(stamps[i]);
      }
    };
  }

  /// Sees what comes into a bucket. Closing it ends that.
  public final class Watch implements AutoCloseable {
    private final long bucketId;
    private volatile boolean seen;

    private Watch(long bucketId) {
      this.bucketId = bucketId;
    }

    /// Something has come into the bucket since the watch began. Whoever holds [#all] has seen everything.
    public boolean hasSeen() {
      return seen;
    }

    @Override
    public void close() {
      watches.remove(this);
    }
  }

  /// Begins to watch a bucket. What is not seen was visible to every reader before the watch began.
  public Watch watch(long bucketId) {
    Watch watch = new Watch(bucketId);
    watches.add(watch);
    return watch;
  }

  /// Says that a version or a delete marker has come into a bucket: once it is visible, by whoever holds its key.
  public void arrived(long bucketId) {
    for (Watch watch : watches) { // none, nearly always
      if (watch.bucketId == bucketId) {
        watch.seen = true;
      }
    }
  }

  private StampedLock stripe(long bucketId, String key) {
    int hash = key.hashCode() * 31 + Long.hashCode(bucketId * 0x9E37_79B9_7F4A_7C15L);
    return locks[(hash ^ hash >>> 16) & locks.length - 1];
  }
}

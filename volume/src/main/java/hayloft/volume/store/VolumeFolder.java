package hayloft.volume.store;

import hayloft.common.log.EventLog;
import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.StoreBusyException;
import hayloft.volume.pack.PackedDisk;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/// One folder of volumes on one disk: its reading threads and its free space. Thread-safe.
///
/// Reads run on platform threads of its own behind a bounded queue, so that a slow disk stalls only its own readers; at
/// the bound a read is refused as busy. Idle threads end.
///
/// Free space is asked for at most once a second, and what is appended meanwhile is counted, so that the reserve holds
/// on a small disk behind fast writers too.
final class VolumeFolder implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(VolumeFolder.class);

  private static final long SPACE_AGE_NANOS = 1_000_000_000L;
  /// Above the reserve, for a new volume: its empty files have some 50 KB.
  private static final long LEAST_VOLUME_BYTES = 256 << 10;
  /// Space above the reserve is short when there is less than this, or than this fraction of the disk.
  private static final long TIGHT_BYTES = 16L << 20;
  private static final int TIGHT_FRACTION = 64;

  private final PackedDisk disk;
  private final String diskType;
  private final long reserveBytes;
  private final ThreadPoolExecutor readers;
  private final AtomicLong spaceAskedNanos = new AtomicLong(System.nanoTime() - SPACE_AGE_NANOS);
  private final AtomicLong usableBytes = new AtomicLong();
  private volatile boolean spaceIsKnown;
  /// Accepted by a writer and not yet in its file, or not yet given up.
  private final AtomicLong underWayBytes = new AtomicLong();
  private final AtomicLong outUntilNanos = new AtomicLong(System.nanoTime());
  private final AtomicLong failures = new AtomicLong();
  private final LongAdder refusedReads = new LongAdder();

  VolumeFolder(PackedDisk disk, String diskType, VolumeStoreConfig config) {
    this.disk = disk;
    this.diskType = diskType;
    this.reserveBytes = config.minFreeBytes();
    AtomicInteger number = new AtomicInteger();
    this.readers = new ThreadPoolExecutor(config.ioThreads(), config.ioThreads(), 30, TimeUnit.SECONDS,
        new LinkedBlockingQueue<>(config.ioQueue()),
        task -> Thread.ofPlatform().daemon().name("read-" + number.incrementAndGet() + "-" + disk.describe())
            .unstarted(task));
    readers.allowCoreThreadTimeOut(true);
  }

  PackedDisk disk() {
    return disk;
  }

  String diskType() {
    return diskType;
  }

  /// Runs a read on one of the folder's threads and waits for it.
  ///
  /// @throws StoreBusyException if the queue is at its bound
  <T> T read(Callable<T> read) throws IOException {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      readers.execute(() -> {
        try {
          result.complete(read.call());
        } catch (Throwable e) {
          result.completeExceptionally(e);
        }
      });
    } catch (RejectedExecutionException e) {
      refusedReads.increment();
      throw new StoreBusyException("too many reads wait for " + disk.describe());
    }
    try {
      return result.join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException bug -> throw bug;
        case Error error -> throw error;
        case null, default -> throw new IOException("a read failed on " + disk.describe(), e.getCause());
      }
    }
  }

  /// Reads that found the queue at its bound.
  long refusedReads() {
    return refusedReads.sum();
  }

  int waitingReads() {
    return readers.getQueue().size();
  }

  int runningReads() {
    return readers.getActiveCount();
  }

  /// Whether there is room for new data above the reserve.
  boolean hasRoom() {
    return hasRoom(1);
  }

  /// Whether there is room for so many bytes of new data above the reserve.
  boolean hasRoom(long bytes) {
    refreshSpace(false);
    return !isOut() && usableBytes.get() - underWayBytes.get() - bytes >= reserveBytes;
  }

  /// A writer accepted this much; [#ended] follows.
  void began(long bytes) {
    underWayBytes.addAndGet(bytes);
  }

  long underWayBytes() {
    return underWayBytes.get();
  }

  void ended(long bytes, boolean written) {
    underWayBytes.addAndGet(-bytes);
    if (written) {
      usableBytes.addAndGet(-bytes);
    }
  }

  /// Whether so little room is left above the reserve that dead space is worth more work than usual.
  boolean isTight() throws IOException {
    refreshSpace(true);
    return usableBytes.get() - reserveBytes < Math.max(TIGHT_BYTES, disk.totalBytes() / TIGHT_FRACTION);
  }

  long reserveBytes() {
    return reserveBytes;
  }

  /// A write or sync failed, and not for lack of space: the next volumes grow elsewhere, if there is a choice.
  void failed() {
    long count = failures.incrementAndGet();
    LOG.error("disk.failing").with("folder", disk.describe()).with("failures", count)
        .with("action", "new-volumes-grow-elsewhere").say();
  }

  /// A write found no room, whatever the figures say: for a moment there is none.
  void ranOut() {
    outUntilNanos.set(System.nanoTime() + SPACE_AGE_NANOS);
  }

  private boolean isOut() {
    return System.nanoTime() - outUntilNanos.get() < 0;
  }

  private void refreshSpace(boolean now) {
    long asked = spaceAskedNanos.get();
    long nanos = System.nanoTime();
    boolean isOld = now || nanos - asked >= SPACE_AGE_NANOS;
    // while somebody else asks, the last answer does; before the first one there is none to take
    if (isOld && spaceAskedNanos.compareAndSet(asked, nanos) || !spaceIsKnown) {
      try {
        usableBytes.set(disk.usableBytes());
      } catch (IOException e) {
        LOG.warning("disk.freeSpaceUnknown").with("folder", disk.describe()).say(e);
        usableBytes.set(0);
      }
      spaceIsKnown = true;
    }
  }

  DiskStatus status() throws IOException {
    refreshSpace(true);
    return new DiskStatus(disk.describe(), diskType, disk.totalBytes(), usableBytes.get(), reserveBytes,
        !isOut() && usableBytes.get() - reserveBytes >= LEAST_VOLUME_BYTES, failures.get());
  }

  @Override
  public void close() throws IOException {
    readers.shutdown();
    disk.close();
  }
}

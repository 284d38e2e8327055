package hayloft.volume.store;

import hayloft.common.volume.DiskStatus;
import hayloft.common.volume.StoreBusyException;
import hayloft.volume.disk.Disk;
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

/// One folder of volumes on one disk: its reading threads and its free space. Thread-safe.
///
/// Reads run on platform threads of its own behind a bounded queue, so that a slow disk stalls only its own readers; at the
/// bound a read is refused as busy. Idle threads end. Free space is asked for at most once a second.
final class VolumeFolder implements AutoCloseable {
  private static final long SPACE_AGE_NANOS = 1_000_000_000L;
  /// A write that failed with less room than this above the reserve is taken for "disk full", not for a broken disk.
  private static final long FULL_SLACK_BYTES = 16L << 20;

  private final Disk disk;
  private final String diskType;
  private final long reserveBytes;
  private final ThreadPoolExecutor readers;
  private final AtomicLong spaceAskedNanos = new AtomicLong(System.nanoTime() - SPACE_AGE_NANOS);
  private volatile long usableBytes;

  VolumeFolder(Disk disk, String diskType, VolumeStoreConfig config) {
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

  Disk disk() {
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

  /// Whether there is room for new data above the reserve.
  boolean hasRoom() {
    refreshSpace(false);
    return usableBytes > reserveBytes;
  }

  /// Whether a write that has just failed may have failed for lack of space.
  boolean isNearlyFull(long writeBytes) {
    refreshSpace(true);
    return usableBytes < reserveBytes + FULL_SLACK_BYTES + writeBytes;
  }

  private void refreshSpace(boolean now) {
    long asked = spaceAskedNanos.get();
    long nanos = System.nanoTime();
    if ((now || nanos - asked >= SPACE_AGE_NANOS) && spaceAskedNanos.compareAndSet(asked, nanos)) {
      try {
        usableBytes = disk.usableBytes();
      } catch (IOException e) {
        System.getLogger(VolumeFolder.class.getName()).log(System.Logger.Level.WARNING,
            "free-space-unknown folder=" + disk.describe(), e);
        usableBytes = 0;
      }
    }
  }

  DiskStatus status() throws IOException {
    refreshSpace(true);
    return new DiskStatus(disk.describe(), diskType, disk.totalBytes(), usableBytes, reserveBytes,
        usableBytes > reserveBytes);
  }

  @Override
  public void close() {
    readers.shutdown();
  }
}

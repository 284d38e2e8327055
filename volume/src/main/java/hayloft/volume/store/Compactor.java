package hayloft.volume.store;

import hayloft.common.volume.VolumeStatus;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.Pace;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// Compacts the volumes of one folder, one after the other, the one with most dead bytes first. Thread-safe.
///
/// **When space is short** far less needs to be dead, and the volume that takes least room for its copy goes first: what it
/// gives back makes room for the next. A volume in which nothing lives needs none at all.
final class Compactor implements AutoCloseable {
  /// Left free besides what a copy needs, so that deletes do not meet a full disk because of it: so much, or half of the
  /// reserve, or on a disk without one a hundredth.
  private static final long SLACK_BYTES = 64L << 20;
  private static final int SLACK_FRACTION = 100;
  /// What a copy needs besides its bytes: entry of the index log and slot of the map, and a few pages.
  private static final long NEEDLE_BYTES = 48;
  private static final long FILES_BYTES = 64 << 10;
  /// Of a volume's bytes that must be dead when space is short.
  private static final double TIGHT_DEAD_FRACTION = 0.05;
  private static final System.Logger LOG = System.getLogger(Compactor.class.getName());

  private final VolumeFolder folder;
  private final CompactionConfig config;
  private final Supplier<Collection<Volume>> volumes;
  private final Pace pace;
  private final Pace pauses;
  private final Thread thread;
  private final LongAdder done = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private final LongAdder reclaimedBytes = new LongAdder();
  private final AtomicInteger running = new AtomicInteger();

  /// @param volumes all of the store
  Compactor(VolumeFolder folder, CompactionConfig config, Supplier<Collection<Volume>> volumes) {
    this.folder = folder;
    this.config = config;
    this.volumes = volumes;
    this.pace = new Pace(config.bytesPerSecond());
    this.pauses = new Pace(1);
    this.thread = Thread.ofPlatform().daemon().name("compactor-" + folder.disk().describe()).unstarted(this::run);
    if (!config.checkEvery().isZero()) {
      thread.start();
    }
  }

  boolean serves(Volume volume) {
    return volume.folder() == folder;
  }

  private void run() {
    while (pauses.pause(config.checkEvery().toNanos())) {
      boolean tight = isTight();
      List<Volume> due = volumes.get().stream().filter(this::serves).filter(volume -> isDue(volume, tight))
          .sorted(tight
              ? Comparator.comparingLong(Compactor::roomNeeded)
              : Comparator.comparingLong((Volume volume) -> volume.status().deadBytes()).reversed())
          .toList();
      for (Volume volume : due) {
        try {
          compact(volume);
        } catch (IOException e) {
          if (pauses.pause(0)) {
            LOG.log(System.Logger.Level.WARNING, "compaction-failed volume=" + volume.id(), e);
          }
        }
      }
    }
  }

  private boolean isTight() {
    try {
      return folder.isTight();
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "free-space-unknown folder=" + folder.disk().describe(), e);
      return false;
    }
  }

  private boolean isDue(Volume volume, boolean tight) {
    VolumeStatus status = volume.status();
    boolean emptied = status.liveNeedles() == 0 && status.deadBytes() >= FILES_BYTES;
    boolean worthwhile = tight && status.deadBytes() >= FILES_BYTES
        && status.deadBytes() >= TIGHT_DEAD_FRACTION * status.sizeBytes();
    return emptied || worthwhile || config.isDue(status.sizeBytes(), status.deadBytes());
  }

  /// 0 for a volume in which nothing lives.
  private static long roomNeeded(Volume volume) {
    VolumeStatus status = volume.status();
    return status.liveNeedles() == 0
        ? 0
        : status.sizeBytes() - status.deadBytes() + status.liveNeedles() * NEEDLE_BYTES + FILES_BYTES;
  }

  private long slackBytes() throws IOException {
    return Math.min(SLACK_BYTES, Math.max(folder.reserveBytes() / 2, folder.disk().totalBytes() / SLACK_FRACTION));
  }

  /// Compacts one volume now.
  ///
  /// @return false if there was nothing to be done, or no room to do it
  boolean compact(Volume volume) throws IOException {
    long neededBytes = roomNeeded(volume);
    if (neededBytes > 0 && folder.disk().usableBytes() < neededBytes + slackBytes()) {
      LOG.log(System.Logger.Level.WARNING,
          "compaction-needs-space volume=" + volume.id() + " bytes=" + (neededBytes + slackBytes()));
      return false;
    }
    long before = volume.status().sizeBytes();
    boolean ended = false;
    running.incrementAndGet();
    try {
      boolean compacted = volume.compact(pace);
      ended = true;
      if (compacted) {
        done.increment();
        reclaimedBytes.add(Math.max(0, before - volume.status().sizeBytes()));
      }
      return compacted;
    } finally {
      running.decrementAndGet();
      if (!ended) {
        failed.increment();
      }
    }
  }

  VolumeFolder folder() {
    return folder;
  }

  /// Compactions since the start.
  long done() {
    return done.sum();
  }

  /// Those that came to no end.
  long failed() {
    return failed.sum();
  }

  long reclaimedBytes() {
    return reclaimedBytes.sum();
  }

  boolean isRunning() {
    return running.get() > 0;
  }

  /// Stops a compaction that runs, which leaves the volume as it was.
  @Override
  public void close() {
    pauses.stop();
    pace.stop();
    if (thread.isAlive()) {
      Waiting.forEnd(thread);
    }
  }
}

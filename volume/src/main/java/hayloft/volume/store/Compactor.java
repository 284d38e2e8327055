package hayloft.volume.store;

import hayloft.common.volume.VolumeStatus;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.Pace;
import java.io.IOException;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/// Compacts the volumes of one folder, one after the other, the one with most dead bytes first. Thread-safe.
final class Compactor implements AutoCloseable {
  /// Left free besides what a copy needs, so that appends do not meet a full disk because of it.
  private static final long SLACK_BYTES = 64L << 20;
  private static final System.Logger LOG = System.getLogger(Compactor.class.getName());

  private final VolumeFolder folder;
  private final CompactionConfig config;
  private final Supplier<Collection<Volume>> volumes;
  private final Pace pace;
  private final Pace pauses;
  private final Thread thread;

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
      List<Volume> due = volumes.get().stream().filter(this::serves).filter(this::isDue)
          .sorted(Comparator.comparingLong((Volume volume) -> volume.status().deadBytes()).reversed()).toList();
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

  private boolean isDue(Volume volume) {
    VolumeStatus status = volume.status();
    return config.isDue(status.sizeBytes(), status.deadBytes());
  }

  /// Compacts one volume now.
  ///
  /// @return false if there was nothing to be done, or no room to do it
  boolean compact(Volume volume) throws IOException {
    VolumeStatus status = volume.status();
    long copyBytes = status.sizeBytes() - status.deadBytes();
    if (folder.disk().usableBytes() < copyBytes + SLACK_BYTES) {
      LOG.log(System.Logger.Level.WARNING,
          "compaction-needs-space volume=" + volume.id() + " bytes=" + (copyBytes + SLACK_BYTES));
      return false;
    }
    return volume.compact(pace);
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

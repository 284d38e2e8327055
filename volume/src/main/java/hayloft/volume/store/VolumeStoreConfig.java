package hayloft.volume.store;

import hayloft.common.directory.FileDescriptors;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.scrub.ScrubConfig;
import java.util.OptionalLong;

/// Settings of a volume server.
///
/// @param minFreeBytes space of each directory that only deletes and the like may still use
/// @param ioThreads threads per data directory that read
/// @param ioQueue reads that may wait per data directory; further ones are refused as busy
/// @param appendQueueBytes bytes that may wait for one volume's writer, a needle counting for 4 KiB at least; further
///   needles
/// are refused as busy
/// @param openSealedVolumes sealed volumes whose files may be open while nobody uses them, two descriptors each
/// @param checkpointBytes written to a volume between two syncs of its index log; bounds what a crash makes us scan
public record VolumeStoreConfig(long minFreeBytes, int ioThreads, int ioQueue, long appendQueueBytes,
    long checkpointBytes, int openSealedVolumes, CompactionConfig compaction, ScrubConfig scrub) {

  private static final int LEAST_OPEN_VOLUMES = 16;
  private static final int MOST_OPEN_VOLUMES = 1024;

  public static final VolumeStoreConfig DEFAULTS = new VolumeStoreConfig(1L << 30, 16, 1024, 64L << 20, 64L << 20,
      openSealedVolumes(FileDescriptors.limit()), CompactionConfig.DEFAULTS, ScrubConfig.DEFAULTS);

  /// A sixteenth of what the process may have open, which is an eighth of its descriptors.
  static int openSealedVolumes(OptionalLong descriptors) {
    return (int) Math.clamp(descriptors.orElse(0) / 16, LEAST_OPEN_VOLUMES, MOST_OPEN_VOLUMES);
  }

  public VolumeStoreConfig {
    require("volume.minFreeBytes", minFreeBytes >= 0, minFreeBytes);
    require("volume.ioThreads", ioThreads > 0, ioThreads);
    require("volume.ioQueue", ioQueue > 0, ioQueue);
    require("volume.appendQueueBytes", appendQueueBytes > 0, appendQueueBytes);
    require("volume.checkpointBytes", checkpointBytes > 0, checkpointBytes);
    require("volume.openSealedVolumes", openSealedVolumes > 0, openSealedVolumes);
  }

  private static void require(String key, boolean valid, long value) {
    if (!valid) {
      throw new IllegalArgumentException(key + " must be positive, got " + value);
    }
  }

  public VolumeStoreConfig withMinFreeBytes(long next) {
    return new VolumeStoreConfig(next, ioThreads, ioQueue, appendQueueBytes, checkpointBytes, openSealedVolumes,
        compaction, scrub);
  }

  public VolumeStoreConfig withCheckpointBytes(long next) {
    return new VolumeStoreConfig(minFreeBytes, ioThreads, ioQueue, appendQueueBytes, next, openSealedVolumes,
        compaction, scrub);
  }

  public VolumeStoreConfig withOpenSealedVolumes(int next) {
    return new VolumeStoreConfig(minFreeBytes, ioThreads, ioQueue, appendQueueBytes, checkpointBytes, next, compaction,
        scrub);
  }

  public VolumeStoreConfig withCompaction(CompactionConfig next) {
    return new VolumeStoreConfig(minFreeBytes, ioThreads, ioQueue, appendQueueBytes, checkpointBytes, openSealedVolumes,
        next, scrub);
  }

  public VolumeStoreConfig withScrub(ScrubConfig next) {
    return new VolumeStoreConfig(minFreeBytes, ioThreads, ioQueue, appendQueueBytes, checkpointBytes, openSealedVolumes,
        compaction, next);
  }
}

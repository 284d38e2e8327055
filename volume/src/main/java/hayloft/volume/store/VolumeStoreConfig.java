package hayloft.volume.store;

import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.scrub.ScrubConfig;

/// Settings of a volume server.
///
/// @param minFreeBytes space of each directory that only deletes and the like may still use
/// @param ioThreads threads per data directory that read
/// @param ioQueue reads that may wait per data directory; further ones are refused as busy
/// @param appendQueueBytes bytes that may wait for one volume's writer, a needle counting for 4 KiB at least; further needles
/// are refused as busy
/// @param checkpointBytes written to a volume between two syncs of its index log; bounds what a crash makes us scan
public record VolumeStoreConfig(long minFreeBytes, int ioThreads, int ioQueue, long appendQueueBytes,
    long checkpointBytes, CompactionConfig compaction, ScrubConfig scrub) {

  public static final VolumeStoreConfig DEFAULTS = new VolumeStoreConfig(1L << 30, 16, 1024, 64L << 20, 64L << 20,
      CompactionConfig.DEFAULTS, ScrubConfig.DEFAULTS);

  public VolumeStoreConfig {
    require("volume.minFreeBytes", minFreeBytes >= 0, minFreeBytes);
    require("volume.ioThreads", ioThreads > 0, ioThreads);
    require("volume.ioQueue", ioQueue > 0, ioQueue);
    require("volume.appendQueueBytes", appendQueueBytes > 0, appendQueueBytes);
    require("volume.checkpointBytes", checkpointBytes > 0, checkpointBytes);
  }

  private static void require(String key, boolean valid, long value) {
    if (!valid) {
      throw new IllegalArgumentException(key + " must be positive, got " + value);
    }
  }

  public VolumeStoreConfig withMinFreeBytes(long next) {
    return new VolumeStoreConfig(next, ioThreads, ioQueue, appendQueueBytes, checkpointBytes, compaction, scrub);
  }

  public VolumeStoreConfig withCheckpointBytes(long next) {
    return new VolumeStoreConfig(minFreeBytes, ioThreads, ioQueue, appendQueueBytes, next, compaction, scrub);
  }

  public VolumeStoreConfig withCompaction(CompactionConfig next) {
    return new VolumeStoreConfig(minFreeBytes, ioThreads, ioQueue, appendQueueBytes, checkpointBytes, next, scrub);
  }

  public VolumeStoreConfig withScrub(ScrubConfig next) {
    return new VolumeStoreConfig(minFreeBytes, ioThreads, ioQueue, appendQueueBytes, checkpointBytes, compaction, next);
  }
}

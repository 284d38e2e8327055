package hayloft.volume.compaction;

import java.time.Duration;

/// When and how fast volumes are compacted.
///
/// @param deadFraction of a volume's bytes that must be dead, 0 to 1
/// @param minDeadBytes that must be dead besides, or an eighth of the volume's limit if that is less
/// @param bytesPerSecond that each data directory's compaction may copy, or read back to verify the copy
/// @param checkEvery pause between two looks at the volumes of a directory; zero for no compaction by itself
/// @param packing of sparse volumes, when they are looked at
public record CompactionConfig(double deadFraction, long minDeadBytes, long bytesPerSecond, Duration checkEvery,
    PackingConfig packing) {

  public static final CompactionConfig DEFAULTS = new CompactionConfig(0.3, 16L << 20, 64L << 20,
      Duration.ofSeconds(30));

  private static final int LIMIT_FRACTION = 8;

  public CompactionConfig(double deadFraction, long minDeadBytes, long bytesPerSecond, Duration checkEvery) {
    this(deadFraction, minDeadBytes, bytesPerSecond, checkEvery, PackingConfig.DEFAULTS);
  }

  public CompactionConfig {
    require("volume.compaction.deadFraction", deadFraction > 0 && deadFraction <= 1, "in (0, 1]", deadFraction);
    require("volume.compaction.minDeadBytes", minDeadBytes >= 0, "0 or more", minDeadBytes);
    require("volume.compaction.bytesPerSecond", bytesPerSecond > 0, "positive", bytesPerSecond);
    require("volume.compaction.checkEvery", !checkEvery.isNegative(), "zero or more", checkEvery);
  }

  private static void require(String key, boolean valid, String what, Object value) {
    if (!valid) {
      throw new IllegalArgumentException(key + " must be " + what + ", got " + value);
    }
  }

  /// Whether a volume is worth it.
  public boolean isDue(long sizeBytes, long deadBytes, long limitBytes) {
    return deadBytes > 0 && deadBytes >= Math.min(minDeadBytes, limitBytes / LIMIT_FRACTION)
        && deadBytes >= deadFraction * sizeBytes;
  }
}

package hayloft.volume.scrub;

import java.time.Duration;

/// How volumes are verified in the background.
///
/// @param period within which every byte is to be read again; zero for never
/// @param bytesPerSecond that each data directory's scrubber may read
public record ScrubConfig(Duration period, long bytesPerSecond) {

  public static final ScrubConfig DEFAULTS = new ScrubConfig(Duration.ofDays(30), 20L << 20);

  public ScrubConfig {
    if (period.isNegative()) {
      throw new IllegalArgumentException("volume.scrub.period must be zero or more, got " + period);
    }
    if (bytesPerSecond <= 0) {
      throw new IllegalArgumentException("volume.scrub.bytesPerSecond must be positive, got " + bytesPerSecond);
    }
  }

  /// Once this much time is over since a volume was begun to be read, it is read again: the other half of the period is
  /// for reading.
  Duration restBetweenPasses() {
    return period.dividedBy(2);
  }
}

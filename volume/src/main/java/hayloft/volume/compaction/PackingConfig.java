package hayloft.volume.compaction;

/// Which sealed volumes share a file, a pack.
///
/// @param leastVolumes so many sparse volumes make a pack; fewer are left alone
/// @param mostVolumes in one pack
/// @param mostBytes in one pack
/// @param sparseBytes a volume with more live bytes is not sparse, nor is one with more than a sixteenth of its limit
/// @param quietRounds for so many looks at it nothing in the volume must have changed
public record PackingConfig(int leastVolumes, int mostVolumes, long mostBytes, long sparseBytes, int quietRounds) {

  public static final PackingConfig DEFAULTS = new PackingConfig(8, 256, 64L << 20, 8L << 20, 4);

  private static final int LIMIT_FRACTION = 16;

  public PackingConfig {
    if (leastVolumes < 2 || mostVolumes < leastVolumes || mostBytes <= 0 || sparseBytes <= 0 || quietRounds < 0) {
      throw new IllegalArgumentException(
          "no pack can have " + leastVolumes + " to " + mostVolumes + " volumes of up to "
              + sparseBytes + " bytes, together " + mostBytes + ", after " + quietRounds + " rounds");
    }
  }

  /// Whether a volume is so empty that it should share a file.
  ///
  /// @param liveBytes in it
  /// @param limitBytes that it may grow to
  public boolean isSparse(long liveBytes, long limitBytes) {
    return liveBytes <= Math.min(sparseBytes, limitBytes / LIMIT_FRACTION);
  }
}

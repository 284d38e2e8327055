package hayloft.common.volume;

/// A place between two needles of a volume. Offsets mean something only within one generation: compaction moves
/// needles.
///
/// @param generation how often the volume was compacted before
/// @param offsetBytes from the start of the volume file; 0 means "from the first needle"
public record VolumePosition(int volume, int generation, long offsetBytes) {

  /// Before the first needle of a volume, in whatever generation it is.
  public static VolumePosition start(int volume) {
    return new VolumePosition(volume, 0, 0);
  }
}

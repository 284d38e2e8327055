package hayloft.common.volume;

/// Whether a needle's bytes are in a volume's file.
public enum Presence {
  LIVE,
  /// Marked dead, and not compacted away yet.
  DEAD,
  /// Compacted away, never written, or the volume is gone.
  GONE
}

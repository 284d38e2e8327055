package hayloft.common.placement;

/// Which of the open volumes a needle goes to. Chunks of large objects do not stand in front of small needles.
public enum NeedleStream {
  /// Commit needles: small objects, metadata, deletes.
  SMALL,
  /// Chunks of large objects.
  BULK
}

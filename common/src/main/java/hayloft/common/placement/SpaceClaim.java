package hayloft.common.placement;

/// Which free space of a disk, and which part of a volume's limit, needles may use.
public enum SpaceClaim {
  /// What lies above the disk's reserve (`--min-free`): needles with data.
  DATA,
  /// The reserve too, and the last piece of a volume's limit: commit needles without data. Deletes are such needles;
  /// without them nothing on a full disk could ever be freed.
  RESERVE
}

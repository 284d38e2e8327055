package hayloft.master.state;

import hayloft.common.placement.NeedleStream;

/// What a volume is open for. Needles of different purposes do not share a writable volume.
public enum VolumePurpose {
  /// Found on a volume server without the master's remembering why it was made; takes the first purpose that needs it.
  UNASSIGNED,
  /// Commit needles.
  SMALL,
  /// Chunks of large objects.
  BULK,
  /// Blobs of programs that keep file ids themselves (`/dir/assign`).
  BLOB;

  public static VolumePurpose of(NeedleStream stream) {
    return switch (stream) {
      case SMALL -> SMALL;
      case BULK -> BULK;
    };
  }
}

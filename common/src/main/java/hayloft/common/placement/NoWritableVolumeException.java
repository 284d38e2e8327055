package hayloft.common.placement;

import java.io.IOException;

/// No volume fits a request and none can be created: disks are full, failed, or too few. Or one of them does not take
/// what has to be in every directory before anything is written. The message says which.
public final class NoWritableVolumeException extends IOException {

  private static final long serialVersionUID = 1L;

  private final boolean passing;

  public NoWritableVolumeException(String message) {
    this(message, false);
  }

  /// @param passing whether something else than space is wanting: a disk that does not answer, descriptors
  public NoWritableVolumeException(String message, boolean passing) {
    super(message);
    this.passing = passing;
  }

  /// Whether there may be space, so that it may be tried again (503 SlowDown on the S3 port); else disks are full
  /// (507).
  public boolean isPassing() {
    return passing;
  }
}

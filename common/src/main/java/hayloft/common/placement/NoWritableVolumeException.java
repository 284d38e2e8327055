package hayloft.common.placement;

import java.io.IOException;

/// No volume fits a request and none can be created: disks are full, failed, or too few. The message says which.
public final class NoWritableVolumeException extends IOException {

  private static final long serialVersionUID = 1L;

  public NoWritableVolumeException(String message) {
    super(message);
  }
}

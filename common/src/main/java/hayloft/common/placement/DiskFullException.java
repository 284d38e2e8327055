package hayloft.common.placement;

import java.io.IOException;

/// A disk has no room for the store's own books (the master's log, the catalog's rows). Nothing was done; it works
/// again once there is space (507 InsufficientStorage on the S3 port).
public final class DiskFullException extends IOException {

  private static final long serialVersionUID = 1L;

  public DiskFullException(String message, Throwable cause) {
    super(message, cause);
  }
}

package hayloft.common.placement;

import java.io.IOException;

/// The store's own books (the master's log, the catalog) stopped after a fault, since only what a restart reads back
/// can tell what is on the disk. Nothing was done, and no change is taken until then; reads go on (503
/// ServiceUnavailable on the S3 port).
public final class RestartNeededException extends IOException {

  private static final long serialVersionUID = 1L;

  public RestartNeededException(String message, Throwable cause) {
    super(message, cause);
  }
}

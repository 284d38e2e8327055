package hayloft.common.volume;

import java.io.IOException;

/// A bounded queue is full. Nothing was done; the caller may try again later (503 SlowDown on the S3 port).
public final class StoreBusyException extends IOException {

  private static final long serialVersionUID = 1L;

  public StoreBusyException(String message) {
    super(message);
  }
}

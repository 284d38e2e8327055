package hayloft.filer.keystore;

import java.io.IOException;

/// A cursor that may read memory only came to a row that lies on a disk. An answer rather than a fault: without a stack trace.
public final class NotInMemoryException extends IOException {

  private static final long serialVersionUID = 1L;

  public NotInMemoryException() {
    super("row is not in memory");
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}

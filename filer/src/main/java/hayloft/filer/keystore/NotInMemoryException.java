package hayloft.filer.keystore;

import java.io.IOException;

/// Whoever must not wait came to a row that lies on a disk, or to more rows than can be walked over in no time. An
/// answer rather than a fault: without a stack trace.
public final class NotInMemoryException extends IOException {

  private static final long serialVersionUID = 1L;

  public NotInMemoryException() {
    super("not at hand without waiting");
  }

  @Override
  public synchronized Throwable fillInStackTrace() {
    return this;
  }
}

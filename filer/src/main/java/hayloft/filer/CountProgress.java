package hayloft.filer;

import java.io.InterruptedIOException;

/// Is told how far a count is, and may end it.
@FunctionalInterface
public interface CountProgress {

  /// @throws InterruptedIOException to end the count
  void counted(long entries) throws InterruptedIOException;
}

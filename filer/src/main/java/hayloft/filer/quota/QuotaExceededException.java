package hayloft.filer.quota;

import java.io.IOException;

/// A bucket would hold more than it may. Nothing was done.
public final class QuotaExceededException extends IOException {

  private static final long serialVersionUID = 1L;

  QuotaExceededException(String message) {
    super(message);
  }
}

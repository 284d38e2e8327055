package hayloft.common.volume;

import java.io.IOException;

/// The appender's epoch is older than the volumes' fence: another filer has taken the catalog over.
public final class StaleEpochException extends IOException {

  private static final long serialVersionUID = 1L;

  public StaleEpochException(String message) {
    super(message);
  }
}

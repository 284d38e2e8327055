package hayloft.common.directory;

import java.io.IOException;

/// A data directory is not what it should be. Nothing was changed. The message says what was found and what to do.
public final class WrongDirectoryException extends IOException {

  private static final long serialVersionUID = 1L;

  WrongDirectoryException(String message) {
    super(message);
  }
}

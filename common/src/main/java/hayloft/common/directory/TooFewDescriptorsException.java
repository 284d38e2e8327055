package hayloft.common.directory;

import java.io.IOException;

/// Something could not be opened, and the process has about as many files open as it may. The message says what failed and what to do.
public final class TooFewDescriptorsException extends IOException {

  private static final long serialVersionUID = 1L;

  TooFewDescriptorsException(String message, IOException cause) {
    super(message, cause);
  }
}

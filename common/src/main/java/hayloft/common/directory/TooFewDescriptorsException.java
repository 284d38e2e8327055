package hayloft.common.directory;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Something could not be opened, and the process has about as many files open as it may. The message says what failed
/// and what to do.
public final class TooFewDescriptorsException extends IOException {

  private static final long serialVersionUID = 1L;

  public TooFewDescriptorsException(String message, @Nullable IOException cause) {
    super(message, cause);
  }
}

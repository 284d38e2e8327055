package hayloft.cli.config;

import java.io.IOException;

/// What was configured cannot be worked with, however often it is tried, which is seen only at work: the message names
/// the file or the variable and says what is expected. A program ends with 2 for it, so that nobody starts it again by
/// itself.
public final class WrongConfigurationException extends IOException {

  private static final long serialVersionUID = 1L;

  public WrongConfigurationException(String message) {
    super(message);
  }

  public WrongConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}

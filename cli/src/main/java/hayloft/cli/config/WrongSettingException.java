package hayloft.cli.config;

/// Something in the configuration that nobody can work with; the message says where it was written, what it is and what
/// would do.
final class WrongSettingException extends Exception {

  private static final long serialVersionUID = 1;

  WrongSettingException(String message) {
    super(message);
  }

  WrongSettingException(String message, Throwable cause) {
    super(message, cause);
  }

  /// For people.
  String text() {
    return String.valueOf(getMessage());
  }
}

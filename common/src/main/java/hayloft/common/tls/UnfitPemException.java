package hayloft.common.tls;

import java.io.IOException;

/// A file that should hold a certificate or a key, and what is wrong with it. The message does not name the file:
/// whoever read it knows what the file is called and why it was wanted.
public final class UnfitPemException extends IOException {

  private static final long serialVersionUID = 1;

  UnfitPemException(String why) {
    super(why);
  }

  UnfitPemException(String why, Throwable cause) {
    super(why, cause);
  }

  /// For people: `it has no certificate`.
  public String why() {
    return String.valueOf(getMessage());
  }
}

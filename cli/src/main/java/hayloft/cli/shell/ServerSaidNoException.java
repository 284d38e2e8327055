package hayloft.cli.shell;

import java.io.IOException;

/// The server answered, and refused; the message is the server's.
public final class ServerSaidNoException extends IOException {

  private static final long serialVersionUID = 1L;

  private final String code;

  ServerSaidNoException(String code, String message) {
    super(message);
    this.code = code;
  }

  /// The same, with what it was said of.
  public ServerSaidNoException about(String what) {
    var more = new ServerSaidNoException(code, what + ": " + getMessage());
    more.initCause(this);
    return more;
  }

  /// The command itself is wrong, whatever the state of the server.
  boolean isWrongUsage() {
    return code.equals("InvalidArgument");
  }

  /// A word for programs.
  public String code() {
    return code;
  }
}

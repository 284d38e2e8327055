package hayloft.cli.admin;

import hayloft.common.http.Outage;
import java.io.IOException;

/// Why a request of an administrator is not done; the message is for people. Without a stack trace: clients cause it at
/// will.
final class AdminRefusal extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final int status;
  private final String code;

  /// @param status of HTTP
  /// @param code a word for programs
  AdminRefusal(int status, String code, String message) {
    super(message, null, false, false);
    this.status = status;
    this.code = code;
  }

  /// A command that a fault has ended: 503 if the same may work later, after a start perhaps.
  static AdminRefusal of(IOException fault) {
    boolean passes = Outage.is(fault);
    return new AdminRefusal(passes ? 503 : 500, passes ? "Unavailable" : "Failed",
        String.valueOf(fault.getMessage()));
  }

  static AdminRefusal wrong(String message) {
    return new AdminRefusal(400, "InvalidArgument", message);
  }

  static AdminRefusal absent(String message) {
    return new AdminRefusal(404, "NotFound", message);
  }

  /// What is asked for does not go together with how things are.
  static AdminRefusal conflict(String message) {
    return new AdminRefusal(409, "Conflict", message);
  }

  int status() {
    return status;
  }

  String code() {
    return code;
  }

  String text() {
    return String.valueOf(getMessage());
  }
}

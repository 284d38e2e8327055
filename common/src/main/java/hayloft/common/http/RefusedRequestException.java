package hayloft.common.http;

/// A request that is no HTTP, or more of it than the limits allow: it is answered with a status, and the connection is
/// closed, because nobody knows where the next request would begin. Without a stack trace: clients cause it at will.
final class RefusedRequestException extends Exception {

  private static final long serialVersionUID = 1L;

  private final int status;

  RefusedRequestException(int status, String reason) {
    super(reason, null, false, false);
    this.status = status;
  }

  /// The reason alone, which clients are told.
  @Override
  public String toString() {
    return String.valueOf(getMessage());
  }

  int status() {
    return status;
  }
}

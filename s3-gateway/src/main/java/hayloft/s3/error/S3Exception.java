package hayloft.s3.error;

/// Ends an operation with an answer other than the one that was asked for. Not a fault: it is not logged and has no
/// stack trace.
public final class S3Exception extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final transient S3Error error;

  public S3Exception(S3Error error) {
    super(error.code() + ": " + error.message(), null, false, false);
    this.error = error;
  }

  public S3Error error() {
    return error;
  }
}

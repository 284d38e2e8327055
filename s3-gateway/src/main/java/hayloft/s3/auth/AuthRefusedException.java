package hayloft.s3.auth;

/// Carries a refusal up to [Authenticator], which turns it into an answer. Without a stack trace: clients cause it at
/// will.
final class AuthRefusedException extends Exception {

  private static final long serialVersionUID = 1L;

  private final transient AuthFailure failure;

  AuthRefusedException(AuthFailure failure) {
    super(failure.code(), null, false, false);
    this.failure = failure;
  }

  AuthFailure failure() {
    return failure;
  }
}

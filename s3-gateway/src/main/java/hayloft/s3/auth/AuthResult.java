package hayloft.s3.auth;

/// What a request's signature says.
public sealed interface AuthResult {

  /// Signed with the secret of this access key. The body is still to be checked.
  record Granted(String accessKey, PayloadCheck payload) implements AuthResult {}

  /// Not signed at all.
  record Anonymous(PayloadCheck payload) implements AuthResult {}

  record Refused(AuthFailure failure) implements AuthResult {}
}

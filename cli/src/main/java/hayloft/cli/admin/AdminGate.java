package hayloft.cli.admin;

import hayloft.common.http.HttpExchange;
import hayloft.filer.Catalog;
import hayloft.filer.User;
import hayloft.s3.auth.AuthFailure;
import hayloft.s3.auth.AuthResult;
import hayloft.s3.auth.Authenticator;
import hayloft.s3.auth.PayloadCheck;
import java.util.Optional;

/// Lets administrators in: requests signed with Signature Version 4, body included, with a key of a user with `admin`. Thread-safe;
/// never waits.
final class AdminGate {

  private final Authenticator authenticator;
  private final Catalog catalog;

  /// @param authenticator that refuses the older signatures
  AdminGate(Authenticator authenticator, Catalog catalog) {
    this.authenticator = authenticator;
    this.catalog = catalog;
  }

  sealed interface Admission {
    /// @param bodySha256 64 hex digits in lower case: the body must have it
    record Admitted(String userId, String bodySha256) implements Admission {}

    /// @param who an access key that was claimed, or the user that it is; may be empty
    record Denied(int status, String code, String message, String who) implements Admission {}
  }

  Admission admit(HttpExchange exchange) {
    return switch (authenticator.authenticate(exchange.method(), exchange.target(), exchange.headers(),
        Optional.empty())) {
      case AuthResult.Anonymous _ -> new Admission.Denied(401, "NotSigned",
          "requests to the admin port are signed with the access key of an administrator", "");
      case AuthResult.Refused(AuthFailure failure) -> new Admission.Denied(failure.status() == 400 ? 400 : 403,
          failure.code(), failure.message(), failure.details().getOrDefault("AWSAccessKeyId", ""));
      case AuthResult.Granted(String accessKey, PayloadCheck check) -> admit(accessKey, check);
    };
  }

  private Admission admit(String accessKey, PayloadCheck check) {
    if (!(check instanceof PayloadCheck.Sha256(String hex))) {
      return new Admission.Denied(403, "BodyNotSigned", "the body must be signed: x-amz-content-sha256 is its SHA-256",
          accessKey);
    }
    Optional<User> user = catalog.findUserByAccessKey(accessKey);
    if (user.isEmpty()) {
      return new Admission.Denied(403, "InvalidAccessKeyId", "there is no such access key any more", accessKey);
    }
    if (!user.get().admin()) {
      return new Admission.Denied(403, "NotAnAdministrator",
          "user " + user.get().id() + " is no administrator, and only they may use the admin port", user.get().id());
    }
    return new Admission.Admitted(user.get().id(), hex);
  }
}

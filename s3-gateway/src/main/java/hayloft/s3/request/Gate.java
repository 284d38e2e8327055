package hayloft.s3.request;

import hayloft.common.http.HttpExchange;
import hayloft.s3.error.S3Error;
import java.util.Optional;

/// Tells who sends a request: the seam to authentication. Thread-safe.
@FunctionalInterface
public interface Gate {

  /// Judges signatures and dates from the head alone. Runs on the event loop and never waits.
  ///
  /// @param hostBucket the bucket that the Host header names, if the request is virtual-host style: older signatures cover it
  Admission admit(HttpExchange exchange, Optional<String> hostBucket);

  /// Who it is.
  sealed interface Admission {

    /// @param payload opens the body with the checks that the signature asks for, on the fork
    record Granted(String accessKey, Payload.Source payload) implements Admission {}

    /// No credentials at all.
    ///
    /// @param payload opens the body
    record Anonymous(Payload.Source payload) implements Admission {}

    record Refused(S3Error error) implements Admission {}
  }
}

package hayloft.s3.request;

import hayloft.common.http.HttpExchange;
import hayloft.s3.error.S3Error;
import java.util.function.Supplier;

/// Tells who sends a request: the seam to authentication. Thread-safe.
@FunctionalInterface
public interface Gate {

  /// Judges signatures and dates from the head alone. Runs on the event loop and never waits.
  Admission admit(HttpExchange exchange);

  /// Who it is.
  sealed interface Admission {

    /// @param payload gives the body with the checks that the signature asks for; called at most once, on the event loop or
    /// the fork
    record Granted(String accessKey, Supplier<Payload> payload) implements Admission {}

    /// No credentials at all.
    record Anonymous() implements Admission {}

    record Refused(S3Error error) implements Admission {}
  }
}

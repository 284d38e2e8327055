package hayloft.s3.request;

import hayloft.common.http.HttpExchange;
import hayloft.s3.error.S3Error;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/// Tells who sends a request: the seam to authentication. Thread-safe.
public interface Gate {

  /// Judges signatures and dates from the head alone. Runs on the event loop and never waits.
  ///
  /// @param hostBucket the bucket that the Host header names, if the request is virtual-host style: older signatures
  ///   cover it
  /// @param otherRegion a region besides the store's that the request may be signed for
  Admission admit(HttpExchange exchange, Optional<String> hostBucket, Predicate<String> otherRegion);

  /// Judges the signature of a browser's form, which is in its fields. What it opens is of no use: the form's file is
  /// covered by no signature.
  ///
  /// @param fields before the file, by lower-case name
  /// @param otherRegion a region besides the store's that the form may be signed for
  Admission admitForm(Map<String, String> fields, Predicate<String> otherRegion);

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

package hayloft.filer;

/// The answer to a mutation that makes a version.
public sealed interface PutOutcome {
  record Stored(ObjectVersion version) implements PutOutcome {}

  /// @param verdict never [Precondition.Verdict#HOLDS]
  record Refused(Precondition.Verdict verdict) implements PutOutcome {}

  /// The bucket was deleted meanwhile.
  record BucketGone() implements PutOutcome {}
}

package hayloft.filer;

/// The answer to [Catalog#completeUpload].
public sealed interface CompleteOutcome {
  /// Also when the same upload was completed before with the same parts: completing is idempotent while the result
  /// stands.
  record Completed(ObjectVersion version) implements CompleteOutcome {}

  record NoSuchUpload() implements CompleteOutcome {}

  /// The numbers do not rise.
  record InvalidPartOrder() implements CompleteOutcome {}

  /// A part is missing, or its ETag or checksum is another.
  record InvalidPart(int number) implements CompleteOutcome {}

  /// A part before the last is smaller than 5 MiB.
  record PartTooSmall(Part part) implements CompleteOutcome {}

  record Refused(Precondition.Verdict verdict) implements CompleteOutcome {}

  record BucketGone() implements CompleteOutcome {}

  /// The object would be larger than the largest that is allowed.
  record TooLarge(long sizeBytes) implements CompleteOutcome {}
}

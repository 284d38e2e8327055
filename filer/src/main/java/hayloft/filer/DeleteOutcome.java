package hayloft.filer;

import java.util.Optional;

/// The answer to [Catalog#delete].
public sealed interface DeleteOutcome {
  /// Also when there was nothing to delete, as S3 has it.
  ///
  /// @param versionId of the version that was erased or of the delete marker that was made; empty in an unversioned
  ///   bucket
  /// @param deleteMarker a delete marker was made, or the erased version was one
  record Deleted(Optional<String> versionId, boolean deleteMarker) implements DeleteOutcome {}

  record Refused(Precondition.Verdict verdict) implements DeleteOutcome {}

  record BucketGone() implements DeleteOutcome {}
}

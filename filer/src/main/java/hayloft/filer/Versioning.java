package hayloft.filer;

/// A bucket's versioning state. [Versioning](https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html)
public enum Versioning {
  /// Never enabled: every version is the null version, a delete leaves nothing.
  UNVERSIONED,
  /// Each write makes a version with an id of its own, a delete makes a delete marker.
  ENABLED,
  /// Writes replace the null version and leave the others alone; a delete replaces it with a null delete marker.
  SUSPENDED
}

package hayloft.filer;

/// The answer to [Catalog#createBucket].
public sealed interface BucketCreation {
  record Created(Bucket bucket) implements BucketCreation {}

  /// The name is taken; the gateway tells an owner from a stranger.
  record NameTaken(Bucket existing) implements BucketCreation {}
}

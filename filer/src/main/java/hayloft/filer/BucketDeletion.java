package hayloft.filer;

/// The answer to [Catalog#deleteBucket].
public enum BucketDeletion {
  DELETED,
  NOT_EMPTY,
  NO_SUCH_BUCKET
}

package hayloft.s3.access;

/// What a grant allows, by S3's names. [FULL_CONTROL] implies the others.
/// [ACL overview](https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html)
public enum Permission {
  /// Of a bucket: to list it. Of an object: to read its bytes and metadata.
  READ,
  /// Of a bucket: to put and delete objects. Of an object: nothing.
  WRITE,
  /// To read the list itself.
  READ_ACP,
  /// To replace the list itself.
  WRITE_ACP,
  FULL_CONTROL;

  boolean implies(Permission wanted) {
    return this == FULL_CONTROL || this == wanted;
  }
}

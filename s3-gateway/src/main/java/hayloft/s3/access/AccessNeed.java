package hayloft.s3.access;

import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What a request's sender must be allowed to, by its operation.
public enum AccessNeed {
  /// To be somebody: anonymous requests have no buckets.
  ACCOUNT(null, null),
  /// To own the bucket: what no list can grant.
  BUCKET_OWNER(null, null),
  LIST_BUCKET(Permission.READ, null),
  WRITE_BUCKET(Permission.WRITE, null),
  READ_BUCKET_ACL(
      Permission.READ_ACP,
      null),
  WRITE_BUCKET_ACL(Permission.WRITE_ACP, null),
  READ_OBJECT(null, Permission.READ),
  READ_OBJECT_ACL(null,
      Permission.READ_ACP),
  WRITE_OBJECT_ACL(null, Permission.WRITE_ACP),
  /// The operation finds out itself: forms, which carry their signature in the body, and uploads, which belong to who
  /// began them.
  JUDGED_LATER(null, null);

  private final Optional<Permission> onBucket;
  private final Optional<Permission> onObject;

  AccessNeed(@Nullable Permission onBucket,
      @Nullable Permission onObject) {
    this.onBucket = Optional.ofNullable(onBucket);
    this.onObject = Optional.ofNullable(onObject);
  }

  Optional<Permission> onBucket() {
    return onBucket;
  }

  /// What a version that is found must grant. Empty if having been let into the bucket is enough.
  public Optional<Permission> onObject() {
    return onObject;
  }
}

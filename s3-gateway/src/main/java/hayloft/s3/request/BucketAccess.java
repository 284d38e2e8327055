package hayloft.s3.request;

import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.filer.User;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import org.jspecify.annotations.Nullable;

/// Who may use which bucket: an admin every one, a plain user those that it owns. Thread-safe.
public final class BucketAccess {

  private final Catalog catalog;

  public BucketAccess(Catalog catalog) {
    this.catalog = catalog;
  }

  /// From memory.
  ///
  /// @param expectedOwner the owner that the client believes the bucket to have, null if it does not say
  /// @throws S3Exception NoSuchBucket, AccessDenied
  public Bucket enter(String name, User user, @Nullable String expectedOwner) {
    Bucket bucket = catalog.findBucket(name).orElseThrow(() -> new S3Exception(new S3Error.NoSuchBucket(name)));
    if (!mayUse(user, bucket) || expectedOwner != null && !expectedOwner.equals(bucket.ownerId())) {
      throw new S3Exception(S3Error.Plain.ACCESS_DENIED);
    }
    return bucket;
  }

  public static boolean mayUse(User user, Bucket bucket) {
    return user.admin() || bucket.ownerId().equals(user.id());
  }
}

package hayloft.s3.bucket;

import hayloft.filer.Bucket;

/// The region of a bucket. It is kept as S3's `LocationConstraint` has it, where nothing at all means us-east-1. S3
/// itself refuses that name there; clients of other stores send it, and then want to read it back.
public final class BucketRegion {

  /// Also what requests to S3 as a whole are signed for, whichever region the client is to use.
  public static final String US_EAST_1 = "us-east-1";

  private BucketRegion() {}

  /// The name, never empty.
  public static String of(Bucket bucket) {
    return bucket.region().isEmpty() ? US_EAST_1 : bucket.region();
  }

  /// What to keep for a bucket.
  ///
  /// @param store the region of the store, which all its buckets are in
  /// @param asked the `LocationConstraint` that came, or empty
  static String kept(String store, String asked) {
    return asked.isEmpty() && store.equals(US_EAST_1) ? "" : store;
  }
}

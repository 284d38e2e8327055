package hayloft.s3.bucket;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class BucketOperations {

  private BucketOperations() {}

  /// @param region of buckets that are created
  public static Map<S3Operation, Operation> of(Catalog catalog, AccessDecision access, String region,
      Durability durability) {
    return Map.of(S3Operation.LIST_BUCKETS, new ListBuckets(catalog),
        S3Operation.CREATE_BUCKET, new CreateBucket(catalog, access, region),
        S3Operation.DELETE_BUCKET, new DeleteBucket(catalog, durability),
        S3Operation.HEAD_BUCKET, new HeadBucket(),
        S3Operation.GET_BUCKET_LOCATION, new GetBucketLocation());
  }
}

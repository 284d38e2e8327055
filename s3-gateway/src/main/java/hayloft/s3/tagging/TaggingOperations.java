package hayloft.s3.tagging;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class TaggingOperations {

  private TaggingOperations() {}

  public static Map<S3Operation, Operation> of(Catalog catalog, Durability durability) {
    return Map.of(S3Operation.GET_OBJECT_TAGGING, new GetObjectTagging(catalog),
        S3Operation.PUT_OBJECT_TAGGING, new PutObjectTagging(catalog, durability),
        S3Operation.DELETE_OBJECT_TAGGING, new DeleteObjectTagging(catalog, durability),
        S3Operation.GET_BUCKET_TAGGING, new GetBucketTagging(),
        S3Operation.PUT_BUCKET_TAGGING, new PutBucketTagging(catalog),
        S3Operation.DELETE_BUCKET_TAGGING, new DeleteBucketTagging(catalog));
  }
}

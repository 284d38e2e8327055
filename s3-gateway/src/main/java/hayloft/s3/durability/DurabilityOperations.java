package hayloft.s3.durability;

import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class DurabilityOperations {

  private DurabilityOperations() {}

  public static Map<S3Operation, Operation> of(Catalog catalog) {
    return Map.of(S3Operation.GET_BUCKET_DURABILITY, new GetBucketDurability(),
        S3Operation.PUT_BUCKET_DURABILITY, new PutBucketDurability(catalog),
        S3Operation.DELETE_BUCKET_DURABILITY, new DeleteBucketDurability(catalog));
  }
}

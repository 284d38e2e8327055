package hayloft.s3.versioning;

import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class VersioningOperations {

  private VersioningOperations() {}

  public static Map<S3Operation, Operation> of(Catalog catalog) {
    return Map.of(S3Operation.GET_BUCKET_VERSIONING, new GetBucketVersioning(),
        S3Operation.PUT_BUCKET_VERSIONING, new PutBucketVersioning(catalog));
  }
}

package hayloft.s3.acl;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class AclOperations {

  private AclOperations() {}

  public static Map<S3Operation, Operation> of(Catalog catalog, AccessDecision access, Durability durability) {
    return Map.of(S3Operation.GET_BUCKET_ACL, new GetBucketAcl(catalog),
        S3Operation.GET_OBJECT_ACL, new GetObjectAcl(catalog),
        S3Operation.PUT_BUCKET_ACL, new PutBucketAcl(catalog, access),
        S3Operation.PUT_OBJECT_ACL, new PutObjectAcl(catalog, access, durability));
  }
}

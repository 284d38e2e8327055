package hayloft.s3.object;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class ObjectOperations {

  private ObjectOperations() {}

  /// @param maxPutBytes of a body
  public static Map<S3Operation, Operation> of(Catalog catalog, AccessDecision access, Intake intake,
      Durability durability, long maxPutBytes) {
    return Map.of(S3Operation.GET_OBJECT, new GetObject(catalog),
        S3Operation.HEAD_OBJECT, new HeadObject(catalog),
        S3Operation.PUT_OBJECT, new PutObject(catalog, intake, durability, maxPutBytes),
        S3Operation.COPY_OBJECT, new CopyObject(catalog, access, intake, durability),
        S3Operation.DELETE_OBJECT, new DeleteObject(catalog, durability),
        S3Operation.DELETE_OBJECTS, new DeleteObjects(catalog, durability),
        S3Operation.GET_OBJECT_ATTRIBUTES, new GetObjectAttributes(catalog));
  }
}

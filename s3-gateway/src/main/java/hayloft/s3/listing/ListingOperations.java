package hayloft.s3.listing;

import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class ListingOperations {

  private ListingOperations() {}

  public static Map<S3Operation, Operation> of(Catalog catalog) {
    return Map.of(S3Operation.LIST_OBJECTS, new ListObjects(catalog),
        S3Operation.LIST_OBJECTS_V2, new ListObjectsV2(catalog),
        S3Operation.LIST_OBJECT_VERSIONS, new ListObjectVersions(catalog));
  }
}

package hayloft.s3.form;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.object.Intake;
import hayloft.s3.request.Gate;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.time.InstantSource;
import java.util.Map;

/// The operations of this package.
public final class FormOperations {

  private FormOperations() {}

  /// @param maxPutBytes of a file
  /// @param clock that policies expire by
  public static Map<S3Operation, Operation> of(Catalog catalog, Gate gate, AccessDecision access, Intake intake,
      ChecksumSource checksums, Durability durability, long maxPutBytes, InstantSource clock) {
    return Map.of(S3Operation.POST_OBJECT,
        new PostObject(catalog, gate, access, intake, checksums, durability, maxPutBytes, clock));
  }
}

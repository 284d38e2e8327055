package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.object.Intake;
import hayloft.s3.request.Operation;
import hayloft.s3.routing.S3Operation;
import java.util.Map;

/// The operations of this package.
public final class MultipartOperations {

  private MultipartOperations() {}

  /// @param maxPutBytes of a part
  public static Map<S3Operation, Operation> of(Catalog catalog, AccessDecision access, Intake intake,
      ChecksumSource checksums, Durability durability, long maxPutBytes) {
    return Map.of(S3Operation.CREATE_MULTIPART_UPLOAD, new CreateMultipartUpload(catalog),
        S3Operation.UPLOAD_PART, new UploadPart(catalog, intake, checksums, durability, maxPutBytes),
        S3Operation.UPLOAD_PART_COPY, new UploadPartCopy(catalog, access, intake, durability),
        S3Operation.COMPLETE_MULTIPART_UPLOAD, new CompleteMultipartUpload(catalog, checksums, durability),
        S3Operation.ABORT_MULTIPART_UPLOAD, new AbortMultipartUpload(catalog, durability),
        S3Operation.LIST_PARTS, new ListParts(catalog),
        S3Operation.LIST_MULTIPART_UPLOADS, new ListMultipartUploads(catalog));
  }
}

package hayloft.s3.acl;

import hayloft.s3.access.AccessControlList;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.S3Request;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// The list that a PutBucketAcl or PutObjectAcl carries, in headers or in its body.
final class AclRequest {

  private AclRequest() {}

  /// @param ownerId of what the list is for
  /// @throws S3Exception UnexpectedContent, MissingSecurityHeader, and what reading a list throws
  static AccessControlList read(S3Request request, AccessDecision access, String ownerId) throws IOException {
    Optional<AccessControlList> inHeaders = access.asked(request.headers(), ownerId, request.bucket().ownerId());
    byte[] document = request.readDocument(S3Request.DOCUMENT_BYTES);
    if (inHeaders.isPresent()) {
      if (document.length > 0) {
        throw new S3Exception(
            new S3Error.Refused(400, "UnexpectedContent", "This request does not support content", List.of()));
      }
      return inHeaders.get();
    }
    if (document.length == 0) {
      throw new S3Exception(new S3Error.Refused(400, "MissingSecurityHeader",
          "Your request was missing a required header", List.of(new S3Error.Field("MissingHeaderName", "x-amz-acl"))));
    }
    return access.asked(document, ownerId);
  }
}

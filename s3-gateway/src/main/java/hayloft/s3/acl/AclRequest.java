package hayloft.s3.acl;

import hayloft.s3.access.AccessControlList;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// What a PutBucketAcl or PutObjectAcl says of a list, in headers or in its body, which was read. What that means
/// depends on whose the list is for. Immutable.
final class AclRequest {

  private final S3Request request;
  private final Optional<XmlElement> document;

  private AclRequest(S3Request request, Optional<XmlElement> document) {
    this.request = request;
    this.document = document;
  }

  /// Waits for the body.
  ///
  /// @throws S3Exception MalformedACLError, and what reading a body throws
  static AclRequest read(S3Request request) throws IOException {
    byte[] body = request.readDocument(S3Request.DOCUMENT_BYTES);
    if (body.length == 0) {
      return new AclRequest(request, Optional.empty());
    }
    try {
      return new AclRequest(request, Optional.of(request.parse(body)));
    } catch (MalformedXmlException _) {
      throw AccessDecision.malformedList();
    }
  }

  /// From memory.
  ///
  /// @param ownerId of what the list is for
  /// @throws S3Exception UnexpectedContent, MissingSecurityHeader, and what reading a list throws
  AccessControlList list(AccessDecision access, String ownerId) {
    Optional<AccessControlList> inHeaders = access.asked(request.headers(), ownerId, request.bucket().ownerId());
    if (inHeaders.isPresent()) {
      if (document.isPresent()) {
        throw new S3Exception(
            new S3Error.Refused(400, "UnexpectedContent", "This request does not support content", List.of()));
      }
      return inHeaders.get();
    }
    return access.asked(document.orElseThrow(AclRequest::nothingAsked), ownerId);
  }

  private static S3Exception nothingAsked() {
    return new S3Exception(new S3Error.Refused(400, "MissingSecurityHeader",
        "Your request was missing a required header", List.of(new S3Error.Field("MissingHeaderName", "x-amz-acl"))));
  }
}

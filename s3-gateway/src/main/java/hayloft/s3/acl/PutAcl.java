package hayloft.s3.acl;

import hayloft.filer.Bucket;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.routing.S3Operation;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.List;

/// `PUT /{bucket}?acl` and `PUT /{bucket}/{key}?acl`: accepts the list that holds anyway, refuses every other by name.
/// [PutBucketAcl](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html),
/// [PutObjectAcl](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html)
///
/// Canned lists other than the private ones, and headers with grants, do not get as far as here.
final class PutAcl implements Operation {

  private final Catalog catalog;
  private final S3Operation which;

  PutAcl(Catalog catalog, S3Operation which) {
    this.catalog = catalog;
    this.which = which;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Bucket bucket = request.bucket();
    HttpHeaders headers = request.reply().headers();
    String ownerId = bucket.ownerId();
    if (which == S3Operation.PUT_OBJECT_ACL) {
      ObjectVersion version = request.found(catalog.find(bucket, request.key(), request.version()));
      request.addVersionId(headers, version.versionId());
      ownerId = version.attributes().ownerId();
    }
    byte[] document = request.readDocument(S3Request.DOCUMENT_BYTES);
    if (document.length == 0 && request.header("x-amz-acl").isEmpty()) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "Your request was missing a required header: an access control list, x-amz-acl or x-amz-grant-*"));
    }
    if (document.length > 0 && !isOwnerAlone(document, ownerId)) {
      throw new S3Exception(S3Error.NotImplemented.operation(which.awsName()));
    }
    request.reply().sendEmpty(200, headers);
  }

  private static boolean isOwnerAlone(byte[] document, String ownerId) {
    return S3Request.parseXml(document, "AccessControlPolicy", root -> {
      XmlElement list = root.child("AccessControlList")
          .orElseThrow(() -> new MalformedXmlException("no AccessControlList"));
      List<XmlElement> grants = list.children("Grant");
      if (grants.size() != 1) {
        return false;
      }
      XmlElement grant = grants.getFirst();
      XmlElement grantee = grant.child("Grantee").orElseThrow(() -> new MalformedXmlException("no Grantee"));
      return grantee.childText("ID").orElse("").equals(ownerId)
          && grant.childText("Permission").orElse("").equals("FULL_CONTROL");
    });
  }
}

package hayloft.s3.acl;

import hayloft.filer.Catalog;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;

/// `GET /{bucket}?acl`: a bucket's list.
/// [GetBucketAcl](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html)
final class GetBucketAcl implements Operation {

  private final Catalog catalog;

  GetBucketAcl(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) {
    request.reply().sendXml(request.reply().headers(),
        AclDocument.of(AccessDecision.listOf(request.bucket()), request.bucket().ownerId(), catalog));
  }

  @Override
  public void begin(S3Request request) {
    answer(request); // from memory
  }
}

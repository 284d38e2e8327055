package hayloft.s3.acl;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.access.AccessControlList;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import java.io.IOException;

/// `PUT /{bucket}?acl`: replaces a bucket's list.
/// [PutBucketAcl](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html)
final class PutBucketAcl implements Operation {

  private final Catalog catalog;
  private final AccessDecision access;

  PutBucketAcl(Catalog catalog, AccessDecision access) {
    this.catalog = catalog;
    this.access = access;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    AccessControlList list = AclRequest.read(request).list(access, request.bucket().ownerId());
    request.changeBucket(catalog, bucket -> AccessDecision.with(bucket, list));
    request.reply().sendEmpty(200, request.reply().headers(Durability.FSYNC));
  }
}

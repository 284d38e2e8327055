package hayloft.s3.tagging;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import java.io.IOException;

/// `DELETE /{bucket}?tagging`: takes a bucket's tags away.
/// [DeleteBucketTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html)
final class DeleteBucketTagging implements Operation {

  private final Catalog catalog;

  DeleteBucketTagging(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    BucketTagging.store(catalog, request, "");
    request.reply().sendEmpty(204, request.reply().headers(Durability.FSYNC));
  }
}

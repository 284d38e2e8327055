package hayloft.s3.tagging;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import java.io.IOException;
import java.util.Map;

/// `PUT /{bucket}?tagging`: replaces a bucket's tags.
/// [PutBucketTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html)
final class PutBucketTagging implements Operation {

  private final Catalog catalog;

  PutBucketTagging(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Map<String, String> tags = request.readXml("Tagging", S3Request.DOCUMENT_BYTES,
        root -> Tags.ofDocument(root, Tags.MAX_OF_BUCKET));
    BucketTagging.store(catalog, request, BucketTagging.settingOf(tags));
    request.reply().sendEmpty(204, request.reply().headers(Durability.FSYNC));
  }
}

package hayloft.s3.bucket;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import java.io.IOException;

/// `DELETE /{bucket}`: deletes an empty bucket; uploads under way end with it.
/// [DeleteBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html)
final class DeleteBucket implements Operation {

  private final Catalog catalog;
  private final Durability durability;

  DeleteBucket(Catalog catalog, Durability durability) {
    this.catalog = catalog;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    switch (catalog.deleteBucket(request.bucket())) {
      case DELETED -> request.reply().sendEmpty(204, request.reply().headers(request.durability(durability)));
      case NOT_EMPTY -> throw new S3Exception(new S3Error.BucketNotEmpty(request.bucketName()));
      case NO_SUCH_BUCKET -> throw new S3Exception(new S3Error.NoSuchBucket(request.bucketName()));
    }
  }
}

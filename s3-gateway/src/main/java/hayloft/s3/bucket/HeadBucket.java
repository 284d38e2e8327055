package hayloft.s3.bucket;

import hayloft.s3.error.S3Error;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaders;

/// `HEAD /{bucket}`: whether the bucket is there and the user may use it.
/// [HeadBucket](https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html)
final class HeadBucket implements Operation {

  @Override
  public void answer(S3Request request) {
    HttpHeaders headers = request.reply().headers();
    headers.set(S3Error.BUCKET_REGION, BucketRegion.of(request.bucket()));
    headers.set("x-amz-access-point-alias", "false");
    headers.set("content-type", "application/xml");
    request.reply().sendEmpty(200, headers);
  }

  @Override
  public void begin(S3Request request) {
    answer(request); // from memory
  }
}

package hayloft.s3.tagging;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;

/// `GET /{bucket}?tagging`: a bucket's tags.
/// [GetBucketTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html)
final class GetBucketTagging implements Operation {

  @Override
  public void answer(S3Request request) throws IOException {
    String document = request.bucket().settings().get(BucketTagging.SETTING);
    if (document == null) {
      throw new S3Exception(S3Error.Plain.NO_SUCH_TAG_SET);
    }
    HttpHeaders headers = request.reply().headers();
    headers.set("content-type", "application/xml");
    request.reply().send(200, headers, ByteBufUtil.writeUtf8(ByteBufAllocator.DEFAULT, document));
  }

  @Override
  public void begin(S3Request request) throws IOException {
    answer(request); // from memory
  }
}

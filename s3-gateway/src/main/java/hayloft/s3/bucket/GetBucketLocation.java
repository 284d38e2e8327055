package hayloft.s3.bucket;

import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;

/// `GET /{bucket}?location`: the bucket's region as it was asked for; empty means us-east-1.
/// [GetBucketLocation](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html)
final class GetBucketLocation implements Operation {

  @Override
  public void answer(S3Request request) {
    XmlWriter xml = new XmlWriter(256);
    xml.rootText("LocationConstraint", request.bucket().region());
    request.reply().sendXml(request.reply().headers(), xml);
  }

  @Override
  public void begin(S3Request request) {
    answer(request); // from memory
  }
}

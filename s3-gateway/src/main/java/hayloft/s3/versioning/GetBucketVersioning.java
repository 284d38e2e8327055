package hayloft.s3.versioning;

import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;

/// `GET /{bucket}?versioning`: enabled, suspended, or nothing if it never was.
/// [GetBucketVersioning](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html)
final class GetBucketVersioning implements Operation {

  @Override
  public void answer(S3Request request) throws IOException {
    XmlWriter xml = new XmlWriter(256);
    xml.openRoot("VersioningConfiguration");
    switch (request.bucket().versioning()) {
      case UNVERSIONED -> {
        // no status at all
      }
      case ENABLED -> xml.text("Status", "Enabled");
      case SUSPENDED -> xml.text("Status", "Suspended");
    }
    xml.close("VersioningConfiguration");
    request.reply().sendXml(request.reply().headers(), xml);
  }

  @Override
  public void begin(S3Request request) throws IOException {
    answer(request); // from memory
  }
}

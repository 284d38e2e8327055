package hayloft.s3.durability;

import hayloft.common.Durability;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import java.util.List;

/// `GET /{bucket}?hayloft-durability`: the durability that a bucket has of its own.
final class GetBucketDurability implements Operation {

  @Override
  public void answer(S3Request request) throws IOException {
    Durability own = request.bucket().durability()
        .orElseThrow(() -> new S3Exception(new S3Error.Refused(404, "NoSuchDurabilityConfiguration",
            "The bucket has no durability of its own and goes by the server's", List.of())));
    XmlWriter xml = new XmlWriter(256);
    xml.openRoot("DurabilityConfiguration");
    xml.text("Durability", own.text());
    xml.close("DurabilityConfiguration");
    request.reply().sendXml(request.reply().headers(), xml);
  }

  @Override
  public void begin(S3Request request) throws IOException {
    answer(request); // from memory
  }
}

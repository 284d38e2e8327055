package hayloft.s3.error;

import hayloft.s3.xml.XmlWriter;
import io.netty.buffer.ByteBuf;

/// The XML of an error.
/// [REST error responses](https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#RESTErrorResponses)
public final class ErrorDocument {

  private ErrorDocument() {}

  /// @param resource the path that was asked for
  public static ByteBuf of(S3Error error, String resource, String requestId, String hostId) {
    XmlWriter xml = new XmlWriter(512);
    xml.open("Error");
    xml.text("Code", error.code());
    xml.text("Message", error.message());
    for (S3Error.Field field : error.fields()) {
      xml.text(field.name(), field.value());
    }
    xml.text("Resource", resource);
    xml.text("RequestId", requestId);
    xml.text("HostId", hostId);
    xml.close("Error");
    return xml.finish();
  }
}

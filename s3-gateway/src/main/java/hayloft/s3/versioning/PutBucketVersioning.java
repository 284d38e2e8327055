package hayloft.s3.versioning;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.Versioning;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.MalformedXmlException;
import hayloft.s3.xml.XmlElement;
import java.io.IOException;

/// `PUT /{bucket}?versioning`: enables or suspends versioning.
/// [PutBucketVersioning](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html)
final class PutBucketVersioning implements Operation {

  private final Catalog catalog;

  PutBucketVersioning(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Versioning wanted = request.readXml("VersioningConfiguration", S3Request.DOCUMENT_BYTES, PutBucketVersioning::read);
    request.changeBucket(catalog, bucket -> bucket.withVersioning(wanted));
    request.reply().sendEmpty(200, request.reply().headers(Durability.FSYNC));
  }

  private static Versioning read(XmlElement root) throws MalformedXmlException {
    switch (root.childText("MfaDelete").orElse("Disabled").strip()) {
      case "Disabled" -> {
        // as it is
      }
      case "Enabled" ->
        throw new S3Exception(new S3Error.NotImplemented("MfaDelete is not implemented.", "MfaDelete"));
      default -> throw new MalformedXmlException("MfaDelete is neither Enabled nor Disabled");
    }
    String status = root.childText("Status")
        .orElseThrow(() -> new S3Exception(S3Error.Plain.ILLEGAL_VERSIONING_CONFIGURATION));
    return switch (status.strip()) {
      case "Enabled" -> Versioning.ENABLED;
      case "Suspended" -> Versioning.SUSPENDED;
      default -> throw new MalformedXmlException("no versioning status: " + status);
    };
  }
}

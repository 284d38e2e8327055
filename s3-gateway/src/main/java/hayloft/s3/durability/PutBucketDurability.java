package hayloft.s3.durability;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.MalformedXmlException;
import java.io.IOException;
import java.util.Optional;

/// `PUT /{bucket}?hayloft-durability`: gives a bucket a durability of its own, for requests that come from now on. What
/// was acknowledged before stays as durable as it was acknowledged.
final class PutBucketDurability implements Operation {

  private final Catalog catalog;

  PutBucketDurability(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Durability wanted = request.readXml("DurabilityConfiguration", S3Request.DOCUMENT_BYTES,
        root -> BucketDurability.parse(root.childText("Durability")
            .orElseThrow(() -> new MalformedXmlException("no Durability")).strip(), "Durability"));
    BucketDurability.store(catalog, request, Optional.of(wanted));
    request.reply().sendEmpty(200, request.reply().headers(Durability.FSYNC));
  }
}

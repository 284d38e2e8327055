package hayloft.s3.tagging;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Map;

/// `PUT /{bucket}/{key}?tagging`: replaces a version's tags.
/// [PutObjectTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html)
final class PutObjectTagging implements Operation {

  private final Catalog catalog;
  private final Durability durability;

  PutObjectTagging(Catalog catalog, Durability durability) {
    this.catalog = catalog;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Map<String, String> tags = request.readXml("Tagging", S3Request.DOCUMENT_BYTES,
        root -> Tags.ofDocument(root, Tags.MAX_OF_OBJECT));
    ObjectVersion version = request
        .found(catalog.setTags(request.bucket(), request.key(), request.version(), tags));
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    request.addVersionId(headers, version.versionId());
    request.reply().sendEmpty(200, headers);
  }
}

package hayloft.s3.tagging;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Map;

/// `DELETE /{bucket}/{key}?tagging`: takes a version's tags away.
/// [DeleteObjectTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html)
final class DeleteObjectTagging implements Operation {

  private final Catalog catalog;
  private final Durability durability;

  DeleteObjectTagging(Catalog catalog, Durability durability) {
    this.catalog = catalog;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    ObjectVersion version = request
        .found(catalog.setTags(request.bucket(), request.key(), request.version(), Map.of()));
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    request.addVersionId(headers, version.versionId());
    request.reply().sendEmpty(204, headers);
  }
}

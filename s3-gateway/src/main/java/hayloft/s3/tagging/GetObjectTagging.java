package hayloft.s3.tagging;

import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;

/// `GET /{bucket}/{key}?tagging`: a version's tags.
/// [GetObjectTagging](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html)
final class GetObjectTagging implements Operation {

  private final Catalog catalog;

  GetObjectTagging(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    ObjectVersion version = request.found(catalog.find(request.bucket(), request.key(), request.version()));
    HttpHeaders headers = request.reply().headers();
    request.addVersionId(headers, version.versionId());
    request.reply().sendXml(headers, Tags.document(version.attributes().tags()));
  }
}

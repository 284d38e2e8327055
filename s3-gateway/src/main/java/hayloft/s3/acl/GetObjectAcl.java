package hayloft.s3.acl;

import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;

/// `GET /{bucket}/{key}?acl`: a version's list.
/// [GetObjectAcl](https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html)
final class GetObjectAcl implements Operation {

  private final Catalog catalog;

  GetObjectAcl(Catalog catalog) {
    this.catalog = catalog;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    ObjectVersion version = request.found(catalog.find(request.bucket(), request.key(), request.version()));
    HttpHeaders headers = request.reply().headers();
    request.addVersionId(headers, version.versionId());
    request.reply().sendXml(headers,
        AclDocument.of(AccessDecision.listOf(version), version.attributes().ownerId(), catalog));
  }
}

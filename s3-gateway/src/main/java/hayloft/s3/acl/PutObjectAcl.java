package hayloft.s3.acl;

import hayloft.filer.Catalog;
import hayloft.filer.ObjectVersion;
import hayloft.filer.VersionSelector;
import hayloft.s3.access.AccessControlList;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;

/// `PUT /{bucket}/{key}?acl`: replaces a version's list; its owner, ETag and date stay.
/// [PutObjectAcl](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html)
final class PutObjectAcl implements Operation {

  private final Catalog catalog;
  private final AccessDecision access;

  PutObjectAcl(Catalog catalog, AccessDecision access) {
    this.catalog = catalog;
    this.access = access;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    ObjectVersion judged = request.found(catalog.find(request.bucket(), request.key(), request.version()));
    String ownerId = judged.attributes().ownerId();
    AccessControlList list = AclRequest.read(request, access, ownerId);
    // the version that was judged, and not another that came meanwhile
    VersionSelector which = new VersionSelector.Exactly(judged.versionId());
    ObjectVersion version = request
        .found(catalog.setAcl(request.bucket(), request.key(), which, list.text(ownerId)), which, request.key());
    HttpHeaders headers = request.reply().headers();
    request.addVersionId(headers, version.versionId());
    request.reply().sendEmpty(200, headers);
  }
}

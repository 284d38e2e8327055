package hayloft.s3.acl;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectVersion;
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
  private final Durability durability;

  PutObjectAcl(Catalog catalog, AccessDecision access, Durability durability) {
    this.catalog = catalog;
    this.access = access;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    // Who may not do it hears so before the body is looked at. It is judged again below, because another version may
    // have come meanwhile: a null version replaces one of the same name.
    request.found(catalog.find(request.bucket(), request.key(), request.version()));
    AclRequest asked = AclRequest.read(request);
    ObjectVersion version = request.found(catalog.setAcl(request.bucket(), request.key(), request.version(), found -> {
      String ownerId = request.found(new Lookup.Found(found)).attributes().ownerId();
      return asked.list(access, ownerId).text(ownerId);
    }));
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    request.addVersionId(headers, version.versionId());
    request.reply().sendEmpty(200, headers);
  }
}

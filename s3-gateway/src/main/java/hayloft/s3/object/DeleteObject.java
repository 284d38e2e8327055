package hayloft.s3.object;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.VersionSelector;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;

/// `DELETE /{bucket}/{key}`: deletes an object, or erases one version of it.
/// [DeleteObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html)
final class DeleteObject implements Operation {

  private final Catalog catalog;
  private final Durability durability;

  DeleteObject(Catalog catalog, Durability durability) {
    this.catalog = catalog;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Precondition condition = WriteConditions.ofDelete(request);
    if (request.version() instanceof VersionSelector.Exactly && !request.ownsBucket()) {
      throw AccessDecision.denied(); // no list grants it
    }
    switch (catalog.delete(request.bucket(), request.key(), request.version(), condition)) {
      case DeleteOutcome.Deleted deleted -> {
        HttpHeaders headers = request.reply().headers(request.durability(durability));
        deleted.versionId().ifPresent(id -> headers.set("x-amz-version-id", id));
        if (deleted.deleteMarker()) {
          headers.set("x-amz-delete-marker", "true");
        }
        request.reply().sendEmpty(204, headers);
      }
      case DeleteOutcome.Refused(Precondition.Verdict verdict) -> throw new S3Exception(
          WriteConditions.error(request, verdict, condition, request.key()));
      case DeleteOutcome.BucketGone _ -> throw new S3Exception(new S3Error.NoSuchBucket(request.bucketName()));
    }
  }
}

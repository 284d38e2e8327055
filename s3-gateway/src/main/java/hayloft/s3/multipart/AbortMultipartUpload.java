package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.Upload;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/// `DELETE /{bucket}/{key}?uploadId`: gives an upload up; its parts become garbage.
/// [AbortMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html)
final class AbortMultipartUpload implements Operation {

  private static final String INITIATED = "x-amz-if-match-initiated-time";

  private final Catalog catalog;
  private final Durability durability;

  AbortMultipartUpload(Catalog catalog, Durability durability) {
    this.catalog = catalog;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Optional<Instant> initiated = request.header(INITIATED).map(text -> WriteConditions.time(INITIATED, text));
    Optional<Upload> upload = Uploads.findIfThere(request, catalog); // judges who may
    if (initiated.isPresent() && upload.isPresent()
        && upload.get().initiated().getEpochSecond() != initiated.get().getEpochSecond()) {
      throw new S3Exception(new S3Error.PreconditionFailed(INITIATED));
    }
    if (!catalog.abortUpload(request.bucket(), request.key(), Uploads.id(request))) {
      throw Uploads.gone(request);
    }
    request.reply().sendEmpty(204, request.reply().headers(request.durability(durability)));
  }
}

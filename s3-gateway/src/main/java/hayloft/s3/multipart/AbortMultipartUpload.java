package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import java.io.IOException;

/// `DELETE /{bucket}/{key}?uploadId`: gives an upload up; its parts become garbage.
/// [AbortMultipartUpload](https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html)
final class AbortMultipartUpload implements Operation {

  private final Catalog catalog;
  private final Durability durability;

  AbortMultipartUpload(Catalog catalog, Durability durability) {
    this.catalog = catalog;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Uploads.findIfThere(request, catalog); // judges who may
    if (!catalog.abortUpload(request.bucket(), request.key(), Uploads.id(request))) {
      throw Uploads.gone(request);
    }
    request.reply().sendEmpty(204, request.reply().headers(request.durability(durability)));
  }
}

package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.Part;
import hayloft.filer.PartOutcome;
import hayloft.filer.Upload;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.object.Intake;
import hayloft.s3.object.ObjectHeaders;
import hayloft.s3.object.WriteReply;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;

/// `PUT /{bucket}/{key}?partNumber&uploadId`: stores one part.
/// [UploadPart](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html)
///
/// A part that comes without a checksum is summed here, if its upload has an algorithm.
final class UploadPart implements Operation {

  private final Catalog catalog;
  private final Intake intake;
  private final Durability durability;
  private final long maxBytes;

  UploadPart(Catalog catalog, Intake intake, Durability durability, long maxBytes) {
    this.catalog = catalog;
    this.intake = intake;
    this.durability = durability;
    this.maxBytes = maxBytes;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    WriteReply.requireLength(request);
    int number = Uploads.partNumber(request);
    Upload upload = Uploads.find(request, catalog);
    PartOutcome outcome = intake.receive(request.openPayload(upload.checksum()),
        catalog.writeBody(request.bucket(), request.key(), request.durability(durability)), maxBytes,
        digests -> Uploads.requireAlgorithm(upload, digests.checksum()),
        (body, digests) -> catalog.putPart(request.bucket(), upload, number, digests.etagHex(), digests.checksum(),
            body,
            request.durability(durability)));
    Part part = Uploads.stored(request, outcome);
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    headers.set(HttpHeaderNames.ETAG, ObjectHeaders.quote(part.etag()));
    part.checksum().ifPresent(value -> headers.set(ChecksumNames.header(value.algorithm()), value.base64()));
    request.reply().sendEmpty(200, headers);
  }
}

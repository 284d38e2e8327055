package hayloft.s3.multipart;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.Part;
import hayloft.filer.PartOutcome;
import hayloft.filer.Upload;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.object.Intake;
import hayloft.s3.object.ObjectHeaders;
import hayloft.s3.object.WriteReply;
import hayloft.s3.request.Operation;
import hayloft.s3.request.Payload;
import hayloft.s3.request.S3Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// `PUT /{bucket}/{key}?partNumber&uploadId`: stores one part.
/// [UploadPart](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html)
///
/// A part that comes without a checksum is summed here, if its upload has an algorithm. If it has none the part is
/// summed all the same, for S3's default checksum of the object, but shows only what the client sent.
final class UploadPart implements Operation {

  private final Catalog catalog;
  private final Intake intake;
  private final ChecksumSource checksums;
  private final Durability durability;
  private final long maxBytes;

  UploadPart(Catalog catalog, Intake intake, ChecksumSource checksums, Durability durability, long maxBytes) {
    this.catalog = catalog;
    this.intake = intake;
    this.checksums = checksums;
    this.durability = durability;
    this.maxBytes = maxBytes;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    WriteReply.requireLength(request);
    int number = Uploads.partNumber(request);
    Upload upload = Uploads.find(request, catalog);
    PartOutcome outcome = upload.checksum().isPresent()
        ? receive(request, upload, number, request.openPayload(upload.checksum()), _ -> Optional.empty())
        : receiveForDefault(request, upload, number);
    Part part = Uploads.stored(request, outcome);
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    headers.set(HttpHeaderNames.ETAG, ObjectHeaders.quote(part.etag()));
    part.checksum().ifPresent(value -> headers.set(ChecksumNames.header(value.algorithm()), value.base64()));
    request.reply().sendEmpty(200, headers);
  }

  private PartOutcome receiveForDefault(S3Request request, Upload upload, int number) throws IOException {
    SummedPayload payload = new SummedPayload(request.openPayload(Optional.empty()), checksums);
    return receive(request, upload, number, payload, payload::sum);
  }

  private PartOutcome receive(S3Request request, Upload upload, int number, Payload payload,
      UnaryOperator<Optional<ObjectChecksum>> defaultSum) throws IOException {
    return intake.receive(payload,
        claims -> catalog.writeBody(request.bucket(), request.key(), request.durability(durability), claims), maxBytes,
        digests -> Uploads.requireAlgorithm(upload, digests.checksum()),
        (body, digests) -> catalog.putPart(request.bucket(), upload, number, digests.etagHex(), digests.checksum(),
            defaultSum.apply(digests.checksum()), body, request.durability(durability)));
  }
}

package hayloft.s3.multipart;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.filer.BodyReader;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.Part;
import hayloft.filer.PartOutcome;
import hayloft.filer.Upload;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.object.CopySource;
import hayloft.s3.object.Intake;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.xml.XmlWriter;
import java.io.IOException;
import java.util.Optional;

/// `PUT /{bucket}/{key}?partNumber&uploadId` with `x-amz-copy-source`: stores one part, copied from an object or a
/// range of it. [UploadPartCopy](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPartCopy.html)
final class UploadPartCopy implements Operation {

  private final Catalog catalog;
  private final AccessDecision access;
  private final Intake intake;
  private final Durability durability;

  UploadPartCopy(Catalog catalog, AccessDecision access, Intake intake, Durability durability) {
    this.catalog = catalog;
    this.access = access;
    this.intake = intake;
    this.durability = durability;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    int number = Uploads.partNumber(request);
    Upload upload = Uploads.find(request, catalog);
    CopySource source = CopySource.find(request, catalog, access);
    long sizeBytes = source.version().sizeBytes();
    ByteRange range = request.header("x-amz-copy-source-range").map(value -> CopyRange.read(value, sizeBytes))
        .orElse(ByteRange.whole(sizeBytes));
    if (range.lengthBytes() > CopySource.MAX_BYTES) {
      throw new S3Exception(new S3Error.InvalidRequest(
          "The specified copy source is larger than the maximum allowable size for a copy source: "
              + CopySource.MAX_BYTES));
    }
    PartOutcome outcome;
    try (BodyReader reader = catalog.read(source.version(), range)) {
      outcome = intake.copy(reader,
          catalog.writeBody(request.bucket(), request.key(), request.durability(durability), request.body().claims()),
          Optional.of(upload.checksum().orElse(ChecksumAlgorithm.BY_DEFAULT)),
          () -> request.reply().stillAtWork(() -> source.replyHeaders(request, durability)),
          (body, digests) -> catalog.putPart(request.bucket(), upload, number, digests.etagHex(),
              digests.checksum().filter(_ -> upload.checksum().isPresent()),
              digests.checksum().filter(_ -> upload.checksum().isEmpty()), body, request.durability(durability)));
    }
    Part part = Uploads.stored(request, outcome);
    XmlWriter xml = new XmlWriter(512);
    xml.openRoot("CopyPartResult");
    xml.time("LastModified", part.modified());
    xml.etag(part.etag());
    ChecksumNames.write(xml, part.checksum());
    xml.close("CopyPartResult");
    request.reply().sendXmlAtLast(source.replyHeaders(request, durability), xml);
  }
}

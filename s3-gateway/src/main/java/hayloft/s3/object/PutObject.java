package hayloft.s3.object;

import hayloft.common.Durability;
import hayloft.filer.Catalog;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Optional;

/// `PUT /{bucket}/{key}`: stores an object.
/// [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html)
final class PutObject implements Operation {

  private final Catalog catalog;
  private final Intake intake;
  private final Durability durability;
  private final long maxBytes;

  /// @param maxBytes of a body
  PutObject(Catalog catalog, Intake intake, Durability durability, long maxBytes) {
    this.catalog = catalog;
    this.intake = intake;
    this.durability = durability;
    this.maxBytes = maxBytes;
  }

  @Override
  public void answer(S3Request request) throws IOException {
    WriteReply.requireLength(request);
    ObjectDraft draft = ObjectHeaders.draft(request);
    Precondition condition = WriteConditions.ofWrite(request);
    PutOutcome outcome = intake.receive(request.openPayload(Optional.empty()),
        catalog.writeBody(request.bucket(), request.key(), request.durability(durability)), maxBytes, _ -> {},
        (body, digests) -> catalog.put(request.bucket(), request.key(), draft.withChecksum(digests.checksum()),
            digests.etagHex(), body, condition, request.durability(durability)));
    ObjectVersion version = WriteReply.stored(request, outcome, condition);
    HttpHeaders headers = request.reply().headers(request.durability(durability));
    ObjectHeaders.acknowledge(request, version, headers);
    request.reply().sendEmpty(200, headers);
  }
}

package hayloft.s3.object;

import hayloft.common.Durability;
import hayloft.common.http.RequestBody;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.StoredBody;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Operation;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;

/// `PUT /{bucket}/{key}`: stores an object.
/// [PutObject](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html)
final class PutObject implements Operation {

  /// MD5 and CRC64NVME of that many take some thirty microseconds, which other connections of the loop wait.
  private static final int MAX_BYTES_ON_LOOP = 16 << 10;

  private static final Optional<ChecksumAlgorithm> BY_DEFAULT = Optional.of(ChecksumAlgorithm.BY_DEFAULT);

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

  /// A small body that is here is summed and committed without a thread of its own.
  @Override
  public void begin(S3Request request) throws IOException {
    RequestBody body = request.body();
    Executor later = body.isHere() && body.declaredBytes() <= MAX_BYTES_ON_LOOP ? request.later() : null;
    if (later == null) {
      request.fork(() -> answer(request));
      return;
    }
    Put put = Put.of(request, durability);
    intake.receive(request.openPayload(BY_DEFAULT), store(request, put), maxBytes, (stored, digests) -> {
      Optional<CompletableFuture<PutOutcome>> begun = catalog.putNow(request.bucket(), request.key(),
          put.draft(digests), digests.etagHex(), stored, put.condition, put.durability, later);
      if (begun.isPresent()) {
        request.answerWith(begun.get(), outcome -> acknowledge(request, put, outcome));
      } else {
        commitOnFork(request, put, stored, digests);
      }
    });
  }

  /// Takes the body, also where no thread can be had.
  private void commitOnFork(S3Request request, Put put, StoredBody body, Digests digests) {
    boolean forked = false;
    try {
      request.fork(() -> acknowledge(request, put, commit(request, put, body, digests)));
      forked = true;
    } finally {
      if (!forked && body instanceof StoredBody.InMemory(ByteBuf bytes)) {
        bytes.release();
      }
    }
  }

  @Override
  public void answer(S3Request request) throws IOException {
    Put put = Put.of(request, durability);
    acknowledge(request, put, intake.receive(request.openPayload(BY_DEFAULT), store(request, put), maxBytes,
        _ -> {}, (body, digests) -> commit(request, put, body, digests)));
  }

  /// What the head of a request asks for.
  private record Put(ObjectDraft draft, Precondition condition, Durability durability) {

    static Put of(S3Request request, Durability byDefault) {
      WriteReply.requireLength(request);
      return new Put(ObjectHeaders.draft(request), WriteConditions.ofWrite(request), request.durability(byDefault));
    }

    ObjectDraft draft(Digests digests) {
      return draft.withChecksum(digests.checksum());
    }
  }

  private Intake.Store store(S3Request request, Put put) {
    return claims -> catalog.writeBody(request.bucket(), request.key(), put.durability, claims);
  }

  private PutOutcome commit(S3Request request, Put put, StoredBody body, Digests digests) throws IOException {
    return catalog.put(request.bucket(), request.key(), put.draft(digests), digests.etagHex(), body, put.condition,
        put.durability);
  }

  private static void acknowledge(S3Request request, Put put, PutOutcome outcome) {
    ObjectVersion version = WriteReply.stored(request, outcome, put.condition);
    HttpHeaders headers = request.reply().headers(put.durability);
    ObjectHeaders.acknowledge(request, version, headers);
    request.reply().sendEmpty(200, headers);
  }
}

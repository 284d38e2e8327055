package hayloft.s3.object;

import hayloft.filer.Catalog;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.VersionSelector;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.S3Request;
import hayloft.s3.request.WriteConditions;
import java.io.IOException;

/// What answers to mutations have in common.
public final class WriteReply {

  private WriteReply() {}

  /// The version that was stored.
  ///
  /// @throws S3Exception PreconditionFailed, NoSuchKey, NoSuchBucket
  public static ObjectVersion stored(S3Request request, PutOutcome outcome, Precondition condition) {
    return switch (outcome) {
      case PutOutcome.Stored(ObjectVersion version) -> version;
      case PutOutcome.Refused(Precondition.Verdict verdict) -> throw new S3Exception(
          WriteConditions.error(request, verdict, condition, request.key()));
      case PutOutcome.BucketGone _ -> throw new S3Exception(new S3Error.NoSuchBucket(request.bucketName()));
    };
  }

  /// Refuses at once what would be refused in the end: before work that takes long, whose answer may begin with 200.
  ///
  /// @throws S3Exception PreconditionFailed, NoSuchKey
  static void requireHope(S3Request request, Catalog catalog, Precondition condition) throws IOException {
    if (condition.equals(Precondition.NONE)) {
      return;
    }
    Lookup lookup = catalog.find(request.bucket(), request.key(), VersionSelector.LATEST);
    Precondition.Verdict verdict = condition.judge(lookup instanceof Lookup.Found(ObjectVersion current)
        ? current
        : null);
    if (verdict != Precondition.Verdict.HOLDS) {
      throw new S3Exception(WriteConditions.error(request, verdict, condition, request.key()));
    }
  }

  /// @throws S3Exception MissingContentLength if the request does not say how long its body is
  public static void requireLength(S3Request request) {
    if (!request.headers().contains("content-length") && !request.headers().contains("transfer-encoding")) {
      throw new S3Exception(S3Error.Plain.MISSING_CONTENT_LENGTH);
    }
  }
}

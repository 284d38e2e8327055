package hayloft.s3.request;

import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.http.BodyTimeoutException;
import hayloft.common.http.ClientGoneException;
import hayloft.common.http.MalformedBodyException;
import hayloft.common.log.EventLog;
import hayloft.common.log.LogLine;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.filer.quota.QuotaExceededException;
import hayloft.filer.uploads.BucketGoneException;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.util.List;
import java.util.function.UnaryOperator;

/// Turns what an operation threw into an answer: the one place where faults of other rooms become errors of S3.
/// Thread-safe.
public final class Faults {

  private static final EventLog LOG = EventLog.of(Faults.class);

  private Faults() {}

  /// Answers, or, once the answer has begun, throws the failure on, so that the connection is closed. An answer that
  /// began before its outcome was known ends with the error.
  ///
  /// @param subject says in a line of the log what the request was about
  public static void answer(Reply reply, UnaryOperator<LogLine> subject, Exception failure) throws Exception {
    if (failure instanceof ClientGoneException) {
      throw failure; // nobody is there to read an answer
    }
    S3Error error = report(reply, subject, failure);
    if (reply.endWith(error)) {
      return;
    }
    if (reply.hasBegun()) {
      throw failure;
    }
    reply.sendError(error);
  }

  /// The error for a failure. A fault is logged.
  ///
  /// @param subject says in a line of the log what the request was about
  public static S3Error report(Reply reply, UnaryOperator<LogLine> subject, Throwable failure) {
    S3Error error = translate(failure);
    if (error == S3Error.Plain.INTERNAL_ERROR) {
      subject.apply(LOG.error("request.failed").with("requestId", reply.requestId()))
          .withAny("advice", advice(failure)).say(failure);
    } else if (error.status() >= 500 && !(failure instanceof S3Exception)) {
      subject.apply(LOG.warning("request.refused").with("requestId", reply.requestId())).with("reason", failure)
          .say();
    }
    return error;
  }

  static String advice(Throwable failure) {
    return failure instanceof CorruptNeedleException
        ? "the bytes are damaged: restore the object from elsewhere, or delete it; test the disk"
        : "";
  }

  static S3Error translate(Throwable failure) {
    return switch (failure) {
      case S3Exception refused -> refused.error();
      case BucketGoneException gone -> new S3Error.NoSuchBucket(gone.bucketName());
      case StoreBusyException _,TooFewDescriptorsException _ -> S3Error.Plain.SLOW_DOWN;
      case OutOfMemoryError _ -> S3Error.Plain.SLOW_DOWN; // of buffers: on one of the heap the process ends
      case NoWritableVolumeException nowhere when nowhere.isPassing() -> S3Error.Plain.SLOW_DOWN;
      case NoWritableVolumeException _,DiskFullException _ -> S3Error.Plain.INSUFFICIENT_STORAGE;
      case VolumeUnwritableException unwritable -> switch (unwritable.reason()) {
        case NO_SPACE -> S3Error.Plain.INSUFFICIENT_STORAGE;
        case FULL, SEALED, FAILED, READ_ONLY -> S3Error.Plain.SLOW_DOWN;
      };
      case QuotaExceededException _ -> S3Error.Plain.QUOTA_EXCEEDED;
      case StaleEpochException _,RestartNeededException _ -> S3Error.Plain.SERVICE_UNAVAILABLE;
      case MalformedBodyException malformed -> new S3Error.Refused(400, "InvalidRequest",
          "The framing of the request's body could not be understood: " + malformed.getMessage(), List.of());
      case BodyTimeoutException _ -> S3Error.Plain.REQUEST_TIMEOUT;
      default -> S3Error.Plain.INTERNAL_ERROR;
    };
  }
}

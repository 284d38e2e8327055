package hayloft.s3.request;

import hayloft.common.http.EntityTags;
import hayloft.filer.Precondition;
import hayloft.s3.access.AccessDecision;
import hayloft.s3.access.Permission;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.Timestamps;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;

/// The conditional headers of a mutation.
/// [Conditional writes](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html)
///
/// Whoever may not read an object is refused before anything of it is compared: the answer would tell whether a guess
/// at its content is right. `*` asks only whether there is one, which the right to write is enough for.
/// [Permissions](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-delete-enforce.html)
public final class WriteConditions {

  private WriteConditions() {}

  /// Of PutObject, CopyObject and CompleteMultipartUpload.
  ///
  /// @throws S3Exception InvalidArgument if there are several ETags
  public static Precondition ofWrite(S3Request request) {
    Optional<String> match = etag(request, "if-match", EntityTags::strong);
    Optional<String> noneMatch = etag(request, "if-none-match", EntityTags::weak);
    return match.isEmpty() && noneMatch.isEmpty()
        ? Precondition.NONE
        : ofReader(request, new Precondition(match, noneMatch, Optional.empty(), Optional.empty()));
  }

  /// Of DeleteObject.
  ///
  /// @throws S3Exception InvalidArgument if a time or size is none, or there are several ETags
  public static Precondition ofDelete(S3Request request) {
    Optional<String> match = etag(request, "if-match", EntityTags::strong);
    Optional<Instant> modified = request.header("x-amz-if-match-last-modified-time")
        .map(text -> time("x-amz-if-match-last-modified-time", text));
    Optional<Long> size = request.header("x-amz-if-match-size").map(text -> size("x-amz-if-match-size", text));
    return match.isEmpty() && modified.isEmpty() && size.isEmpty()
        ? Precondition.NONE
        : ofReader(request, new Precondition(match, Optional.empty(), modified, size));
  }

  /// A condition that only those objects are held against which the user may read.
  public static Precondition ofReader(S3Request request, Precondition condition) {
    return condition.comparing(
        version -> AccessDecision.allows(request.bucket(), version, Permission.READ, request.user()));
  }

  /// The one of all lines of a header: writes know no lists, and the first one alone would let a write through that
  /// another forbids.
  private static Optional<String> etag(S3Request request, String name, UnaryOperator<String> bare) {
    if (!request.headers().contains(name)) {
      return Optional.empty();
    }
    Set<String> etags = new HashSet<>();
    for (String line : request.headers().getAll(name)) {
      for (String one : line.split(",", -1)) {
        if (!one.isBlank()) {
          etags.add(bare.apply(one));
        }
      }
    }
    if (etags.size() != 1) { // none at all: a script's empty variable is no consent
      throw new S3Exception(new S3Error.InvalidArgument("A write takes one ETag in this header.", name,
          String.join(",", request.headers().getAll(name))));
    }
    return etags.stream().findFirst();
  }

  /// @throws S3Exception InvalidArgument
  public static Instant time(String name, String text) {
    return Timestamps.parse(text)
        .orElseThrow(() -> new S3Exception(new S3Error.InvalidArgument("Invalid date", name, text)));
  }

  /// @throws S3Exception InvalidArgument
  public static long size(String name, String text) {
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException _) {
      throw new S3Exception(new S3Error.InvalidArgument("Invalid size", name, text));
    }
  }

  /// The error for a verdict other than [Precondition.Verdict#HOLDS].
  public static S3Error error(S3Request request, Precondition.Verdict verdict, Precondition condition, String key) {
    return switch (verdict) {
      case NO_OBJECT -> condition.isAboutExistence() || AccessDecision.mayList(request.bucket(), request.user())
          ? new S3Error.NoSuchKey(key)
          : S3Error.Plain.ACCESS_DENIED; // as a read of a missing key
      case HIDDEN -> S3Error.Plain.ACCESS_DENIED;
      case FAILS -> new S3Error.PreconditionFailed(name(condition));
      case HOLDS -> throw new IllegalStateException("a condition that holds refuses nothing");
    };
  }

  private static String name(Precondition condition) {
    if (condition.ifNoneMatch().isPresent()) {
      return "If-None-Match";
    }
    if (condition.ifMatch().isPresent()) {
      return "If-Match";
    }
    return condition.ifModified().isPresent() ? "x-amz-if-match-last-modified-time" : "x-amz-if-match-size";
  }
}

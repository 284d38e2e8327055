package hayloft.filer;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What must hold of a key's current object at the moment of a mutation; judged under the key's lock. Immutable.
/// [Conditional requests](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html)
///
/// @param ifMatch an ETag without quotes, or `*` for "exists"
/// @param ifNoneMatch an ETag without quotes, or `*` for "does not exist"
/// @param ifModified the object's last-modified time, compared by the second
/// @param ifSizeBytes the object's size
public record Precondition(Optional<String> ifMatch, Optional<String> ifNoneMatch, Optional<Instant> ifModified,
    Optional<Long> ifSizeBytes) {

  public static final Precondition NONE = new Precondition(Optional.empty(), Optional.empty(), Optional.empty(),
      Optional.empty());

  /// How a precondition was judged.
  public enum Verdict {
    HOLDS,
    /// 412 PreconditionFailed
    FAILS,
    /// Something is expected of an object that is not there: 404 NoSuchKey
    NO_OBJECT
  }

  /// @param current the key's current object, null if there is none or a delete marker
  public Verdict judge(@Nullable ObjectVersion current) {
    if (current == null) {
      boolean expectsObject = ifMatch.isPresent() || ifModified.isPresent() || ifSizeBytes.isPresent();
      return expectsObject ? Verdict.NO_OBJECT : Verdict.HOLDS;
    }
    boolean holds = ifMatch.map(etag -> etag.equals("*") || etag.equals(current.etag())).orElse(true)
        && ifNoneMatch.map(etag -> !etag.equals("*") && !etag.equals(current.etag())).orElse(true)
        && ifModified.map(time -> time.getEpochSecond() == current.modified().getEpochSecond()).orElse(true)
        && ifSizeBytes.map(size -> size == current.sizeBytes()).orElse(true);
    return holds ? Verdict.HOLDS : Verdict.FAILS;
  }
}

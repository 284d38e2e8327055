package hayloft.filer;

import java.time.Instant;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What must hold of a key's current object at the moment of a mutation; judged under the key's lock. Immutable.
/// [Conditional requests](https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html)
///
/// @param ifMatch an ETag without quotes, or `*` for "exists"
/// @param ifNoneMatch an ETag without quotes, or `*` for "does not exist"
/// @param ifModified the object's last-modified time, compared by the second
/// @param ifSizeBytes the object's size
/// @param mayCompare the objects that may be held against more than `*`: the verdict tells something of them
public record Precondition(Optional<String> ifMatch, Optional<String> ifNoneMatch, Optional<Instant> ifModified,
    Optional<Long> ifSizeBytes, Predicate<ObjectVersion> mayCompare) {

  private static final Predicate<ObjectVersion> ALL = _ -> true;

  public static final Precondition NONE = new Precondition(Optional.empty(), Optional.empty(), Optional.empty(),
      Optional.empty());

  public Precondition(Optional<String> ifMatch, Optional<String> ifNoneMatch, Optional<Instant> ifModified,
      Optional<Long> ifSizeBytes) {
    this(ifMatch, ifNoneMatch, ifModified, ifSizeBytes, ALL);
  }

  /// How a precondition was judged.
  public enum Verdict {
    HOLDS,
    /// 412 PreconditionFailed
    FAILS,
    /// Something is expected of an object that is not there: 404 NoSuchKey
    NO_OBJECT,
    /// There is an object, which was not compared: 403 AccessDenied
    HIDDEN
  }

  /// The same for whoever may not know every object.
  public Precondition comparing(Predicate<ObjectVersion> allowed) {
    return new Precondition(ifMatch, ifNoneMatch, ifModified, ifSizeBytes, allowed);
  }

  /// Whether it asks for nothing else than that an object is there, or none is.
  public boolean isAboutExistence() {
    return ifModified.isEmpty() && ifSizeBytes.isEmpty() && ifMatch.orElse("*").equals("*")
        && ifNoneMatch.orElse("*").equals("*");
  }

  /// @param current the key's current object, null if there is none or a delete marker
  public Verdict judge(@Nullable ObjectVersion current) {
    if (current == null) {
      boolean expectsObject = ifMatch.isPresent() || ifModified.isPresent() || ifSizeBytes.isPresent();
      return expectsObject ? Verdict.NO_OBJECT : Verdict.HOLDS;
    }
    if (!isAboutExistence() && !mayCompare.test(current)) {
      return Verdict.HIDDEN;
    }
    boolean holds = ifMatch.map(etag -> etag.equals("*") || etag.equals(current.etag())).orElse(true)
        && ifNoneMatch.map(etag -> !etag.equals("*") && !etag.equals(current.etag())).orElse(true)
        && ifModified.map(time -> time.getEpochSecond() == current.modified().getEpochSecond()).orElse(true)
        && ifSizeBytes.map(size -> size == current.sizeBytes()).orElse(true);
    return holds ? Verdict.HOLDS : Verdict.FAILS;
  }
}

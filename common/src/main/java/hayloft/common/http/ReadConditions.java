package hayloft.common.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The conditional headers of a read, or of the source of a copy. Immutable.
///
/// Judged in the order of [RFC 9110, section 13.2.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2): If-Match,
/// or without it If-Unmodified-Since; then If-None-Match, or without it If-Modified-Since. Dates that are none are
/// ignored.
public final class ReadConditions {

  /// No conditions.
  public static final ReadConditions NONE = new ReadConditions(null, null, null, null, "");

  private static final Verdict HOLDS = new Verdict.Holds();

  private final @Nullable String ifMatch;
  private final @Nullable String ifNoneMatch;
  private final @Nullable Instant ifModifiedSince;
  private final @Nullable Instant ifUnmodifiedSince;
  private final String prefix;

  private ReadConditions(@Nullable String ifMatch, @Nullable String ifNoneMatch, @Nullable Instant ifModifiedSince,
      @Nullable Instant ifUnmodifiedSince, String prefix) {
    this.ifMatch = ifMatch;
    this.ifNoneMatch = ifNoneMatch;
    this.ifModifiedSince = ifModifiedSince;
    this.ifUnmodifiedSince = ifUnmodifiedSince;
    this.prefix = prefix;
  }

  /// How conditions were judged.
  public sealed interface Verdict {
    record Holds() implements Verdict {}

    /// 304 to a read, 412 to anything else.
    record NotModified(String header) implements Verdict {}

    record Failed(String header) implements Verdict {}
  }

  /// The conditions of HTTP's own headers.
  public static ReadConditions of(HttpHeaders headers) {
    return of(headers, "", HttpHeaderNames.IF_MATCH, HttpHeaderNames.IF_NONE_MATCH, HttpHeaderNames.IF_MODIFIED_SINCE,
        HttpHeaderNames.IF_UNMODIFIED_SINCE);
  }

  /// The conditions of headers whose names go on as HTTP's own.
  ///
  /// @param prefix what these names begin with, in lower case
  public static ReadConditions of(HttpHeaders headers, String prefix) {
    return of(headers, prefix, prefix + "if-match", prefix + "if-none-match", prefix + "if-modified-since",
        prefix + "if-unmodified-since");
  }

  private static ReadConditions of(HttpHeaders headers, String prefix, CharSequence ifMatch, CharSequence ifNoneMatch,
      CharSequence ifModifiedSince, CharSequence ifUnmodifiedSince) {
    String match = HeaderLines.joined(headers, ifMatch);
    String noneMatch = HeaderLines.joined(headers, ifNoneMatch);
    Instant modified = HeaderDates.find(headers, ifModifiedSince).orElse(null);
    Instant unmodified = HeaderDates.find(headers, ifUnmodifiedSince).orElse(null);
    return match == null && noneMatch == null && modified == null && unmodified == null
        ? NONE
        : new ReadConditions(match, noneMatch, modified, unmodified, prefix);
  }

  /// @param etag without quotes
  public Verdict judge(String etag, Instant modified) {
    if (ifMatch != null) {
      if (!EntityTags.anyIsStrongly(ifMatch, etag)) {
        return new Verdict.Failed(prefix + "If-Match");
      }
    } else if (ifUnmodifiedSince != null && modified.getEpochSecond() > ifUnmodifiedSince.getEpochSecond()) {
      return new Verdict.Failed(prefix + "If-Unmodified-Since");
    }
    if (ifNoneMatch != null) {
      if (EntityTags.anyIsWeakly(ifNoneMatch, etag)) {
        return new Verdict.NotModified(prefix + "If-None-Match");
      }
    } else if (ifModifiedSince != null && modified.getEpochSecond() <= ifModifiedSince.getEpochSecond()) {
      return new Verdict.NotModified(prefix + "If-Modified-Since");
    }
    return HOLDS;
  }

  /// True if `If-Range` lets a range of this be sent (or is absent). What is neither a tag nor a date, and a list, does
  /// not. [RFC 9110, section 13.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5)
  ///
  /// @param etag without quotes
  public static boolean rangeHolds(HttpHeaders headers, String etag, Instant modified) {
    String ifRange = HeaderLines.joined(headers, HttpHeaderNames.IF_RANGE);
    if (ifRange == null) {
      return true;
    }
    Optional<Instant> date = HeaderDates.parse(ifRange);
    return date.map(time -> time.getEpochSecond() == modified.getEpochSecond())
        .orElseGet(() -> EntityTags.isStrongly(ifRange, etag));
  }
}

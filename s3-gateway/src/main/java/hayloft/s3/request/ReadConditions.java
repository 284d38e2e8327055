package hayloft.s3.request;

import hayloft.common.http.HeaderLines;
import hayloft.s3.xml.Timestamps;
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

    /// 304 to a read, 412 to a copy.
    record NotModified(String header) implements Verdict {}

    record Failed(String header) implements Verdict {}
  }

  private static final Verdict HOLDS = new Verdict.Holds();

  /// The conditions of a read.
  public static ReadConditions ofRead(HttpHeaders headers) {
    return of(headers, "", "if-match", "if-none-match", "if-modified-since", "if-unmodified-since");
  }

  /// The conditions on the source of a copy.
  public static ReadConditions ofCopySource(HttpHeaders headers) {
    String prefix = "x-amz-copy-source-";
    return of(headers, prefix, prefix + "if-match", prefix + "if-none-match", prefix + "if-modified-since",
        prefix + "if-unmodified-since");
  }

  private static ReadConditions of(HttpHeaders headers, String prefix, String ifMatch, String ifNoneMatch,
      String ifModifiedSince, String ifUnmodifiedSince) {
    String match = HeaderLines.joined(headers, ifMatch);
    String noneMatch = HeaderLines.joined(headers, ifNoneMatch);
    String modified = headers.get(ifModifiedSince);
    String unmodified = headers.get(ifUnmodifiedSince);
    if (match == null && noneMatch == null && modified == null && unmodified == null) {
      return NONE;
    }
    return new ReadConditions(match, noneMatch, date(modified), date(unmodified), prefix);
  }

  /// @param etag hex, without quotes
  public Verdict judge(String etag, Instant modified) {
    if (ifMatch != null) {
      if (!matches(ifMatch, etag)) {
        return new Verdict.Failed(prefix + "If-Match");
      }
    } else if (ifUnmodifiedSince != null && modified.getEpochSecond() > ifUnmodifiedSince.getEpochSecond()) {
      return new Verdict.Failed(prefix + "If-Unmodified-Since");
    }
    if (ifNoneMatch != null) {
      if (matches(ifNoneMatch, etag)) {
        return new Verdict.NotModified(prefix + "If-None-Match");
      }
    } else if (ifModifiedSince != null && modified.getEpochSecond() <= ifModifiedSince.getEpochSecond()) {
      return new Verdict.NotModified(prefix + "If-Modified-Since");
    }
    return HOLDS;
  }

  /// True if `If-Range` lets a range of this object be sent (or is absent).
  /// [RFC 9110, section 13.1.5](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.5)
  public static boolean rangeHolds(HttpHeaders headers, String etag, Instant modified) {
    String ifRange = headers.get("if-range");
    if (ifRange == null) {
      return true;
    }
    Optional<Instant> date = Timestamps.parse(ifRange);
    return date.map(time -> time.getEpochSecond() == modified.getEpochSecond()).orElseGet(() -> matches(ifRange, etag));
  }

  /// Takes the quotes off an ETag, and the mark of a weak one.
  public static String unquote(String etag) {
    String text = etag.strip();
    if (text.startsWith("W/")) {
      text = text.substring(2);
    }
    return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  private static boolean matches(String list, String etag) {
    for (int start = 0; start <= list.length();) {
      int comma = list.indexOf(',', start);
      int end = comma < 0 ? list.length() : comma;
      String one = unquote(list.substring(start, end));
      if (one.equals("*") || one.equals(etag)) {
        return true;
      }
      start = end + 1;
    }
    return false;
  }

  private static @Nullable Instant date(@Nullable String text) {
    return text == null ? null : Timestamps.parse(text).orElse(null);
  }
}

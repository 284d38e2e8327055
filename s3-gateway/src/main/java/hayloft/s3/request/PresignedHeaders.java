package hayloft.s3.request;

import hayloft.common.http.HeaderLines;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.checksum.ChecksumValue;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Headers that stand in the query, where SDKs move them for a presigned URL: put back among the headers, so that
/// whoever reads these sees one form of a request.
/// [Query parameters](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html)
///
/// The JavaScript SDK moves all `x-amz-*`, others some; with an upload some move what is kept with an object and
/// `Content-MD5`. In a request that is no presigned URL `x-amz-*` count as well, if its signature covers them or it has
/// none. A name `x-amz-*` that nobody here knows is refused: ignored, it would be believed to have been obeyed.
public final class PresignedHeaders {

  /// Belong to the URL itself.
  private static final Set<String> OF_SIGNATURE = amz("algorithm credential date expires signedheaders signature "
      + "security-token user-agent");

  private static final Set<String> KNOWN = amz("acl bucket-namespace bucket-object-lock-enabled "
      + "bypass-governance-retention confirm-remove-self-bucket-access content-sha256 copy-source copy-source-if-match "
      + "copy-source-if-modified-since copy-source-if-none-match copy-source-if-unmodified-since copy-source-range "
      + "decoded-content-length expected-bucket-owner grant-full-control grant-read grant-read-acp grant-write "
      + "grant-write-acp if-match-initiated-time if-match-last-modified-time if-match-size max-parts "
      + "metadata-directive mfa mp-object-size object-annotation-directive object-attributes object-ownership "
      + "optional-object-attributes part-number-marker request-payer sdk-checksum-algorithm "
      + "source-expected-bucket-owner storage-class tagging tagging-directive trailer website-redirect-location "
      + "write-offset-bytes");

  private static final List<String> KNOWN_PREFIXES = List.of("x-amz-meta-", ChecksumNames.HEADER_PREFIX,
      "x-amz-object-lock-", "x-amz-server-side-encryption", "x-amz-copy-source-server-side-encryption");

  /// What version 2 signs besides `x-amz-*`, of any request.
  private static final Set<String> SIGNED_BY_VERSION_2 = Set.of("content-type", "content-md5");

  /// Of an object that is uploaded. Version 2 signs only some, in the query as little as in the head.
  private static final Set<String> OF_UPLOADS = Set.of("cache-control", "content-disposition",
      "content-encoding", "content-language", "content-md5", "content-type", "expires");

  /// A browser sends ones of its own, for the file that it has, or while it bypasses its cache; what was signed counts.
  private static final Set<String> OF_BROWSERS = Set.of("cache-control", "content-type");

  private static final String SIGNATURE_4 = "X-Amz-Signature";
  private static final String SIGNATURE_2 = "Signature";
  private static final String VERSION_2 = "AWS ";
  private static final String PAYLOAD_HASH = "x-amz-content-sha256";

  /// Where the signature is, and so what it covers.
  private enum Signed {
    /// All of the query.
    URL_4,
    /// `x-amz-*` and a few.
    URL_2,
    /// Nothing that is put back: in the query version 2 signs sub-resources alone then.
    HEADER_2,
    /// All of the query, or nothing at all, its headers neither.
    HEADER_4_OR_NOT;

    static Signed of(Query query, HttpHeaders headers) {
      if (query.has(SIGNATURE_4)) {
        return URL_4;
      }
      if (query.has(SIGNATURE_2)) {
        return URL_2;
      }
      return headers.get(HttpHeaderNames.AUTHORIZATION, "").startsWith(VERSION_2) ? HEADER_2 : HEADER_4_OR_NOT;
    }

    boolean isUrl() {
      return this == URL_4 || this == URL_2;
    }

    /// @param name `x-amz-*` or `x-hayloft-*`
    boolean mayMove(String name) {
      return switch (this) {
        case URL_4 -> true;
        case URL_2 -> name.startsWith("x-amz-") && !name.equals(PAYLOAD_HASH);
        case HEADER_2 -> false;
        case HEADER_4_OR_NOT -> !name.equals(PAYLOAD_HASH); // the body's check was made without it
      };
    }
  }

  private PresignedHeaders() {}

  private static Set<String> amz(String words) {
    return Stream.of(words.split(" ")).map("x-amz-"::concat).collect(Collectors.toUnmodifiableSet());
  }

  /// Adds to the headers what the query holds, and returns the rest of it. Only once the signature, if there is one, is
  /// known to be right.
  ///
  /// @throws S3Exception NotImplemented for a parameter that no header is known for, or that the signature does not
  ///     cover; InvalidRequest for one that contradicts itself or a header; InvalidArgument for one that cannot be a
  ///     header
  public static Query putBack(Query query, HttpMethod method, HttpHeaders headers) {
    if (query.isEmpty()) {
      return query;
    }
    Signed signed = Signed.of(query, headers);
    boolean upload = method.equals(HttpMethod.PUT) || method.equals(HttpMethod.POST) && query.has("uploads");
    Map<String, String> moved = new TreeMap<>();
    Set<String> gone = new HashSet<>();
    for (String name : query.names()) {
      String lower = name.toLowerCase(Locale.ROOT);
      if (isMoved(name, lower, signed, upload)) {
        gone.add(name);
        String value = TextHeaders.value(lower, query.text(name), "query parameter");
        String other = moved.put(lower, value);
        if (query.isAmbiguous(name) || other != null && !other.equals(value)) {
          throw contradiction(lower, "is there several times, and not the same");
        }
      }
    }
    if (signed.isUrl()) {
      dropSumOfNothing(moved);
    }
    moved.forEach((name, value) -> {
      String sent = HeaderLines.joined(headers, name);
      if (sent == null || signed == Signed.URL_4 && OF_BROWSERS.contains(name)) {
        headers.set(name, value);
      } else if (!sent.strip().equals(value)) {
        throw contradiction(name, "says something else than the header of that name");
      }
    });
    return query.without(gone);
  }

  /// Whether a query has a signature.
  static boolean isPresigned(Query query) {
    return query.has(SIGNATURE_4) || query.has(SIGNATURE_2);
  }

  private static boolean isMoved(String name, String lower, Signed signed, boolean upload) {
    boolean amz = lower.startsWith("x-amz-");
    if (!amz && !lower.startsWith("x-hayloft-")) {
      return switch (signed) {
        case URL_4 -> upload && OF_UPLOADS.contains(lower);
        case URL_2 -> SIGNED_BY_VERSION_2.contains(lower)
            || upload && OF_UPLOADS.contains(lower) && !name.equals("Expires"); // which is the end of the URL
        case HEADER_2, HEADER_4_OR_NOT -> false; // refused, but for reads, where they mean nothing
      };
    }
    if (OF_SIGNATURE.contains(lower)) {
      return false;
    }
    boolean known = amz
        ? KNOWN.contains(lower) || KNOWN_PREFIXES.stream().anyMatch(lower::startsWith)
        : lower.equals("x-hayloft-durability");
    if (!known || !signed.mayMove(lower)) {
      throw new S3Exception(S3Error.NotImplemented.parameter(lower));
    }
    return true;
  }

  /// The JavaScript SDK sums the body that it has when it signs, which is none; whoever uses the URL brings one.
  private static void dropSumOfNothing(Map<String, String> moved) {
    ChecksumNames.find(moved.getOrDefault(ChecksumNames.SDK_ALGORITHM, "")).ifPresent(algorithm -> {
      String ofNothing = Base64.getEncoder().encodeToString(ChecksumValue.digest(algorithm).start().finish());
      if (moved.remove(ChecksumNames.header(algorithm), ofNothing)) {
        moved.remove(ChecksumNames.SDK_ALGORITHM);
      }
    });
  }

  private static S3Exception contradiction(String name, String how) {
    return new S3Exception(new S3Error.InvalidRequest("The query parameter " + name + " " + how + "."));
  }
}

package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// Refuses requests whose headers ask for something that Hayloft would have to do and does not: encryption, locks,
/// redirects, conditions. Ignoring one of these would store bytes less safely than the client believes.
public final class HeaderScreen {

  /// Refused whatever they say.
  private static final Set<String> REFUSED = Set.of("x-amz-website-redirect-location", "x-amz-write-offset-bytes");

  private static final String[] REFUSED_PREFIXES = {"x-amz-server-side-encryption",
      "x-amz-copy-source-server-side-encryption", "x-amz-object-lock-"};

  /// Accepted with these values, refused with others.
  private static final Map<String, Set<String>> HARMLESS = Map.of(
      "x-amz-object-lock-legal-hold", Set.of("OFF"),
      "x-amz-bucket-object-lock-enabled", Set.of("false"),
      "x-amz-bucket-namespace", Set.of("global"),
      "x-amz-object-ownership", Set.of("ObjectWriter"));

  /// Of a request that changes something.
  private static final List<String> CONDITIONS = List.of("if-match", "if-none-match", "if-modified-since",
      "if-unmodified-since", "x-amz-if-match-last-modified-time", "x-amz-if-match-size",
      "x-amz-if-match-initiated-time");

  private HeaderScreen() {}

  /// @throws S3Exception NotImplemented, naming the header
  public static void check(HttpHeaders headers) {
    for (Iterator<Map.Entry<CharSequence, CharSequence>> i = headers.iteratorCharSequence(); i.hasNext();) {
      Map.Entry<CharSequence, CharSequence> header = i.next();
      CharSequence name = header.getKey();
      if (name.length() > 6 && (name.charAt(0) | 0x20) == 'x' && (name.charAt(4) | 0x20) == 'z') {
        checkOne(name.toString().toLowerCase(Locale.ROOT), header.getValue().toString());
      }
    }
  }

  /// A condition that is passed over lets a write or delete through that its client forbade.
  ///
  /// @param obeyed names in lower case
  /// @throws S3Exception NotImplemented, naming the header
  public static void checkConditions(HttpHeaders headers, Set<String> obeyed) {
    for (String name : CONDITIONS) {
      if (headers.contains(name) && !obeyed.contains(name)) {
        throw new S3Exception(S3Error.NotImplemented.header(name));
      }
    }
  }

  private static void checkOne(String name, String value) {
    Set<String> harmless = HARMLESS.get(name);
    if (harmless != null ? harmless.stream().noneMatch(value::equalsIgnoreCase) : isRefused(name)) {
      throw new S3Exception(S3Error.NotImplemented.header(name));
    }
  }

  private static boolean isRefused(String name) {
    for (String prefix : REFUSED_PREFIXES) {
      if (name.startsWith(prefix)) {
        return true;
      }
    }
    return REFUSED.contains(name);
  }
}

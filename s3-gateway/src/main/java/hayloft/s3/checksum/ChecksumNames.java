package hayloft.s3.checksum;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ChecksumKind;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.XmlWriter;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// How checksums are called in headers and documents.
public final class ChecksumNames {

  /// What headers with a value begin with, and those that say which and how: `algorithm`, `type` and `mode`.
  public static final String HEADER_PREFIX = "x-amz-checksum-";
  /// What an SDK says it sums with, beside the value.
  public static final String SDK_ALGORITHM = "x-amz-sdk-checksum-algorithm";

  /// What S3 says to a name of no algorithm.
  public static final String UNSUPPORTED = "Checksum algorithm provided is unsupported. Please try again with any of "
      + "the valid types: [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]";
  /// What S3 says to checksums of several algorithms.
  public static final String SEVERAL = "Expecting a single x-amz-checksum- header. Multiple checksum Types are "
      + "not allowed.";

  private static final Map<ChecksumAlgorithm, String> HEADERS = headers();
  private static final Map<ChecksumAlgorithm, String> KINDS = kinds(false);
  private static final Map<ChecksumAlgorithm, String> COMPOSITE_KINDS = kinds(true);
  private static final Set<String> SETTINGS = Set.of("algorithm", "type", "mode");

  private ChecksumNames() {}

  private static Map<ChecksumAlgorithm, String> headers() {
    Map<ChecksumAlgorithm, String> headers = new EnumMap<>(ChecksumAlgorithm.class);
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      headers.put(algorithm, HEADER_PREFIX + lowerCase(algorithm));
    }
    return headers;
  }

  private static Map<ChecksumAlgorithm, String> kinds(boolean composite) {
    Map<ChecksumAlgorithm, String> kinds = new EnumMap<>(ChecksumAlgorithm.class);
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      kinds.put(algorithm, "<ChecksumAlgorithm>" + algorithm + "</ChecksumAlgorithm><ChecksumType>" + type(composite)
          + "</ChecksumType>");
    }
    return kinds;
  }

  /// The header with a value: `x-amz-checksum-crc32`.
  public static String header(ChecksumAlgorithm algorithm) {
    return Objects.requireNonNull(HEADERS.get(algorithm));
  }

  /// Whether a header, or a field of a form or trailer, holds a checksum, be its algorithm known or not.
  public static boolean isValue(String header) {
    return header.regionMatches(true, 0, HEADER_PREFIX, 0, HEADER_PREFIX.length())
        && !SETTINGS.contains(header.substring(HEADER_PREFIX.length()).toLowerCase(Locale.ROOT));
  }

  /// The algorithm that a header with a value is named after; empty if S3 has none of that name.
  public static Optional<ChecksumAlgorithm> ofHeader(String header) {
    return isValue(header) ? find(header.substring(HEADER_PREFIX.length())) : Optional.empty();
  }

  /// The element with a value: `ChecksumCRC32`.
  public static String element(ChecksumAlgorithm algorithm) {
    return "Checksum" + algorithm.name();
  }

  /// As error messages call it: `crc32`.
  public static String lowerCase(ChecksumAlgorithm algorithm) {
    return algorithm.name().toLowerCase(Locale.ROOT);
  }

  /// `COMPOSITE` or `FULL_OBJECT`.
  public static String type(boolean composite) {
    return composite ? "COMPOSITE" : "FULL_OBJECT";
  }

  /// What a header says of the type.
  ///
  /// @throws S3Exception InvalidRequest if it is none
  public static boolean isComposite(String type) {
    return switch (type.toUpperCase(Locale.ROOT)) {
      case "COMPOSITE" -> true;
      case "FULL_OBJECT" -> false;
      default -> throw new S3Exception(new S3Error.InvalidRequest("Value for x-amz-checksum-type header is invalid."));
    };
  }

  /// The algorithm of this name, in upper or lower case; empty if S3 has none.
  public static Optional<ChecksumAlgorithm> find(String text) {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      if (algorithm.name().equalsIgnoreCase(text)) {
        return Optional.of(algorithm);
      }
    }
    return Optional.empty();
  }

  /// @throws S3Exception InvalidRequest if S3 has no such algorithm
  public static ChecksumAlgorithm parse(String text) {
    return find(text).orElseThrow(() -> new S3Exception(new S3Error.InvalidRequest(UNSUPPORTED)));
  }

  /// What S3 says to a header with a value that is named after no algorithm.
  public static String unknownHeader(String header) {
    return "The algorithm type you specified in " + header.toLowerCase(Locale.ROOT) + " is invalid.";
  }

  /// Adds the header with the value, and the one with its type.
  public static void addHeaders(HttpHeaders headers, Optional<ObjectChecksum> checksum) {
    checksum.ifPresent(sum -> {
      headers.set(header(sum.algorithm()), sum.base64());
      headers.set("x-amz-checksum-type", type(sum.composite()));
    });
  }

  /// Writes the element with the value.
  public static void write(XmlWriter xml, Optional<ObjectChecksum> checksum) {
    checksum.ifPresent(sum -> xml.text(element(sum.algorithm()), sum.base64()));
  }

  /// Writes of which algorithm and type a checksum is, as every entry of a listing says.
  public static void writeKind(XmlWriter xml, ChecksumKind kind) {
    xml.constant(Objects.requireNonNull((kind.composite() ? COMPOSITE_KINDS : KINDS).get(kind.algorithm())));
  }

  /// Writes the element with the value, and the one with its type.
  public static void writeWithType(XmlWriter xml, Optional<ObjectChecksum> checksum) {
    write(xml, checksum);
    checksum.ifPresent(sum -> xml.text("ChecksumType", type(sum.composite())));
  }
}

package hayloft.s3.checksum;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.xml.XmlWriter;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Locale;
import java.util.Optional;

/// How checksums are called in headers and documents.
public final class ChecksumNames {

  private ChecksumNames() {}

  /// The header with a value: `x-amz-checksum-crc32`.
  public static String header(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> "x-amz-checksum-crc32";
      case CRC32C -> "x-amz-checksum-crc32c";
      case CRC64NVME -> "x-amz-checksum-crc64nvme";
      case SHA1 -> "x-amz-checksum-sha1";
      case SHA256 -> "x-amz-checksum-sha256";
    };
  }

  /// The element with a value: `ChecksumCRC32`.
  public static String element(ChecksumAlgorithm algorithm) {
    return "Checksum" + algorithm.name();
  }

  /// `COMPOSITE` or `FULL_OBJECT`.
  public static String type(boolean composite) {
    return composite ? "COMPOSITE" : "FULL_OBJECT";
  }

  /// @throws S3Exception InvalidRequest if S3 has no such algorithm
  public static ChecksumAlgorithm parse(String text) {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      if (algorithm.name().equals(text.toUpperCase(Locale.ROOT))) {
        return algorithm;
      }
    }
    throw new S3Exception(new S3Error.InvalidRequest(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
            + "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"));
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

  /// Writes the element with the value, and the one with its type.
  public static void writeWithType(XmlWriter xml, Optional<ObjectChecksum> checksum) {
    write(xml, checksum);
    checksum.ifPresent(sum -> xml.text("ChecksumType", type(sum.composite())));
  }
}

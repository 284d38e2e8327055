package hayloft.s3.body;

import hayloft.common.checksum.DigestAlgorithm;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.body.PayloadRefusedException.Reason;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The additional checksum that a request's head speaks of.
/// [Checking object integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html)
///
/// @param value base64, if the client named it in a header
/// @param inTrailer the value follows the body
record DeclaredChecksum(ChecksumAlgorithm algorithm, Optional<String> value, boolean inTrailer) {

  private static final String PREFIX = "x-amz-checksum-";

  static Optional<DeclaredChecksum> find(HttpHeaders headers) throws PayloadRefusedException {
    Optional<DeclaredChecksum> found = Optional.empty();
    for (Map.Entry<String, String> header : headers) {
      String name = header.getKey();
      if (!name.regionMatches(true, 0, PREFIX, 0, PREFIX.length()) || isSetting(name)) {
        continue;
      }
      if (found.isPresent()) {
        throw severalValues();
      }
      ChecksumAlgorithm algorithm = algorithm(name);
      found = Optional
          .of(new DeclaredChecksum(algorithm, Optional.of(requireValue(algorithm, header.getValue())), false));
    }
    String trailer = headers.get("x-amz-trailer");
    if (trailer != null) {
      for (String name : trailer.split(",", -1)) {
        String field = name.strip();
        if (field.regionMatches(true, 0, PREFIX, 0, PREFIX.length())) {
          if (found.isPresent()) {
            throw severalValues();
          }
          found = Optional.of(new DeclaredChecksum(algorithm(field), Optional.empty(), true));
        }
      }
    }
    return found.isPresent() ? found : askedFor(headers);
  }

  /// SDKs name the algorithm they mean to use; without a value there is nothing to verify, but something to keep.
  private static Optional<DeclaredChecksum> askedFor(HttpHeaders headers) {
    for (String name : new String[]{"x-amz-sdk-checksum-algorithm", "x-amz-checksum-algorithm"}) {
      String asked = headers.get(name);
      for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
        if (algorithm.name().equalsIgnoreCase(asked)) {
          return Optional.of(new DeclaredChecksum(algorithm, Optional.empty(), false));
        }
      }
    }
    return Optional.empty();
  }

  /// What cannot be a value of the algorithm cannot be the body's either.
  static String requireValue(ChecksumAlgorithm algorithm, String value) throws PayloadRefusedException {
    try {
      if (Base64.getDecoder().decode(value.strip()).length == digest(algorithm).valueBytes()) {
        return value.strip();
      }
    } catch (IllegalArgumentException _) {
      // no base64: as invalid as a wrong length
    }
    throw mismatch(algorithm);
  }

  static PayloadRefusedException mismatch(ChecksumAlgorithm algorithm) {
    return new PayloadRefusedException(Reason.BAD_DIGEST,
        "The " + algorithm + " you specified did not match the calculated checksum.");
  }

  static DigestAlgorithm digest(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> DigestAlgorithm.CRC32;
      case CRC32C -> DigestAlgorithm.CRC32C;
      case CRC64NVME -> DigestAlgorithm.CRC64NVME;
      case SHA1 -> DigestAlgorithm.SHA1;
      case SHA256 -> DigestAlgorithm.SHA256;
    };
  }

  String headerName() {
    return PREFIX + algorithm.name().toLowerCase(Locale.ROOT);
  }

  private static boolean isSetting(String name) {
    String setting = name.substring(PREFIX.length()).toLowerCase(Locale.ROOT);
    return setting.equals("algorithm") || setting.equals("type") || setting.equals("mode");
  }

  private static ChecksumAlgorithm algorithm(String headerName) throws PayloadRefusedException {
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      if (algorithm.name().equalsIgnoreCase(headerName.substring(PREFIX.length()))) {
        return algorithm;
      }
    }
    throw new PayloadRefusedException(Reason.INVALID_REQUEST,
        "The algorithm type you specified in " + headerName.toLowerCase(Locale.ROOT) + " is invalid.");
  }

  private static PayloadRefusedException severalValues() {
    return new PayloadRefusedException(Reason.INVALID_REQUEST,
        "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
}

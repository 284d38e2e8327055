package hayloft.s3.checksum;

import hayloft.common.checksum.DigestAlgorithm;
import hayloft.filer.ChecksumAlgorithm;
import java.util.Base64;

/// What a checksum's value has to look like, and who computes it.
public final class ChecksumValue {

  private ChecksumValue() {}

  public static DigestAlgorithm digest(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> DigestAlgorithm.CRC32;
      case CRC32C -> DigestAlgorithm.CRC32C;
      case CRC64NVME -> DigestAlgorithm.CRC64NVME;
      case SHA1 -> DigestAlgorithm.SHA1;
      case SHA256 -> DigestAlgorithm.SHA256;
      case SHA512 -> DigestAlgorithm.SHA512;
      case MD5 -> DigestAlgorithm.MD5;
      case XXHASH64 -> DigestAlgorithm.XXHASH64;
      case XXHASH3 -> DigestAlgorithm.XXHASH3;
      case XXHASH128 -> DigestAlgorithm.XXHASH128;
    };
  }

  /// Whether a text can be a value at all: base64 of as many bytes as the algorithm gives.
  public static boolean isPossible(ChecksumAlgorithm algorithm, String base64) {
    try {
      return Base64.getDecoder().decode(base64).length == digest(algorithm).valueBytes();
    } catch (IllegalArgumentException _) {
      return false;
    }
  }
}

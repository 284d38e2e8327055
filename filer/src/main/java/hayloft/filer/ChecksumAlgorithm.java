package hayloft.filer;

/// S3's additional checksums.
/// [Checking object integrity](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html)
public enum ChecksumAlgorithm {
  CRC32,
  CRC32C,
  CRC64NVME,
  SHA1,
  SHA256,
  SHA512,
  MD5,
  XXHASH64,
  XXHASH3,
  XXHASH128;

  /// Of objects for which the client names none.
  public static final ChecksumAlgorithm BY_DEFAULT = CRC64NVME;

  /// Whether the sum of a whole object follows from those of its parts.
  public boolean joins() {
    return switch (this) {
      case CRC32, CRC32C, CRC64NVME -> true;
      case SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128 -> false;
    };
  }
}

package hayloft.common.checksum;

/// A checksum or digest under way. Not thread-safe.
public interface Digest {

  void update(byte[] bytes, int from, int length);

  /// The value, big-endian, as S3 prints it; afterwards the digest must not be used.
  byte[] finish();
}

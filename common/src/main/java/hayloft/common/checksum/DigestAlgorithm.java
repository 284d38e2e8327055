package hayloft.common.checksum;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// The checksums and digests that S3 speaks of.
public enum DigestAlgorithm {
  CRC32(4),
  CRC32C(4),
  CRC64NVME(8),
  MD5(16),
  SHA1(20),
  SHA256(32);

  private final int valueBytes;

  DigestAlgorithm(int valueBytes) {
    this.valueBytes = valueBytes;
  }

  public int valueBytes() {
    return valueBytes;
  }

  public Digest start() {
    return switch (this) {
      case CRC32 -> new Crc(new CRC32(), valueBytes);
      case CRC32C -> new Crc(new CRC32C(), valueBytes);
      case CRC64NVME -> new Crc(new Crc64Nvme(), valueBytes);
      case MD5 -> new Jdk(Prototypes.MD5);
      case SHA1 -> new Jdk(Prototypes.SHA1);
      case SHA256 -> new Jdk(Prototypes.SHA256);
    };
  }

  /// Copying an unused digest is several times cheaper than asking the security providers for a new one.
  private static final class Prototypes {
    private static final MessageDigest MD5 = digest("MD5");
    private static final MessageDigest SHA1 = digest("SHA-1");
    private static final MessageDigest SHA256 = digest("SHA-256");

    private static MessageDigest digest(String name) {
      try {
        return MessageDigest.getInstance(name);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has " + name, e);
      }
    }
  }

  private record Jdk(MessageDigest digest) implements Digest {

    Jdk(MessageDigest digest) {
      try {
        this.digest = (MessageDigest) digest.clone();
      } catch (CloneNotSupportedException e) {
        throw new IllegalStateException("the JDK's own digests can be copied", e);
      }
    }

    @Override
    public void update(byte[] bytes, int from, int length) {
      digest.update(bytes, from, length);
    }

    @Override
    public byte[] finish() {
      return digest.digest();
    }
  }

  private record Crc(Checksum crc, int valueBytes) implements Digest {

    @Override
    public void update(byte[] bytes, int from, int length) {
      crc.update(bytes, from, length);
    }

    @Override
    public byte[] finish() {
      byte[] value = new byte[valueBytes];
      long rest = crc.getValue();
      for (int i = valueBytes - 1; i >= 0; i--) {
        value[i] = (byte) rest;
        rest >>>= 8;
      }
      return value;
    }
  }
}

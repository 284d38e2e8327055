package hayloft.common.checksum;

import com.dynatrace.hash4j.hashing.HashStream128;
import com.dynatrace.hash4j.hashing.HashStream64;
import com.dynatrace.hash4j.hashing.HashValue128;
import com.dynatrace.hash4j.hashing.Hashing;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// The checksums and digests that S3 speaks of. xxHash has seed 0 and its canonical, big-endian form.
public enum DigestAlgorithm {
  CRC32(4),
  CRC32C(4),
  CRC64NVME(8),
  MD5(16),
  SHA1(20),
  SHA256(32),
  SHA512(64),
  XXHASH64(8),
  XXHASH3(8),
  XXHASH128(16);

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
      case CRC64NVME -> new Crc(CrcLibrary.startCrc64Nvme(), valueBytes);
      case MD5 -> new Jdk(Prototypes.MD5);
      case SHA1 -> new Jdk(Prototypes.SHA1);
      case SHA256 -> new Jdk(Prototypes.SHA256);
      case SHA512 -> new Jdk(Prototypes.SHA512);
      case XXHASH64 -> new XxHash(Hashing.xxh64().hashStream());
      case XXHASH3 -> new XxHash(Hashing.xxh3_64().hashStream());
      case XXHASH128 -> new XxHash128(Hashing.xxh3_128().hashStream());
    };
  }

  /// Copying an unused digest is several times cheaper than asking the security providers for a new one.
  private static final class Prototypes {
    private static final MessageDigest MD5 = digest("MD5");
    private static final MessageDigest SHA1 = digest("SHA-1");
    private static final MessageDigest SHA256 = digest("SHA-256");
    private static final MessageDigest SHA512 = digest("SHA-512");

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

  private record XxHash(HashStream64 stream) implements Digest {

    @Override
    public void update(byte[] bytes, int from, int length) {
      stream.putBytes(bytes, from, length);
    }

    @Override
    public byte[] finish() {
      return ByteBuffer.allocate(Long.BYTES).putLong(stream.getAsLong()).array();
    }
  }

  private record XxHash128(HashStream128 stream) implements Digest {

    @Override
    public void update(byte[] bytes, int from, int length) {
      stream.putBytes(bytes, from, length);
    }

    @Override
    public byte[] finish() {
      HashValue128 value = stream.get();
      return ByteBuffer.allocate(2 * Long.BYTES).putLong(value.getMostSignificantBits())
          .putLong(value.getLeastSignificantBits()).array();
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

package hayloft.s3;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.RunningChecksum;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;

/// Digests from the JDK, the slowest possible CRC-64, and xxHash as the server has it.
public final class TestChecksums implements ChecksumSource {

  @Override
  public RunningChecksum start(ChecksumAlgorithm algorithm) {
    return switch (algorithm) {
      case CRC32 -> crc(new CRC32());
      case CRC32C -> crc(new CRC32C());
      case CRC64NVME -> new Crc64();
      case SHA1 -> digest("SHA-1");
      case SHA256 -> digest("SHA-256");
      case SHA512 -> digest("SHA-512");
      case MD5 -> digest("MD5");
      case XXHASH64, XXHASH3, XXHASH128 -> new StreamDigests().start(algorithm);
    };
  }

  @Override
  public RunningChecksum startMd5() {
    return digest("MD5");
  }

  public String base64(ChecksumAlgorithm algorithm, byte[] bytes) {
    RunningChecksum sum = start(algorithm);
    sum.add(Unpooled.wrappedBuffer(bytes));
    return Base64.getEncoder().encodeToString(sum.value());
  }

  private static RunningChecksum crc(Checksum crc) {
    return new RunningChecksum() {
      @Override
      public void add(ByteBuf bytes) {
        crc.update(bytes.nioBuffer());
      }

      @Override
      public byte[] value() {
        return Unpooled.buffer(4).writeInt((int) crc.getValue()).array();
      }
    };
  }

  private static RunningChecksum digest(String name) {
    MessageDigest digest;
    try {
      digest = MessageDigest.getInstance(name);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
    return new RunningChecksum() {
      @Override
      public void add(ByteBuf bytes) {
        digest.update(bytes.nioBuffer());
      }

      @Override
      public byte[] value() {
        return digest.digest();
      }
    };
  }

  private static final class Crc64 implements RunningChecksum {
    private long sum = -1;

    @Override
    public void add(ByteBuf bytes) {
      for (int i = bytes.readerIndex(); i < bytes.writerIndex(); i++) {
        sum ^= bytes.getUnsignedByte(i);
        for (int bit = 0; bit < 8; bit++) {
          sum = (sum & 1) != 0 ? sum >>> 1 ^ 0x9A6C9329AC4BC9B5L : sum >>> 1;
        }
      }
    }

    @Override
    public byte[] value() {
      return Unpooled.buffer(8).writeLong(~sum).array();
    }
  }
}

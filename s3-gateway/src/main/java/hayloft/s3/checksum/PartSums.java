package hayloft.s3.checksum;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.Part;
import io.netty.buffer.Unpooled;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Makes the checksum of a whole object from the checksums of its parts, without their bytes.
/// [Multipart checksums](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html)
///
/// *Composite*: the checksum of the parts' checksums put together, and the number of parts. *Full object*: the checksum that the
/// bytes would have. That works for CRCs because a CRC is linear: appending `n` zero bytes to a message multiplies its
/// remainder by `x^8n` modulo the polynomial, and the sum of `A‖B` is that product for `A`, plus the sum of `B`. The power is
/// found by squaring, so a part of 5 GiB costs 33 squarings.
public final class PartSums {

  private PartSums() {}

  /// @return empty if a part has no checksum of this algorithm
  public static Optional<ObjectChecksum> join(ChecksumSource source, ChecksumAlgorithm algorithm, boolean composite,
      List<Part> parts) {
    for (Part part : parts) {
      if (part.checksum().isEmpty() || part.checksum().get().algorithm() != algorithm) {
        return Optional.empty();
      }
    }
    byte[] value = composite ? composite(source, algorithm, parts) : fullObject(algorithm, parts);
    String base64 = Base64.getEncoder().encodeToString(value);
    return Optional
        .of(new ObjectChecksum(algorithm, composite ? base64 + "-" + parts.size() : base64, composite));
  }

  private static byte[] composite(ChecksumSource source, ChecksumAlgorithm algorithm, List<Part> parts) {
    RunningChecksum sum = source.start(algorithm);
    for (Part part : parts) {
      sum.add(Unpooled.wrappedBuffer(valueOf(part)));
    }
    return sum.value();
  }

  private static byte[] fullObject(ChecksumAlgorithm algorithm, List<Part> parts) {
    CrcField field = switch (algorithm) {
      case CRC32 -> new CrcField(32, 0xEDB88320L);
      case CRC32C -> new CrcField(32, 0x82F63B78L);
      case CRC64NVME -> new CrcField(64, 0x9A6C9329AC4BC9B5L);
      case SHA1, SHA256 -> throw new IllegalArgumentException(algorithm + " has no full-object checksum of parts");
    };
    long sum = 0;
    for (Part part : parts) {
      sum = field.multiply(field.powerOfX(8, part.sizeBytes()), sum) ^ field.fromBytes(valueOf(part));
    }
    return field.toBytes(sum);
  }

  private static byte[] valueOf(Part part) {
    return Base64.getDecoder().decode(part.checksum().orElseThrow().base64());
  }

  /// Polynomials over GF(2) modulo the polynomial of a reflected CRC: bit 0 holds the highest power.
  ///
  /// @param bits width of the CRC
  /// @param polynomial reflected, without its highest term
  private record CrcField(int bits, long polynomial) {

    long multiply(long a, long b) {
      long product = 0;
      long shifted = b;
      for (long mask = 1L << (bits - 1); mask != 0; mask >>>= 1) {
        if ((a & mask) != 0) {
          product ^= shifted;
        }
        shifted = (shifted & 1) != 0 ? (shifted >>> 1) ^ polynomial : shifted >>> 1;
      }
      return product;
    }

    /// x to the power of `factor * count`.
    long powerOfX(int factor, long count) {
      long one = 1L << (bits - 1);
      long square = one >>> 1; // x
      for (int doubled = 1; doubled < factor; doubled *= 2) {
        square = multiply(square, square);
      }
      long power = one;
      for (long rest = count; rest != 0; rest >>>= 1) {
        if ((rest & 1) != 0) {
          power = multiply(power, square);
        }
        square = multiply(square, square);
      }
      return power;
    }

    long fromBytes(byte[] value) {
      long number = 0;
      for (byte b : value) {
        number = number << 8 | b & 0xff;
      }
      return number;
    }

    byte[] toBytes(long number) {
      byte[] value = new byte[bits / 8];
      for (int i = 0; i < value.length; i++) {
        value[i] = (byte) (number >>> bits - 8 * (i + 1));
      }
      return value;
    }
  }
}

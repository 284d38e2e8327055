package hayloft.s3.checksum;

import hayloft.common.checksum.CrcCombination;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.Part;
import io.netty.buffer.Unpooled;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// Makes the checksum of a whole object from the checksums of its parts, without their bytes.
/// [Multipart checksums](https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html)
///
/// *Composite*: the checksum of the parts' checksums put together, and the number of parts. *Full object*: the checksum
/// that the bytes would have, which [CrcCombination] makes.
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

  /// S3's default for an upload without an algorithm: CRC64NVME of the whole object.
  ///
  /// @return empty if a part has none, because a program that did not compute it has stored it
  public static Optional<ObjectChecksum> joinByDefault(ChecksumSource source, List<Part> parts) {
    List<Part> summed = new ArrayList<>();
    for (Part part : parts) {
      summed.add(new Part(part.number(), part.sizeBytes(), part.etag(), part.modified(),
          part.defaultSum().or(part::checksum)));
    }
    return join(source, ChecksumAlgorithm.BY_DEFAULT, false, summed);
  }

  private static byte[] composite(ChecksumSource source, ChecksumAlgorithm algorithm, List<Part> parts) {
    RunningChecksum sum = source.start(algorithm);
    for (Part part : parts) {
      sum.add(Unpooled.wrappedBuffer(valueOf(part)));
    }
    return sum.value();
  }

  private static byte[] fullObject(ChecksumAlgorithm algorithm, List<Part> parts) {
    CrcCombination combination = switch (algorithm) {
      case CRC32 -> CrcCombination.CRC32;
      case CRC32C -> CrcCombination.CRC32C;
      case CRC64NVME -> CrcCombination.CRC64NVME;
      case SHA1, SHA256, SHA512, MD5, XXHASH64, XXHASH3, XXHASH128 -> throw new IllegalArgumentException(
          algorithm + " has no full-object checksum of parts");
    };
    long sum = 0; // of no bytes
    for (Part part : parts) {
      sum = combination.combine(sum, new BigInteger(1, valueOf(part)).longValue(), part.sizeBytes());
    }
    byte[] wide = ByteBuffer.allocate(Long.BYTES).putLong(sum).array();
    return Arrays.copyOfRange(wide, Long.BYTES - combination.valueBytes(), Long.BYTES);
  }

  private static byte[] valueOf(Part part) {
    return Base64.getDecoder().decode(part.checksum().orElseThrow().base64());
  }
}

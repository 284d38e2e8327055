package hayloft.s3.form;

import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.RunningChecksum;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The file of a form, summed as it passes. Confined to one virtual thread.
final class FilePayload implements Payload {

  private final FormParts parts;
  private final long minBytes;
  private final Optional<ObjectChecksum> claimed;
  private final RunningChecksum md5;
  private final @Nullable RunningChecksum sum;
  private long bytes;

  /// @param minBytes that the policy asks for
  /// @throws S3Exception InvalidRequest if a checksum field holds none
  FilePayload(FormParts parts, Form form, long minBytes, ChecksumSource checksums) {
    this.parts = parts;
    this.minBytes = minBytes;
    this.claimed = claimed(form);
    this.md5 = checksums.startMd5();
    this.sum = claimed.isPresent() ? checksums.start(claimed.get().algorithm()) : null;
  }

  private static Optional<ObjectChecksum> claimed(Form form) {
    Optional<ObjectChecksum> found = Optional.empty();
    for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
      Optional<String> value = form.find(ChecksumNames.header(algorithm));
      if (value.isPresent()) {
        if (found.isPresent()) {
          throw new S3Exception(new S3Error.InvalidRequest(
              "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."));
        }
        found = Optional.of(new ObjectChecksum(algorithm, checked(algorithm, value.get().strip()), false));
      }
    }
    return found;
  }

  private static String checked(ChecksumAlgorithm algorithm, String value) {
    int expected = switch (algorithm) {
      case CRC32, CRC32C -> 4;
      case CRC64NVME -> 8;
      case SHA1 -> 20;
      case SHA256 -> 32;
    };
    try {
      if (Base64.getDecoder().decode(value).length == expected) {
        return value;
      }
    } catch (IllegalArgumentException _) {
      // no base64: as invalid as a wrong length
    }
    throw new S3Exception(
        new S3Error.InvalidRequest("Value for " + ChecksumNames.header(algorithm) + " header is invalid."));
  }

  @Override
  public long decodedBytes() {
    return -1;
  }

  @Override
  public @Nullable ByteBuf next() throws IOException {
    ByteBuf piece = parts.content();
    if (piece != null) {
      bytes += piece.readableBytes();
      md5.add(piece);
      if (sum != null) {
        sum.add(piece);
      }
    }
    return piece;
  }

  @Override
  public Digests finish() {
    if (bytes < minBytes) {
      throw new S3Exception(new S3Error.Refused(400, "EntityTooSmall",
          "Your proposed upload is smaller than the minimum allowed size",
          List.of(new S3Error.Field("ProposedSize", Long.toString(bytes)),
              new S3Error.Field("MinSizeAllowed", Long.toString(minBytes)))));
    }
    if (sum != null && claimed.isPresent()
        && !Base64.getEncoder().encodeToString(sum.value()).equals(claimed.get().base64())) {
      throw new S3Exception(S3Error.Plain.BAD_DIGEST);
    }
    return new Digests(ByteBufUtil.hexDump(md5.value()), claimed);
  }

  @Override
  public void close() {
    parts.close();
  }
}

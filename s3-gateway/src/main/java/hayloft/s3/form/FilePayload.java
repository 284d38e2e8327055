package hayloft.s3.form;

import hayloft.common.form.FormParts;
import hayloft.common.memory.Claims;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.ChecksumValue;
import hayloft.s3.checksum.RunningChecksum;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The file of a form, summed as it passes. Confined to one virtual thread.
final class FilePayload implements Payload {

  private static final String CONTENT_MD5 = "content-md5";
  private static final int MD5_BYTES = 16;

  private final FormParts parts;
  private final long minBytes;
  private final byte @Nullable [] expectedMd5;
  private final Optional<ObjectChecksum> claimed;
  private final ChecksumAlgorithm algorithm;
  private final RunningChecksum md5;
  private final RunningChecksum sum;
  private long bytes;

  /// @param minBytes that the policy asks for
  /// @throws S3Exception InvalidRequest if a checksum field holds none, or of no algorithm, or there are several;
  ///     InvalidDigest if Content-MD5 is none
  FilePayload(FormParts parts, Form form, long minBytes, ChecksumSource checksums) {
    this.parts = parts;
    this.minBytes = minBytes;
    this.expectedMd5 = contentMd5(form);
    this.claimed = claimed(form);
    this.algorithm = algorithm(form, claimed);
    this.md5 = checksums.startMd5();
    this.sum = checksums.start(algorithm);
  }

  private static Optional<ObjectChecksum> claimed(Form form) {
    Optional<ObjectChecksum> found = Optional.empty();
    for (String field : form.fields().keySet()) {
      Optional<String> value = Optional.ofNullable(form.fields().get(field)).filter(_ -> ChecksumNames.isValue(field));
      if (value.isPresent()) {
        if (found.isPresent()) {
          throw refused(ChecksumNames.SEVERAL);
        }
        ChecksumAlgorithm algorithm = ChecksumNames.ofHeader(field)
            .orElseThrow(() -> refused(ChecksumNames.unknownHeader(field)));
        String base64 = value.get().strip();
        if (!ChecksumValue.isPossible(algorithm, base64)) {
          throw refused("Value for " + field + " header is invalid.");
        }
        found = Optional.of(new ObjectChecksum(algorithm, base64, false));
      }
    }
    return found;
  }

  private static byte @Nullable [] contentMd5(Form form) {
    String text = form.fields().get(CONTENT_MD5);
    if (text == null) {
      return null;
    }
    try {
      byte[] value = Base64.getDecoder().decode(text.strip());
      if (value.length == MD5_BYTES) {
        return value;
      }
    } catch (IllegalArgumentException _) {
      // no base64: as invalid as a wrong length
    }
    throw new S3Exception(new S3Error.Refused(400, "InvalidDigest", "The Content-MD5 you specified was invalid.",
        List.of(new S3Error.Field("Content-MD5", text))));
  }

  /// The one of the value, the one that is asked for without a value, or S3's default.
  private static ChecksumAlgorithm algorithm(Form form, Optional<ObjectChecksum> claimed) {
    Optional<ChecksumAlgorithm> bySdk = form.find(ChecksumNames.SDK_ALGORITHM).map(ChecksumNames::parse);
    Optional<ChecksumAlgorithm> asked = form.find("x-amz-checksum-algorithm").map(ChecksumNames::parse);
    boolean byMd5 = bySdk.filter(ChecksumAlgorithm.MD5::equals).isPresent() && form.find(CONTENT_MD5).isPresent();
    if (claimed.isPresent() && bySdk.isPresent() && !byMd5 && bySdk.get() != claimed.get().algorithm()) {
      throw refused("Value for x-amz-sdk-checksum-algorithm header is invalid.");
    }
    if (claimed.isPresent() && asked.isPresent() && asked.get() != claimed.get().algorithm()) {
      throw refused("Value for x-amz-checksum-algorithm header is invalid.");
    }
    if (form.find("x-amz-checksum-type").filter(ChecksumNames::isComposite).isPresent()) {
      throw refused("Value for x-amz-checksum-type header is invalid.");
    }
    return claimed.map(ObjectChecksum::algorithm).or(() -> bySdk).or(() -> asked).orElse(ChecksumAlgorithm.BY_DEFAULT);
  }

  private static S3Exception refused(String message) {
    return new S3Exception(new S3Error.InvalidRequest(message));
  }

  @Override
  public Claims claims() {
    return parts.claims();
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
      sum.add(piece);
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
    byte[] md5Value = md5.value();
    byte[] expected = expectedMd5;
    if (expected != null && !MessageDigest.isEqual(expected, md5Value)) {
      throw new S3Exception(S3Error.Plain.BAD_DIGEST);
    }
    ObjectChecksum computed = ObjectChecksum.ofWhole(algorithm, sum.value());
    if (claimed.isPresent() && !claimed.get().equals(computed)) {
      throw new S3Exception(S3Error.Plain.BAD_DIGEST);
    }
    return new Digests(ByteBufUtil.hexDump(md5Value), Optional.of(computed));
  }

  @Override
  public void close() {
    parts.close();
  }
}

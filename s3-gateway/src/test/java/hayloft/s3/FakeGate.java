package hayloft.s3;

import hayloft.common.http.HttpExchange;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.checksum.ChecksumNames;
import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Gate;
import hayloft.s3.request.Payload;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Believes who a request says it is from, in the header `x-test-key`; `forged` is refused. Checks checksums in
/// headers.
final class FakeGate implements Gate {

  @Override
  public Admission admit(HttpExchange exchange, Optional<String> hostBucket, Predicate<String> otherRegion) {
    String key = exchange.headers().get("x-test-key");
    if (key == null) {
      return new Admission.Anonymous((byDefault, claimed) -> new Checked(exchange, byDefault, claimed));
    }
    if (key.equals("forged")) {
      return new Admission.Refused(new S3Error.Refused(403, "SignatureDoesNotMatch", "It does not match.",
          java.util.List.of(new S3Error.Field("StringToSign", "<secret>"))));
    }
    return new Admission.Granted(key, (byDefault, claimed) -> new Checked(exchange, byDefault, claimed));
  }

  @Override
  public Admission admitForm(Map<String, String> fields, Predicate<String> otherRegion) {
    return "forged".equals(fields.get("signature"))
        ? new Admission.Refused(new S3Error.Refused(403, "SignatureDoesNotMatch", "It does not match.",
            java.util.List.of()))
        : new Admission.Granted(fields.getOrDefault("awsaccesskeyid", ""), (_, _) -> {
          throw new IllegalStateException("not opened");
        });
  }

  /// Payloads that were opened and not closed.
  static int open;

  private static final class Checked implements Payload {
    private final HttpExchange exchange;
    private final Optional<ChecksumAlgorithm> byDefault;
    private final Claimed claimed;
    private final ByteArrayOutputStream seen = new ByteArrayOutputStream();

    Checked(HttpExchange exchange, Optional<ChecksumAlgorithm> byDefault, Claimed claimed) {
      this.claimed = claimed;
      this.exchange = exchange;
      this.byDefault = byDefault;
      open++;
    }

    @Override
    public long decodedBytes() {
      return exchange.body().declaredBytes();
    }

    @Override
    public @Nullable ByteBuf next() throws IOException {
      ByteBuf piece = exchange.body().next();
      if (piece != null) {
        seen.writeBytes(ByteBufUtil.getBytes(piece));
      }
      return piece;
    }

    @Override
    public void close() {
      open--;
    }

    @Override
    public Digests finish() {
      byte[] bytes = seen.toByteArray();
      Optional<ObjectChecksum> checksum = byDefault
          .map(algorithm -> new ObjectChecksum(algorithm, new TestChecksums().base64(algorithm, bytes), false));
      for (ChecksumAlgorithm algorithm : ChecksumAlgorithm.values()) {
        String value = exchange.headers().get(ChecksumNames.header(algorithm));
        if (value != null && claimed == Claimed.BODY) {
          String found = new TestChecksums().base64(algorithm, bytes);
          if (!found.equals(value)) {
            throw new S3Exception(S3Error.Plain.BAD_DIGEST);
          }
          checksum = Optional.of(new ObjectChecksum(algorithm, found, false));
        }
      }
      return new Digests(MemoryCatalog.md5(bytes), checksum);
    }
  }
}

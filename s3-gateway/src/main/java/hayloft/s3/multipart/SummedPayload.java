package hayloft.s3.multipart;

import hayloft.common.memory.Claims;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.ObjectChecksum;
import hayloft.s3.checksum.ChecksumSource;
import hayloft.s3.checksum.RunningChecksum;
import hayloft.s3.request.Digests;
import hayloft.s3.request.Payload;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A part's body with what its object's default checksum is made of, whatever checksum the client names. Takes the
/// payload. Confined to the fork.
final class SummedPayload implements Payload {

  private final Payload payload;
  private final RunningChecksum running;

  SummedPayload(Payload payload, ChecksumSource checksums) {
    this.payload = payload;
    this.running = checksums.start(ChecksumAlgorithm.BY_DEFAULT);
  }

  /// Called once, after the end.
  ///
  /// @param shown the part's own checksum
  /// @return empty if that is the same
  Optional<ObjectChecksum> sum(Optional<ObjectChecksum> shown) {
    return shown.isPresent() && shown.get().algorithm() == ChecksumAlgorithm.BY_DEFAULT
        ? Optional.empty()
        : Optional.of(ObjectChecksum.ofWhole(ChecksumAlgorithm.BY_DEFAULT, running.value()));
  }

  @Override
  public Claims claims() {
    return payload.claims();
  }

  @Override
  public long decodedBytes() {
    return payload.decodedBytes();
  }

  @Override
  public @Nullable ByteBuf next() throws IOException {
    ByteBuf piece = payload.next();
    if (piece != null) {
      running.add(piece);
    }
    return piece;
  }

  @Override
  public Digests finish() throws IOException {
    return payload.finish();
  }

  @Override
  public void close() {
    payload.close();
  }
}

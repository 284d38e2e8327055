package hayloft.s3.request;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A request's body after its transfer coding was taken off, checked against everything that the request says of it.
/// Confined to the fork.
public interface Payload {

  /// Length after decoding, or -1 if the request does not say.
  long decodedBytes();

  /// The next piece, or null at the end. Waits. The caller takes the buffer. Pieces are not yet trusted: only [#finish] tells
  /// whether the body as a whole is what the client signed and summed.
  ///
  /// @throws hayloft.s3.error.S3Exception if what came is not what was signed or announced
  @Nullable
  ByteBuf next() throws IOException;

  /// Judges the whole body. Called once, after [#next] has returned null.
  ///
  /// @throws hayloft.s3.error.S3Exception if a digest, a checksum, a signature or the length is another
  Digests finish() throws IOException;
}

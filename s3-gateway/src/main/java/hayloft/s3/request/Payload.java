package hayloft.s3.request;

import hayloft.common.memory.Claims;
import hayloft.filer.ChecksumAlgorithm;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A request's body after its transfer coding was taken off, checked against everything that the request says of it.
/// Confined to the fork.
public interface Payload extends AutoCloseable {

  /// Where whoever gathers pieces of it counts what it keeps, before it does.
  default Claims claims() {
    return Claims.UNBOUNDED;
  }

  /// Length after decoding, or -1 if the request does not say.
  long decodedBytes();

  /// The next piece, or null at the end. Waits. The caller takes the buffer. Pieces are not yet trusted: only [#finish]
  /// tells whether the body as a whole is what the client signed and summed.
  ///
  /// @throws hayloft.s3.error.S3Exception if what came is not what was signed or announced
  @Nullable
  ByteBuf next() throws IOException;

  /// Judges the whole body. Called once, after [#next] has returned null.
  ///
  /// @throws hayloft.s3.error.S3Exception if a digest, a checksum, a signature or the length is another
  Digests finish() throws IOException;

  /// Gives back what was not handed out; whoever opened it calls this.
  @Override
  void close();

  /// What a checksum in the head of a request is the checksum of.
  enum Claimed {
    BODY,
    /// Of the object that the request makes of bytes sent before; the body is not held against it.
    OBJECT
  }

  /// Opens a request's body. At most once.
  @FunctionalInterface
  interface Source {
    /// @param algorithmByDefault a checksum to compute if the request names none
    /// @param claimed what the request's `x-amz-checksum-*` is the checksum of
    /// @throws hayloft.s3.error.S3Exception if what the head says of the body is invalid
    Payload open(Optional<ChecksumAlgorithm> algorithmByDefault, Claimed claimed);
  }
}

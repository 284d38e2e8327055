package hayloft.filer;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Yields a range of an object's bytes in verified pieces of at most [#PIECE_BYTES]. Confined to one virtual thread; reads
/// at most one piece ahead.
public interface BodyReader extends AutoCloseable {

  int PIECE_BYTES = 256 << 10;
  /// What a piece has at most while memory is scarce: one block under a checksum.
  int SCARCE_PIECE_BYTES = 64 << 10;

  /// The next piece, or null at the end. The caller takes the buffer.
  ///
  /// @throws IOException if bytes are damaged or missing; what was returned before is good
  @Nullable
  ByteBuf next() throws IOException;

  /// Gives up what was read ahead. Called once, at the end or before it; a reader that never reads ahead has nothing to do.
  @Override
  default void close() {}
}

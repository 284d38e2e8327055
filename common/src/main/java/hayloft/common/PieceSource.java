package hayloft.common;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Bytes that come in pieces, in order. Used by one thread at a time, which may change between two calls.
public interface PieceSource extends AutoCloseable {

  /// The most that a piece has.
  int PIECE_BYTES = 256 << 10;

  /// The next piece if that takes no waiting; null if it has to be waited for with [#next], or at the end. May be
  /// called on an event loop. The caller takes the buffer.
  ///
  /// @throws IOException if bytes are damaged or missing; what was returned before is good
  @Nullable
  ByteBuf poll() throws IOException;

  /// The next piece, or null at the end; waits. The caller takes the buffer.
  ///
  /// @throws IOException if bytes are damaged or missing; what was returned before is good
  @Nullable
  ByteBuf next() throws IOException;

  /// Gives up what the source holds. Called once, at the end or before it.
  @Override
  void close();
}

package hayloft.filer;

import io.netty.buffer.ByteBuf;
import java.util.List;

/// Bytes that a [BodyWriter] has taken in, ready to be committed. It has one taker: the mutation that commits it, or
/// [BodyWriter#discard].
public sealed interface StoredBody {

  long sizeBytes();

  /// Small enough for the commit needle itself. Not yet on disk.
  record InMemory(ByteBuf bytes) implements StoredBody {
    @Override
    public long sizeBytes() {
      return bytes.readableBytes();
    }
  }

  /// Durable in chunk needles.
  record InChunks(long sizeBytes, List<BodyLocation.Piece> pieces) implements StoredBody {
    public InChunks {
      pieces = List.copyOf(pieces);
    }
  }
}

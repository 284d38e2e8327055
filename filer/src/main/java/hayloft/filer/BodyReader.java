package hayloft.filer;

import hayloft.common.PieceSource;

/// Yields a range of an object's bytes in verified pieces of at most [#PIECE_BYTES]. Reads nothing ahead.
/// Until it is closed, the collector leaves the bytes alone.
public interface BodyReader extends PieceSource {

  /// What a piece has at most while memory is scarce: one block under a checksum.
  int SCARCE_PIECE_BYTES = 64 << 10;
}

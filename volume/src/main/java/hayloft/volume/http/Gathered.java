package hayloft.volume.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;

/// Bytes that come in pieces, as one buffer. Small pieces are copied together: each that is kept by itself costs more
/// than its bytes, and keeps whatever it was cut from. Confined to who fills it.
final class Gathered implements AutoCloseable {

  private static final int KEPT_PIECE_BYTES = 16 << 10;
  private static final int TOGETHER_BYTES = 64 << 10;

  private final CompositeByteBuf bytes = Unpooled.compositeBuffer(Integer.MAX_VALUE);
  /// Small pieces that are not among the bytes yet.
  private ByteBuf together = Unpooled.EMPTY_BUFFER;

  long lengthBytes() {
    return (long) bytes.readableBytes() + together.readableBytes();
  }

  /// Takes the piece.
  void add(ByteBuf piece) {
    if (piece.readableBytes() >= KEPT_PIECE_BYTES) {
      flush();
      bytes.addComponent(true, piece);
      return;
    }
    try {
      while (piece.isReadable()) {
        if (together.maxWritableBytes() == 0) {
          flush();
          together = Unpooled.buffer(Math.min(TOGETHER_BYTES, Math.max(1024, piece.readableBytes())), TOGETHER_BYTES);
        }
        together.ensureWritable(Math.min(piece.readableBytes(), together.maxWritableBytes()));
        together.writeBytes(piece, Math.min(piece.readableBytes(), together.writableBytes()));
      }
    } finally {
      piece.release();
    }
  }

  private void flush() {
    if (together.isReadable()) {
      bytes.addComponent(true, together);
    }
    together = Unpooled.EMPTY_BUFFER;
  }

  /// All of them; the caller takes the buffer, and this is still closed.
  ByteBuf take() {
    flush();
    return bytes.retain();
  }

  @Override
  public void close() {
    together.release();
    bytes.release();
  }
}

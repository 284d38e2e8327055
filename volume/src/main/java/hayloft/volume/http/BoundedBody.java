package hayloft.volume.http;

import hayloft.common.http.RequestBody;
import hayloft.common.memory.Claims;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// A body that may have so many bytes, whatever it announced. Confined to one thread.
final class BoundedBody implements RequestBody {

  /// More came.
  static final class ExceededException extends IOException {
    private static final long serialVersionUID = 1L;
  }

  private final RequestBody body;
  private final long maxBytes;
  private long bytes;
  private int lastPieceBytes;

  BoundedBody(RequestBody body, long maxBytes) {
    this.body = body;
    this.maxBytes = maxBytes;
  }

  /// How long the piece was that came last.
  int lastPieceBytes() {
    return lastPieceBytes;
  }

  @Override
  public Claims claims() {
    return body.claims();
  }

  @Override
  public long declaredBytes() {
    return body.declaredBytes();
  }

  @Override
  public boolean isHere() {
    return body.isHere();
  }

  /// Not bounded: it is in memory already.
  @Override
  public @Nullable ByteBuf whole() {
    ByteBuf all = body.whole();
    if (all != null) {
      count(all);
    }
    return all;
  }

  /// @throws ExceededException if there are more bytes than there may be
  @Override
  public @Nullable ByteBuf next() throws IOException {
    ByteBuf piece = body.next();
    if (piece != null) {
      count(piece);
      if (bytes > maxBytes) {
        piece.release();
        throw new ExceededException();
      }
    }
    return piece;
  }

  private void count(ByteBuf piece) {
    lastPieceBytes = piece.readableBytes();
    bytes += lastPieceBytes;
  }
}

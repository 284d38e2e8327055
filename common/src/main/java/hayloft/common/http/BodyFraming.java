package hayloft.common.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Where a request's body ends among its connection's bytes: by its length, or by its chunks. Confined to the
/// connection's event loop.
final class BodyFraming {

  private final InputBytes input;
  private @Nullable ChunkedDecoder chunks;
  private long leftBytes;
  private boolean broken;
  private long droppedBytes;

  BodyFraming(InputBytes input) {
    this.input = input;
  }

  /// @param maxTrailerBytes behind the last chunk
  void begin(RequestHead request, int maxTrailerBytes) {
    boolean chunked = request.bodyBytes() == RequestHead.CHUNKED;
    chunks = chunked ? new ChunkedDecoder(maxTrailerBytes) : null;
    leftBytes = chunked ? 0 : request.bodyBytes();
    broken = false;
    droppedBytes = 0;
  }

  /// Nobody knows where the body ends, if anywhere: nothing that follows is taken for a request.
  void breakOff() {
    broken = true;
    chunks = null;
    leftBytes = Long.MAX_VALUE;
    droppedBytes = 0;
  }

  boolean isBroken() {
    return broken;
  }

  boolean isAtEnd() {
    ChunkedDecoder decoder = chunks;
    return decoder != null ? decoder.isAtEnd() : leftBytes == 0;
  }

  /// Whether more than so many bytes may still come: nobody knows how many of a body in chunks.
  boolean mayLeaveMoreThan(long bytes) {
    return chunks != null ? !isAtEnd() : leftBytes > bytes;
  }

  /// So many bytes of a body with a length, which must be here. The caller takes them.
  ByteBuf take(int count) {
    leftBytes -= count;
    return input.take(count);
  }

  /// Moves what there is of the body into a buffer that has room for all of it.
  void moveTo(ByteBuf whole) {
    ByteBuf in = input.peek();
    if (in != null) {
      int count = (int) Math.min(leftBytes, in.readableBytes());
      whole.writeBytes(in, count);
      leftBytes -= count;
    }
  }

  /// The next bytes of the body, without their framing; null if there are none here. The caller takes them.
  @Nullable
  ByteBuf next() throws RefusedRequestException {
    ByteBuf in = input.peek();
    if (in == null) {
      return null;
    }
    ChunkedDecoder decoder = chunks;
    if (decoder != null) {
      return decoder.next(in);
    }
    return leftBytes == 0 ? null : take((int) Math.min(leftBytes, in.readableBytes()));
  }

  /// Throws away what there is. True if that was more than the bound, with what was thrown away before.
  boolean drop(long boundBytes) throws RefusedRequestException {
    ByteBuf piece;
    while ((piece = next()) != null) {
      droppedBytes += piece.readableBytes();
      piece.release();
    }
    return droppedBytes > boundBytes;
  }
}

package hayloft.common.form;

import hayloft.common.http.RequestBody;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// A body that comes in pieces. Knows which of its buffers were not released.
final class CutBody implements RequestBody {

  private final byte[] bytes;
  private final RandomGenerator random;
  private final int maxPieceBytes;
  private final List<ByteBuf> given = new ArrayList<>();
  private int at;

  /// @param maxPieceBytes 0 for a body that comes whole
  CutBody(byte[] bytes, RandomGenerator random, int maxPieceBytes) {
    this.bytes = bytes.clone();
    this.random = random;
    this.maxPieceBytes = maxPieceBytes;
  }

  /// One that comes in two pieces.
  ///
  CutBody(byte[] bytes, int firstBytes) {
    this(bytes, new RandomGenerator() {
      private boolean isFirst = true;

      @Override
      public long nextLong() {
        throw new IllegalStateException("only lengths of pieces are asked for");
      }

      @Override
      public int nextInt(int bound) {
        int length = isFirst ? firstBytes : bound;
        isFirst = false;
        return length - 1;
      }
    }, bytes.length);
  }

  boolean isReleased() {
    return given.stream().allMatch(buffer -> buffer.refCnt() == 0);
  }

  int leftBytes() {
    return bytes.length - at;
  }

  @Override
  public long declaredBytes() {
    return -1;
  }

  @Override
  public boolean isHere() {
    return maxPieceBytes == 0;
  }

  @Override
  public @Nullable ByteBuf whole() {
    return maxPieceBytes == 0 ? piece(bytes.length) : null;
  }

  @Override
  public @Nullable ByteBuf next() {
    return at == bytes.length ? null : piece(Math.min(bytes.length - at, 1 + random.nextInt(maxPieceBytes)));
  }

  private ByteBuf piece(int length) {
    ByteBuf piece = Unpooled.buffer(length).writeBytes(bytes, at, length);
    at += length;
    given.add(piece);
    return piece;
  }
}

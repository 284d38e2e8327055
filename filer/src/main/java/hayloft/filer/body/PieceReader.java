package hayloft.filer.body;

import hayloft.common.ByteRange;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.BodyReader;
import hayloft.filer.keystore.KeyStore.Reach;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Reads a range of a tree of pieces in order. Used by one thread at a time.
///
/// Lists are read when the range reaches them, so a range in the middle of a huge object reads one list per level.
/// Reads end on multiples of [BodyReader#PIECE_BYTES] within a needle, so that no checksum block is verified twice.
final class PieceReader implements BodyReader {

  private final Bodies bodies;
  private final ReadPins.Pin pin;
  private final Deque<Iterator<Piece>> levels = new ArrayDeque<>();
  private long skipBytes;
  private long leftBytes;
  private @Nullable Piece piece;
  private long offsetInPiece;

  PieceReader(Bodies bodies, List<Piece> pieces, ByteRange range, ReadPins.Pin pin) {
    this.bodies = bodies;
    this.pin = pin;
    levels.push(pieces.iterator());
    skipBytes = range.from();
    leftBytes = range.lengthBytes();
    pin.releaseWith(this);
  }

  @Override
  public @Nullable ByteBuf next() throws IOException {
    if (leftBytes == 0) {
      pin.release();
      return null;
    }
    Piece current = currentPiece(Reach.DISK);
    if (current == null) {
      throw new IllegalStateException("a list was not read although it could be waited for");
    }
    int lengthBytes = lengthIn(current);
    ByteBuf bytes = bodies.readFully(current.needle(), offsetInPiece, lengthBytes);
    advance(lengthBytes);
    return bytes;
  }

  @Override
  public @Nullable ByteBuf poll() throws IOException {
    Piece current = leftBytes == 0 ? null : currentPiece(Reach.MEMORY);
    if (current == null) {
      return null;
    }
    int lengthBytes = lengthIn(current);
    ByteBuf bytes = bodies.readNow(current.needle(), offsetInPiece, lengthBytes);
    if (bytes != null) {
      advance(lengthBytes);
    }
    return bytes;
  }

  private int lengthIn(Piece current) {
    int pieceBytes = bodies.pieceBytes();
    long toBoundary = pieceBytes - offsetInPiece % pieceBytes;
    return (int) Math.min(Math.min(toBoundary, leftBytes), current.sizeBytes() - offsetInPiece);
  }

  private void advance(int lengthBytes) {
    offsetInPiece += lengthBytes;
    leftBytes -= lengthBytes;
  }

  /// Lets the collector have what the reader held, if its end was not reached.
  @Override
  public void close() {
    pin.release();
  }

  /// The piece that holds the next byte; null if a list would have to be waited for.
  private @Nullable Piece currentPiece(Reach reach) throws IOException {
    Piece present = piece;
    if (present != null && offsetInPiece < present.sizeBytes()) {
      return present;
    }
    while (true) {
      Iterator<Piece> level = levels.peek();
      if (level == null) {
        throw new IOException("the pieces end " + leftBytes + " bytes before the object does");
      }
      if (!level.hasNext()) {
        levels.pop();
        continue;
      }
      Piece next = level.next();
      if (skipBytes >= next.sizeBytes()) {
        skipBytes -= next.sizeBytes();
      } else if (next.isList() && reach == Reach.MEMORY) {
        levels.push(List.of(next).iterator()); // for a call that may wait
        return null;
      } else if (next.isList()) {
        levels.push(bodies.readList(next).iterator());
      } else {
        piece = next;
        offsetInPiece = skipBytes;
        skipBytes = 0;
        return next;
      }
    }
  }
}

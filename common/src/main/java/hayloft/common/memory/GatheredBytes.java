package hayloft.common.memory;

import hayloft.common.volume.StoreBusyException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Bytes that come in pieces and are wanted together. Pieces are kept as they come, without copying, but for tiny ones
/// behind the first: a buffer of one byte keeps a hundred on the heap, and whoever sends a body byte by byte must not
/// decide how many that makes. Confined to one thread; whoever has it takes or releases what it holds.
///
/// What is kept is claimed before it is. The claim outlasts [#take], since the bytes do: its owner closes it.
public final class GatheredBytes {

  private static final int TINY_BYTES = 4 << 10;
  /// Small at first, because most of what comes in tiny pieces is small.
  private static final int FIRST_GATHERED_BYTES = 8 << 10;
  private static final int GATHERED_BYTES = 64 << 10;
  /// What a piece costs on the heap besides its bytes.
  private static final int PIECE_BYTES = 256;

  private final Claim claim;
  private final List<ByteBuf> pieces = new ArrayList<>();
  private @Nullable ByteBuf gathering; // the last of the pieces, if it is ours and has room
  private int sizeBytes;

  /// @param claim grows with what is gathered; borrowed
  public GatheredBytes(Claim claim) {
    this.claim = claim;
  }

  public int sizeBytes() {
    return sizeBytes;
  }

  /// All of a piece. Takes it.
  ///
  /// @throws StoreBusyException if there is no room for it
  public void add(ByteBuf piece) throws StoreBusyException {
    try {
      add(piece, piece.readableBytes());
    } finally {
      piece.release();
    }
  }

  /// The next bytes of a buffer, whose reader index moves. Borrows it.
  ///
  /// @throws StoreBusyException if there is no room for them
  public void add(ByteBuf from, int lengthBytes) throws StoreBusyException {
    if (lengthBytes < TINY_BYTES && !pieces.isEmpty()) {
      ByteBuf gathered = gathering;
      if (gathered == null || gathered.writableBytes() < lengthBytes) {
        int room = pieces.size() == 1 ? FIRST_GATHERED_BYTES : GATHERED_BYTES;
        claim.grow(room + PIECE_BYTES);
        gathered = ByteBufAllocator.DEFAULT.directBuffer(room);
        gathering = gathered;
        pieces.add(gathered);
      }
      gathered.writeBytes(from, lengthBytes);
    } else {
      claim.grow(lengthBytes + PIECE_BYTES);
      gathering = null;
      pieces.add(from.readRetainedSlice(lengthBytes));
    }
    sizeBytes += lengthBytes;
  }

  /// Everything so far, in one buffer, which the caller takes; nothing is left here.
  public ByteBuf take() {
    ByteBuf all = switch (pieces.size()) {
      case 0 -> Unpooled.EMPTY_BUFFER;
      case 1 -> pieces.getFirst();
      default -> Unpooled.wrappedBuffer(pieces.size(), pieces.toArray(ByteBuf[]::new));
    };
    forget();
    return all;
  }

  /// Lets go of what was not taken; the claim stays its owner's.
  public void release() {
    pieces.forEach(ByteBuf::release);
    forget();
  }

  private void forget() {
    pieces.clear();
    gathering = null;
    sizeBytes = 0;
  }
}

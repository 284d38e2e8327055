package hayloft.filer.replay;

import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.Presence;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.mutation.Pieces;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.List;
import java.util.Set;

/// Tells whether everything is there that a commit needle refers to. Thread-safe; waits for disks.
///
/// A needle that was acknowledged as `os` may survive a power cut that its chunks in other volumes did not: it is then
/// what a mutation under way would have left, and must not count. Only absence counts here: what cannot be read for
/// another reason, or lies in a volume that is not there, may come back.
final class Wholeness {

  private final VolumeClient volumes;

  Wholeness(VolumeClient volumes) {
    this.volumes = volumes;
  }

  /// @param damaged volumes in which something is damaged of which nobody knows what it was: what is missing there may
  ///   be that
  boolean isWhole(List<Piece> pieces, Set<Integer> damaged) throws IOException {
    for (Piece piece : pieces) {
      if (!damaged.contains(piece.needle().volume()) && !isThere(piece, damaged)) {
        return false;
      }
    }
    return true;
  }

  private boolean isThere(Piece piece, Set<Integer> damaged) throws IOException {
    try {
      return switch (volumes.read(piece.needle(), 0, piece.isList() ? NeedleDraft.MAX_DATA_BYTES : 0)) {
        case ReadResult.Found(ByteBuf data) -> {
          byte[] bytes = ByteBufUtil.getBytes(data);
          data.release();
          yield !piece.isList() || isWhole(Pieces.decode(bytes), damaged);
        }
        case ReadResult.Absent _ -> mayBeThere(piece.needle());
        case ReadResult.NotCached _ -> throw new IllegalStateException("a waiting read answered not cached");
      };
    } catch (IOException _) {
      return true; // damaged, missing with its volume, or not to be read now: who reads it hears of it
    }
  }

  /// Not if it was marked dead. The place of one that nobody knows any more may be damaged.
  private boolean mayBeThere(FileId needle) throws IOException {
    return volumes.presence(needle.volume(), needle.key()) != Presence.DEAD
        && !volumes.isAbsent(needle.volume(), needle.key());
  }
}

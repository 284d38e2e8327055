package hayloft.volume.needle;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.Toll;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Walks a volume file from needle to needle. Confined to one thread.
///
/// It reads ahead in large pieces and jumps over data that it need not see; behind much data that it jumped over it
/// reads a few pages only, for the next needle's data will most likely be jumped over too. Behind bytes that are no
/// needle it looks for the next head, on multiples of 8 bytes, by magic and salted checksum: so damage costs what is
/// damaged and nothing behind it.
///
/// **What the disk does not give.** When a large read fails, just the bytes that are needed are read again: head,
/// front, or a block. Only if these cannot be read is the needle told as [Visitor#unreadable], and the scan goes on
/// behind it. If not even its head can be read, the next one is looked for behind the sector that failed; the longer
/// the stretch is that fails, the larger are the steps, so that a disk that fails on gigabytes is asked hundreds of
/// times and not millions. So a scan ends early only if its visitor wants it or the file was closed.
public final class NeedleScanner {

  /// What a scan should look at.
  public enum Depth {
    /// Heads and metas.
    METAS,
    /// Every byte.
    DATA
  }

  /// Is shown what the scan finds, in order of offsets.
  public interface Visitor {
    /// A needle whose head, meta and, at [Depth#DATA], data are good.
    ///
    /// @param meta borrowed until the method returns
    void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException;

    /// Bytes that are no needle, or a needle that does not match its checksums.
    ///
    /// @param damaged the needle's head if that much is good, so that the needle's name is known; null otherwise
    void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what)
        throws IOException;

    /// Bytes that the disk does not give, with an error of its own: unlike [#damage] nobody knows what they are, and
    /// another try may read them. So this is never a torn write, and nothing may be cut because of it.
    ///
    /// @param lengthBytes of the needle; without a head, up to where the next head was found, or the end
    /// @param head the needle's head if that much could be read; null otherwise
    default void unreadable(long offset, long lengthBytes, @Nullable NeedleHead head, String what) throws IOException {
      damage(offset, lengthBytes, head, what);
    }

    /// A stretch that recovery has declared void. Who does not count records need not do anything.
    default void voided(NeedleHead head, long offset) throws IOException {}

    /// A needle without a key, its head good: nobody can ask for it, and no server writes such. It counts as a void.
    default void keyless(NeedleHead head, long offset) throws IOException {
      voided(head, offset);
    }
  }

  private static final int PIECE_BYTES = 1 << 20;
  private static final int PIECE_BEHIND_JUMP_BYTES = 8 << 10;
  /// Reading so much takes longer than asking the disk once more.
  private static final int JUMP_BYTES = 32 << 10;
  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
  private static final int SECTOR_BYTES = 512;
  /// Of the stretch that could not be read so far, what the next step passes over.
  private static final int STEP_FRACTION = 64;

  private final DiskFile file;
  private final String name;
  private final Superblock superblock;
  private final long endBytes;
  private final Depth depth;
  private final Toll toll;
  private ByteBuffer piece = ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN);
  private long pieceAt;
  private int readAheadBytes = PIECE_BYTES;
  /// Before this only what is needed is read, for a read ahead has failed there.
  private long readAheadFrom;

  /// The disk does not give what is needed.
  private static final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1L;
    private final long at;
    private final int wantedBytes;
    private final int foundBytes;
    private final transient @Nullable IOException fault;

    /// @param fault null if the file ends there
    UnreadableException(long at, int wantedBytes, int foundBytes, @Nullable IOException fault) {
      super(fault);
      this.at = at;
      this.wantedBytes = wantedBytes;
      this.foundBytes = foundBytes;
      this.fault = fault;
    }

    /// @param needleAt where what could not be read begins
    String what(String file, long needleAt) {
      return fault == null
          ? FaultText.tooShort(file, needleAt, at, wantedBytes, foundBytes)
          : FaultText.unreadable(file, needleAt, at, fault);
    }
  }

  /// Where the next head is, or the end.
  ///
  /// @param fault if some of what is before it could not be read
  private record Next(long offset, @Nullable UnreadableException fault) {}

  /// @param endBytes where to stop; what lies behind is not looked at
  public NeedleScanner(DiskFile file, String name, Superblock superblock, long endBytes, Depth depth) {
    this(file, name, superblock, endBytes, depth, Toll.NONE);
  }

  /// @param toll paid before each piece is read, whatever becomes of it
  public NeedleScanner(DiskFile file, String name, Superblock superblock, long endBytes, Depth depth, Toll toll) {
    this.file = file;
    this.name = name;
    this.superblock = superblock;
    this.endBytes = endBytes;
    this.depth = depth;
    this.toll = toll;
  }

  /// The hash of what a needle is about, [SubjectHash#NONE] if it is about nothing that could be lost.
  ///
  /// @param meta all of it; left as it is
  public static long subjectHash(NeedleHead head, ByteBuffer meta) {
    Subject subject = head.subject();
    return subject.isNone()
        ? SubjectHash.NONE
        : SubjectHash.of(meta.slice(meta.position() + subject.fromBytes(), subject.lengthBytes()));
  }

  /// Walks from an offset, where a needle should begin, and returns the end of the last good needle, or the offset if
  /// there is none. Voids count as good.
  ///
  /// @throws NewerFormatException if a needle is whole and of a kind that this program does not know: nothing behind it
  ///   can be judged
  /// @throws IOException what visitor and toll throw, or a ClosedChannelException; what cannot be read is told to the
  ///   visitor
  public long scan(long fromBytes, Visitor visitor) throws IOException {
    long offset = fromBytes;
    long lastEnd = fromBytes;
    while (offset + NeedleHead.BYTES <= endBytes) {
      NeedleHead head;
      try {
        head = NeedleHead.decode(bytesAt(offset, NeedleHead.BYTES), superblock.salt(), FaultText.place(name, offset));
        if (head.volume() != superblock.volume()) {
          throw new CorruptNeedleException(
              name + " at " + offset + ": a needle of volume " + head.volume() + " in volume " + superblock.volume());
        }
      } catch (UnreadableException e) {
        offset = passOver(offset, e.what(name, offset), e, visitor);
        continue;
      } catch (CorruptNeedleException e) {
        offset = passOver(offset, String.valueOf(e.getMessage()), null, visitor);
        continue;
      }
      long end = offset + head.recordBytes();
      if (end > endBytes) {
        visitor.damage(offset, endBytes - offset, head, name + " at " + offset + ": a needle of " + head.recordBytes()
            + " bytes, of which the file has " + (endBytes - offset));
        return lastEnd;
      }
      boolean isVoid = head.kind() == NeedleKind.VOID || head.key() == 0;
      if (isVoid) {
        if (head.kind() == NeedleKind.VOID) {
          visitor.voided(head, offset);
        } else {
          visitor.keyless(head, offset);
        }
        lastEnd = end;
      } else if (visit(head, offset, visitor)) {
        lastEnd = end;
      }
      boolean jumps = (isVoid || depth == Depth.METAS) && head.recordBytes() >= JUMP_BYTES;
      readAheadBytes = jumps ? PIECE_BEHIND_JUMP_BYTES : PIECE_BYTES;
      offset = end;
    }
    if (offset < endBytes) {
      visitor.damage(offset, endBytes - offset, null, name + " at " + offset + ": too short for a needle");
    }
    return lastEnd;
  }

  /// Tells what is no needle, and returns where the next one begins.
  private long passOver(long offset, String what, @Nullable UnreadableException fault, Visitor visitor)
      throws IOException {
    readAheadBytes = PIECE_BYTES;
    Next next = nextHead(fault == null ? offset + NeedleHead.ALIGNMENT : behindSector(offset, offset));
    UnreadableException unreadable = fault == null ? next.fault : fault;
    if (unreadable == null) {
      visitor.damage(offset, next.offset - offset, null, what);
    } else {
      visitor.unreadable(offset, next.offset - offset, null, unreadable.what(name, offset));
    }
    return next.offset;
  }

  /// Whether the needle is good.
  private boolean visit(NeedleHead head, long offset, Visitor visitor) throws IOException {
    ByteBuffer meta;
    String fault;
    try {
      fault = fault(head, offset);
      meta = fault.isEmpty() ? bytesAt(offset, head.dataOffset()).slice(NeedleHead.BYTES, head.metaBytes()) : NOTHING;
    } catch (UnreadableException e) {
      visitor.unreadable(offset, head.recordBytes(), head, e.what(name, offset));
      return false;
    }
    if (!fault.isEmpty()) {
      visitor.damage(offset, head.recordBytes(), head, fault);
      return false;
    }
    visitor.needle(head, offset, meta);
    return true;
  }

  /// What is wrong with a needle; empty if nothing is.
  private String fault(NeedleHead head, long offset) throws IOException {
    int frontBytes = head.dataOffset();
    ByteBuffer body = bytesAt(offset, frontBytes).slice(NeedleHead.BYTES, frontBytes - NeedleHead.BYTES);
    CRC32C crc = new CRC32C();
    crc.update(body.duplicate());
    if ((int) crc.getValue() != head.bodyCrc()) {
      return FaultText.meta(name, offset, head.key(), head.bodyCrc(), (int) crc.getValue());
    }
    if (depth == Depth.METAS) {
      return "";
    }
    ByteBuffer sums = ByteBuffer.allocate(body.limit() - head.metaBytes()).order(ByteOrder.LITTLE_ENDIAN)
        .put(body.slice(head.metaBytes(), body.limit() - head.metaBytes())).flip();
    return dataFault(head, offset, sums);
  }

  private String dataFault(NeedleHead head, long offset, ByteBuffer sums) throws IOException {
    long dataAt = offset + head.dataOffset();
    CRC32C crc = new CRC32C();
    int block = 0;
    for (int from = 0; from < head.dataBytes(); from += NeedleHead.BLOCK_BYTES, block++) {
      crc.reset();
      crc.update(bytesAt(dataAt + from, Math.min(NeedleHead.BLOCK_BYTES, head.dataBytes() - from)));
      int expected = sums.getInt();
      if (expected != (int) crc.getValue()) {
        return FaultText.block(name, offset, head.key(), block, dataAt + from, expected, (int) crc.getValue());
      }
    }
    return "";
  }

  private Next nextHead(long from) throws IOException {
    UnreadableException fault = null;
    long unreadableFrom = -1; // where the stretch begins that failed last; -1 if the last read did not fail
    for (long at = from; at + NeedleHead.BYTES <= endBytes;) {
      try {
        bytesAt(at, NeedleHead.BYTES);
        unreadableFrom = -1;
      } catch (UnreadableException e) {
        fault = fault == null ? e : fault;
        unreadableFrom = unreadableFrom < 0 ? at : unreadableFrom;
        at = behindSector(at, unreadableFrom);
        continue;
      }
      int first = (int) (at - pieceAt);
      int i = first;
      for (; i + NeedleHead.BYTES <= piece.limit(); i += NeedleHead.ALIGNMENT) {
        if (piece.getInt(i) == NeedleHead.MAGIC
            && NeedleHead.isAt(piece, i, superblock.volume(), superblock.salt())) {
          return new Next(pieceAt + i, fault);
        }
      }
      at += i - first;
    }
    return new Next(endBytes, fault);
  }

  /// The begin of a sector behind an offset that cannot be read: the next, or one that is farther the longer the
  /// stretch is.
  private static long behindSector(long at, long unreadableFrom) {
    return (at + Math.max(1, (at - unreadableFrom) / STEP_FRACTION) + SECTOR_BYTES - 1) & -SECTOR_BYTES;
  }

  /// A view of bytes of the file, which must have them; valid until the next call.
  private ByteBuffer bytesAt(long offset, int bytes) throws IOException {
    if (offset < pieceAt || offset + bytes > pieceAt + piece.limit()) {
      fill(offset, bytes);
    }
    return piece.slice((int) (offset - pieceAt), bytes);
  }

  private void fill(long offset, int bytes) throws IOException {
    if (bytes > piece.capacity()) {
      long wanted = Math.max(Math.min(PIECE_BYTES, endBytes - offset), Integer.highestOneBit(bytes) * 2L);
      piece = ByteBuffer.allocateDirect((int) wanted).order(ByteOrder.LITTLE_ENDIAN);
    }
    int most = offset < readAheadFrom ? bytes : Math.min(piece.capacity(), Math.max(bytes, readAheadBytes));
    int ahead = (int) Math.min(most, endBytes - offset);
    toll.pay(ahead);
    IOException fault = readPiece(offset, ahead);
    if (piece.limit() < bytes && fault != null && ahead > bytes) {
      readAheadFrom = offset + ahead;
      fault = readPiece(offset, bytes);
    }
    if (piece.limit() < bytes) {
      int count = piece.limit();
      piece.limit(0);
      throw new UnreadableException(offset, bytes, count, fault);
    }
  }

  /// What came before a fault stays in the piece.
  private @Nullable IOException readPiece(long offset, int bytes) throws IOException {
    piece.clear().limit(bytes);
    pieceAt = offset;
    try {
      file.read(piece, offset);
      return null;
    } catch (ClosedChannelException e) {
      throw e; // somebody closed the file: no fault of the disk's
    } catch (IOException e) {
      return e;
    } finally {
      piece.flip();
    }
  }
}

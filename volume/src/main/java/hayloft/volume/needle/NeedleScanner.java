package hayloft.volume.needle;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import hayloft.volume.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Walks a volume file from needle to needle. Confined to one thread.
///
/// It reads ahead in large pieces and jumps over data that it need not see; behind much data that it jumped over it reads a few
/// pages only, for the next needle's data will most likely be jumped over too. Behind bytes that are no needle it looks for
/// the next head, on multiples of 8 bytes, by magic and salted checksum: so damage costs what is damaged and nothing behind it.
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

    /// A stretch that recovery has declared void. Who does not count records need not do anything.
    default void voided(NeedleHead head, long offset) throws IOException {}
  }

  private static final int PIECE_BYTES = 1 << 20;
  private static final int PIECE_BEHIND_JUMP_BYTES = 8 << 10;
  /// Reading so much takes longer than asking the disk once more.
  private static final int JUMP_BYTES = 32 << 10;

  private final DiskFile file;
  private final String name;
  private final Superblock superblock;
  private final long endBytes;
  private final Depth depth;
  private ByteBuffer piece = ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN);
  private long pieceAt;
  private int readAheadBytes = PIECE_BYTES;

  /// @param endBytes where to stop; what lies behind is not looked at
  public NeedleScanner(DiskFile file, String name, Superblock superblock, long endBytes, Depth depth) {
    this.file = file;
    this.name = name;
    this.superblock = superblock;
    this.endBytes = endBytes;
    this.depth = depth;
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
  /// @throws NewerFormatException if a needle is whole and of a kind that this program does not know: nothing behind it can be judged
  public long scan(long fromBytes, Visitor visitor) throws IOException {
    long offset = fromBytes;
    long lastEnd = fromBytes;
    while (offset + NeedleHead.BYTES <= endBytes) {
      NeedleHead head;
      try {
        head = NeedleHead.decode(bytesAt(offset, NeedleHead.BYTES), superblock.salt(), name + " at " + offset);
        if (head.volume() != superblock.volume()) {
          throw new CorruptNeedleException(
              name + " at " + offset + ": a needle of volume " + head.volume() + " in volume " + superblock.volume());
        }
      } catch (CorruptNeedleException e) {
        readAheadBytes = PIECE_BYTES;
        long next = nextHead(offset + NeedleHead.ALIGNMENT);
        visitor.damage(offset, next - offset, null, String.valueOf(e.getMessage()));
        offset = next;
        continue;
      }
      long end = offset + head.recordBytes();
      if (end > endBytes) {
        visitor.damage(offset, endBytes - offset, head, name + " at " + offset + ": a needle of " + head.recordBytes()
            + " bytes, of which the file has " + (endBytes - offset));
        return lastEnd;
      }
      boolean isVoid = head.kind() == NeedleKind.VOID;
      if (isVoid) {
        visitor.voided(head, offset);
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

  /// Whether the needle is good.
  private boolean visit(NeedleHead head, long offset, Visitor visitor) throws IOException {
    int frontBytes = head.dataOffset();
    ByteBuffer body = bytesAt(offset, frontBytes).slice(NeedleHead.BYTES, frontBytes - NeedleHead.BYTES);
    CRC32C crc = new CRC32C();
    crc.update(body.duplicate());
    if ((int) crc.getValue() != head.bodyCrc()) {
      visitor.damage(offset, head.recordBytes(), head, name + " at " + offset + ": meta checksum of needle 0x"
          + Long.toHexString(head.key()) + " expected 0x" + Integer.toHexString(head.bodyCrc()) + ", found 0x"
          + Integer.toHexString((int) crc.getValue()));
      return false;
    }
    if (depth == Depth.DATA) {
      ByteBuffer sums = ByteBuffer.allocate(body.limit() - head.metaBytes()).order(ByteOrder.LITTLE_ENDIAN)
          .put(body.slice(head.metaBytes(), body.limit() - head.metaBytes())).flip();
      String fault = dataFault(head, offset + frontBytes, sums);
      if (!fault.isEmpty()) {
        visitor.damage(offset, head.recordBytes(), head, fault);
        return false;
      }
    }
    visitor.needle(head, offset, bytesAt(offset, frontBytes).slice(NeedleHead.BYTES, head.metaBytes()));
    return true;
  }

  private String dataFault(NeedleHead head, long dataAt, ByteBuffer sums) throws IOException {
    CRC32C crc = new CRC32C();
    int block = 0;
    for (int from = 0; from < head.dataBytes(); from += NeedleHead.BLOCK_BYTES, block++) {
      crc.reset();
      crc.update(bytesAt(dataAt + from, Math.min(NeedleHead.BLOCK_BYTES, head.dataBytes() - from)));
      int expected = sums.getInt();
      if (expected != (int) crc.getValue()) {
        return name + " at " + dataAt + ": checksum of block " + block + " of needle 0x" + Long.toHexString(head.key())
            + " expected 0x" + Integer.toHexString(expected) + ", found 0x" + Integer.toHexString((int) crc.getValue());
      }
    }
    return "";
  }

  private long nextHead(long from) throws IOException {
    for (long at = from; at + NeedleHead.BYTES <= endBytes;) {
      bytesAt(at, NeedleHead.BYTES);
      int first = (int) (at - pieceAt);
      int i = first;
      for (; i + NeedleHead.BYTES <= piece.limit(); i += NeedleHead.ALIGNMENT) {
        if (piece.getInt(i) == NeedleHead.MAGIC
            && NeedleHead.isAt(piece, i, superblock.volume(), superblock.salt())) {
          return pieceAt + i;
        }
      }
      at += i - first;
    }
    return endBytes;
  }

  /// A view of bytes of the file, which must have them; valid until the next call.
  private ByteBuffer bytesAt(long offset, int bytes) throws IOException {
    if (offset < pieceAt || offset + bytes > pieceAt + piece.limit()) {
      if (bytes > piece.capacity()) {
        long wanted = Math.max(Math.min(PIECE_BYTES, endBytes - offset), Integer.highestOneBit(bytes) * 2L);
        piece = ByteBuffer.allocateDirect((int) wanted).order(ByteOrder.LITTLE_ENDIAN);
      }
      int most = Math.min(piece.capacity(), Math.max(bytes, readAheadBytes));
      piece.clear().limit((int) Math.min(most, endBytes - offset));
      int count = file.read(piece, offset);
      pieceAt = offset;
      piece.position(0).limit(count);
      if (count < bytes) {
        throw new CorruptNeedleException(name + " at " + offset + ": " + bytes + " bytes expected, the file ends after "
            + count);
      }
    }
    return piece.slice((int) (offset - pieceAt), bytes);
  }
}

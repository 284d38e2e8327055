package hayloft.volume.compaction;

import hayloft.common.log.EventLog;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.Toll;
import hayloft.volume.index.IndexLog;
import hayloft.volume.needle.NeedleHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Copies bytes of needles from one volume file to another, past bytes that the disk does not give. Confined to one
/// thread at a time.
///
/// **Holes.** What cannot be read becomes zeros, sector by sector: the smallest pieces that a disk fails by. If the
/// head is known the rest stays what it was: a range of an object that does not touch the hole is still served, and one
/// that does does not match its sums. If it is not known, all becomes zeros under a head ([#lostHead]) that has what
/// the index log knows and does not match them: the needle answers "damaged" under its key, and a scan finds where it
/// ends.
final class RecordCopy {

  private static final EventLog LOG = EventLog.of(RecordCopy.class);

  private static final int PIECE_BYTES = 1 << 20;
  private static final int SECTOR_BYTES = 512;
  private static final int SUM_BYTES = 4;

  private final DiskFile source;
  private final String sourceName;
  private final DiskFile target;
  private ByteBuffer piece = ByteBuffer.allocateDirect(0);

  RecordCopy(DiskFile source, String sourceName, DiskFile target) {
    this.source = source;
    this.sourceName = sourceName;
    this.target = target;
  }

  /// @param toll paid for each piece
  /// @return false if some of the bytes cannot be read; what was written until then counts for nothing
  /// @throws IOException if they could not be written, or what the toll throws
  boolean copy(long from, long to, long lengthBytes, Toll toll) throws IOException {
    for (long done = 0; done < lengthBytes;) {
      ByteBuffer some = piece((int) Math.min(PIECE_BYTES, lengthBytes - done));
      if (!isRead(some, from + done)) {
        return false;
      }
      target.write(new ByteBuffer[]{some}, to + done);
      done += some.limit();
      toll.pay(some.limit());
    }
    return true;
  }

  /// @param head of the needle; written over what the source has there
  /// @param keepRest the head is the needle's own, so that what can be read behind it means something
  void copyWithHoles(long from, long to, int lengthBytes, NeedleHead head, long salt, boolean keepRest, Toll toll)
      throws IOException {
    copyWithHoles(from, to, lengthBytes, keepRest, toll);
    ByteBuffer first = piece(NeedleHead.BYTES);
    head.encode(first, salt);
    target.write(new ByteBuffer[]{first.flip()}, to);
  }

  /// What is no needle, or has lost its head.
  void copyWithHoles(long from, long to, int lengthBytes, Toll toll) throws IOException {
    copyWithHoles(from, to, lengthBytes, true, toll);
  }

  private void copyWithHoles(long from, long to, int lengthBytes, boolean keepRest, Toll toll) throws IOException {
    for (int done = 0; done < lengthBytes;) {
      int bytes = Math.min(SECTOR_BYTES - (int) ((from + done) % SECTOR_BYTES), lengthBytes - done);
      ByteBuffer some = piece(bytes);
      if (!keepRest || !isRead(some, from + done)) {
        some.clear().limit(bytes);
        while (some.hasRemaining()) {
          some.put((byte) 0);
        }
        some.flip();
      }
      target.write(new ByteBuffer[]{some}, to + done);
      done += bytes;
      toll.pay(bytes);
    }
  }

  /// The sum of a head in the copy as it lies there, whatever else is damaged.
  int headSumAt(long offset) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(NeedleHead.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    target.read(head, offset);
    return head.getInt(NeedleHead.BYTES - SUM_BYTES);
  }

  /// A head for a needle of which only the index log knows something: it has as many bytes, and its sum is not that of
  /// zeros.
  static NeedleHead lostHead(int volume, IndexLog.Entry entry) {
    int space = entry.recordBytes() - NeedleHead.BYTES;
    int blocks = NeedleHead.blocks(space);
    while (blocks > 0 && NeedleHead.blocks(space - SUM_BYTES * blocks) < blocks) {
      blocks--;
    }
    int dataBytes = Math.max(0, Math.min(space - SUM_BYTES * blocks, blocks * NeedleHead.BLOCK_BYTES));
    int metaBytes = 0;
    if (NeedleHead.recordBytes(0, dataBytes) != entry.recordBytes()) {
      dataBytes = 0;
      metaBytes = space;
    }
    CRC32C crc = new CRC32C();
    crc.update(new byte[NeedleHead.dataOffset(metaBytes, dataBytes) - NeedleHead.BYTES]);
    return new NeedleHead(volume, entry.key(), entry.sequence(), 0, entry.kind(), metaBytes, dataBytes,
        ~(int) crc.getValue(), false, hayloft.common.volume.Subject.NONE);
  }

  private ByteBuffer piece(int bytes) {
    if (piece.capacity() < bytes) {
      piece = ByteBuffer.allocateDirect(Math.max(bytes, SECTOR_BYTES));
    }
    return piece.clear().limit(bytes);
  }

  /// Reads until the buffer is full and flips it.
  private boolean isRead(ByteBuffer into, long at) {
    int wanted = into.limit();
    try {
      boolean whole = source.read(into, at) == wanted;
      into.flip();
      return whole;
    } catch (IOException e) {
      LOG.debug("compaction.sourceUnreadable").with("file", sourceName).with("offset", at).say(e);
      return false;
    }
  }
}

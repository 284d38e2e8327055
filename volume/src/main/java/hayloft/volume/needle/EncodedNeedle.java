package hayloft.volume.needle;

import hayloft.common.FileId;
import hayloft.common.volume.NeedleDraft;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/// A needle as the bytes of its record, ready to be gathered into a write. Has one owner, who releases it.
///
/// Sums are computed here, on the thread that brings the needle, so that a volume's writer has nothing to do but write.
public final class EncodedNeedle {
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(NeedleHead.ALIGNMENT).asReadOnlyBuffer();

  private final long salt;
  private NeedleHead head;
  private final ByteBuf front;
  private final ByteBuf data;
  private final long subjectHash;

  private EncodedNeedle(NeedleHead head, long salt, ByteBuf front, ByteBuf data) {
    this.head = head;
    this.salt = salt;
    this.subjectHash = NeedleScanner.subjectHash(head, front.nioBuffer(NeedleHead.BYTES, head.metaBytes()));
    this.front = front;
    this.data = data;
  }

  /// Takes the draft's buffers, also if there is no memory for its own.
  public static EncodedNeedle of(NeedleDraft draft, long salt, ByteBufAllocator allocator) {
    FileId id = draft.id();
    int metaBytes = draft.meta().readableBytes();
    int dataBytes = draft.data().readableBytes();
    int frontBytes = NeedleHead.dataOffset(metaBytes, dataBytes);
    ByteBuf front;
    try {
      front = allocator.directBuffer(frontBytes, frontBytes);
    } catch (Throwable e) {
      draft.release();
      throw e;
    }
    ByteBuffer bytes = front.internalNioBuffer(0, frontBytes).slice().order(ByteOrder.LITTLE_ENDIAN);
    bytes.position(NeedleHead.BYTES);
    for (ByteBuffer piece : draft.meta().nioBuffers()) {
      bytes.put(piece);
    }
    draft.meta().release();
    putBlockSums(draft.data(), bytes);
    CRC32C bodyCrc = new CRC32C();
    bodyCrc.update(bytes.duplicate().position(NeedleHead.BYTES).limit(frontBytes));
    NeedleHead head = new NeedleHead(id.volume(), id.key(), draft.sequence(), id.cookie(), draft.kind(), metaBytes,
        dataBytes, (int) bodyCrc.getValue(), false, draft.subject());
    head.encode(bytes.position(0), salt);
    front.writerIndex(frontBytes);
    return new EncodedNeedle(head, salt, front, draft.data());
  }

  private static void putBlockSums(ByteBuf data, ByteBuffer sums) {
    CRC32C crc = new CRC32C();
    int inBlock = 0;
    for (ByteBuffer piece : data.nioBuffers()) {
      while (piece.hasRemaining()) {
        int count = Math.min(piece.remaining(), NeedleHead.BLOCK_BYTES - inBlock);
        crc.update(piece.slice(piece.position(), count));
        piece.position(piece.position() + count);
        inBlock += count;
        if (inBlock == NeedleHead.BLOCK_BYTES) {
          sums.putInt((int) crc.getValue());
          crc.reset();
          inBlock = 0;
        }
      }
    }
    if (inBlock > 0) {
      sums.putInt((int) crc.getValue());
    }
  }

  public NeedleHead head() {
    return head;
  }

  /// The head's sum as it is now; [#markSyncedBefore] changes it.
  public int headCrc() {
    return front.getIntLE(NeedleHead.BYTES - Integer.BYTES);
  }

  /// Of what the needle is about.
  public long subjectHash() {
    return subjectHash;
  }

  /// Writes into the head that everything before the needle is durable now.
  public void markSyncedBefore() {
    head = head.afterSync();
    head.encode(front.nioBuffer(0, NeedleHead.BYTES), salt);
  }

  /// Adds the record's bytes, in order, to a gathering write. They stay valid until [#release].
  public void addTo(List<ByteBuffer> gathered) {
    gathered.add(front.nioBuffer());
    for (ByteBuffer piece : data.nioBuffers()) {
      gathered.add(piece);
    }
    int padding = head.recordBytes() - head.dataOffset() - head.dataBytes();
    if (padding > 0) {
      gathered.add(ZEROS.duplicate().limit(padding));
    }
  }

  public void release() {
    front.release();
    data.release();
  }
}

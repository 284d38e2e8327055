package hayloft.volume.needle;

import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.volume.disk.DiskFile;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// Reads and verifies needles of one volume file. Thread-safe.
///
/// A record of up to [#WHOLE_BYTES] is read with one positional read and verified whole. Of a larger one the front
/// (head, meta, sums) is read first, with one read if it fits into [#FRONT_BYTES], then the blocks that the range
/// touches; only those are verified.
public final class NeedleReader {
  /// Records up to this size are read in one piece.
  static final int WHOLE_BYTES = 128 << 10;
  /// Of a larger record, what is read first: enough for head, sums and meta but of the longest chunk lists.
  private static final int FRONT_BYTES = 4 << 10;
  /// More than this is not copied on a thread that must not wait, be it cached or not.
  private static final int LARGEST_CACHED_BYTES = 512 << 10;
  private static final int SUM_BYTES = 4;

  private final DiskFile file;
  private final String name;
  private final int volume;
  private final long salt;
  private final ByteBufAllocator allocator;

  /// @param name of the file, for messages
  public NeedleReader(DiskFile file, String name, Superblock superblock, ByteBufAllocator allocator) {
    this.file = file;
    this.name = name;
    this.volume = superblock.volume();
    this.salt = superblock.salt();
    this.allocator = allocator;
  }

  /// Reads part of a needle's data.
  ///
  /// @param recordBytes size of the record as the index has it
  /// @param fromBytes first byte of the data
  /// @param lengthBytes wanted; fewer come at the data's end
  /// @return empty if the cookie is another
  /// @throws CorruptNeedleException if a checksum does not match or another needle lies there
  public Optional<ByteBuf> read(FileId id, long offset, int recordBytes, long fromBytes, int lengthBytes)
      throws IOException {
    Optional<ByteBuf> data = read(this::readFully, id, offset, recordBytes, fromBytes, lengthBytes);
    if (data == null) {
      throw new IllegalStateException("a read that waits did not read");
    }
    return data;
  }

  /// The same from the page cache alone: null if it does not hold the bytes, or if they are too many to be tried.
  public @Nullable Optional<ByteBuf> readCached(FileId id, long offset, int recordBytes, long fromBytes,
      int lengthBytes) throws IOException {
    if (recordBytes > WHOLE_BYTES && lengthBytes > LARGEST_CACHED_BYTES) {
      return null;
    }
    return read(this::fetchCached, id, offset, recordBytes, fromBytes, lengthBytes);
  }

  /// Gets bytes of the file.
  @FunctionalInterface
  private interface Fetch {
    /// All of them; null if they would have to be waited for and that is not wanted. The caller takes the buffer.
    ///
    /// @param needleAt where the needle begins, for messages
    /// @param at where the bytes begin
    @Nullable
    ByteBuf fetch(long needleAt, long at, int bytes) throws IOException;
  }

  private @Nullable Optional<ByteBuf> read(Fetch file, FileId id, long offset, int recordBytes, long fromBytes,
      int lengthBytes) throws IOException {
    if (recordBytes > WHOLE_BYTES) {
      return fromLargeRecord(file, id, offset, recordBytes, fromBytes, lengthBytes);
    }
    ByteBuf record = file.fetch(offset, offset, recordBytes);
    if (record == null) {
      return null;
    }
    try {
      return fromWholeRecord(record, id, offset, recordBytes, fromBytes, lengthBytes);
    } finally {
      record.release();
    }
  }

  /// A needle's head and meta, verified.
  ///
  /// @param meta the caller takes it
  public record Front(NeedleHead head, ByteBuf meta) {}

  /// Reads head and meta alone.
  ///
  /// @throws CorruptNeedleException if a checksum does not match or another needle lies there
  public Front readFront(long key, long offset, int recordBytes) throws IOException {
    ByteBuf front = frontBytes(this::readFully, key, offset, recordBytes);
    if (front == null) {
      throw new IllegalStateException("a read that waits did not read");
    }
    try {
      NeedleHead head = NeedleHead.decode(front.nioBuffer(), salt, at(offset));
      return new Front(head, front.retainedSlice(NeedleHead.BYTES, head.metaBytes()));
    } finally {
      front.release();
    }
  }

  private Optional<ByteBuf> fromWholeRecord(ByteBuf record, FileId id, long offset, int recordBytes, long fromBytes,
      int lengthBytes) throws CorruptNeedleException, NewerFormatException {
    ByteBuffer bytes = record.nioBuffer();
    NeedleHead head = verifiedHead(bytes, id.key(), offset, recordBytes);
    // first, for a needle that compaction could not read has no cookie, and is damaged
    verifyFront(bytes, head, offset);
    if (head.cookie() != id.cookie()) {
      return Optional.empty();
    }
    int from = (int) Math.min(fromBytes, head.dataBytes());
    int to = (int) Math.min((long) from + lengthBytes, head.dataBytes());
    int firstBlock = from / NeedleHead.BLOCK_BYTES;
    int endBlock = NeedleHead.blocks(to);
    int firstByte = firstBlock * NeedleHead.BLOCK_BYTES;
    verifyBlocks(bytes, head, bytes.slice(head.dataOffset() + firstByte,
        Math.max(0, Math.min(endBlock * NeedleHead.BLOCK_BYTES, head.dataBytes()) - firstByte)), firstBlock, offset);
    return Optional.of(record.retainedSlice(head.dataOffset() + from, to - from));
  }

  private @Nullable Optional<ByteBuf> fromLargeRecord(Fetch file, FileId id, long offset, int recordBytes,
      long fromBytes, int lengthBytes) throws IOException {
    ByteBuf front = frontBytes(file, id.key(), offset, recordBytes);
    if (front == null) {
      return null;
    }
    try {
      ByteBuffer bytes = front.nioBuffer();
      NeedleHead head = NeedleHead.decode(bytes, salt, at(offset));
      if (head.cookie() != id.cookie()) {
        return Optional.empty();
      }
      int from = (int) Math.min(fromBytes, head.dataBytes());
      int to = (int) Math.min((long) from + lengthBytes, head.dataBytes());
      int firstBlock = from / NeedleHead.BLOCK_BYTES;
      int firstByte = firstBlock * NeedleHead.BLOCK_BYTES;
      int endByte = (int) Math.min((long) NeedleHead.blocks(to) * NeedleHead.BLOCK_BYTES, head.dataBytes());
      ByteBuf blocks = file.fetch(offset, offset + head.dataOffset() + firstByte, Math.max(0, endByte - firstByte));
      if (blocks == null) {
        return null;
      }
      try {
        verifyBlocks(bytes, head, blocks.nioBuffer(), firstBlock, offset);
        return Optional.of(blocks.retainedSlice(from - firstByte, to - from));
      } finally {
        blocks.release();
      }
    } finally {
      front.release();
    }
  }

  /// Head, meta and sums, verified, and perhaps some data behind them; null if they would have to be waited for.
  private @Nullable ByteBuf frontBytes(Fetch file, long key, long offset, int recordBytes) throws IOException {
    ByteBuf first = file.fetch(offset, offset, Math.min(FRONT_BYTES, recordBytes));
    if (first == null) {
      return null;
    }
    int frontBytes;
    try {
      NeedleHead head = verifiedHead(first.nioBuffer(), key, offset, recordBytes);
      frontBytes = head.dataOffset();
      if (frontBytes <= first.readableBytes()) {
        verifyFront(first.nioBuffer(), head, offset);
        return first.retain();
      }
    } finally {
      first.release();
    }
    ByteBuf whole = file.fetch(offset, offset, frontBytes);
    if (whole == null) {
      return null;
    }
    try { // its head anew: a second read need not show what the first one did
      verifyFront(whole.nioBuffer(), verifiedHead(whole.nioBuffer(), key, offset, recordBytes), offset);
      return whole.retain();
    } finally {
      whole.release();
    }
  }

  private NeedleHead verifiedHead(ByteBuffer bytes, long key, long offset, int recordBytes)
      throws CorruptNeedleException, NewerFormatException {
    NeedleHead head = NeedleHead.decode(bytes, salt, at(offset));
    if (head.volume() != volume || head.key() != key || head.recordBytes() != recordBytes) {
      throw new CorruptNeedleException(at(offset) + ": expected needle 0x" + Long.toHexString(key) + " of volume "
          + volume
          + " with " + recordBytes + " bytes, found 0x" + Long.toHexString(head.key()) + " of volume " + head.volume()
          + " with " + head.recordBytes() + " bytes");
    }
    return head;
  }

  private void verifyFront(ByteBuffer record, NeedleHead head, long offset) throws CorruptNeedleException {
    CRC32C crc = new CRC32C();
    crc.update(record.slice(NeedleHead.BYTES, head.dataOffset() - NeedleHead.BYTES));
    if ((int) crc.getValue() != head.bodyCrc()) {
      throw new CorruptNeedleException(
          FaultText.meta(name, offset, head.key(), head.bodyCrc(), (int) crc.getValue()));
    }
  }

  /// @param front the record from its head on
  /// @param blocks whole blocks of data, beginning with `firstBlock`
  private void verifyBlocks(ByteBuffer front, NeedleHead head, ByteBuffer blocks, int firstBlock, long offset)
      throws CorruptNeedleException {
    ByteBuffer sums = front.slice(NeedleHead.BYTES + head.metaBytes(), SUM_BYTES * NeedleHead.blocks(head.dataBytes()))
        .order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    for (int block = firstBlock, at = 0; at < blocks.limit(); block++, at += NeedleHead.BLOCK_BYTES) {
      crc.reset();
      crc.update(blocks.slice(at, Math.min(NeedleHead.BLOCK_BYTES, blocks.limit() - at)));
      if ((int) crc.getValue() != sums.getInt(SUM_BYTES * block)) {
        throw new CorruptNeedleException(FaultText.block(name, offset, head.key(), block,
            offset + head.dataOffset() + (long) block * NeedleHead.BLOCK_BYTES, sums.getInt(SUM_BYTES * block),
            (int) crc.getValue()));
      }
    }
  }

  private @Nullable ByteBuf fetchCached(long needleAt, long at, int bytes) {
    ByteBuf buffer = allocator.directBuffer(Math.max(1, bytes));
    try {
      return file.readCached(buffer.nioBuffer(0, bytes), at) ? buffer.writerIndex(bytes).retain() : null;
    } finally {
      buffer.release();
    }
  }

  private ByteBuf readFully(long needleAt, long at, int bytes) throws IOException {
    ByteBuf buffer = allocator.directBuffer(Math.max(1, bytes));
    try {
      int count = fromDisk(buffer.nioBuffer(0, bytes), needleAt, at);
      if (count < bytes) {
        throw new CorruptNeedleException(FaultText.tooShort(name, needleAt, at, bytes, count));
      }
      return buffer.writerIndex(bytes).retain();
    } finally {
      buffer.release();
    }
  }

  private int fromDisk(ByteBuffer into, long needleAt, long at) throws IOException {
    try {
      return file.read(into, at);
    } catch (ClosedChannelException e) {
      throw e; // of the file, not of the disk
    } catch (IOException e) {
      throw new IOException(FaultText.unreadable(name, needleAt, at, e), e);
    }
  }

  private String at(long offset) {
    return FaultText.place(name, offset);
  }
}

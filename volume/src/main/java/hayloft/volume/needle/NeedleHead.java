package hayloft.volume.needle;

import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// The fixed head of a needle, and with it the layout of the whole record. Little-endian; records start on multiples of 8.
///
///     0       4       8               16              24      28      32      36      40      44      48
///     +-------+-------+---------------+---------------+-------+-------+-------+-------+-------+-------+
///     | magic |volume |      key      |   sequence    |cookie | flags | meta  | data  |bodyCrc|headCrc|
///     +-------+-------+---------------+---------------+-------+-------+-------+-------+-------+-------+
///     | meta ... | one CRC-32C per 64 KiB block of data ... | data ... | zeros up to a multiple of 8   |
///     +----------+------------------------------------------+----------+-------------------------------+
///
/// `meta` and `data` at 32 and 36 are lengths in bytes. The lowest byte of `flags` is the [NeedleKind]; bit 8 says that
/// everything before this needle was synced before it was written; the rest is 0 and is not looked at.
///
/// `headCrc` is the CRC-32C of the volume's salt (8 bytes, little-endian) followed by bytes 0 to 43. Lengths can be trusted
/// before they are used, a misdirected read shows its foreign volume or key, and bytes that a client uploaded cannot pass
/// for a head: they would have to know the salt. `bodyCrc` covers the meta and the block sums, so that whoever reads a range
/// of the data knows that the sums he compares with are the right ones. The block sums stand before the data: a reader
/// that streams verifies each block before it asks for the next.
///
/// @param metaBytes length of the meta
/// @param dataBytes length of the data
/// @param bodyCrc CRC-32C of meta and block sums
/// @param syncedBefore everything before this needle was durable before it was written: damage there is no torn write
public record NeedleHead(int volume, long key, long sequence, int cookie, NeedleKind kind, int metaBytes, int dataBytes,
    int bodyCrc, boolean syncedBefore) {
  public static final int BYTES = 48;
  /// Data is summed in blocks of this size; the last may be shorter.
  public static final int BLOCK_BYTES = 64 << 10;
  public static final int ALIGNMENT = 8;
  static final int MAGIC = 0x3159_4148; // "HAY1" in a hex dump: the format's name and version
  private static final int SUM_BYTES = 4;
  private static final int HEAD_CRC_AT = 44;
  private static final int KIND_MASK = 0xff;
  private static final int SYNCED_BEFORE = 0x100;

  public static int blocks(int dataBytes) {
    return (dataBytes + BLOCK_BYTES - 1) / BLOCK_BYTES;
  }

  /// Bytes before the data: head, meta and block sums.
  public static int dataOffset(int metaBytes, int dataBytes) {
    return BYTES + metaBytes + SUM_BYTES * blocks(dataBytes);
  }

  /// Bytes of the whole record, padding included.
  public static int recordBytes(int metaBytes, int dataBytes) {
    return (dataOffset(metaBytes, dataBytes) + dataBytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  public int recordBytes() {
    return recordBytes(metaBytes, dataBytes);
  }

  public int dataOffset() {
    return dataOffset(metaBytes, dataBytes);
  }

  public NeedleHead afterSync() {
    return new NeedleHead(volume, key, sequence, cookie, kind, metaBytes, dataBytes, bodyCrc, true);
  }

  public FileId id() {
    return new FileId(volume, key, cookie);
  }

  /// Writes the head at the buffer's position and moves it by [#BYTES].
  public void encode(ByteBuffer into, long salt) {
    ByteBuffer head = into.slice(into.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(MAGIC).putInt(volume).putLong(key).putLong(sequence).putInt(cookie);
    head.putInt(kind.code() | (syncedBefore ? SYNCED_BEFORE : 0));
    head.putInt(metaBytes).putInt(dataBytes).putInt(bodyCrc);
    head.putInt(headCrc(head, salt));
    into.position(into.position() + BYTES);
  }

  /// Whether a head of this volume begins at an offset of the buffer, by magic and checksum.
  static boolean isAt(ByteBuffer bytes, int at, int volume, long salt) {
    ByteBuffer head = bytes.slice(at, BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return head.getInt(0) == MAGIC && head.getInt(4) == volume && head.getInt(HEAD_CRC_AT) == headCrc(head, salt);
  }

  /// Reads the head at the buffer's position, which stays where it is.
  ///
  /// @param where names file and offset in messages
  /// @throws CorruptNeedleException if these are not the bytes of a head
  public static NeedleHead decode(ByteBuffer bytes, long salt, String where) throws CorruptNeedleException {
    if (bytes.remaining() < BYTES) {
      throw new CorruptNeedleException(
          where + ": needle head of " + BYTES + " bytes expected, found " + bytes.remaining());
    }
    ByteBuffer head = bytes.slice(bytes.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    expect(where, "magic", MAGIC, head.getInt(0));
    expect(where, "head checksum", headCrc(head, salt), head.getInt(HEAD_CRC_AT));
    return new NeedleHead(head.getInt(4), head.getLong(8), head.getLong(16), head.getInt(24),
        NeedleKind.ofCode(head.getInt(28) & KIND_MASK), head.getInt(32), head.getInt(36), head.getInt(40),
        (head.getInt(28) & SYNCED_BEFORE) != 0);
  }

  private static int headCrc(ByteBuffer head, long salt) {
    CRC32C crc = new CRC32C();
    for (int shift = 0; shift < Long.SIZE; shift += Byte.SIZE) {
      crc.update((int) (salt >>> shift));
    }
    crc.update(head.duplicate().position(0).limit(HEAD_CRC_AT));
    return (int) crc.getValue();
  }

  static void expect(String where, String what, int expected, int found) throws CorruptNeedleException {
    if (expected != found) {
      throw new CorruptNeedleException(
          where + ": " + what + " expected 0x" + Integer.toHexString(expected) + ", found 0x"
              + Integer.toHexString(found));
    }
  }
}

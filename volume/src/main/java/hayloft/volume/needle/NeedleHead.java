package hayloft.volume.needle;

import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// The fixed head of a needle, and with it the layout of the whole record. Little-endian; records start on multiples of
/// 8.
///
///     0       4       8               16              24      28      32      36      40      44      48
///     +-------+-------+---------------+---------------+-------+-------+-------+-------+-------+-------+
///     | magic |volume |      key      |   sequence    |cookie | flags | meta  | data  |bodyCrc|headCrc|
///     +-------+-------+---------------+---------------+-------+-------+-------+-------+-------+-------+
///     | meta ... | one CRC-32C per 64 KiB block of data ... | data ... | zeros up to a multiple of 8   |
///     +----------+------------------------------------------+----------+-------------------------------+
///
/// `meta` and `data` at 32 and 36 are lengths in bytes. The lowest byte of `flags` is the [NeedleKind]; bit 8 says that
/// everything before this needle was synced before it was written; bits 12 to 17 say where in the meta the [Subject]
/// begins, bits 18 to 29 how long it is (0 in needles of level 1); the others are 0. A good head with another kind or
/// bit is of a newer program.
///
/// A void is a head alone: its `meta` is what remains of the stretch that it covers and is not looked at.
///
/// `headCrc` is the CRC-32C of the volume's salt (8 bytes, little-endian) followed by bytes 0 to 43. Lengths can be
/// trusted before they are used, a misdirected read shows its foreign volume or key, and bytes that a client uploaded
/// cannot pass for a head: they would have to know the salt. `bodyCrc` covers the meta and the block sums, so that
/// whoever reads a range of the data knows that the sums he compares with are the right ones. The block sums stand
/// before the data: a reader that streams verifies each block before it asks for the next.
///
/// @param metaBytes length of the meta
/// @param dataBytes length of the data
/// @param bodyCrc CRC-32C of meta and block sums
/// @param syncedBefore everything before this needle was durable before it was written: damage there is no torn write
/// @param subject which bytes of the meta say what the needle is about
public record NeedleHead(int volume, long key, long sequence, int cookie, NeedleKind kind, int metaBytes, int dataBytes,
    int bodyCrc, boolean syncedBefore, Subject subject) {
  public static final int BYTES = 48;
  /// Data is summed in blocks of this size; the last may be shorter.
  public static final int BLOCK_BYTES = 64 << 10;
  public static final int ALIGNMENT = 8;
  static final int MAGIC = 0x3159_4148; // "HAY1" in a hex dump: the format's name and version
  private static final int SUM_BYTES = 4;
  private static final int HEAD_CRC_AT = 44;
  private static final int KIND_MASK = 0xff;
  private static final int SYNCED_BEFORE = 0x100;
  private static final int SUBJECT_FROM_SHIFT = 12;
  private static final int SUBJECT_LENGTH_SHIFT = 18;
  /// Bits 9 to 11, 30 and 31.
  private static final int UNKNOWN_BITS = 0xc000_0e00;
  private static final int LAST_KIND = NeedleKind.VOID.code();

  public NeedleHead {
    long record = (long) BYTES + metaBytes + dataBytes + (long) SUM_BYTES * blocks(dataBytes) + ALIGNMENT;
    if (metaBytes < 0 || dataBytes < 0 || record > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("no needle has a meta of " + metaBytes + " and data of " + dataBytes
          + " bytes");
    }
    if (kind != NeedleKind.VOID && subject.fromBytes() + subject.lengthBytes() > metaBytes) {
      throw new IllegalArgumentException(subject + " lies outside of a meta of " + metaBytes + " bytes");
    }
  }

  /// What is written over a torn write that has good needles behind it.
  ///
  /// @param stretchBytes from the head on, up to the next needle
  public static NeedleHead voidOf(int volume, long stretchBytes) {
    if (stretchBytes < BYTES || stretchBytes % ALIGNMENT != 0 || stretchBytes > Integer.MAX_VALUE - ALIGNMENT) {
      throw new IllegalArgumentException("no void has " + stretchBytes + " bytes");
    }
    return new NeedleHead(volume, 0, 0, 0, NeedleKind.VOID, (int) stretchBytes - BYTES, 0, 0, false, Subject.NONE);
  }

  public static int blocks(int dataBytes) {
    return (int) (((long) dataBytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
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
    return new NeedleHead(volume, key, sequence, cookie, kind, metaBytes, dataBytes, bodyCrc, true, subject);
  }

  public FileId id() {
    return new FileId(volume, key, cookie);
  }

  /// Writes the head at the buffer's position and moves it by [#BYTES].
  public void encode(ByteBuffer into, long salt) {
    ByteBuffer head = into.slice(into.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(MAGIC).putInt(volume).putLong(key).putLong(sequence).putInt(cookie);
    head.putInt(kind.code() | (syncedBefore ? SYNCED_BEFORE : 0) | subject.fromBytes() << SUBJECT_FROM_SHIFT
        | subject.lengthBytes() << SUBJECT_LENGTH_SHIFT);
    head.putInt(metaBytes).putInt(dataBytes).putInt(bodyCrc);
    head.putInt(headCrc(head, salt));
    into.position(into.position() + BYTES);
  }

  /// The head's own sum, as it stands in the file.
  public int headCrc(long salt) {
    ByteBuffer head = ByteBuffer.allocate(BYTES);
    encode(head, salt);
    return head.order(ByteOrder.LITTLE_ENDIAN).getInt(HEAD_CRC_AT);
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
  /// @throws NewerFormatException if they are, of a kind or with bits that this program does not know
  public static NeedleHead decode(ByteBuffer bytes, long salt, String where)
      throws CorruptNeedleException, NewerFormatException {
    if (bytes.remaining() < BYTES) {
      throw new CorruptNeedleException(
          where + ": needle head of " + BYTES + " bytes expected, found " + bytes.remaining());
    }
    ByteBuffer head = bytes.slice(bytes.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    expect(where, "magic", MAGIC, head.getInt(0));
    expect(where, "head checksum", headCrc(head, salt), head.getInt(HEAD_CRC_AT));
    int flags = head.getInt(28);
    int kind = flags & KIND_MASK;
    if (kind == 0 || kind > LAST_KIND || (flags & UNKNOWN_BITS) != 0) {
      throw new NewerFormatException(where, "needle 0x" + Long.toHexString(head.getLong(8)) + " with flags 0x"
          + Integer.toHexString(flags) + ", which are not known");
    }
    Subject subject = new Subject(flags >>> SUBJECT_FROM_SHIFT & Subject.MAX_FROM_BYTES,
        flags >>> SUBJECT_LENGTH_SHIFT & Subject.MAX_LENGTH_BYTES);
    try {
      return new NeedleHead(head.getInt(4), head.getLong(8), head.getLong(16), head.getInt(24), NeedleKind.ofCode(kind),
          head.getInt(32), head.getInt(36), head.getInt(40), (flags & SYNCED_BEFORE) != 0, subject);
    } catch (IllegalArgumentException e) {
      throw new CorruptNeedleException(where + ": " + e.getMessage());
    }
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

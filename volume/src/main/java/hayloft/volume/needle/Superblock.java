package hayloft.volume.needle;

import hayloft.common.volume.CorruptNeedleException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/// The first 64 bytes of a volume file. Little-endian.
///
///     0       4       8       12      16              32      40        48        56      60      64
///     +-------+-------+-------+-------+---------------+-------+---------+---------+-------+-------+
///     | magic |version|volume | gener.|   store id    | salt  | created | synced  |   0   |  crc  |
///     +-------+-------+-------+-------+---------------+-------+---------+---------+-------+-------+
///
/// `crc` is the CRC-32C of bytes 0 to 59. The salt seeds the head checksums of all needles of the volume ([NeedleHead]); it
/// stays the same over generations. A file that compaction wrote was synced before it became the volume: `synced` at 48 is
/// how long it was then.
///
/// @param generation how often the volume was compacted
/// @param createdMillis since 1970, of the volume
/// @param syncedBytes length of the file when this generation began; 0 for the first
public record Superblock(int volume, int generation, UUID storeId, long salt, long createdMillis,
    long syncedBytes) {
  public static final int BYTES = 64;
  static final int MAGIC = 0x5659_4148; // "HAYV" in a hex dump
  static final int VERSION = 1;
  private static final int CRC_AT = 60;

  public Superblock withGeneration(int next, long synced) {
    return new Superblock(volume, next, storeId, salt, createdMillis, synced);
  }

  public ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(MAGIC).putInt(VERSION).putInt(volume).putInt(generation);
    bytes.putLong(storeId.getMostSignificantBits()).putLong(storeId.getLeastSignificantBits());
    bytes.putLong(salt).putLong(createdMillis).putLong(syncedBytes);
    bytes.putInt(CRC_AT, crc(bytes));
    return bytes.clear();
  }

  /// @param bytes at least [#BYTES] from its position on; left as it is
  /// @param where names the file in messages
  /// @throws CorruptNeedleException if this is no superblock of a version that we read
  public static Superblock decode(ByteBuffer bytes, String where) throws CorruptNeedleException {
    if (bytes.remaining() < BYTES) {
      throw new CorruptNeedleException(
          where + ": superblock of " + BYTES + " bytes expected, found " + bytes.remaining());
    }
    ByteBuffer view = bytes.slice(bytes.position(), BYTES).order(ByteOrder.LITTLE_ENDIAN);
    expect(where, "magic", MAGIC, view.getInt(0));
    expect(where, "format version", VERSION, view.getInt(4));
    expect(where, "crc", crc(view), view.getInt(CRC_AT));
    return new Superblock(view.getInt(8), view.getInt(12), new UUID(view.getLong(16), view.getLong(24)),
        view.getLong(32),
        view.getLong(40), view.getLong(48));
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().limit(CRC_AT).position(0));
    return (int) crc.getValue();
  }

  private static void expect(String where, String what, int expected, int found) throws CorruptNeedleException {
    if (expected != found) {
      throw new CorruptNeedleException(where + ": superblock " + what + " expected 0x" + Integer.toHexString(expected)
          + ", found 0x" + Integer.toHexString(found));
    }
  }
}

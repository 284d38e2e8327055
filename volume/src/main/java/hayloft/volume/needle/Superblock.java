package hayloft.volume.needle;

import hayloft.common.volume.CorruptNeedleException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.UUID;
import java.util.zip.CRC32C;

/// What a volume file begins with: in version 2 one sector of 512 bytes, in version 1 64 bytes. Little-endian;
/// immutable.
///
///     0       4       8       12      16              32      40        48        56
///     +-------+-------+-------+-------+---------------+-------+---------+---------+
///     | magic |version|volume | gener.|   store id    | salt  | created | synced  |
///     +-------+-------+-------+-------+---------------+-------+---------+---------+
///     56        64        72      76      80
///     +---------+---------+-------+-------+
///     |features | epoch   |catalog|   0   |
///     +---------+---------+-------+-------+
///     80              88                 96            104             112               120
///     +---------------+------------------+-------------+---------------+-----------------+--------------------+
///     | marks applied | highest sequence | highest key | sealed length | sealed checksum | 0 ... crc (at 508) |
///     +---------------+------------------+-------------+---------------+-----------------+--------------------+
///
/// `crc` is the CRC-32C of what stands before it: bytes 0 to 507; in version 1, which ends with `synced`, bytes 0 to
/// 59. The salt seeds the head checksums of all needles of the volume ([NeedleHead]); it stays the same over
/// generations. New superblocks are of version 2; a file that has one of version 1 keeps it until it is compacted,
/// since its needles begin right behind.
///
/// @param generation how often the volume was compacted; never from a clock
/// @param createdMillis since 1970, of the volume
/// @param syncedBytes length of the file when this generation began; 0 for the first
/// @param version of the format, 1 or 2; all fields behind it are 0 in version 1
/// @param features bits that a reader must understand; none is defined
/// @param birthEpoch of the catalog's owner, or in a cluster of the volume's record
/// @param marksApplied this generation was made without the needles that marks up to this sequence name
/// @param highestSequence of any needle that was in the volume when this generation was made, those left behind
///   included
/// @param highestKey the same
/// @param sealedLength length of the file; 0 while the volume is not sealed
/// @param sealedChecksum the running checksum at that length ([RunningChecksum])
public record Superblock(int volume, int generation, UUID storeId, long salt, long createdMillis, long syncedBytes,
    int version, long features, long birthEpoch, int catalog, long marksApplied, long highestSequence, long highestKey,
    long sealedLength, long sealedChecksum) {
  /// The most that any version has: what one reads to [#decode] it.
  public static final int MOST_BYTES = 512;
  public static final int VERSION = 2;
  private static final int MAGIC = 0x5659_4148; // "HAYV" in a hex dump
  private static final int FIRST_VERSION = 1;
  private static final int FIRST_VERSION_BYTES = 64;
  private static final int SUM_BYTES = 4;
  private static final long KNOWN_FEATURES = 0;

  public Superblock {
    if (version != FIRST_VERSION && version != VERSION) {
      throw new IllegalArgumentException("no superblock has version " + version);
    }
    if (version == FIRST_VERSION && (features | birthEpoch | catalog | marksApplied | highestSequence | highestKey
        | sealedLength | sealedChecksum) != 0) {
      throw new IllegalArgumentException("a superblock of version 1 has no room for what it should say");
    }
  }

  /// Of a volume that begins now.
  public static Superblock first(int volume, UUID storeId, long salt, long createdMillis, long birthEpoch) {
    return new Superblock(volume, 0, storeId, salt, createdMillis, 0, VERSION, 0, birthEpoch, 0, 0, 0, 0, 0, 0);
  }

  /// As level 1 wrote it.
  public static Superblock ofLevelOne(int volume, int generation, UUID storeId, long salt, long createdMillis,
      long syncedBytes) {
    return new Superblock(volume, generation, storeId, salt, createdMillis, syncedBytes, FIRST_VERSION, 0, 0, 0, 0, 0,
        0,
        0, 0);
  }

  /// What compaction writes: not sealed, and of the newest version.
  ///
  /// @param synced length of the file, all of it synced; 0 as long as it is being written
  /// @param appliedUpTo the new generation is made without the needles that marks up to this sequence name
  /// @param sequence the highest of any needle that was ever in the volume
  /// @param key the same
  public Superblock withNextGeneration(int next, long synced, long appliedUpTo, long sequence, long key) {
    return new Superblock(volume, next, storeId, salt, createdMillis, synced, VERSION, features, birthEpoch, catalog,
        appliedUpTo, sequence, key, 0, 0);
  }

  /// @throws IllegalStateException in version 1, which has no room for it: there the descriptor alone says so
  public Superblock withSealed(long length, long checksum) {
    if (version == FIRST_VERSION) {
      throw new IllegalStateException("a superblock of version 1 cannot say that volume " + volume + " is sealed");
    }
    return new Superblock(volume, generation, storeId, salt, createdMillis, syncedBytes, version, features, birthEpoch,
        catalog, marksApplied, highestSequence, highestKey, length, checksum);
  }

  /// How long it is in the file, 64 or 512.
  public int bytes() {
    return version == FIRST_VERSION ? FIRST_VERSION_BYTES : MOST_BYTES;
  }

  /// Where the first needle begins.
  public long firstNeedle() {
    return bytes();
  }

  public ByteBuffer encode() {
    ByteBuffer bytes = ByteBuffer.allocate(bytes()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(MAGIC).putInt(version).putInt(volume).putInt(generation);
    bytes.putLong(storeId.getMostSignificantBits()).putLong(storeId.getLeastSignificantBits());
    bytes.putLong(salt).putLong(createdMillis).putLong(syncedBytes);
    if (version == VERSION) {
      bytes.putLong(features).putLong(birthEpoch).putInt(catalog).putInt(0);
      bytes.putLong(marksApplied).putLong(highestSequence).putLong(highestKey);
      bytes.putLong(sealedLength).putLong(sealedChecksum);
    }
    bytes.putInt(bytes() - SUM_BYTES, crc(bytes, bytes()));
    return bytes.clear();
  }

  /// @param bytes the beginning of a file, [#MOST_BYTES] of it or all that it has; left as it is
  /// @param where names the file in messages
  /// @throws NewerFormatException if it is whole, and of a version or with features that this program does not know
  /// @throws CorruptNeedleException if it is damaged, or no superblock
  public static Superblock decode(ByteBuffer bytes, String where) throws CorruptNeedleException, NewerFormatException {
    if (bytes.remaining() < FIRST_VERSION_BYTES) {
      throw new CorruptNeedleException(
          where + ": superblock of " + FIRST_VERSION_BYTES + " bytes at least expected, found " + bytes.remaining());
    }
    ByteBuffer view = bytes.slice(bytes.position(), Math.min(bytes.remaining(), MOST_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    expect(where, "magic", MAGIC, view.getInt(0));
    int version = view.getInt(4);
    if (version == FIRST_VERSION && isWhole(view, FIRST_VERSION_BYTES)) {
      return ofLevelOne(view.getInt(8), view.getInt(12), storeId(view), view.getLong(32), view.getLong(40),
          view.getLong(48));
    }
    if (version == VERSION && isWhole(view, MOST_BYTES)) {
      long features = view.getLong(56);
      if ((features & ~KNOWN_FEATURES) != 0) {
        throw new NewerFormatException(where,
            "superblock with features 0x" + Long.toHexString(features) + ", of which 0x"
                + Long.toHexString(KNOWN_FEATURES) + " are known");
      }
      return new Superblock(view.getInt(8), view.getInt(12), storeId(view), view.getLong(32), view.getLong(40),
          view.getLong(48), version, features, view.getLong(64), view.getInt(72), view.getLong(80), view.getLong(88),
          view.getLong(96), view.getLong(104), view.getLong(112));
    }
    if (isWhole(view, FIRST_VERSION_BYTES) || isWhole(view, MOST_BYTES)) {
      throw new NewerFormatException(where, "superblock of format version " + version + ", 1 and 2 are known");
    }
    int length = version == FIRST_VERSION ? FIRST_VERSION_BYTES : MOST_BYTES;
    if (view.limit() < length) {
      throw new CorruptNeedleException(
          where + ": superblock of " + length + " bytes expected, found " + view.limit());
    }
    expect(where, "crc", crc(view, length), view.getInt(length - SUM_BYTES));
    throw new IllegalStateException("a superblock that is whole and is not");
  }

  /// Whether a file whose superblock is damaged has one of version 1: its first needle begins behind 64 bytes. False if
  /// that cannot be seen; then the descriptor knows.
  ///
  /// @param bytes the beginning of the file, left as it is
  public static boolean isFollowedAsInVersion1(ByteBuffer bytes, int volume, long salt) {
    return bytes.remaining() >= FIRST_VERSION_BYTES + NeedleHead.BYTES
        && NeedleHead.isAt(bytes, bytes.position() + FIRST_VERSION_BYTES, volume, salt);
  }

  private static UUID storeId(ByteBuffer view) {
    return new UUID(view.getLong(16), view.getLong(24));
  }

  private static boolean isWhole(ByteBuffer view, int length) {
    return view.limit() >= length && view.getInt(length - SUM_BYTES) == crc(view, length);
  }

  private static int crc(ByteBuffer bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.duplicate().limit(length - SUM_BYTES).position(0));
    return (int) crc.getValue();
  }

  private static void expect(String where, String what, int expected, int found) throws CorruptNeedleException {
    if (expected != found) {
      throw new CorruptNeedleException(where + ": superblock " + what + " expected 0x" + Integer.toHexString(expected)
          + ", found 0x" + Integer.toHexString(found));
    }
  }
}

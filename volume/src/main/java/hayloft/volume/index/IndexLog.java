package hayloft.volume.index;

import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.Superblock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The index log of one volume generation, `7.idx`: the places of its needles in the order of their offsets, a cache of the
/// volume file. Confined to the volume's writer. Little-endian, entries of 24 bytes, the first of which names the volume.
///
///     0                       8       12      16              20      24
///     +-----------------------+-------+-------+---------------+-------+
///     | "HAYX", version       |volume | gener.| salt (low)    |  crc  |   the file's first entry
///     | key                   |offset | size  | 0             |  crc  |   a needle; offset and size in units of 8 bytes
///     | 0                     |covered|   0   | 0             |  crc  |   a checkpoint; unit of 8 bytes
///     +-----------------------+-------+-------+---------------+-------+
///
/// A checkpoint says that the volume file up to `covered` and this log up to here were synced: after a crash what stands
/// before the last checkpoint is believed, and the volume file is scanned from `covered` on. `crc` is the CRC-32C of the 20 bytes
/// before it, seeded with the generation, so that entries of another generation are no entries.
public final class IndexLog implements Closeable {
  static final int ENTRY_BYTES = 24;
  private static final int CRC_AT = 20;
  private static final int MAGIC = 0x5859_4148; // "HAYX"
  private static final int VERSION = 1;
  private static final int MOST_PENDING_BYTES = ENTRY_BYTES << 16;
  private static final int PIECE_BYTES = ENTRY_BYTES * 40_000;

  private final DiskFile file;
  private final Superblock superblock;
  private ByteBuffer pending = ByteBuffer.allocateDirect(ENTRY_BYTES * 1024).order(ByteOrder.LITTLE_ENDIAN);
  private long endBytes;
  private boolean syncFailed;

  private IndexLog(DiskFile file, Superblock superblock, long endBytes) {
    this.file = file;
    this.superblock = superblock;
    this.endBytes = endBytes;
  }

  /// Is shown the entries of a log.
  public interface Visitor {
    void needle(long key, long place) throws IOException;
  }

  /// An empty log in place of whatever the file held.
  public static IndexLog create(Disk disk, String fileName, Superblock superblock) throws IOException {
    DiskFile file = disk.open(fileName);
    file.truncate(0);
    IndexLog log = new IndexLog(file, superblock, 0);
    log.put(Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE, superblock.volume(),
        superblock.generation(),
        (int) superblock.salt());
    log.flush();
    return log;
  }

  /// Opens a log whose last entry is a checkpoint of the whole volume file, without reading the rest; null if it is not so.
  public static @Nullable IndexLog openClean(Disk disk, String fileName, Superblock superblock, long volumeBytes)
      throws IOException {
    DiskFile file = disk.open(fileName);
    long size = file.sizeBytes();
    ByteBuffer ends = ByteBuffer.allocateDirect(2 * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (size >= 2 * ENTRY_BYTES && size % ENTRY_BYTES == 0) {
      file.read(ends.limit(ENTRY_BYTES), 0);
      file.read(ends.limit(2 * ENTRY_BYTES), size - ENTRY_BYTES);
      CRC32C crc = new CRC32C();
      boolean good = ends.getInt(CRC_AT) == crcOf(crc, ends, 0, superblock.generation())
          && isOwnHeader(ends, 0, superblock)
          && ends.getInt(ENTRY_BYTES + CRC_AT) == crcOf(crc, ends, ENTRY_BYTES, superblock.generation())
          && ends.getLong(ENTRY_BYTES) == 0 && Integer.toUnsignedLong(ends.getInt(ENTRY_BYTES + 8)) * 8 == volumeBytes;
      if (good) {
        return new IndexLog(file, superblock, size);
      }
    }
    file.close();
    return null;
  }

  /// Opens a log, shows the needles before its last checkpoint, and cuts off what stands behind it.
  ///
  /// @return where the volume file has to be scanned from, and the log; a missing, foreign or torn log is made anew and
  /// nothing is shown
  public static Opened open(Disk disk, String fileName, Superblock superblock, long volumeBytes, Visitor visitor)
      throws IOException {
    DiskFile file = disk.open(fileName);
    Checkpoint last = lastCheckpoint(file, superblock, volumeBytes);
    if (last.logBytes == 0) {
      file.close();
      return new Opened(create(disk, fileName, superblock), Superblock.BYTES);
    }
    walk(file, superblock, last.logBytes, (key, offsetUnits, sizeUnits) -> {
      if (key != 0) {
        visitor.needle(key, (long) offsetUnits << Integer.SIZE | Integer.toUnsignedLong(sizeUnits));
      }
      return true;
    });
    file.truncate(last.logBytes);
    return new Opened(new IndexLog(file, superblock, last.logBytes), last.coveredBytes);
  }

  /// Roughly how many needles a log has, by its size; 0 if there is none.
  public static long expectedNeedles(Disk disk, String fileName) throws IOException {
    if (!disk.exists(fileName)) {
      return 0;
    }
    try (DiskFile file = disk.open(fileName)) {
      return file.sizeBytes() / ENTRY_BYTES;
    }
  }

  /// Shows the needles that a log places between two offsets of the volume file. Any thread; what the writer adds
  /// meanwhile may be missing.
  public static void visit(Disk disk, String fileName, Superblock superblock, long fromBytes, long toBytes,
      Visitor visitor) throws IOException {
    try (DiskFile file = disk.open(fileName)) {
      walk(file, superblock, file.sizeBytes(), (key, offsetUnits, sizeUnits) -> {
        long offset = Integer.toUnsignedLong(offsetUnits) * 8;
        if (key != 0 && offset >= fromBytes && offset < toBytes) {
          visitor.needle(key, (long) offsetUnits << Integer.SIZE | Integer.toUnsignedLong(sizeUnits));
        }
        return true;
      });
    }
  }

  /// @param scanFromBytes needles of the volume file from here on are not in the log
  public record Opened(IndexLog log, long scanFromBytes) {}

  private record Checkpoint(long logBytes, long coveredBytes) {}

  @FunctionalInterface
  private interface EntryVisitor {
    /// False ends the walk before this entry.
    boolean entry(long key, int offsetUnits, int sizeUnits) throws IOException;
  }

  private static Checkpoint lastCheckpoint(DiskFile file, Superblock superblock, long volumeBytes) throws IOException {
    long[] found = {0, Superblock.BYTES};
    long[] state = {ENTRY_BYTES, Superblock.BYTES}; // log position, end of the last needle
    long walked = walk(file, superblock, file.sizeBytes(), (key, offsetUnits, sizeUnits) -> {
      state[0] += ENTRY_BYTES;
      long offset = Integer.toUnsignedLong(offsetUnits) * 8;
      if (key == 0) {
        if (offset < state[1] || offset > volumeBytes) {
          return false;
        }
        found[0] = state[0];
        found[1] = offset;
        return true;
      }
      long end = offset + Integer.toUnsignedLong(sizeUnits) * 8;
      if (offset < state[1] || end > volumeBytes) {
        return false;
      }
      state[1] = end;
      return true;
    });
    return walked == 0 ? new Checkpoint(0, Superblock.BYTES) : new Checkpoint(found[0], found[1]);
  }

  /// Shows entries behind the first up to the first bad one; returns 0 if the first is not this generation's.
  private static long walk(DiskFile file, Superblock superblock, long endBytes, EntryVisitor visitor)
      throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(endBytes, ENTRY_BYTES, PIECE_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    for (long at = 0; at + ENTRY_BYTES <= endBytes;) {
      int count = file.read(piece.clear().limit((int) Math.min(piece.capacity(), endBytes - at)), at);
      for (int i = 0; i + ENTRY_BYTES <= count; i += ENTRY_BYTES, at += ENTRY_BYTES) {
        if (piece.getInt(i + CRC_AT) != crcOf(crc, piece, i, superblock.generation())) {
          return at;
        }
        if (at == 0) {
          if (!isOwnHeader(piece, i, superblock)) {
            return 0;
          }
        } else if (!visitor.entry(piece.getLong(i), piece.getInt(i + 8), piece.getInt(i + 12))) {
          return at;
        }
      }
      if (count < ENTRY_BYTES) {
        return at;
      }
    }
    return endBytes;
  }

  private static boolean isOwnHeader(ByteBuffer bytes, int at, Superblock superblock) {
    return bytes.getLong(at) == (Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE)
        && bytes.getInt(at + 8) == superblock.volume() && bytes.getInt(at + 12) == superblock.generation()
        && bytes.getInt(at + 16) == (int) superblock.salt();
  }

  /// Adds a needle; it reaches the file with the next [#flush].
  public void add(long key, long place) throws IOException {
    put(key, (int) (place >>> Integer.SIZE), (int) place, 0);
  }

  /// Writes what was added; not synced. If it fails, what was added is kept and written by a later call.
  public void flush() throws IOException {
    int bytes = pending.position();
    if (bytes > 0) {
      file.write(new ByteBuffer[]{pending.duplicate().flip()}, endBytes);
      endBytes += bytes;
      pending.clear();
    }
  }

  /// Says that the volume file is synced up to an offset, and syncs the log.
  public void checkpoint(long coveredBytes) throws IOException {
    put(0, (int) (coveredBytes / 8), 0, 0);
    try {
      flush();
    } catch (IOException e) {
      pending.position(pending.position() - ENTRY_BYTES); // entries that come later must not stand behind it
      throw e;
    }
    try {
      file.force();
    } catch (IOException e) {
      syncFailed = true;
      throw e;
    }
  }

  private void put(long key, int second, int third, int fourth) throws IOException {
    if (syncFailed) {
      throw new IOException("the index log of volume " + superblock.volume() + " could not be synced before");
    }
    if (pending.remaining() < ENTRY_BYTES) {
      flushOrHold();
    }
    int at = pending.position();
    pending.putLong(key).putInt(second).putInt(third).putInt(fourth);
    pending.putInt(crcOf(new CRC32C(), pending, at, superblock.generation()));
  }

  /// A full disk may have space again soon: so many entries wait for it in memory.
  private void flushOrHold() throws IOException {
    try {
      flush();
    } catch (IOException e) {
      if (pending.capacity() >= MOST_PENDING_BYTES) {
        throw e;
      }
      pending = ByteBuffer.allocateDirect(pending.capacity() * 4).order(ByteOrder.LITTLE_ENDIAN).put(pending.flip());
    }
  }

  private static int crcOf(CRC32C crc, ByteBuffer bytes, int at, int generation) {
    crc.reset();
    crc.update(generation);
    crc.update(bytes.slice(at, CRC_AT));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

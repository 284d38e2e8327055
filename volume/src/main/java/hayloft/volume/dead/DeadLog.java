package hayloft.volume.dead;

import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.zip.CRC32C;

/// The dead marks of a volume, `7.dead`: keys in the order in which they were marked. Guarded by its volume. Little-endian,
/// records of 16 bytes, the first of which names the volume.
///
///     0                       8               12      16
///     +-----------------------+---------------+-------+
///     | "HAYD", version       | volume        |  crc  |   the file's first record
///     | key                   | volume        |  crc  |   a mark
///     +-----------------------+---------------+-------+
///
/// `crc` is the CRC-32C of the 12 bytes before it. Marks name keys, which are never used again, so they hold over
/// compactions; one batch is one write and one sync. A torn tail is cut; a damaged record in the middle costs that mark alone
/// (the needle stays, as garbage that the collector may mark again).
public final class DeadLog implements Closeable {
  /// The log that is being written anew, until it replaces the old one.
  public static final String NEXT = ".next";
  static final int RECORD_BYTES = 16;
  private static final int CRC_AT = 12;
  private static final int MAGIC = 0x4459_4148; // "HAYD"
  private static final int VERSION = 1;
  private static final int PIECE_BYTES = RECORD_BYTES * 16_384;

  private final Disk disk;
  private final String fileName;
  private final int volume;
  private DiskFile file;
  private long endBytes;
  /// A failed sync leaves unknown what is on disk: no more marks until the log is opened again.
  private boolean failed;

  private DeadLog(Disk disk, String fileName, int volume, DiskFile file) {
    this.disk = disk;
    this.fileName = fileName;
    this.volume = volume;
    this.file = file;
  }

  /// Is shown the marks of a log.
  public interface Visitor {
    void mark(long key) throws IOException;

    /// Records that are no marks.
    void damage(long offset, long lengthBytes) throws IOException;
  }

  /// Makes an empty log; the caller syncs the folder.
  public static void create(Disk disk, String fileName, int volume) throws IOException {
    open(disk, fileName, volume, false, new Visitor() {
      @Override
      public void mark(long key) {}

      @Override
      public void damage(long offset, long lengthBytes) {}
    }).close();
  }

  /// Opens the log and shows its marks.
  ///
  /// @param mustExist false if it may be absent, and is created then (the caller syncs the folder)
  /// @throws IOException if it must exist and does not, or has nothing that is of a log
  public static DeadLog open(Disk disk, String fileName, int volume, boolean mustExist, Visitor visitor)
      throws IOException {
    disk.delete(fileName + NEXT);
    if (mustExist && !disk.exists(fileName)) {
      throw missing(disk, fileName, volume, "is missing");
    }
    DeadLog log = new DeadLog(disk, fileName, volume, disk.open(fileName));
    try {
      long size = log.file.sizeBytes();
      log.endBytes = log.replay(0, size, visitor);
      if (mustExist && log.endBytes == 0) {
        throw missing(disk, fileName, volume, "has no record that is whole");
      }
      if (log.endBytes < size) {
        log.file.truncate(log.endBytes);
      }
      if (log.endBytes == 0) {
        log.write(log.file, log.header(), 0);
        log.endBytes = RECORD_BYTES;
      }
      return log;
    } catch (IOException e) {
      log.file.close();
      throw e;
    }
  }

  /// Shows the marks of a log that may be another's, and changes nothing.
  ///
  /// @return whether there is a log with at least its first record
  public static boolean look(Disk disk, String fileName, int volume, Visitor visitor) throws IOException {
    if (!disk.exists(fileName)) {
      return false;
    }
    try (DeadLog log = new DeadLog(disk, fileName, volume, disk.open(fileName))) {
      return log.replay(0, log.file.sizeBytes(), visitor) > 0;
    }
  }

  private static IOException missing(Disk disk, String fileName, int volume, String what) {
    return new IOException(
        disk.describe() + "/" + fileName + " " + what + ": without the dead marks of volume " + volume
            + " deleted objects would come back. Put the file back; or, to go on without the volume's objects, move "
            + volume
            + ".* away; or, if deleted objects may come back, set \"deadLog\" to false in " + volume
            + ".json and remove the file if it is there");
  }

  /// Where the next mark goes: a position for [#visitFrom] and [#dropBefore].
  public long endBytes() {
    return endBytes;
  }

  /// Shows the marks from a position on.
  public void visitFrom(long positionBytes, Visitor visitor) throws IOException {
    replay(positionBytes, endBytes, visitor);
  }

  /// Returns the end of the last good record.
  private long replay(long fromBytes, long toBytes, Visitor visitor) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(toBytes - fromBytes, 0, PIECE_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    long goodEnd = fromBytes;
    for (long at = fromBytes; at + RECORD_BYTES <= toBytes;) {
      int count = file.read(piece.clear().limit((int) Math.min(piece.capacity(), toBytes - at)), at);
      if (count < RECORD_BYTES) {
        break;
      }
      for (int i = 0; i + RECORD_BYTES <= count; i += RECORD_BYTES, at += RECORD_BYTES) {
        if (piece.getInt(i + CRC_AT) != crcOf(crc, piece, i) || piece.getInt(i + 8) != volume) {
          continue;
        }
        if (at > goodEnd) {
          visitor.damage(goodEnd, at - goodEnd);
        }
        if (at > 0) {
          visitor.mark(piece.getLong(i));
        }
        goodEnd = at + RECORD_BYTES;
      }
    }
    return goodEnd;
  }

  /// Appends marks; durable on return, and if it fails, the first of them may be.
  public void append(List<Long> keys) throws IOException {
    refuseIfFailed();
    ByteBuffer records = ByteBuffer.allocateDirect(keys.size() * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long key : keys) {
      put(records, key);
    }
    int bytes = records.flip().limit();
    write(file, records, endBytes);
    endBytes += bytes;
  }

  /// Forgets the marks before a position, whose needles are in no file any more. The log is replaced as a whole: after a
  /// crash it is the old one or the new one.
  public void dropBefore(long positionBytes) throws IOException {
    refuseIfFailed();
    String name = fileName + NEXT;
    disk.delete(name);
    DiskFile next = disk.open(name);
    long end = RECORD_BYTES;
    try {
      next.write(new ByteBuffer[]{header()}, 0);
      ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(endBytes - positionBytes, 0, PIECE_BYTES));
      for (long at = positionBytes; at < endBytes;) {
        int count = file.read(piece.clear().limit((int) Math.min(piece.capacity(), endBytes - at)), at);
        if (count <= 0) {
          throw new IOException(fileName + " ends at " + at + ", " + endBytes + " expected");
        }
        next.write(new ByteBuffer[]{piece.flip()}, end);
        at += count;
        end += count;
      }
      next.force();
    } catch (IOException e) {
      next.close();
      disk.delete(name);
      throw e;
    }
    failed = true; // until it is certain which of the two files a crash leaves
    disk.rename(name, fileName);
    DiskFile old = file;
    file = next;
    endBytes = end;
    old.close();
    disk.sync();
    failed = false;
  }

  private void refuseIfFailed() throws IOException {
    if (failed) {
      throw new IOException("dead marks of volume " + volume + " are refused: an earlier sync of them failed");
    }
  }

  /// A failed write is taken back, so that a disk that was full costs nothing; a failed sync cannot be.
  private void write(DiskFile into, ByteBuffer records, long atBytes) throws IOException {
    try {
      into.write(new ByteBuffer[]{records}, atBytes);
    } catch (IOException e) {
      failed = true;
      into.truncate(atBytes);
      failed = false;
      throw e;
    }
    failed = true;
    into.force();
    failed = false;
  }

  private ByteBuffer header() {
    ByteBuffer record = ByteBuffer.allocateDirect(RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    put(record, Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE);
    return record.flip();
  }

  private void put(ByteBuffer records, long key) {
    int at = records.position();
    records.putLong(key).putInt(volume);
    records.putInt(crcOf(new CRC32C(), records, at));
  }

  private static int crcOf(CRC32C crc, ByteBuffer bytes, int at) {
    crc.reset();
    crc.update(bytes.slice(at, CRC_AT));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

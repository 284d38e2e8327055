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
  static final int RECORD_BYTES = 16;
  private static final int CRC_AT = 12;
  private static final int MAGIC = 0x4459_4148; // "HAYD"
  private static final int VERSION = 1;
  private static final int PIECE_BYTES = RECORD_BYTES * 16_384;

  private final DiskFile file;
  private final int volume;
  private long endBytes;
  /// A failed write or sync leaves unknown what is on disk: no more marks until the log is opened again.
  private boolean failed;

  private DeadLog(DiskFile file, int volume) {
    this.file = file;
    this.volume = volume;
  }

  /// Is shown the marks of a log.
  public interface Visitor {
    void mark(long key) throws IOException;

    /// Records that are no marks.
    void damage(long offset, long lengthBytes) throws IOException;
  }

  /// Opens the log, creating it if absent (the caller syncs the folder), and shows its marks.
  public static DeadLog open(Disk disk, String fileName, int volume, Visitor visitor) throws IOException {
    DeadLog log = new DeadLog(disk.open(fileName), volume);
    log.replay(visitor);
    return log;
  }

  private void replay(Visitor visitor) throws IOException {
    long size = file.sizeBytes();
    if (size < RECORD_BYTES) {
      file.truncate(0);
      append(List.of(), true);
      return;
    }
    ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    long goodEnd = RECORD_BYTES;
    for (long at = 0; at + RECORD_BYTES <= size;) {
      int count = file.read(piece.clear().limit((int) Math.min(PIECE_BYTES, size - at)), at);
      if (count < RECORD_BYTES) {
        break;
      }
      for (int i = 0; i + RECORD_BYTES <= count; i += RECORD_BYTES, at += RECORD_BYTES) {
        boolean good = piece.getInt(i + CRC_AT) == crcOf(crc, piece, i) && piece.getInt(i + 8) == volume;
        if (at == 0 || !good) {
          continue;
        }
        if (at > goodEnd) {
          visitor.damage(goodEnd, at - goodEnd);
        }
        visitor.mark(piece.getLong(i));
        goodEnd = at + RECORD_BYTES;
      }
    }
    if (goodEnd < size) {
      file.truncate(goodEnd);
    }
    endBytes = goodEnd;
  }

  /// Appends marks; durable on return, and if it fails, the first of them may be.
  public void append(List<Long> keys) throws IOException {
    append(keys, false);
  }

  private void append(List<Long> keys, boolean withHeader) throws IOException {
    ByteBuffer records = ByteBuffer.allocateDirect((keys.size() + 1) * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    if (withHeader) {
      put(records, Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE);
    }
    for (long key : keys) {
      put(records, key);
    }
    if (failed) {
      throw new IOException("dead marks of volume " + volume + " are refused: an earlier write or sync of them failed");
    }
    int bytes = records.flip().limit();
    failed = true;
    file.write(new ByteBuffer[]{records}, endBytes);
    file.force();
    failed = false;
    endBytes += bytes;
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

package hayloft.volume.index;

import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/// What an index log had behind its last checkpoint: whether those needles are in the volume file only a scan can tell,
/// but if the scan finds one damaged, this may be the one place that knows whose it was. Immutable; some 40 bytes a
/// needle of one checkpoint interval.
public final class LogTail {
  static final LogTail EMPTY = new LogTail(ByteBuffer.allocate(0), 0);
  /// What is more than that is not kept: a log that could not be synced for long has no tail worth its memory.
  private static final long MOST_BYTES = 64L << 20;

  private final ByteBuffer entries;
  private final int count;

  private LogTail(ByteBuffer entries, int count) {
    this.entries = entries;
    this.count = count;
  }

  static LogTail read(DiskFile file, Superblock superblock, long fromBytes, long endBytes) throws IOException {
    long end = Math.min(endBytes, fromBytes + MOST_BYTES / IndexLog.ENTRY_BYTES * IndexLog.ENTRY_BYTES);
    if (end - fromBytes < IndexLog.ENTRY_BYTES) {
      return EMPTY;
    }
    ByteBuffer kept = ByteBuffer.allocate((int) (end - fromBytes)).order(ByteOrder.LITTLE_ENDIAN);
    long[] coveredBytes = {0};
    IndexLog.walk(file, superblock, fromBytes, end, (logAt, piece, at) -> {
      if (IndexLog.isNeedle(piece, at) && IndexLog.offsetAt(piece, at) >= coveredBytes[0]) {
        coveredBytes[0] = IndexLog.entryAt(piece, at).endBytes();
        kept.put(piece.slice(at, IndexLog.ENTRY_BYTES));
      }
      return true;
    });
    return new LogTail(kept, kept.position() / IndexLog.ENTRY_BYTES);
  }

  public int size() {
    return count;
  }

  /// Where the last of its needles ends; 0 if there is none. Entries are written only once their needles are synced: up
  /// to here the volume file was there.
  public long endBytes() {
    return count == 0 ? 0 : entry(count - 1).endBytes();
  }

  /// What the log said of the needle at an offset.
  public Optional<IndexLog.Entry> at(long offsetBytes) {
    int index = firstFrom(offsetBytes);
    return index < count && offset(index) == offsetBytes ? Optional.of(entry(index)) : Optional.empty();
  }

  /// Shows what the log said of needles that begin between two offsets.
  public void visit(long fromBytes, long toBytes, IndexLog.Visitor visitor) throws IOException {
    for (int index = firstFrom(fromBytes); index < count && offset(index) < toBytes; index++) {
      visitor.needle(entry(index));
    }
  }

  private int firstFrom(long offsetBytes) {
    int low = 0;
    int high = count;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (offset(middle) < offsetBytes) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private long offset(int index) {
    return IndexLog.offsetAt(entries, index * IndexLog.ENTRY_BYTES);
  }

  private IndexLog.Entry entry(int index) {
    return IndexLog.entryAt(entries, index * IndexLog.ENTRY_BYTES);
  }
}

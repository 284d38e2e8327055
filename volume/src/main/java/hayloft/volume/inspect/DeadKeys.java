package hayloft.volume.inspect;

import hayloft.volume.dead.DeadLog;
import hayloft.volume.disk.Disk;
import java.io.IOException;
import java.util.Arrays;

/// The keys of a volume's dead marks, 8 bytes each. Immutable once read.
public final class DeadKeys {
  private static final int FIRST_CAPACITY = 1024;

  private final DeadLog.LogFacts facts;
  private long[] keys = new long[FIRST_CAPACITY];
  private int count;
  private long damagedBytes;

  private DeadKeys(Disk disk, String fileName, int volume) throws IOException {
    facts = DeadLog.look(disk, fileName, volume, new DeadLog.Visitor() {
      @Override
      public void mark(long key) {
        if (count == keys.length) {
          keys = Arrays.copyOf(keys, 2 * count);
        }
        keys[count++] = key;
      }

      @Override
      public void damage(long offset, long lengthBytes) {
        damagedBytes += lengthBytes;
      }
    });
    keys = Arrays.copyOf(keys, count);
    Arrays.sort(keys);
  }

  static DeadKeys read(Disk disk, String fileName, int volume) throws IOException {
    return new DeadKeys(disk, fileName, volume);
  }

  public boolean contains(long key) {
    return Arrays.binarySearch(keys, key) >= 0;
  }

  /// Marks, those of needles that a compaction has left behind included.
  public int size() {
    return count;
  }

  /// Whether there is a log with at least its first record.
  public boolean isThere() {
    return facts.isThere();
  }

  /// Version of the log's format, how far it is complete, and what is wrong with it.
  public DeadLog.LogFacts facts() {
    return facts;
  }

  /// Bytes within the log that are no marks.
  public long damagedBytes() {
    return damagedBytes;
  }
}

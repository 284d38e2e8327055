package hayloft.volume.dead;

import hayloft.volume.disk.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The marks of a level 1 store, which no needle of the catalog says: a dead log of version 1, which is only read.
/// Guarded by its volume. Little-endian, records of 16 bytes.
///
///     0                       8               12      16
///     +-----------------------+---------------+-------+
///     | "HAYD", version 1     | volume        |  crc  |   the file's first record
///     | key                   | volume        |  crc  |   a mark
///     +-----------------------+---------------+-------+
///
/// `crc` is the CRC-32C of the 12 bytes before it. A damaged record costs that mark alone. It takes 8 bytes of memory a
/// mark, until all of them have been told as marks of the catalog.
public final class LegacyMarks {
  public static final int VERSION = 1;
  private static final int CRC_AT = 12;
  private static final int PIECE_BYTES = DeadLog.RECORD_BYTES * 16_384;
  private static final int FIRST_CAPACITY = 1024;

  private final long[] keys;
  private final BitSet told = new BitSet();
  private long[] furtherMarks = {};
  private long[] furtherByRule = {};

  private LegacyMarks(long[] keys) {
    this.keys = keys;
  }

  /// Shows the marks; null, and nothing is shown, if the file is no log of version 1.
  static @Nullable LegacyMarks read(DiskFile file, int volume, DeadLog.Visitor visitor) throws IOException {
    long size = file.sizeBytes();
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(size, DeadLog.RECORD_BYTES, PIECE_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    long[] keys = new long[FIRST_CAPACITY];
    int count = 0;
    long goodEnd = 0;
    for (long at = 0; at + DeadLog.RECORD_BYTES <= size;) {
      int bytes = file.read(piece.clear().limit((int) Math.min(piece.capacity(), size - at)), at);
      if (bytes < DeadLog.RECORD_BYTES) {
        break;
      }
      for (int i = 0; i + DeadLog.RECORD_BYTES <= bytes; i += DeadLog.RECORD_BYTES, at += DeadLog.RECORD_BYTES) {
        if (piece.getInt(i + CRC_AT) != crcOf(crc, piece, i) || piece.getInt(i + 8) != volume) {
          continue;
        }
        if (at > goodEnd) {
          visitor.damage(goodEnd, at - goodEnd);
        }
        if (at > 0) {
          keys = count == keys.length ? Arrays.copyOf(keys, 2 * count) : keys;
          keys[count++] = piece.getLong(i);
          visitor.mark(piece.getLong(i));
        } else if (piece.getLong(0) != (Integer.toUnsignedLong(DeadLog.MAGIC) | (long) VERSION << Integer.SIZE)) {
          return null;
        }
        goodEnd = at + DeadLog.RECORD_BYTES;
      }
    }
    if (goodEnd == 0) {
      return null;
    }
    return new LegacyMarks(Arrays.stream(keys, 0, count).sorted().distinct().toArray());
  }

  private static int crcOf(CRC32C crc, ByteBuffer bytes, int at) {
    crc.reset();
    crc.update(bytes.slice(at, CRC_AT));
    return (int) crc.getValue();
  }

  /// All of them, in rising order.
  public List<Long> keys() {
    return Arrays.stream(keys).boxed().toList();
  }

  void told(List<Long> marked) {
    int further = furtherMarks.length;
    furtherMarks = Arrays.copyOf(furtherMarks, further + marked.size());
    for (long key : marked) {
      int index = Arrays.binarySearch(keys, key);
      if (index < 0) {
        furtherMarks[further++] = key;
      } else {
        told.set(index);
      }
    }
    furtherMarks = Arrays.copyOf(furtherMarks, further);
  }

  void byRule(List<Long> forgotten) {
    int further = furtherByRule.length;
    furtherByRule = Arrays.copyOf(furtherByRule, further + forgotten.size());
    for (long key : forgotten) {
      furtherByRule[further++] = key;
    }
  }

  boolean isAllTold() {
    return told.cardinality() == keys.length;
  }

  /// Shows every key that is dead: these, and what was told since.
  public void visit(DeadLog.Visitor visitor) throws IOException {
    forEach((key, byRule) -> {
      if (byRule) {
        visitor.byRule(key);
      } else {
        visitor.mark(key);
      }
    });
  }

  @FunctionalInterface
  interface KeyVisitor {
    void key(long key, boolean byRule) throws IOException;
  }

  /// Everything that the new log has to name.
  void forEach(KeyVisitor visitor) throws IOException {
    for (long key : keys) {
      visitor.key(key, false);
    }
    for (long key : furtherMarks) {
      visitor.key(key, false);
    }
    for (long key : furtherByRule) {
      visitor.key(key, true);
    }
  }
}

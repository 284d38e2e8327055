package hayloft.common.checksum;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/// CRC-64/NVME: polynomial 0xAD93D23594C93659, reflected, all ones before and after. Not thread-safe.
///
/// Slicing by 8: the bytes of a word are looked up in eight tables, so that the look-ups of a step do not wait for each
/// other. A step waits for the one before, so four stretches of [#LANE_BYTES] that follow each other are summed side by
/// side: the first goes on from what was before, the others from zero. Since the CRC is linear, the sum of two
/// stretches is that of the first, moved over as many zero bytes as the second has, and that of the second; moving
/// takes a look-up for each byte. All tables are 32 KiB, of which half is used in every step. Where [CrcLibrary] is
/// not, this is what sums.
/// [Catalogue of CRCs](https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-64-nvme)
public final class Crc64Nvme implements Checksum {

  static final long REFLECTED_POLYNOMIAL = 0x9A6C9329AC4BC9B5L;
  static final int LANE_BYTES = 1024;

  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int LANES = 4;

  // One array each, and added indexes: so the compiler knows that they are inside.
  private static final long[] TABLES = tables();
  private static final long[] OVER_A_LANE = overALane();

  private long inverted = -1L;

  @Override
  public void update(int b) {
    inverted = TABLES[((int) (inverted ^ b) & 0xFF) + 0x700] ^ inverted >>> 8;
  }

  @Override
  public void update(byte[] bytes, int from, int length) {
    int at = from;
    int end = from + length;
    long crc = inverted;
    for (; at <= end - LANES * LANE_BYTES; at += LANES * LANE_BYTES) {
      crc = fourLanes(crc, bytes, at);
    }
    for (; at <= end - Long.BYTES; at += Long.BYTES) {
      crc = lookUp(TABLES, (long) LONG.get(bytes, at) ^ crc);
    }
    for (; at < end; at++) {
      crc = TABLES[((int) (crc ^ bytes[at]) & 0xFF) + 0x700] ^ crc >>> 8;
    }
    inverted = crc;
  }

  private static long fourLanes(long before, byte[] bytes, int from) {
    long first = before;
    long second = 0;
    long third = 0;
    long fourth = 0;
    for (int at = from; at < from + LANE_BYTES; at += Long.BYTES) {
      first = lookUp(TABLES, (long) LONG.get(bytes, at) ^ first);
      second = lookUp(TABLES, (long) LONG.get(bytes, at + LANE_BYTES) ^ second);
      third = lookUp(TABLES, (long) LONG.get(bytes, at + 2 * LANE_BYTES) ^ third);
      fourth = lookUp(TABLES, (long) LONG.get(bytes, at + 3 * LANE_BYTES) ^ fourth);
    }
    long two = lookUp(OVER_A_LANE, first) ^ second;
    long three = lookUp(OVER_A_LANE, two) ^ third;
    return lookUp(OVER_A_LANE, three) ^ fourth;
  }

  /// The lowest byte in the first table, the highest in the last.
  private static long lookUp(long[] tables, long word) {
    return tables[(int) word & 0xFF] ^ tables[((int) (word >>> 8) & 0xFF) + 0x100]
        ^ tables[((int) (word >>> 16) & 0xFF) + 0x200] ^ tables[((int) (word >>> 24) & 0xFF) + 0x300]
        ^ tables[((int) (word >>> 32) & 0xFF) + 0x400] ^ tables[((int) (word >>> 40) & 0xFF) + 0x500]
        ^ tables[((int) (word >>> 48) & 0xFF) + 0x600] ^ tables[(int) (word >>> 56) + 0x700];
  }

  @Override
  public long getValue() {
    return ~inverted;
  }

  @Override
  public void reset() {
    inverted = -1L;
  }

  /// Of each byte of a word, over the bytes that follow it there.
  private static long[] tables() {
    long[] tables = new long[Long.BYTES << 8];
    for (int i = 0; i < 256; i++) {
      long crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? REFLECTED_POLYNOMIAL : 0);
      }
      tables[0x700 + i] = crc;
    }
    for (int slice = 6; slice >= 0; slice--) {
      for (int i = 0; i < 256; i++) {
        long before = tables[(slice + 1 << 8) + i];
        tables[(slice << 8) + i] = tables[0x700 + ((int) before & 0xFF)] ^ before >>> 8;
      }
    }
    return tables;
  }

  /// Of each byte of a sum, over a lane of zeros.
  private static long[] overALane() {
    long[] tables = new long[Long.BYTES << 8];
    for (int at = 0; at < Long.BYTES; at++) {
      for (int i = 0; i < 256; i++) {
        long sum = (long) i << 8 * at;
        for (int done = 0; done < LANE_BYTES; done += Long.BYTES) {
          sum = lookUp(TABLES, sum);
        }
        tables[(at << 8) + i] = sum;
      }
    }
    return tables;
  }
}

package hayloft.common.checksum;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.Checksum;

/// CRC-64/NVME: polynomial 0xAD93D23594C93659, reflected, all ones before and after. Not thread-safe.
///
/// Slicing by 16: two words of 8 bytes are looked up in sixteen tables (32 KiB, which fit the first cache level), so that
/// the sixteen look-ups of a step do not wait for each other. The JDK has no intrinsic for it.
/// [Catalogue of CRCs](https://reveng.sourceforge.io/crc-catalogue/17plus.htm#crc.cat.crc-64-nvme)
public final class Crc64Nvme implements Checksum {

  static final long REFLECTED_POLYNOMIAL = 0x9A6C9329AC4BC9B5L;

  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int SLICES = 16;
  private static final long[][] TABLES = tables();

  private long inverted = -1L;

  @Override
  public void update(int b) {
    inverted = TABLES[0][(int) (inverted ^ b) & 0xFF] ^ inverted >>> 8;
  }

  @Override
  public void update(byte[] bytes, int from, int length) {
    long crc = inverted;
    int at = from;
    int end = from + length;
    long[] t0 = TABLES[0];
    long[] t1 = TABLES[1];
    long[] t2 = TABLES[2];
    long[] t3 = TABLES[3];
    long[] t4 = TABLES[4];
    long[] t5 = TABLES[5];
    long[] t6 = TABLES[6];
    long[] t7 = TABLES[7];
    long[] t8 = TABLES[8];
    long[] t9 = TABLES[9];
    long[] t10 = TABLES[10];
    long[] t11 = TABLES[11];
    long[] t12 = TABLES[12];
    long[] t13 = TABLES[13];
    long[] t14 = TABLES[14];
    long[] t15 = TABLES[15];
    for (; at <= end - SLICES; at += SLICES) {
      long low = (long) LONG.get(bytes, at) ^ crc;
      long high = (long) LONG.get(bytes, at + 8);
      crc = t15[(int) low & 0xFF] ^ t14[(int) (low >>> 8) & 0xFF] ^ t13[(int) (low >>> 16) & 0xFF]
          ^ t12[(int) (low >>> 24) & 0xFF] ^ t11[(int) (low >>> 32) & 0xFF] ^ t10[(int) (low >>> 40) & 0xFF]
          ^ t9[(int) (low >>> 48) & 0xFF] ^ t8[(int) (low >>> 56)] ^ t7[(int) high & 0xFF]
          ^ t6[(int) (high >>> 8) & 0xFF] ^ t5[(int) (high >>> 16) & 0xFF] ^ t4[(int) (high >>> 24) & 0xFF]
          ^ t3[(int) (high >>> 32) & 0xFF] ^ t2[(int) (high >>> 40) & 0xFF] ^ t1[(int) (high >>> 48) & 0xFF]
          ^ t0[(int) (high >>> 56)];
    }
    for (; at < end; at++) {
      crc = t0[(int) (crc ^ bytes[at]) & 0xFF] ^ crc >>> 8;
    }
    inverted = crc;
  }

  @Override
  public long getValue() {
    return ~inverted;
  }

  @Override
  public void reset() {
    inverted = -1L;
  }

  private static long[][] tables() {
    long[][] tables = new long[SLICES][256];
    for (int i = 0; i < 256; i++) {
      long crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = crc >>> 1 ^ ((crc & 1) != 0 ? REFLECTED_POLYNOMIAL : 0);
      }
      tables[0][i] = crc;
    }
    for (int slice = 1; slice < SLICES; slice++) {
      for (int i = 0; i < 256; i++) {
        long before = tables[slice - 1][i];
        tables[slice][i] = tables[0][(int) before & 0xFF] ^ before >>> 8;
      }
    }
    return tables;
  }
}

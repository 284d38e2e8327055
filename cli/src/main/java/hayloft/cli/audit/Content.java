package hayloft.cli.audit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The bytes that one step of one client writes: they follow from three numbers, so nobody has to keep them. Stateless.
///
/// 8 bytes at a time from SplitMix64, whose output is fixed by this class and by no library: a log is verified by any
/// later version of the program.
final class Content {

  private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

  private Content() {}

  static byte[] of(long seed, int client, long step, int sizeBytes) {
    ByteBuffer bytes = ByteBuffer.allocate((sizeBytes + Long.BYTES - 1) & -Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    long state = mixed(seed + mixed(client * GOLDEN + step));
    while (bytes.hasRemaining()) {
      state += GOLDEN;
      bytes.putLong(mixed(state));
    }
    return java.util.Arrays.copyOf(bytes.array(), sizeBytes);
  }

  private static long mixed(long value) {
    long z = (value ^ value >>> 30) * 0xBF58_476D_1CE4_E5B9L;
    z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
    return z ^ z >>> 31;
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  static String sha256Hex(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }
}

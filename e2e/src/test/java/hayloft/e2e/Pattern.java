package hayloft.e2e;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Random;

/// Bytes without end that nobody has to hold: a random block again and again. The block's length fits no power of two,
/// so that bytes at a wrong place are wrong bytes. Immutable.
final class Pattern {

  private static final int BLOCK_BYTES = (1 << 20) + 4093;

  private final byte[] block = new byte[BLOCK_BYTES];

  Pattern(long seed) {
    new Random(seed).nextBytes(block);
  }

  InputStream stream(long bytes) {
    return new InputStream() {
      private long at;

      @Override
      public int read() {
        return at == bytes ? -1 : block[(int) (at++ % BLOCK_BYTES)] & 0xFF;
      }

      @Override
      public int read(byte[] into, int offset, int length) {
        if (at == bytes) {
          return -1;
        }
        int from = (int) (at % BLOCK_BYTES);
        int count = (int) Math.min(Math.min(length, BLOCK_BYTES - from), bytes - at);
        System.arraycopy(block, from, into, offset, count);
        at += count;
        return count;
      }
    };
  }

  /// @throws IOException if these are not the pattern's first bytes
  void verify(InputStream in, long bytes) throws IOException {
    byte[] piece = new byte[64 << 10];
    long at = 0;
    int count;
    while ((count = in.read(piece)) >= 0) {
      for (int done = 0; done < count;) {
        int from = (int) ((at + done) % BLOCK_BYTES);
        int length = Math.min(count - done, BLOCK_BYTES - from);
        if (!Arrays.equals(piece, done, done + length, block, from, from + length)) {
          throw new IOException("the bytes from " + (at + done) + " on are not those that were sent");
        }
        done += length;
      }
      at += count;
    }
    if (at != bytes) {
      throw new IOException(at + " bytes came, " + bytes + " were sent");
    }
  }
}

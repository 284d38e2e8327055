package hayloft.common.checksum;

import io.netty.buffer.ByteBuf;
import java.util.List;

/// Feeds several digests in one pass over network buffers. Not thread-safe.
///
/// The JDK's MD5 and SHA read arrays only, and copy from direct buffers through an array of their own each. Here a
/// block of [#BLOCK_BYTES] is copied once and stays in the first cache level for all of them.
public final class DigestPass {

  private static final int BLOCK_BYTES = 8 << 10;

  private final Digest[] digests;
  private byte[] block = new byte[0];

  public DigestPass(List<Digest> digests) {
    this.digests = digests.toArray(Digest[]::new);
  }

  /// Adds the readable bytes. Borrows the buffer and leaves its indexes alone.
  public void update(ByteBuf bytes) {
    int from = bytes.readerIndex();
    int length = bytes.readableBytes();
    if (bytes.hasArray()) {
      update(bytes.array(), bytes.arrayOffset() + from, length);
      return;
    }
    if (block.length < Math.min(BLOCK_BYTES, length)) {
      block = new byte[Math.min(BLOCK_BYTES, length)];
    }
    for (int done = 0; done < length; done += block.length) {
      int count = Math.min(block.length, length - done);
      bytes.getBytes(from + done, block, 0, count);
      update(block, 0, count);
    }
  }

  private void update(byte[] bytes, int from, int length) {
    for (Digest digest : digests) {
      digest.update(bytes, from, length);
    }
  }
}

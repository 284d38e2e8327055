package hayloft.common.checksum;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// CRC-32C (Castagnoli) of network buffers, direct, heap or composite, through the JDK's intrinsic: no bytes are
/// copied.
public final class Crc32c {

  private Crc32c() {}

  /// Of the readable bytes. Borrows the buffer and leaves its indexes alone.
  public static int of(ByteBuf bytes) {
    return of(bytes, bytes.readerIndex(), bytes.readableBytes());
  }

  /// Of `length` bytes from the absolute `index` on. Borrows the buffer.
  public static int of(ByteBuf bytes, int index, int length) {
    CRC32C crc = new CRC32C();
    if (length == 0) {
      return 0;
    }
    if (bytes.nioBufferCount() == 1) {
      crc.update(bytes.nioBuffer(index, length));
    } else {
      for (ByteBuffer part : bytes.nioBuffers(index, length)) {
        crc.update(part);
      }
    }
    return (int) crc.getValue();
  }
}

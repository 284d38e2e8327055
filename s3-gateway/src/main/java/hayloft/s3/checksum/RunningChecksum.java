package hayloft.s3.checksum;

import io.netty.buffer.ByteBuf;

/// A sum that grows with the bytes it is shown. Confined to one thread.
public interface RunningChecksum {

  /// Adds the readable bytes. Borrows the buffer and leaves its indices alone.
  void add(ByteBuf bytes);

  /// The value so far, big-endian. Called once, at the end.
  byte[] value();
}

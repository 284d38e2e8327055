package hayloft.volume.disk;

import java.nio.ByteBuffer;

/// Buffers to be written one behind the other. Moves their positions. Confined to one thread.
final class Gathered {
  private final Thread owner = Thread.currentThread();
  private final ByteBuffer[] buffers;
  private int first;

  Gathered(ByteBuffer[] buffers) {
    this.buffers = buffers;
  }

  long remainingBytes() {
    long bytes = 0;
    for (int i = first; i < buffers.length; i++) {
      bytes += buffers[i].remaining();
    }
    return bytes;
  }

  /// Fills a buffer up to its limit, which must not be more than there is.
  void takeInto(ByteBuffer target) {
    assert Thread.currentThread() == owner : "called on " + Thread.currentThread() + ", owned by " + owner;
    assert target.remaining() <= remainingBytes() : target.remaining() + " bytes wanted of " + remainingBytes();
    while (target.hasRemaining()) {
      ByteBuffer next = buffers[first];
      int bytes = Math.min(next.remaining(), target.remaining());
      target.put(next.slice(next.position(), bytes));
      next.position(next.position() + bytes);
      if (!next.hasRemaining()) {
        first++;
      }
    }
  }
}

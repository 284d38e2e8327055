package hayloft.s3.xml;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.buffer.UnpooledHeapByteBuf;

/// The bytes of a document, which are counted until they are released: when the socket's own buffer has them, or nobody
/// will.
final class CountedBytes extends UnpooledHeapByteBuf {

  private final Runnable whenReleased;

  /// Takes the array.
  CountedBytes(byte[] bytes, int length, Runnable whenReleased) {
    super(UnpooledByteBufAllocator.DEFAULT, bytes, bytes.length);
    writerIndex(length);
    this.whenReleased = whenReleased;
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    whenReleased.run();
  }
}

package hayloft.common.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.ByteToMessageDecoder;
import org.jspecify.annotations.Nullable;

/// What came off a socket and was not understood yet. Confined to the socket's event loop.
final class InputBytes {

  private static final int USUAL_PERCENT = 400;
  private static final int LEAST_BYTES = 1024;

  private final Channel channel;
  private @Nullable ByteBuf bytes;

  InputBytes(Channel channel) {
    this.channel = channel;
  }

  /// Takes the buffer.
  void add(ByteBuf more) {
    ByteBuf before = bytes;
    bytes = before == null ? more : ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), before, more);
  }

  int count() {
    ByteBuf all = bytes;
    return all == null ? 0 : all.readableBytes();
  }

  /// What they take: buffers are rarely full.
  int heldBytes() {
    ByteBuf all = bytes;
    return all == null ? 0 : capacity(all);
  }

  /// All of them, null if there are none. Borrowed: who reads from it moves its reader index.
  @Nullable
  ByteBuf peek() {
    ByteBuf all = bytes;
    return all == null || !all.isReadable() ? null : all;
  }

  /// The next ones, of which there must be so many. The caller takes them.
  ByteBuf take(int count) {
    ByteBuf all = bytes;
    if (all == null || all.readableBytes() < count) {
      throw new IllegalStateException(count + " bytes wanted of " + count());
    }
    if (all.readableBytes() == count) {
      bytes = null;
      return all;
    }
    return all.readRetainedSlice(count);
  }

  void drop() {
    ByteBuf all = bytes;
    bytes = null;
    if (all != null) {
      all.release();
    }
  }

  /// A few bytes must not hold on to the large buffer they were read into.
  void trim() {
    ByteBuf all = bytes;
    if (all == null) {
      return;
    }
    if (all.isReadable()) {
      bytes = compact(all);
    } else {
      drop();
    }
  }

  private static int capacity(ByteBuf buffer) {
    return buffer.unwrap() == null ? buffer.capacity() : buffer.unwrap().capacity();
  }

  /// Takes the buffer; gives it back, or a smaller one with the same bytes.
  ByteBuf compact(ByteBuf taken) {
    return compact(taken, USUAL_PERCENT);
  }

  /// The same for a buffer that may be so much of its bytes.
  ByteBuf compact(ByteBuf taken, int mostPercent) {
    int held = capacity(taken);
    if (held <= LEAST_BYTES || held <= (long) taken.readableBytes() * mostPercent / 100) {
      return taken;
    }
    ByteBuf exact = channel.alloc().directBuffer(taken.readableBytes()).writeBytes(taken);
    taken.release();
    return exact;
  }
}

package hayloft.common.volume;

import io.netty.buffer.ByteBuf;

/// The answer to a read.
public sealed interface ReadResult {

  /// Verified bytes; the caller takes the buffer and releases it.
  record Found(ByteBuf data) implements ReadResult {}

  /// No such needle: never written, dead, or asked for with another cookie.
  record Absent() implements ReadResult {}

  /// Only from [VolumeClient#readNow]: the bytes would have to come from a disk.
  record NotCached() implements ReadResult {}
}

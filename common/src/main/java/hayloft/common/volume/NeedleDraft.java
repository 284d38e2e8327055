package hayloft.common.volume;

import hayloft.common.Durability;
import hayloft.common.FileId;
import io.netty.buffer.ByteBuf;

/// A needle that is to be appended. Whoever takes the draft owns and releases both buffers.
///
/// @param id where and under which key and cookie
/// @param sequence commit sequence; 0 for a [NeedleKind#BLOB]
/// @param meta opaque to volumes, at most [#MAX_META_BYTES]
/// @param data the bytes, at most [#MAX_DATA_BYTES]
/// @param durability when the append counts as done
/// @param subject which bytes of the meta say what the needle is about
public record NeedleDraft(FileId id, NeedleKind kind, long sequence, ByteBuf meta, ByteBuf data,
    Durability durability, Subject subject) {

  public static final int MAX_META_BYTES = 1 << 20;
  /// 64 MiB: what one blob through the volume server's own interface may have. The catalog cuts objects into smaller
  /// chunks.
  public static final int MAX_DATA_BYTES = 64 << 20;

  public NeedleDraft {
    if (meta.readableBytes() > MAX_META_BYTES) {
      throw new IllegalArgumentException(
          "needle meta of " + meta.readableBytes() + " bytes, at most " + MAX_META_BYTES + " allowed");
    }
    if (data.readableBytes() > MAX_DATA_BYTES) {
      throw new IllegalArgumentException(
          "needle data of " + data.readableBytes() + " bytes, at most " + MAX_DATA_BYTES + " allowed");
    }
    if (subject.fromBytes() + subject.lengthBytes() > meta.readableBytes()) {
      throw new IllegalArgumentException(subject + " lies outside of a meta of " + meta.readableBytes() + " bytes");
    }
  }

  /// A needle that is about nothing that could be lost.
  public NeedleDraft(FileId id, NeedleKind kind, long sequence, ByteBuf meta, ByteBuf data, Durability durability) {
    this(id, kind, sequence, meta, data, durability, Subject.NONE);
  }

  /// Gives both buffers back; for a taker that does not write them.
  public void release() {
    meta.release();
    data.release();
  }
}

package hayloft.common.volume;

import hayloft.common.FileId;
import io.netty.buffer.ByteBuf;
import java.io.IOException;

/// Is shown the needles of a volume by [VolumeClient#scan], in the order in which they lie there.
public interface NeedleVisitor {

  /// One needle that is not marked dead, its head and meta verified, its data neither read nor verified.
  ///
  /// @param meta borrowed: valid until this method returns
  /// @throws IOException ends the scan, which throws it on
  void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException;

  /// Bytes that are no needle, or one whose meta does not match its checksum: the scan goes on behind them.
  void damaged(VolumePosition at, long lengthBytes, String what);
}

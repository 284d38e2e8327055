package hayloft.common.volume;

import hayloft.common.FileId;
import io.netty.buffer.ByteBuf;
import java.io.IOException;

/// Is shown the needles of a volume by [VolumeClient#scan], in the order in which they lie there.
public interface NeedleVisitor {

  /// One needle that is not marked dead, its head and meta verified, its data neither read nor verified.
  ///
  /// @param meta borrowed: valid until this method returns
  /// @throws NeedleNotUnderstoodException the needle is shown once more, as [#damaged], and the scan goes on
  /// @throws IOException ends the scan, which throws it on
  void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException;

  /// One needle of the catalog that is marked dead and still in the file, verified as above. Who does not care need not
  /// do anything.
  ///
  /// @param meta borrowed: valid until this method returns
  /// @throws NeedleNotUnderstoodException the scan goes on: nothing is lost with it
  default void dead(FileId id, NeedleKind kind, long sequence, ByteBuf meta) throws IOException {}

  /// A needle, not marked dead, whose head or meta cannot be read, or not be understood: one call for each that the
  /// index log knows there, or one for bytes that nobody knows. The scan goes on behind it.
  void damaged(DamagedNeedle needle) throws IOException;
}

package hayloft.volume.http;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.StoreBusyException;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.Optional;

/// Shows what a needle is without its data. Thread-safe; waits for a disk. The volume store is it.
@FunctionalInterface
public interface NeedleHeads {

  /// The live needle with a key; empty if there is none, or if it is marked dead. The caller takes the meta.
  ///
  /// @throws CorruptNeedleException if head or meta do not match their checksums
  /// @throws NoSuchVolumeException if no volume has that id
  /// @throws StoreBusyException if the disk's queue is at its bound
  Optional<NeedleHead> head(int volume, long key) throws IOException;

  /// @param meta verified
  record NeedleHead(int cookie, NeedleKind kind, ByteBuf meta, int dataBytes) {}
}

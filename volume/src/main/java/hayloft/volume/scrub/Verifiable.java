package hayloft.volume.scrub;

import hayloft.common.volume.VolumePosition;
import java.io.IOException;
import java.time.Instant;

/// A volume as a scrubber sees it. Thread-safe.
public interface Verifiable {

  int id();

  Instant created();

  /// The durable end.
  VolumePosition end();

  /// Whether there is nothing to be read.
  boolean isEmpty();

  /// Whether a live needle has this key.
  ///
  /// @throws java.io.UncheckedIOException if the volume cannot tell, or is closed
  boolean holds(long key);

  /// Reads every byte from a position to the durable end and verifies it. If the volume is in another generation than
  /// the position, it begins at the first needle; if it is compacted meanwhile it ends early.
  ///
  /// @return the durable end, or [VolumePosition#start] if the generation is gone
  /// @throws IOException what the reader throws, before a piece is read too; what cannot be read is damage, not a fault
  VolumePosition verify(VolumePosition from, Reader reader) throws IOException;

  /// Is told what was read.
  interface Reader {

    /// Everything before this position was read.
    ///
    /// @param bytes read since the last call
    void read(VolumePosition upTo, long bytes) throws IOException;

    /// Asked before each piece is read, so that a long stretch of damage ends as soon as needles do.
    ///
    /// @throws IOException to end the reading
    void beforePiece() throws IOException;

    void damaged(long key, long offsetBytes, long lengthBytes, String what) throws IOException;
  }
}

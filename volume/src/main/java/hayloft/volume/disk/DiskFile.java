package hayloft.volume.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// An open file. Reads are thread-safe; writes, truncation and syncs belong to one thread at a time.
public interface DiskFile extends Closeable {

  /// Reads until the buffer is full or the file ends; returns how many bytes came. If a part cannot be read, what came before it
  /// may be in the buffer, up to its position.
  int read(ByteBuffer into, long atBytes) throws IOException;

  /// Fills the buffer if the page cache holds all of it; false if it does not, or if this cannot be known.
  boolean readCached(ByteBuffer into, long atBytes);

  /// Writes all that remains in the buffers, one behind the other, from a position on. After an exception some may be written.
  ///
  /// @throws NoSpaceException if there is no room
  void write(ByteBuffer[] from, long atBytes) throws IOException;

  /// The same for bytes that are going to be synced right away: if they are many, they need not pass through the page cache.
  default void writeToBeSynced(ByteBuffer[] from, long atBytes) throws IOException {
    write(from, atBytes);
  }

  /// fdatasync. What it fails on may be lost for good: it is never called again to "retry".
  void force() throws IOException;

  long sizeBytes() throws IOException;

  void truncate(long sizeBytes) throws IOException;

  @Override
  void close() throws IOException;
}

package hayloft.volume.disk;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/// An open file. Reads are thread-safe; writes, truncation and syncs belong to one thread at a time.
///
///     OPEN --park--> PARKED --unpark--> OPEN
///
/// A parked file has no descriptor; it can be unparked and closed, and nothing else. Who parks a file sees to it that
/// nobody uses it meanwhile. One that cannot be parked stays open.
public interface DiskFile extends Closeable {

  /// Reads until the buffer is full or the file ends; returns how many bytes came. If a part cannot be read, what came
  /// before it may be in the buffer, up to its position.
  int read(ByteBuffer into, long atBytes) throws IOException;

  /// Fills the buffer if the page cache holds all of it; false if it does not, or if this cannot be known.
  boolean readCached(ByteBuffer into, long atBytes);

  /// Writes all that remains in the buffers, one behind the other, from a position on. After an exception some may be
  /// written.
  ///
  /// @throws NoSpaceException if there is no room
  void write(ByteBuffer[] from, long atBytes) throws IOException;

  /// The same for bytes that are going to be synced right away: if they are many, they need not pass through the page
  /// cache.
  default void writeToBeSynced(ByteBuffer[] from, long atBytes) throws IOException {
    write(from, atBytes);
  }

  /// fdatasync. What it fails on may be lost for good: it is never called again to "retry".
  void force() throws IOException;

  /// Whether all that was written through it was synced since, and no sync failed.
  default boolean isSynced() {
    return false;
  }

  /// Whether a name leads to this open file, as far as can be found out.
  default boolean isAt(String name) throws IOException {
    return true;
  }

  /// Gives the descriptors back. What is written and not synced may then fail to reach the disk without anybody being
  /// told.
  ///
  /// @param name that the file has by now
  /// @return false if it stays open: the name is not this file's (closed, it might be gone for good), or nobody could
  ///   tell later whether it is
  /// @throws IOException if that cannot be found out; it stays open too
  default boolean park(String name) throws IOException {
    return false;
  }

  /// Opens the parked file again, by the name that it was parked with.
  ///
  /// @throws IOException if it cannot be opened, or the name is by now another file's or nobody's; it stays parked
  /// @throws hayloft.common.directory.TooFewDescriptorsException if there is no descriptor for it
  default void unpark() throws IOException {
    throw new IllegalStateException("a file that is never parked is opened again");
  }

  long sizeBytes() throws IOException;

  void truncate(long sizeBytes) throws IOException;

  @Override
  void close() throws IOException;
}

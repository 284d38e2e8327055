package hayloft.master.log;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/// The few things that the log asks of a directory; the second implementation is the disk of the tests, which cuts the
/// power.
interface LogFiles {

  /// All bytes of a file, empty if there is none.
  Optional<byte[]> read(String name) throws IOException;

  /// Puts a file of these bytes in the place of whatever has the name: whole and durable on return, the old or the new
  /// one after a crash.
  void replace(String name, byte[] bytes) throws IOException;

  /// Opens a file for appending, and keeps every other process from doing so until it is closed. Its directory entry is
  /// durable on return.
  ///
  /// @throws IOException also if somebody has it open
  Appendable open(String name) throws IOException;

  /// A file that grows at its end. Confined to the log's lock.
  interface Appendable extends Closeable {

    /// All bytes of it.
    byte[] read() throws IOException;

    /// Adds bytes at the end, in the page cache only.
    void append(byte[] bytes) throws IOException;

    /// Cuts the file.
    void truncate(long sizeBytes) throws IOException;

    /// Makes what was appended and cut durable.
    void force() throws IOException;
  }
}

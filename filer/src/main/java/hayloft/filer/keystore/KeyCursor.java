package hayloft.filer.keystore;

import java.io.IOException;

/// Walks the rows of a range in key order. Confined to one thread at a time.
public interface KeyCursor extends AutoCloseable {

  /// Moves to the first row at or after a key, within the range. False if there is none.
  boolean seek(byte[] key) throws IOException;

  /// Moves to the next row. False at the end of the range. Only after a move that answered true.
  boolean next() throws IOException;

  /// The current row's key; the caller's own copy.
  byte[] key();

  /// The current row's value; the caller's own copy.
  byte[] value();

  @Override
  void close();
}

package hayloft.filer;

import java.io.IOException;

/// Is shown rows of the catalog, for tests and tools.
@FunctionalInterface
public interface RowVisitor {

  /// @param key the visitor's own copy, as is the value
  void row(byte[] key, byte[] value) throws IOException;
}

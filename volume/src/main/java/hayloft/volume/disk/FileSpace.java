package hayloft.volume.disk;

import java.io.IOException;
import java.nio.file.Path;

/// Space for a file that is to be mapped. A store into a hole of a mapped file on a full disk is no IOException but a
/// SIGBUS, so the space is taken before. Stateless.
final class FileSpace {
  private FileSpace() {}

  /// Makes an existing file at least this long, on blocks of its own. Where the system cannot do that, nothing happens.
  ///
  /// @throws NoSpaceException if there is no room
  /// @throws IOException if it is unknown whether the file has no holes
  static void take(Path path, long sizeBytes) throws IOException {
    if (!SystemCalls.areKnown()) {
      return;
    }
    int descriptor = SystemCalls.open(path, SystemCalls.O_RDWR);
    try {
      SystemCalls.allocate(descriptor, sizeBytes, path.toString());
    } finally {
      SystemCalls.close(descriptor);
    }
  }
}

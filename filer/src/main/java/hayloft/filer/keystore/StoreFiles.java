package hayloft.filer.keystore;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;

/// Tells damage of a store's files from disks and systems that do not work. Stateless.
///
/// RocksDB has one status for everything that the system refuses, and the error's own text behind it. A file that
/// should be there and is not is damage; no memory, no descriptors, no permission, a lock that another process holds
/// are not. A sector that cannot be read is damage if it still cannot be read by somebody else.
public final class StoreFiles {

  private static final List<String> MISSING = List.of("No such file or directory", "Is a directory", "Not a directory");
  private static final int BUFFER_BYTES = 1 << 20;

  private StoreFiles() {}

  static boolean isMissing(RocksDBException fault) {
    String message = fault.getMessage();
    return message != null && MISSING.stream().anyMatch(message::endsWith);
  }

  /// The first file of a directory that cannot be read to its end; empty if all can. Reads everything.
  public static Optional<Path> unreadable(Path directory) throws IOException {
    List<Path> files;
    try (Stream<Path> entries = Files.list(directory)) {
      files = entries.filter(Files::isRegularFile).toList();
    }
    byte[] buffer = new byte[BUFFER_BYTES];
    for (Path file : files) {
      if (Files.isReadable(file) && !canBeRead(file, buffer)) {
        return Optional.of(file);
      }
    }
    return Optional.empty();
  }

  private static boolean canBeRead(Path file, byte[] buffer) {
    try (InputStream in = Files.newInputStream(file)) {
      while (in.read(buffer) >= 0) {
        // only whether it can be read matters
      }
      return true;
    } catch (IOException _) {
      return false;
    }
  }
}

package hayloft.common.directory;

import java.nio.file.Path;
import java.util.UUID;

/// One directory of a store, held by this process. Immutable.
///
/// @param path absolute, as it was named when it was opened
public record DataDirectory(UUID id, Path path) {

  public Path volumes() {
    return path.resolve("volumes");
  }

  /// Of the first directory only.
  public Path catalog() {
    return path.resolve("catalog");
  }

  /// Of the first directory only.
  public Path master() {
    return path.resolve("master");
  }

  /// Of the first directory only.
  public Path storeKey() {
    return path.resolve("store.key");
  }

  /// Of the first directory only.
  public Path credentials() {
    return path.resolve("credentials.json");
  }
}

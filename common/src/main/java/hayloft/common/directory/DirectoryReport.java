package hayloft.common.directory;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// What a data directory says of itself, for tools that look and change nothing. Immutable.
///
/// @param level of the store's formats; 0 if the directory has no marker
/// @param storeId empty if the directory has no marker
/// @param known every directory of the store by its id, with where it was last seen
/// @param givenUp the same of directories that left the store
public record DirectoryReport(Path path, int level, Optional<UUID> storeId, Optional<UUID> directoryId,
    Map<UUID, String> known,
    Map<UUID, String> givenUp, Use use) {

  /// Whether a process works on the directory.
  public enum Use {
    /// Nobody held the lock when it was looked at.
    FREE,
    /// A process holds the lock.
    IN_USE,
    /// The lock cannot be asked: there is none yet, or this user may not open it.
    UNKNOWN
  }

  /// Looks at a directory. The locks are tried and given back at once: nothing keeps a server from starting afterwards.
  /// Not for the process that has the store open: it would give its own locks away ([HeldDirectory]).
  ///
  /// @throws WrongDirectoryException if its marker cannot be read
  public static DirectoryReport of(Path directory) throws IOException {
    Path path = directory.toAbsolutePath().normalize();
    Optional<Marker> marker = Marker.read(path, KnownLevels.PRESENT.newest());
    return new DirectoryReport(path, marker.map(Marker::level).orElse(0), marker.map(Marker::storeId),
        marker.map(Marker::directoryId),
        marker.map(Marker::directories).orElse(Map.of()), marker.map(Marker::givenUp).orElse(Map.of()), use(path));
  }

  private static Use use(Path directory) throws IOException {
    Use marked = use(directory, Marker.FILE);
    Use locked = use(directory, HeldDirectory.LOCK);
    return marked == Use.IN_USE || locked == Use.UNKNOWN ? marked : locked;
  }

  private static Use use(Path directory, String file) throws IOException {
    try (var lock = FileChannel.open(directory.resolve(file), StandardOpenOption.WRITE)) {
      return lock.tryLock() == null ? Use.IN_USE : Use.FREE;
    } catch (OverlappingFileLockException _) { // held by this very process
      return Use.IN_USE;
    } catch (NoSuchFileException | AccessDeniedException _) { // no start was ever made here, or not as this user
      return Use.UNKNOWN;
    } catch (FileSystemException e) { // a file system that is mounted read-only has no writer
      if (directory.toFile().canWrite()) {
        throw e;
      }
      return Use.UNKNOWN;
    }
  }
}

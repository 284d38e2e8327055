package hayloft.common.directory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One directory that this process keeps others out of, until it is closed or the process ends, however it ends.
/// Confined to the thread that opens the store and, after that, the one that closes it.
///
/// A lock belongs to a file and not to its name: whoever removes `LOCK` and starts a second server gets another file
/// under that name, and a lock on it. So the locks lie on several files, one of them the marker, without which there is
/// no store: to get past them all one would have to take the store away. The log of the master, where there is one, is
/// locked by the master; here it is only asked for.
///
///     hayloft.json   always; when it is replaced, the new file is locked before it gets the name
///     volumes/LOCK   from the first start on
///     LOCK           always
///     master/log     nobody else's, when the directory is taken
///
/// On Linux a process loses a lock as soon as it closes any channel of the file. So this process reads the marker
/// through the channel that holds the lock, and opens none of these files otherwise.
final class HeldDirectory implements Closeable {

  static final String LOCK = "LOCK";
  static final String VOLUMES = "volumes";
  private static final Path MASTER_LOG = Path.of("master", "log");

  private final Path path;
  private final int newestLevel;
  private final Map<Path, FileChannel> locks = new LinkedHashMap<>();
  private @Nullable FileChannel marker;

  private HeldDirectory(Path path, int newestLevel) {
    this.path = path;
    this.newestLevel = newestLevel;
  }

  /// Locks what is there, and makes nothing.
  ///
  /// @param newestLevel that the program knows
  /// @throws WrongDirectoryException if a process, perhaps this one, holds any of it
  static HeldDirectory holdWhatIsThere(Path path, int newestLevel) throws IOException {
    var held = new HeldDirectory(path, newestLevel);
    try {
      held.marker = held.lockCurrent(path.resolve(Marker.FILE)).orElse(null);
      for (Path file : List.of(path.resolve(VOLUMES).resolve(LOCK), path.resolve(LOCK))) {
        held.lockCurrent(file).ifPresent(lock -> held.locks.put(file, lock));
      }
      Optional<FileChannel> masterLog = held.lockCurrent(path.resolve(MASTER_LOG));
      if (masterLog.isPresent()) {
        masterLog.get().close();
      }
      return held;
    } catch (IOException | RuntimeException e) {
      held.closeAfter(e);
      throw e;
    }
  }

  /// Makes the directory and its `LOCK`, if they are missing. Nobody else holds anything of it on return.
  void holdOwnLock() throws IOException {
    OwnerOnly.directories(path);
    hold(path.resolve(LOCK));
    if (marker == null) { // another start may have made the store and ended since
      marker = lockCurrent(path.resolve(Marker.FILE)).orElse(null);
    }
  }

  /// Makes and locks the file among the volumes, if it is missing.
  void holdVolumes() throws IOException {
    OwnerOnly.directories(path.resolve(VOLUMES));
    hold(path.resolve(VOLUMES).resolve(LOCK));
  }

  private void hold(Path file) throws IOException {
    if (!locks.containsKey(file)) {
      locks.put(file, lock(OwnerOnly.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)));
    }
  }

  Path path() {
    return path;
  }

  /// Empty if the directory has none.
  ///
  /// @throws WrongDirectoryException if this version cannot use it
  Optional<Marker> marker() throws IOException {
    FileChannel channel = marker;
    return channel == null
        ? Optional.empty()
        : Optional.of(Marker.read(readMarker(channel), path.resolve(Marker.FILE), newestLevel));
  }

  /// Durable on return, and locked all the while. Costs nothing if the file says so already.
  void write(Marker next) throws IOException {
    byte[] bytes = next.write();
    FileChannel former = marker;
    if (former != null && Arrays.equals(bytes, readMarker(former))) {
      return;
    }
    marker = DurableFile.replaceLocked(path.resolve(Marker.FILE), bytes, this::lock);
    if (former != null) {
      former.close();
    }
  }

  private byte[] readMarker(FileChannel channel) throws IOException {
    try {
      var bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
      while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
        // reads on
      }
      return Arrays.copyOf(bytes.array(), bytes.position());
    } catch (IOException e) {
      throw NamedFault.of(path.resolve(Marker.FILE), e);
    }
  }

  /// Locks the file that has this name now, not one that had it a moment ago. Empty if there is none.
  private Optional<FileChannel> lockCurrent(Path file) throws IOException {
    while (true) {
      try {
        @Nullable
        Object before = key(file);
        FileChannel locked = lock(
            FileChannel.open(file, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE)));
        if (Objects.equals(before, key(file))) {
          return Optional.of(locked);
        }
        locked.close();
      } catch (NoSuchFileException _) {
        return Optional.empty();
      }
    }
  }

  private static @Nullable Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  /// Takes the channel: it is closed if it cannot be locked.
  private FileChannel lock(FileChannel channel) throws IOException {
    String by = "another process";
    try {
      if (channel.tryLock() != null) {
        return channel;
      }
    } catch (OverlappingFileLockException _) {
      by = "this process";
    } catch (IOException e) {
      channel.close();
      throw new IOException("data directory " + path + " cannot be locked: " + e.getMessage()
          + ". Its file system must know locks of files, and answer", e);
    }
    channel.close();
    throw new WrongDirectoryException("data directory " + path + " is in use by " + by
        + ". Stop it first, or name another directory");
  }

  private void closeAfter(Exception cause) {
    try {
      close();
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /// Gives everything back. The files stay.
  @Override
  public void close() throws IOException {
    IOException failure = null;
    List<FileChannel> open = new ArrayList<>(locks.values());
    if (marker != null) {
      open.add(marker);
    }
    for (FileChannel channel : open) {
      try {
        channel.close();
      } catch (IOException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}

package hayloft.common.directory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Objects;
import java.util.Optional;

/// Small files that are replaced whole: after a crash there is the old one or the new one. Stateless.
public final class DurableFile {

  private DurableFile() {}

  /// All bytes of a small file.
  ///
  /// @throws IOException that names it, also where the system's own does not: an error of the disk
  public static byte[] read(Path file) throws IOException {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw NamedFault.of(file, e);
    }
  }

  /// The same of a file that may be missing; an error is not an absence.
  public static Optional<byte[]> readIfThere(Path file) throws IOException {
    try {
      return Optional.of(read(file));
    } catch (NoSuchFileException _) {
      return Optional.empty();
    }
  }

  /// Writes beside the file, syncs, renames, syncs the directory. Durable on return; readable and writable by its owner
  /// only, from the first byte on.
  public static void replace(Path file, byte[] bytes) throws IOException {
    Path temporary = temporary(file);
    Files.deleteIfExists(temporary); // left by a crash, perhaps with other permissions
    try (var channel = OwnerOnly.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      write(temporary, channel, bytes);
    }
    moveIntoPlace(temporary, file);
  }

  /// What is done with a channel that will hold a lock.
  @FunctionalInterface
  interface Locking {
    /// Takes the channel, also when it throws.
    FileChannel lock(FileChannel channel) throws IOException;
  }

  /// Like [#replace] for a file that is locked as long as it has its name: the new one is locked before it gets it. The
  /// caller gives up the former file's lock afterwards.
  ///
  /// @return the channel that holds the lock; the caller takes it
  static FileChannel replaceLocked(Path file, byte[] bytes, Locking locking) throws IOException {
    Path temporary = temporary(file);
    Files.deleteIfExists(temporary);
    var channel = locking.lock(OwnerOnly.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ,
        StandardOpenOption.WRITE));
    try {
      write(temporary, channel, bytes);
      moveIntoPlace(temporary, file);
      return channel;
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static Path temporary(Path file) {
    return file.toAbsolutePath().resolveSibling(file.getFileName() + ".tmp");
  }

  private static void write(Path file, FileChannel channel, byte[] bytes) throws IOException {
    var buffer = ByteBuffer.wrap(bytes);
    try {
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      throw NamedFault.of(file, e);
    }
  }

  private static void moveIntoPlace(Path temporary, Path file) throws IOException {
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncDirectory(Objects.requireNonNull(file.toAbsolutePath().getParent()));
  }

  /// Makes the entries of a directory durable.
  public static void syncDirectory(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      throw NamedFault.of(directory, e);
    }
  }
}

package hayloft.common.directory;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/// Small files that are replaced whole: after a crash there is the old one or the new one. Stateless.
public final class DurableFile {

  private DurableFile() {}

  /// Writes beside the file, syncs, renames, syncs the directory. Durable on return.
  public static void replace(Path file, byte[] bytes) throws IOException {
    replace(file, bytes, new FileAttribute<?>[0]);
  }

  /// The same for secrets: readable and writable by their owner only, from the first byte on.
  public static void replaceOwnerOnly(Path file, byte[] bytes) throws IOException {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    replace(file, bytes, posix
        ? new FileAttribute<?>[]{PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))}
        : new FileAttribute<?>[0]);
  }

  private static void replace(Path file, byte[] bytes, FileAttribute<?>[] attributes) throws IOException {
    Path directory = Objects.requireNonNull(file.toAbsolutePath().getParent());
    Path temporary = directory.resolve(file.getFileName() + ".tmp");
    Files.deleteIfExists(temporary); // left by a crash, perhaps with other permissions
    try (var channel = FileChannel.open(temporary, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        attributes)) {
      var buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncDirectory(directory);
  }

  /// Makes the entries of a directory durable.
  public static void syncDirectory(Path directory) throws IOException {
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}

package hayloft.volume.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// By what a file is known again that was closed meanwhile: device and inode, and when it was born, since the number of
/// an inode that is deleted is the next file's (of ext4 at once). Nothing that a backup, a hard link or `touch`
/// changes. Immutable.
///
/// @param born empty where the file system may not tell it: Java then says when the file was written last
record FileIdentity(long device, long inode, Optional<FileTime> born) {
  private static final String WHAT_TO_DO = "Put that very file back (mv, not cp); a restart takes what lies there then";

  /// @param path links are followed
  static FileIdentity of(Path path) throws IOException {
    Map<String, Object> found = Files.readAttributes(path, "unix:dev,ino,creationTime,lastModifiedTime");
    Object created = found.get("creationTime");
    return new FileIdentity(number(found.get("dev")), number(found.get("ino")),
        created instanceof FileTime time && !time.equals(found.get("lastModifiedTime"))
            ? Optional.of(time)
            : Optional.empty());
  }

  private static long number(@Nullable Object attribute) throws IOException {
    if (attribute instanceof Number number) {
      return number.longValue();
    }
    throw new IOException("no number: " + attribute);
  }

  /// Whether a path leads to this very file.
  boolean isAt(Path path) throws IOException {
    try {
      return isSame(of(path));
    } catch (NoSuchFileException _) {
      return false;
    }
  }

  private boolean isSame(FileIdentity found) {
    return device == found.device && inode == found.inode && (born.isEmpty() || born.equals(found.born));
  }

  /// @param descriptor leads to what was opened under the path
  /// @throws IOException if that is not this file
  void require(Path path, Path descriptor) throws IOException {
    FileIdentity found = of(descriptor);
    if (!isSame(found)) {
      throw new IOException(path + " is another file than the one that this process had open (" + this + ", found "
          + found + "): somebody moved or replaced it under the running process. " + WHAT_TO_DO);
    }
  }

  /// @throws IOException if there is no such file
  void requireThere(Path path) throws IOException {
    if (!FileDisk.isThere(path)) {
      throw new IOException(path + " is gone, which this process had open (" + this
          + "): somebody moved or deleted it under the running process. " + WHAT_TO_DO);
    }
  }

  @Override
  public String toString() {
    return "inode " + inode + " of device " + device + born.map(time -> ", made " + time).orElse("");
  }
}

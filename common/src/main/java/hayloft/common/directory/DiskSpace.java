package hayloft.common.directory;

import java.io.File;
import java.io.IOException;
import java.nio.file.Path;

/// Space of the file system that a directory lies on. Immutable.
///
/// Asked for by the path alone (statvfs(3)): a [java.nio.file.FileStore] has to be found among the mount points first,
/// and in a chroot there may be none for `/`.
///
/// @param usableBytes that this process may still write
/// @param totalBytes size of the file system
public record DiskSpace(long usableBytes, long totalBytes) {

  /// @throws IOException if the directory is not there, or its file system does not tell
  public static DiskSpace of(Path directory) throws IOException {
    File file = directory.toFile();
    DiskSpace space = new DiskSpace(file.getUsableSpace(), file.getTotalSpace());
    if (space.totalBytes == 0) {
      throw new IOException("the file system of " + directory + " does not tell its size");
    }
    return space;
  }
}

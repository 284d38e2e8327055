package hayloft.common.directory;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// The lock of one directory, held until it is closed or the process ends, however it ends. The file `LOCK` stays.
record DirectoryLock(FileChannel channel) implements Closeable {

  static final String FILE = "LOCK";

  /// @throws WrongDirectoryException if a process, perhaps this one, holds it
  static DirectoryLock take(Path directory) throws IOException {
    var channel = FileChannel.open(directory.resolve(FILE), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    try {
      if (channel.tryLock() != null) {
        return new DirectoryLock(channel);
      }
    } catch (OverlappingFileLockException e) {
      channel.close();
      throw held(directory, "this process");
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    throw held(directory, "another process");
  }

  private static WrongDirectoryException held(Path directory, String by) {
    return new WrongDirectoryException("data directory " + directory + " is in use by " + by
        + ". Stop it first, or name another directory");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

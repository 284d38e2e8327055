package hayloft.volume.disk;

import hayloft.common.directory.NamedFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;

/// A file that is looked at and never changed. Thread-safe.
final class ReadOnlyFile implements DiskFile {
  private final Path path;
  private final Optional<FileIdentity> identity;
  private FileChannel channel;

  /// @throws java.nio.file.NoSuchFileException if it is not there: nothing is created
  ReadOnlyFile(Path path) throws IOException {
    this.path = path;
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      this.identity = identity(path);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private static Optional<FileIdentity> identity(Path path) throws IOException {
    try {
      return Optional.of(FileIdentity.of(path));
    } catch (UnsupportedOperationException _) {
      return Optional.empty(); // it is never parked
    }
  }

  @Override
  public int read(ByteBuffer into, long atBytes) throws IOException {
    try {
      return fill(channel, into, atBytes);
    } catch (IOException e) {
      throw NamedFault.of(path, e);
    }
  }

  /// Reads until the buffer is full or the file ends.
  ///
  /// @return how many bytes
  static int fill(FileChannel channel, ByteBuffer into, long atBytes) throws IOException {
    int total = 0;
    while (into.hasRemaining()) {
      int count = channel.read(into, atBytes + total);
      if (count < 0) {
        break;
      }
      total += count;
    }
    return total;
  }

  @Override
  public boolean readCached(ByteBuffer into, long atBytes) {
    return false;
  }

  @Override
  public void write(ByteBuffer[] from, long atBytes) {
    throw new NonWritableChannelException();
  }

  @Override
  public void force() {
    // nothing was written
  }

  @Override
  public boolean isSynced() {
    return true;
  }

  @Override
  public boolean park(String name) throws IOException {
    if (identity.isEmpty() || !path.endsWith(name) || !identity.get().isAt(path)) {
      return false;
    }
    channel.close();
    return true;
  }

  @Override
  public void unpark() throws IOException {
    FileIdentity own = identity.orElseThrow();
    own.requireThere(path);
    FileChannel opened = FileChannel.open(path, StandardOpenOption.READ);
    try {
      own.require(path, path);
    } catch (Throwable e) {
      opened.close();
      throw e;
    }
    channel = opened;
  }

  @Override
  public long sizeBytes() throws IOException {
    return channel.size();
  }

  @Override
  public void truncate(long sizeBytes) {
    throw new NonWritableChannelException();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}

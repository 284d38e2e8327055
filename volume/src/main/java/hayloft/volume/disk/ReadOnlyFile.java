package hayloft.volume.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// A file that is looked at and never changed. Thread-safe.
final class ReadOnlyFile implements DiskFile {
  private final FileChannel channel;

  /// @throws java.nio.file.NoSuchFileException if it is not there: nothing is created
  ReadOnlyFile(Path path) throws IOException {
    this.channel = FileChannel.open(path, StandardOpenOption.READ);
  }

  @Override
  public int read(ByteBuffer into, long atBytes) throws IOException {
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

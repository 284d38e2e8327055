package hayloft.master.log;

import hayloft.common.directory.DurableFile;
import hayloft.common.directory.NamedFault;
import hayloft.common.directory.OwnerOnly;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Optional;

/// Log files in a real directory.
final class DirectoryLogFiles implements LogFiles {

  private final Path directory;

  /// Creates the directory if it is missing; durable on return.
  DirectoryLogFiles(Path directory) throws IOException {
    this.directory = directory;
    if (!Files.isDirectory(directory)) {
      OwnerOnly.directories(directory);
      Path parent = directory.toAbsolutePath().getParent();
      if (parent != null) {
        DurableFile.syncDirectory(parent);
      }
    }
  }

  @Override
  public Optional<byte[]> read(String name) throws IOException {
    return DurableFile.readIfThere(directory.resolve(name));
  }

  @Override
  public void replace(String name, byte[] bytes) throws IOException {
    Path temporary = directory.resolve(name + ".tmp");
    try (var channel = OwnerOnly.open(temporary, StandardOpenOption.CREATE, StandardOpenOption.WRITE,
        StandardOpenOption.TRUNCATE_EXISTING)) {
      writeFully(channel, bytes, 0);
      channel.force(true);
    } catch (IOException e) {
      deleteLeftover(temporary, e);
      throw NamedFault.of(temporary, e);
    }
    Files.move(temporary, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    DurableFile.syncDirectory(directory);
  }

  /// On a full disk it would take what little there is.
  private static void deleteLeftover(Path temporary, IOException cause) {
    try {
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  @Override
  public Appendable open(String name) throws IOException {
    Path file = directory.resolve(name);
    var channel = OwnerOnly.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      lock(channel, file);
      DurableFile.syncDirectory(directory);
      return new ChannelAppendable(file, channel);
    } catch (IOException e) {
      channel.close();
      throw NamedFault.of(file, e);
    }
  }

  /// On Linux the process would lose the lock by closing another channel of the file: nothing else here opens it.
  private static void lock(FileChannel channel, Path file) throws IOException {
    boolean locked;
    try {
      locked = channel.tryLock() != null;
    } catch (OverlappingFileLockException _) { // by this very process
      locked = false;
    }
    if (!locked) {
      throw new IOException(
          "the master's log " + file + " is in use: another server runs on this data directory. Stop it first");
    }
  }

  private static void writeFully(FileChannel channel, byte[] bytes, long offset) throws IOException {
    var buffer = ByteBuffer.wrap(bytes);
    while (buffer.hasRemaining()) {
      channel.write(buffer, offset + buffer.position());
    }
  }

  private record ChannelAppendable(Path file, FileChannel channel) implements Appendable {

    /// Something that a channel does, whose faults do not name the file.
    @FunctionalInterface
    private interface Call<T> {
      T made() throws IOException;
    }

    private <T> T named(Call<T> call) throws IOException {
      try {
        return call.made();
      } catch (IOException e) {
        throw NamedFault.of(file, e);
      }
    }

    @Override
    public byte[] read() throws IOException {
      return named(() -> {
        var bytes = ByteBuffer.allocate(Math.toIntExact(channel.size()));
        while (bytes.hasRemaining() && channel.read(bytes, bytes.position()) >= 0) {
          // reads on
        }
        return Arrays.copyOf(bytes.array(), bytes.position());
      });
    }

    @Override
    public void append(byte[] bytes) throws IOException {
      named(() -> {
        writeFully(channel, bytes, channel.size());
        return channel;
      });
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      named(() -> channel.truncate(sizeBytes));
    }

    @Override
    public void force() throws IOException {
      named(() -> {
        channel.force(true);
        return channel;
      });
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}

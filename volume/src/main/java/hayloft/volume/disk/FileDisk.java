package hayloft.volume.disk;

import hayloft.common.directory.DiskSpace;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A folder of the real file system. Thread-safe.
public final class FileDisk implements Disk {
  private final Path folder;

  /// @throws IOException if the folder cannot be created
  public FileDisk(Path folder) throws IOException {
    this.folder = Files.createDirectories(folder);
  }

  @Override
  public DiskFile open(String name) throws IOException {
    Path path = folder.resolve(name);
    return new ChannelFile(
        FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE),
        CachedReads.open(path));
  }

  @Override
  public boolean exists(String name) {
    return Files.exists(folder.resolve(name));
  }

  @Override
  public List<String> list() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(folder.resolve(from), folder.resolve(to), StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(folder.resolve(name));
  }

  @Override
  public void sync() throws IOException {
    try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
      directory.force(true);
    }
  }

  @Override
  public MemorySegment map(String name, long sizeBytes, Arena arena) throws IOException {
    try (FileChannel channel = FileChannel.open(folder.resolve(name), StandardOpenOption.READ,
        StandardOpenOption.WRITE, StandardOpenOption.CREATE)) {
      if (channel.size() > sizeBytes) {
        channel.truncate(sizeBytes);
      }
      FileSpace.take(folder.resolve(name), sizeBytes);
      MemorySegment segment = channel.map(FileChannel.MapMode.READ_WRITE, 0, sizeBytes, arena);
      MemoryAdvice.random(segment);
      return segment;
    }
  }

  @Override
  public void force(MemorySegment mapped) {
    mapped.force();
  }

  @Override
  public long usableBytes() throws IOException {
    return DiskSpace.of(folder).usableBytes();
  }

  @Override
  public long totalBytes() throws IOException {
    return DiskSpace.of(folder).totalBytes();
  }

  @Override
  public String describe() {
    return folder.toString();
  }

  private static final class ChannelFile implements DiskFile {
    /// From so many bytes on, passing the page cache by pays.
    private static final long LEAST_DIRECT_BYTES = 256 << 10;

    private final FileChannel channel;
    private final CachedReads cached;
    private volatile @Nullable Optional<DirectWrites> direct; // of the writer; null until it is needed

    ChannelFile(FileChannel channel, CachedReads cached) {
      this.channel = channel;
      this.cached = cached;
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      return cached.read(into, atBytes);
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
    public void write(ByteBuffer[] from, long atBytes) throws IOException {
      channel.position(atBytes);
      for (int first = 0; first < from.length;) {
        channel.write(from, first, from.length - first);
        while (first < from.length && !from[first].hasRemaining()) {
          first++;
        }
      }
    }

    /// Pieces of blocks at both ends go through the page cache, so no block is ever written both ways at a time.
    @Override
    public void writeToBeSynced(ByteBuffer[] from, long atBytes) throws IOException {
      Gathered gathered = new Gathered(from);
      long firstBlock = alignDown(atBytes + DirectWrites.BLOCK_BYTES - 1);
      long blocksBytes = alignDown(atBytes + gathered.remainingBytes()) - firstBlock;
      Optional<DirectWrites> past = blocksBytes < LEAST_DIRECT_BYTES ? Optional.empty() : direct();
      if (past.isPresent()) {
        ByteBuffer front = ByteBuffer.allocate((int) (firstBlock - atBytes));
        gathered.takeInto(front);
        write(new ByteBuffer[]{front.flip()}, atBytes);
        past.get().write(gathered, firstBlock, blocksBytes);
        write(from, firstBlock + blocksBytes);
      } else {
        write(from, atBytes);
      }
    }

    private static long alignDown(long bytes) {
      return bytes & -DirectWrites.BLOCK_BYTES;
    }

    private Optional<DirectWrites> direct() {
      Optional<DirectWrites> opened = direct;
      if (opened == null) {
        // by its descriptor, since a file may have another name than it was opened with
        opened = cached.descriptorPath().flatMap(DirectWrites::open);
        direct = opened;
      }
      return opened;
    }

    @Override
    public void force() throws IOException {
      channel.force(false);
    }

    @Override
    public long sizeBytes() throws IOException {
      return channel.size();
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      channel.truncate(sizeBytes);
    }

    @Override
    public void close() throws IOException {
      Optional<DirectWrites> opened = direct;
      if (opened != null && opened.isPresent()) {
        opened.get().close();
      }
      cached.close();
      channel.close();
    }
  }
}

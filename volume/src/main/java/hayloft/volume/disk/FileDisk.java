package hayloft.volume.disk;

import hayloft.common.directory.DiskSpace;
import hayloft.common.directory.DurableFile;
import hayloft.common.directory.NamedFault;
import hayloft.common.directory.OwnerOnly;
import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.log.EventLog;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A folder of the real file system. Thread-safe.
///
/// **Mapped files.** Their space is taken when they are mapped, so that a store never lacks any. Btrfs and bcachefs
/// copy on write: there each store after a writeback takes space again, and ends in a SIGBUS if a quota or the disk is
/// used up. On those a mapping is private: what is stored is this process's memory until [#force] writes it.
public final class FileDisk implements Disk {

  private static final EventLog LOG = EventLog.of(FileDisk.class);

  private static final int FORCED_AT_ONCE_BYTES = 64 << 20;

  private final Path folder;
  private final boolean privateMaps;

  /// @throws IOException if the folder cannot be created
  public FileDisk(Path folder) throws IOException {
    this.folder = OwnerOnly.directories(folder);
    this.privateMaps = SystemCalls.copiesOnWrite(folder);
  }

  /// @param privateMaps whether stores into mapped files stay in memory until they are forced, whatever the file system
  /// @throws IOException if the folder cannot be created
  public FileDisk(Path folder, boolean privateMaps) throws IOException {
    this.folder = OwnerOnly.directories(folder);
    this.privateMaps = privateMaps;
  }

  @Override
  public DiskFile open(String name) throws IOException {
    Path path = path(name);
    FileChannel channel = openOrCreate(path);
    CachedReads reads = CachedReads.NONE;
    try {
      reads = CachedReads.open(path);
      reads.requireFree(path);
      return new ChannelFile(path, channel, reads);
    } catch (IOException | RuntimeException | Error e) {
      reads.close();
      channel.close();
      throw e;
    }
  }

  private Path path(String name) {
    assert !name.isEmpty() && name.indexOf('/') < 0 : "a file of another folder: " + name;
    return folder.resolve(name);
  }

  /// @throws NoSpaceException if there is no room for a new file
  /// @throws TooFewDescriptorsException if there is no descriptor for it
  private static FileChannel openOrCreate(Path path) throws IOException {
    try {
      return channel(path);
    } catch (IOException refused) {
      if (!SystemCalls.areKnown()) {
        throw refused;
      }
      try {
        SystemCalls.close(SystemCalls.open(path, SystemCalls.O_RDWR | SystemCalls.O_CREAT)); // tells why
      } catch (NoSpaceException | TooFewDescriptorsException why) {
        why.addSuppressed(refused);
        throw why;
      } catch (IOException again) {
        refused.addSuppressed(again);
        throw refused;
      }
      return channel(path); // what was missing is there by now
    }
  }

  private static FileChannel channel(Path path) throws IOException {
    return OwnerOnly.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  }

  @Override
  public boolean exists(String name) throws IOException {
    return isThere(path(name));
  }

  /// An error is not an absence, as [Files#exists] would have it.
  static boolean isThere(Path path) throws IOException {
    try {
      Files.readAttributes(path, BasicFileAttributes.class);
      return true;
    } catch (NoSuchFileException e) {
      return false;
    }
  }

  @Override
  public List<String> list() throws IOException {
    return namesIn(folder);
  }

  static List<String> namesIn(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (UncheckedIOException e) {
      throw new IOException(folder + " cannot be listed: " + e.getMessage(), e);
    }
  }

  @Override
  public void rename(String from, String to) throws IOException {
    Files.move(path(from), path(to), StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
  }

  @Override
  public void delete(String name) throws IOException {
    Files.deleteIfExists(path(name));
  }

  @Override
  public void sync() throws IOException {
    DurableFile.syncDirectory(folder);
  }

  @Override
  public MemorySegment map(String name, long sizeBytes, Arena arena) throws IOException {
    try (FileChannel channel = openOrCreate(path(name))) {
      if (channel.size() > sizeBytes) {
        channel.truncate(sizeBytes);
      }
      FileSpace.take(path(name), sizeBytes);
      MemorySegment segment = channel.map(
          privateMaps ? FileChannel.MapMode.PRIVATE : FileChannel.MapMode.READ_WRITE, 0, sizeBytes, arena);
      assert segment.byteSize() == sizeBytes && channel.size() == sizeBytes // a store behind the end ends the process
          : name + " has " + channel.size() + " bytes, mapped as " + segment.byteSize() + ", wanted " + sizeBytes;
      MemoryAdvice.random(segment);
      return segment;
    } catch (IOException e) {
      throw NamedFault.of(path(name), e);
    }
  }

  @Override
  public void force(String name, MemorySegment mapped) throws IOException {
    if (privateMaps) {
      write(name, mapped);
      return;
    }
    try {
      mapped.force();
    } catch (UncheckedIOException e) {
      throw NamedFault.of(path(name), Objects.requireNonNull(e.getCause()));
    }
  }

  private void write(String name, MemorySegment mapped) throws IOException {
    try (DiskFile file = open(name)) {
      for (long at = 0; at < mapped.byteSize(); at += FORCED_AT_ONCE_BYTES) {
        long bytes = Math.min(FORCED_AT_ONCE_BYTES, mapped.byteSize() - at);
        file.write(new ByteBuffer[]{mapped.asSlice(at, bytes).asByteBuffer()}, at);
      }
      file.force();
    }
  }

  @Override
  public Object fileSystem() throws IOException {
    return fileSystemOf(folder);
  }

  /// By number of the device (stat(2)): a FileStore has to be found among the mount points, which a chroot may not
  /// have.
  static Object fileSystemOf(Path folder) throws IOException {
    try {
      return Files.getAttribute(folder, "unix:dev");
    } catch (UnsupportedOperationException e) {
      return Files.getFileStore(folder);
    }
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
    /// So much may be written and not on its way to the disk: more than is appended between two checkpoints. Without it
    /// the sync at the end of a copy of gigabytes takes as long as the disk needs for them, and who stops the server
    /// waits for it.
    private static final long MOST_LAG_BYTES = 128L << 20;

    private final Path opened;
    private FileChannel channel;
    private CachedReads cached;
    private RepeatedWrites again; // of the writer
    private boolean unsynced; // of the writer: something was written or cut since the last sync that went well
    private boolean strayed; // the name was found to be another file's, which is told once
    private @Nullable Parked parked; // null while it is open
    private long lag; // of the writer: bytes written behind each other that nothing has sent to the disk yet
    private volatile @Nullable Optional<DirectWrites> direct; // of the writer; null until it is needed
    private final OneAtATime writer = new OneAtATime(); // for assertions

    /// Where the file is found again, and by what it is known.
    private record Parked(Path path, FileIdentity identity) {}

    /// @param opened under this name; it may get another
    ChannelFile(Path opened, FileChannel channel, CachedReads cached) {
      this.opened = opened;
      this.channel = channel;
      this.cached = cached;
      this.again = new RepeatedWrites(cached.descriptorPath(), this::present);
    }

    /// Under the name that it has by now, as far as that can be found out; for faults.
    private Path present() {
      try {
        Optional<Path> own = cached.descriptorPath();
        return own.isPresent() ? Files.readSymbolicLink(own.get()) : opened;
      } catch (IOException | UnsupportedOperationException _) {
        return opened;
      }
    }

    private IOException named(IOException fault) {
      return NamedFault.of(present(), fault);
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      return cached.read(into, atBytes);
    }

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      try {
        return ReadOnlyFile.fill(channel, into, atBytes);
      } catch (IOException e) {
        throw named(e);
      }
    }

    @Override
    public void write(ByteBuffer[] from, long atBytes) throws IOException {
      assert writer.begins();
      try {
        writeThroughCache(from, atBytes);
      } catch (IOException e) {
        throw named(e);
      } finally {
        assert writer.ends();
      }
    }

    private void writeThroughCache(ByteBuffer[] from, long atBytes) throws IOException {
      assert atBytes >= 0 : "written at " + atBytes;
      long bytes = 0;
      for (ByteBuffer buffer : from) {
        bytes += buffer.remaining();
      }
      unsynced = true;
      channel.position(atBytes);
      for (int first = firstWithBytes(from, 0); first < from.length; first = firstWithBytes(from, first)) {
        try {
          channel.write(from, first, from.length - first);
        } catch (IOException e) {
          long at = channel.position();
          channel.position(at + again.write(from[first], at, e));
        }
      }
      assert channel.position() == atBytes + bytes
          : bytes + " bytes written at " + atBytes + ", and the file is at " + channel.position();
      lag += bytes;
      if (lag >= MOST_LAG_BYTES) {
        cached.beginWriteback(Math.max(0, atBytes + bytes - lag), lag);
        lag = 0;
      }
    }

    private static int firstWithBytes(ByteBuffer[] buffers, int from) {
      int first = from;
      while (first < buffers.length && !buffers[first].hasRemaining()) {
        first++;
      }
      return first;
    }

    /// Pieces of blocks at both ends go through the page cache, so no block is ever written both ways at a time.
    @Override
    public void writeToBeSynced(ByteBuffer[] from, long atBytes) throws IOException {
      assert writer.begins();
      try {
        writeBlocksPastCache(from, atBytes);
      } catch (IOException e) {
        throw named(e);
      } finally {
        assert writer.ends();
      }
    }

    private void writeBlocksPastCache(ByteBuffer[] from, long atBytes) throws IOException {
      Gathered gathered = new Gathered(from);
      long firstBlock = alignDown(atBytes + DirectWrites.BLOCK_BYTES - 1);
      long blocksBytes = alignDown(atBytes + gathered.remainingBytes()) - firstBlock;
      Optional<DirectWrites> past = blocksBytes < LEAST_DIRECT_BYTES ? Optional.empty() : direct();
      if (past.isPresent()) {
        ByteBuffer front = ByteBuffer.allocate((int) (firstBlock - atBytes));
        gathered.takeInto(front);
        writeThroughCache(new ByteBuffer[]{front.flip()}, atBytes);
        past.get().write(gathered, firstBlock, blocksBytes, again);
        writeThroughCache(from, firstBlock + blocksBytes);
      } else {
        writeThroughCache(from, atBytes);
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
      lag = 0;
      try {
        channel.force(false);
      } catch (IOException e) {
        throw named(e);
      }
      unsynced = false;
    }

    @Override
    public boolean isSynced() {
      return !unsynced;
    }

    @Override
    public boolean isAt(String name) throws IOException {
      Optional<Path> own = cached.descriptorPath();
      return own.isEmpty() || !SystemCalls.areKnown() || !isThere(own.get())
          || FileIdentity.of(own.get()).isAt(opened.resolveSibling(name));
    }

    @Override
    public boolean park(String name) throws IOException {
      Optional<Path> own = cached.descriptorPath();
      if (own.isEmpty() || !SystemCalls.areKnown() || !isThere(own.get())) {
        return false; // no Linux, or no /proc
      }
      Path path = opened.resolveSibling(name);
      FileIdentity identity = FileIdentity.of(own.get());
      if (!identity.isAt(path)) {
        if (!strayed) {
          LOG.warning("file.strayed").with("file", path).with("action", "stays-open")
              .with("reason", "somebody moved, deleted or replaced it under the running process;"
                  + " closed, it might be gone")
              .say();
        }
        strayed = true;
        return false;
      }
      parked = new Parked(path, identity);
      try {
        closeDescriptors();
      } catch (IOException e) { // they are closed all the same
        LOG.debug("file.parkedWithFault").with("file", path).say(e);
      }
      return true;
    }

    /// The one descriptor is opened by name, and the other by the first: so both are of one file, which is looked at by
    /// its descriptor.
    @Override
    public void unpark() throws IOException {
      Parked was = parked;
      if (was == null) {
        throw new IllegalStateException("a file that is open is opened");
      }
      was.identity.requireThere(was.path);
      CachedReads reads = CachedReads.of(SystemCalls.open(was.path, SystemCalls.O_RDONLY));
      try {
        Path own = reads.descriptorPath().orElseThrow();
        reads.requireFree(was.path);
        was.identity.require(was.path, own);
        channel = openedAgain(was.path, own);
      } catch (Throwable e) {
        reads.close();
        throw e;
      }
      cached = reads;
      again = new RepeatedWrites(reads.descriptorPath(), this::present);
      parked = null;
    }

    @Override
    public long sizeBytes() throws IOException {
      try {
        return channel.size();
      } catch (IOException e) {
        throw named(e);
      }
    }

    private static FileChannel openedAgain(Path path, Path descriptor) throws IOException {
      try {
        return openOrCreate(descriptor);
      } catch (TooFewDescriptorsException e) {
        throw new TooFewDescriptorsException(path + " cannot be opened again: " + e.getMessage(), e);
      } catch (IOException e) {
        throw new IOException(path + " cannot be opened again: " + e.getMessage(), e);
      }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      assert writer.begins();
      try {
        unsynced = true;
        channel.truncate(sizeBytes);
        assert channel.size() <= sizeBytes : "cut at " + sizeBytes + ", and the file has " + channel.size() + " bytes";
      } catch (IOException e) {
        throw named(e);
      } finally {
        assert writer.ends();
      }
    }

    @Override
    public void close() throws IOException {
      parked = null;
      closeDescriptors();
    }

    /// May be called twice: the second time nothing is closed, above all no descriptor that is another file's by now.
    private void closeDescriptors() throws IOException {
      Optional<DirectWrites> opened = direct;
      CachedReads reads = cached;
      direct = null;
      cached = CachedReads.NONE;
      try (Closeable _ = channel::close; Closeable _ = again::close; Closeable _ = reads::close) {
        if (opened != null && opened.isPresent()) {
          opened.get().close();
        }
      }
    }
  }
}

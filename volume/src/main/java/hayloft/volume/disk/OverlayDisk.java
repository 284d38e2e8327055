package hayloft.volume.disk;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;

/// A folder of volumes that can be opened like any other and stays as it is: volume files are read where they lie,
/// small files are copied to a scratch folder first, and whatever is written goes there. Thread-safe.
///
/// Of a volume file only what a start does can be done, in memory: its superblock is made again, torn writes become
/// voids, its torn tail is cut, and one that is deleted or put aside is not shown any more.
public final class OverlayDisk implements Disk {
  private static final String DATA = ".dat";
  /// Volume files lie in such files too.
  private static final String PACK = "pack-";
  /// Caches that are mapped: they are made again.
  private static final String MAP = ".map";

  private final ReadOnlyDisk below;
  private final FileDisk scratch;
  /// Volume files below that are not shown any more.
  private final Set<String> hidden = ConcurrentHashMap.newKeySet();

  /// Copies the small files.
  ///
  /// @param folder that is looked at
  /// @param scratch an empty folder; the caller deletes it in the end
  public OverlayDisk(Path folder, Path scratch) throws IOException {
    this.below = new ReadOnlyDisk(folder);
    this.scratch = new FileDisk(scratch);
    for (String name : below.list()) {
      if (Files.isRegularFile(folder.resolve(name)) && !isVolumeFile(name) && !name.contains(MAP)
          && !name.endsWith(".compact")) {
        Files.copy(folder.resolve(name), scratch.resolve(name));
      }
    }
  }

  private static boolean isVolumeFile(String name) {
    return name.endsWith(DATA) || name.startsWith(PACK) && name.indexOf('.') < 0;
  }

  private boolean isBelow(String name) throws IOException {
    return isVolumeFile(name) && !hidden.contains(name) && below.exists(name);
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return isBelow(name) ? new PatchedFile(below.open(name)) : scratch.open(name);
  }

  @Override
  public boolean exists(String name) throws IOException {
    return isBelow(name) || scratch.exists(name);
  }

  @Override
  public List<String> list() throws IOException {
    TreeSet<String> names = new TreeSet<>(scratch.list());
    below.list().stream().filter(name -> isVolumeFile(name) && !hidden.contains(name)).forEach(names::add);
    return List.copyOf(names);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    if (isBelow(to) || isBelow(from) && isVolumeFile(to)) {
      throw new IOException(describe() + "/" + to + " stays as it is: the folder is only looked at");
    }
    if (isBelow(from)) {
      hidden.add(from);
    } else {
      scratch.rename(from, to);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    if (isVolumeFile(name)) {
      hidden.add(name);
    }
    scratch.delete(name);
  }

  @Override
  public void sync() {
    // the scratch folder survives no crash and need not
  }

  @Override
  public MemorySegment map(String name, long sizeBytes, Arena arena) throws IOException {
    return scratch.map(name, sizeBytes, arena);
  }

  @Override
  public void force(String name, MemorySegment mapped) {
    // as above
  }

  @Override
  public Object fileSystem() throws IOException {
    return scratch.fileSystem();
  }

  @Override
  public long usableBytes() throws IOException {
    return scratch.usableBytes();
  }

  @Override
  public long totalBytes() throws IOException {
    return scratch.totalBytes();
  }

  @Override
  public String describe() {
    return below.describe();
  }

  /// A volume file of which a few small pieces and whose length may differ from what lies below.
  private static final class PatchedFile implements DiskFile {
    private static final int MOST_PATCH_BYTES = 512;
    private static final int MOST_PATCHES = 10_000;

    private final DiskFile file;
    private final ConcurrentSkipListMap<Long, byte[]> patches = new ConcurrentSkipListMap<>();
    private volatile long endBytes;

    PatchedFile(DiskFile file) throws IOException {
      this.file = file;
      this.endBytes = file.sizeBytes();
    }

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      int start = into.position();
      int limit = into.limit();
      into.limit((int) Math.min(limit, start + Math.max(0, endBytes - atBytes)));
      int count;
      try {
        count = file.read(into, atBytes);
      } finally {
        into.limit(limit);
      }
      patches.subMap(atBytes - MOST_PATCH_BYTES, atBytes + count).forEach((patchAt, patch) -> {
        int from = (int) Math.max(0, atBytes - patchAt);
        int to = (int) Math.min(patch.length, atBytes + count - patchAt);
        if (from < to) {
          into.put(start + (int) (patchAt + from - atBytes), patch, from, to - from);
        }
      });
      return count;
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      return false;
    }

    @Override
    public void write(ByteBuffer[] from, long atBytes) throws IOException {
      int bytes = Arrays.stream(from).mapToInt(ByteBuffer::remaining).sum();
      if (bytes > MOST_PATCH_BYTES || atBytes + bytes > endBytes || patches.size() >= MOST_PATCHES) {
        throw new IOException("a volume that is only looked at takes no needles");
      }
      ByteBuffer joined = ByteBuffer.allocate(bytes);
      for (ByteBuffer piece : from) {
        joined.put(piece);
      }
      assert !joined.hasRemaining() : joined.remaining() + " bytes are missing";
      patches.put(atBytes, joined.array());
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
      return file.park(name);
    }

    @Override
    public void unpark() throws IOException {
      file.unpark();
    }

    @Override
    public long sizeBytes() {
      return endBytes;
    }

    @Override
    public void truncate(long sizeBytes) {
      endBytes = Math.min(endBytes, sizeBytes);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}

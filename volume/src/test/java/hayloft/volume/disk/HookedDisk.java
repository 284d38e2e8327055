package hayloft.volume.disk;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A disk that asks a test before each call: it may wait, or throw what the disk is to fail with. Thread-safe.
public final class HookedDisk implements Disk {

  /// What a disk is asked for.
  public enum Call {
    OPEN,
    RENAME,
    DELETE,
    SYNC,
    MAP,
    FORCE_MAPPED,
    USABLE_BYTES,
    READ,
    WRITE,
    FORCE,
    TRUNCATE,
    PARK,
    UNPARK,
    CLOSE
  }

  /// The test's part.
  @FunctionalInterface
  public interface Hook {
    Hook NONE = (call, name) -> {};

    /// @param name of the file, as it was opened; empty if the call is about none
    void before(Call call, String name) throws IOException;
  }

  private final Disk disk;
  private final Set<HookedFile> open = ConcurrentHashMap.newKeySet();
  private volatile Hook hook = Hook.NONE;

  public HookedDisk(Disk disk) {
    this.disk = disk;
  }

  public void hook(Hook next) {
    hook = next;
  }

  /// Names of the files that are open, as they were opened.
  public List<String> openFiles() {
    return open.stream().map(file -> file.name).sorted().toList();
  }

  @Override
  public DiskFile open(String name) throws IOException {
    hook.before(Call.OPEN, name);
    HookedFile file = new HookedFile(disk.open(name), name);
    open.add(file);
    return file;
  }

  @Override
  public boolean exists(String name) throws IOException {
    return disk.exists(name);
  }

  @Override
  public List<String> list() throws IOException {
    return disk.list();
  }

  @Override
  public void rename(String from, String to) throws IOException {
    hook.before(Call.RENAME, from);
    disk.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    hook.before(Call.DELETE, name);
    disk.delete(name);
  }

  @Override
  public void sync() throws IOException {
    hook.before(Call.SYNC, "");
    disk.sync();
  }

  @Override
  public MemorySegment map(String name, long sizeBytes, java.lang.foreign.Arena arena) throws IOException {
    hook.before(Call.MAP, name);
    return disk.map(name, sizeBytes, arena);
  }

  @Override
  public void force(String name, MemorySegment mapped) throws IOException {
    hook.before(Call.FORCE_MAPPED, name);
    disk.force(name, mapped);
  }

  @Override
  public Object fileSystem() throws IOException {
    return disk.fileSystem();
  }

  @Override
  public long usableBytes() throws IOException {
    hook.before(Call.USABLE_BYTES, "");
    return disk.usableBytes();
  }

  @Override
  public long totalBytes() throws IOException {
    return disk.totalBytes();
  }

  @Override
  public String describe() {
    return disk.describe();
  }

  private final class HookedFile implements DiskFile {
    private final DiskFile file;
    private final String name;

    HookedFile(DiskFile file, String name) {
      this.file = file;
      this.name = name;
    }

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      hook.before(Call.READ, name);
      return file.read(into, atBytes);
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      return file.readCached(into, atBytes);
    }

    @Override
    public void write(ByteBuffer[] from, long atBytes) throws IOException {
      hook.before(Call.WRITE, name);
      file.write(from, atBytes);
    }

    @Override
    public void force() throws IOException {
      hook.before(Call.FORCE, name);
      file.force();
    }

    @Override
    public boolean isSynced() {
      return file.isSynced();
    }

    @Override
    public boolean park(String parkedName) throws IOException {
      hook.before(Call.PARK, parkedName);
      boolean parked = file.park(parkedName);
      if (parked) {
        open.remove(this);
      }
      return parked;
    }

    @Override
    public void unpark() throws IOException {
      hook.before(Call.UNPARK, name);
      file.unpark();
      open.add(this);
    }

    @Override
    public long sizeBytes() throws IOException {
      return file.sizeBytes();
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      hook.before(Call.TRUNCATE, name);
      file.truncate(sizeBytes);
    }

    @Override
    public void close() throws IOException {
      hook.before(Call.CLOSE, name);
      open.remove(this);
      file.close();
    }
  }
}

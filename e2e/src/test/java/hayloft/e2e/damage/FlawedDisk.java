package hayloft.e2e.damage;

import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.FileDisk;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A folder on a disk with sectors that cannot be read. A flaw belongs to the file, whatever it is called by then,
/// and is gone once it was written over, as disks do it. Who writes a part of such a sector fails: the rest of it has
/// to be read first. Thread-safe.
final class FlawedDisk implements Disk {

  /// @param toBytes exclusive
  record Flaw(long fromBytes, long toBytes) {
    boolean overlaps(long from, long to) {
      return from < toBytes && fromBytes < to;
    }

    /// A file that ended within a sector may have grown since.
    boolean isInSectorsOf(long from, long to) {
      return overlaps(from / SECTOR_BYTES * SECTOR_BYTES, (to + SECTOR_BYTES - 1) / SECTOR_BYTES * SECTOR_BYTES);
    }
  }

  private static final int SECTOR_BYTES = 512;

  private final FileDisk disk;
  private final Map<String, List<Flaw>> flaws = new ConcurrentHashMap<>();
  private final Set<DiskFile> open = ConcurrentHashMap.newKeySet();

  FlawedDisk(Path folder) throws IOException {
    disk = new FileDisk(folder);
  }

  void add(String name, Flaw flaw) {
    flawsOf(name).add(flaw);
  }

  private List<Flaw> flawsOf(String name) {
    return flaws.computeIfAbsent(name, _ -> new CopyOnWriteArrayList<>());
  }

  /// What cannot be read by now, by the names that the files have.
  Map<String, Flaw> flaws() {
    Map<String, Flaw> present = new HashMap<>();
    flaws.forEach((name, all) -> all.forEach(flaw -> present.put(name, flaw)));
    return present;
  }

  /// Closes what a start that was refused has left open: its process would end now.
  void abandon() throws IOException {
    for (DiskFile file : List.copyOf(open)) {
      file.close();
    }
  }

  @Override
  public DiskFile open(String name) throws IOException {
    return new FlawedFile(disk.open(name), flawsOf(name));
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
    disk.rename(from, to);
    List<Flaw> moved = flaws.remove(from);
    flaws.remove(to);
    if (moved != null) {
      flaws.put(to, moved);
    }
  }

  @Override
  public void delete(String name) throws IOException {
    disk.delete(name);
    flaws.remove(name);
  }

  @Override
  public void sync() throws IOException {
    disk.sync();
  }

  @Override
  public MemorySegment map(String name, long sizeBytes, Arena arena) throws IOException {
    return disk.map(name, sizeBytes, arena);
  }

  @Override
  public void force(String name, MemorySegment mapped) throws IOException {
    disk.force(name, mapped);
  }

  @Override
  public long usableBytes() throws IOException {
    return disk.usableBytes();
  }

  @Override
  public long totalBytes() throws IOException {
    return disk.totalBytes();
  }

  @Override
  public Object fileSystem() throws IOException {
    return disk.fileSystem();
  }

  @Override
  public String describe() {
    return disk.describe();
  }

  private final class FlawedFile implements DiskFile {
    private final DiskFile file;
    private final List<Flaw> flaws;

    FlawedFile(DiskFile file, List<Flaw> flaws) {
      this.file = file;
      this.flaws = flaws;
      open.add(this);
    }

    private boolean isFlawed(long from, long bytes) {
      return flaws.stream().anyMatch(flaw -> flaw.overlaps(from, from + bytes));
    }

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      if (isFlawed(atBytes, into.remaining())) {
        throw new IOException("Input/output error");
      }
      return file.read(into, atBytes);
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      return !isFlawed(atBytes, into.remaining()) && file.readCached(into, atBytes);
    }

    @Override
    public void write(ByteBuffer[] from, long atBytes) throws IOException {
      mend(from, atBytes);
      file.write(from, atBytes);
    }

    @Override
    public void writeToBeSynced(ByteBuffer[] from, long atBytes) throws IOException {
      mend(from, atBytes);
      file.writeToBeSynced(from, atBytes);
    }

    private void mend(ByteBuffer[] from, long atBytes) throws IOException {
      long bytes = 0;
      for (ByteBuffer piece : from) {
        bytes += piece.remaining();
      }
      long end = atBytes + bytes;
      flaws.removeIf(flaw -> flaw.fromBytes >= atBytes && flaw.toBytes <= end);
      if (flaws.stream().anyMatch(flaw -> flaw.isInSectorsOf(atBytes, end))) {
        throw new IOException("Input/output error");
      }
    }

    @Override
    public void force() throws IOException {
      file.force();
    }

    @Override
    public boolean isSynced() {
      return file.isSynced();
    }

    @Override
    public boolean park(String name) throws IOException {
      boolean parked = file.park(name);
      if (parked) {
        open.remove(this);
      }
      return parked;
    }

    @Override
    public void unpark() throws IOException {
      file.unpark();
      open.add(this);
    }

    @Override
    public long sizeBytes() throws IOException {
      return file.sizeBytes();
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      file.truncate(sizeBytes);
      flaws.removeIf(flaw -> flaw.fromBytes >= sizeBytes);
    }

    @Override
    public void close() throws IOException {
      if (open.remove(this)) {
        file.close();
      }
    }
  }

  /// Files that are open now.
  int openFiles() {
    return new ArrayList<>(open).size();
  }
}

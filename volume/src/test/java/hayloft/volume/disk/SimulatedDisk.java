package hayloft.volume.disk;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A folder in memory that fails as disks fail: on a power cut, of what was not forced each sector is kept or lost, and
/// of the names that were not synced a first part is kept; writes and syncs fail on demand; space and quotas end;
/// places cannot be read. Thread-safe.
///
/// After a power cut every call throws; [#afterPowerCut] is the disk as the next start finds it.
public final class SimulatedDisk implements Disk {
  private static final int SECTOR_BYTES = 512;

  /// One file's bytes, as a process sees them and as they would be after a power cut.
  private static final class Inode {
    private byte[] bytes = new byte[0];
    private byte[] durable = new byte[0];
    private final BitSet dirtySectors = new BitSet();
    private final List<Unreadable> unreadable = new ArrayList<>();
    private @Nullable MemorySegment mapped;

    void resize(long size) {
      bytes = Arrays.copyOf(bytes, Math.toIntExact(size));
    }

    /// How many bytes from an offset on can be read.
    long goodBytes(long atBytes, long count) {
      return unreadable.stream().filter(bad -> atBytes < bad.toBytes && bad.fromBytes < atBytes + count)
          .mapToLong(bad -> Math.max(0, bad.fromBytes - atBytes)).min().orElse(count);
    }

    void showMapped() {
      if (mapped != null) {
        bytes = mapped.toArray(ValueLayout.JAVA_BYTE);
      }
    }

    void takeMapped() {
      if (mapped != null) {
        showMapped();
        dirtySectors.set(0, (bytes.length + SECTOR_BYTES - 1) / SECTOR_BYTES);
      }
    }

    void persist() {
      takeMapped();
      durable = bytes.clone();
      dirtySectors.clear();
    }

    /// Of what is dirty, every sector is there or not.
    byte[] torn(Random random) {
      takeMapped();
      int size = bytes.length == durable.length || random.nextInt(3) == 0
          ? durable.length
          : random.nextInt(3) == 0
              ? Math.min(bytes.length, durable.length)
                  + random.nextInt(Math.abs(bytes.length - durable.length) + 1)
              : bytes.length;
      byte[] left = Arrays.copyOf(durable, size);
      int keepOneOf = 1 + random.nextInt(4);
      for (int sector = dirtySectors.nextSetBit(0); sector >= 0; sector = dirtySectors.nextSetBit(sector + 1)) {
        int from = sector * SECTOR_BYTES;
        int to = Math.min(Math.min(from + SECTOR_BYTES, bytes.length), size);
        if (from < to && (keepOneOf == 1 ? random.nextInt(10) > 0 : random.nextInt(keepOneOf) == 0)) {
          System.arraycopy(bytes, from, left, from, to - from);
        }
      }
      return left;
    }
  }

  private record Unreadable(long fromBytes, long toBytes) {}

  private sealed interface NameChange {
    record Link(String name, Inode inode) implements NameChange {}

    record Unlink(String name) implements NameChange {}

    record Rename(String from, String to) implements NameChange {}
  }

  private final Random random;
  private final Map<String, Inode> names = new TreeMap<>();
  private final Map<String, Inode> durableNames = new HashMap<>();
  private final List<NameChange> unsynced = new ArrayList<>();
  private long capacityBytes = Long.MAX_VALUE;
  private long stepsToPowerCut = Long.MAX_VALUE;
  private boolean off;
  private boolean writesFail;
  private boolean forcesFail;
  private boolean mapsFail;
  private String renameRefused = "";
  private boolean quotaUsedUp;
  private boolean cutsRefused;
  public SimulatedDisk(Random random) {
    this.random = random;
  }

  /// The power goes at the n-th change from now.
  public synchronized void cutPowerAfter(long steps) {
    stepsToPowerCut = steps;
  }

  public synchronized boolean isOff() {
    return off;
  }

  public synchronized void failWrites(boolean fail) {
    writesFail = fail;
  }

  public synchronized void failForces(boolean fail) {
    forcesFail = fail;
  }

  /// Renames to this name fail; to none if it is empty.
  public synchronized void refuseToRename(String to) {
    renameRefused = to;
  }

  public synchronized void refuseToMap(boolean refuse) {
    mapsFail = refuse;
  }

  /// Nothing can be written for lack of a quota, whatever space the disk says it has.
  public synchronized void useUpQuota(boolean usedUp) {
    quotaUsedUp = usedUp;
  }

  /// Files cannot be made shorter for lack of room, as Btrfs does it once a quota is used up.
  public synchronized void refuseToCut(boolean refuse) {
    cutsRefused = refuse;
  }

  /// Every read that touches these bytes of a file fails, under whatever name; what comes before them may be given or
  /// not.
  public synchronized void makeUnreadable(String name, long fromBytes, long toBytes) {
    inode(name).unreadable.add(new Unreadable(fromBytes, toBytes));
  }

  public synchronized void makeReadable(String name) {
    inode(name).unreadable.clear();
  }

  public synchronized void setCapacity(long bytes) {
    capacityBytes = bytes;
  }

  public synchronized long usedBytes() {
    return names.values().stream().mapToLong(inode -> inode.bytes.length).sum();
  }

  public synchronized void flipBit(String name, long atBytes, int bit) {
    Inode inode = inode(name);
    inode.takeMapped();
    inode.mapped = null;
    inode.bytes[(int) atBytes] ^= (byte) (1 << bit);
    inode.durable = inode.bytes.clone();
  }

  /// What the next start finds.
  public synchronized SimulatedDisk afterPowerCut() {
    off = true;
    SimulatedDisk next = new SimulatedDisk(random);
    Map<String, Inode> kept = new HashMap<>(durableNames);
    int keptChanges = unsynced.isEmpty() ? 0 : random.nextInt(unsynced.size() + 1);
    unsynced.subList(0, keptChanges).forEach(change -> apply(change, kept));
    kept.forEach((name, inode) -> {
      next.put(name, inode.torn(random));
      next.inode(name).unreadable.addAll(inode.unreadable);
    });
    return next;
  }

  /// A copy of what the next start would find if the process were killed now; this disk goes on.
  public synchronized SimulatedDisk afterKillOf() {
    SimulatedDisk copy = afterKill();
    off = false;
    return copy;
  }

  /// What the next start finds when only the process was killed.
  public synchronized SimulatedDisk afterKill() {
    off = true;
    SimulatedDisk next = new SimulatedDisk(random);
    names.forEach((name, inode) -> {
      inode.takeMapped();
      next.put(name, inode.bytes);
      next.inode(name).unreadable.addAll(inode.unreadable);
    });
    return next;
  }

  private void put(String name, byte[] bytes) {
    Inode inode = new Inode();
    inode.bytes = bytes.clone();
    inode.durable = bytes.clone();
    names.put(name, inode);
    durableNames.put(name, inode);
  }

  private static void apply(NameChange change, Map<String, Inode> to) {
    switch (change) {
      case NameChange.Link(var name, var inode) -> to.put(name, inode);
      case NameChange.Unlink(var name) -> to.remove(name);
      case NameChange.Rename(var from, var into) -> {
        Inode moved = to.remove(from);
        if (moved != null) {
          to.put(into, moved);
        }
      }
    }
  }

  private void change(NameChange change) {
    apply(change, names);
    unsynced.add(change);
  }

  private void step() throws IOException {
    requireOn();
    if (--stepsToPowerCut == 0) {
      off = true;
      throw new IOException("power cut");
    }
  }

  private void requireOn() throws IOException {
    if (off) {
      throw new IOException("the power is off");
    }
  }

  private Inode inode(String name) {
    Inode inode = names.get(name);
    if (inode == null) {
      throw new IllegalArgumentException("no file " + name);
    }
    return inode;
  }

  @Override
  public synchronized DiskFile open(String name) throws IOException {
    requireOn();
    if (!names.containsKey(name)) {
      step();
      change(new NameChange.Link(name, new Inode()));
    }
    return new SimulatedFile(inode(name));
  }

  @Override
  public synchronized boolean exists(String name) throws IOException {
    requireOn();
    return names.containsKey(name);
  }

  @Override
  public synchronized List<String> list() throws IOException {
    requireOn();
    return List.copyOf(names.keySet());
  }

  @Override
  public synchronized void rename(String from, String to) throws IOException {
    step();
    if (to.equals(renameRefused)) {
      throw new IOException("simulated EIO on a rename to " + to);
    }
    if (!names.containsKey(from)) {
      throw new FileNotFoundException(from);
    }
    change(new NameChange.Rename(from, to));
  }

  @Override
  public synchronized void delete(String name) throws IOException {
    requireOn();
    if (names.containsKey(name)) {
      step();
      change(new NameChange.Unlink(name));
    }
  }

  @Override
  public synchronized void sync() throws IOException {
    step();
    if (forcesFail) {
      throw new IOException("simulated EIO on a sync of the folder");
    }
    durableNames.clear();
    durableNames.putAll(names);
    unsynced.clear();
  }

  @Override
  public synchronized MemorySegment map(String name, long sizeBytes, Arena arena) throws IOException {
    if (mapsFail) {
      throw new NoSpaceException("simulated ENOSPC for a mapped file");
    }
    open(name).close();
    Inode inode = inode(name);
    if (inode.mapped != null && inode.mapped.byteSize() == sizeBytes) {
      return inode.mapped.reinterpret(arena, null);
    }
    inode.takeMapped();
    inode.resize(sizeBytes);
    MemorySegment segment = Arena.ofAuto().allocate(sizeBytes, Long.BYTES);
    MemorySegment.copy(inode.bytes, 0, segment, ValueLayout.JAVA_BYTE, 0, inode.bytes.length);
    inode.mapped = segment;
    return segment.reinterpret(arena, null); // what was written stays when the mapping goes
  }

  @Override
  public synchronized void force(String name, MemorySegment mapped) throws IOException {
    step();
    for (Inode inode : names.values()) {
      MemorySegment whole = inode.mapped;
      if (whole != null && whole.address() <= mapped.address()
          && mapped.address() < whole.address() + whole.byteSize()) {
        int from = (int) (mapped.address() - whole.address());
        inode.durable = Arrays.copyOf(inode.durable, (int) whole.byteSize());
        System.arraycopy(mapped.toArray(ValueLayout.JAVA_BYTE), 0, inode.durable, from, (int) mapped.byteSize());
      }
    }
  }

  @Override
  public Object fileSystem() {
    return this;
  }

  @Override
  public synchronized long usableBytes() {
    return Math.max(0, capacityBytes - usedBytes());
  }

  @Override
  public synchronized long totalBytes() {
    return capacityBytes;
  }

  @Override
  public String describe() {
    return "simulated";
  }

  private final class SimulatedFile implements DiskFile {
    private final Inode inode;
    private boolean unsynced;
    private String parkedAs = ""; // empty while it is open

    SimulatedFile(Inode inode) {
      this.inode = inode;
    }

    private void requireOpen() {
      if (!parkedAs.isEmpty()) {
        throw new IllegalStateException(parkedAs + " is used while it is parked");
      }
    }

    @Override
    public boolean isSynced() {
      synchronized (SimulatedDisk.this) {
        return !unsynced;
      }
    }

    @Override
    public boolean park(String name) throws IOException {
      synchronized (SimulatedDisk.this) {
        requireOn();
        requireOpen();
        if (names.get(name) != inode) {
          return false;
        }
        parkedAs = name;
        return true;
      }
    }

    @Override
    public void unpark() throws IOException {
      synchronized (SimulatedDisk.this) {
        requireOn();
        if (names.get(parkedAs) != inode) {
          throw new IOException(parkedAs + " is another file than the one that was open");
        }
        parkedAs = "";
      }
    }

    @Override
    public int read(ByteBuffer into, long atBytes) throws IOException {
      synchronized (SimulatedDisk.this) {
        requireOn();
        requireOpen();
        inode.showMapped();
        int count = (int) Math.clamp(inode.bytes.length - atBytes, 0, into.remaining());
        long good = inode.goodBytes(atBytes, count);
        if (good < count) {
          into.put(inode.bytes, (int) atBytes, random.nextBoolean() ? (int) good : 0);
          throw new IOException("simulated EIO on read");
        }
        into.put(inode.bytes, (int) Math.min(atBytes, inode.bytes.length), count);
        return count;
      }
    }

    @Override
    public boolean readCached(ByteBuffer into, long atBytes) {
      synchronized (SimulatedDisk.this) {
        requireOpen();
        return false;
      }
    }

    @Override
    public void write(ByteBuffer[] from, long atBytes) throws IOException {
      synchronized (SimulatedDisk.this) {
        requireOpen();
        requireOn();
        unsynced = true;
        boolean cut = false;
        try {
          step();
        } catch (IOException e) {
          cut = true;
        }
        long left = cut || writesFail
            ? random.nextInt(Arrays.stream(from).mapToInt(ByteBuffer::remaining).sum() + 1)
            : Long.MAX_VALUE;
        long at = atBytes;
        for (ByteBuffer buffer : from) {
          int wanted = buffer.remaining();
          long space = quotaUsedUp ? 0 : usableBytes();
          int room = (int) Math.min(wanted, space + Math.max(0, inode.bytes.length - at));
          int count = (int) Math.min(left, room);
          if (at + count > inode.bytes.length) {
            inode.resize(at + count);
          }
          buffer.get(inode.bytes, (int) at, count);
          if (count > 0) {
            inode.dirtySectors.set((int) (at / SECTOR_BYTES), (int) ((at + count - 1) / SECTOR_BYTES) + 1);
          }
          at += count;
          left -= count;
          if (cut) {
            if (left == 0) {
              throw new IOException("power cut");
            }
          } else if (count < wanted) {
            throw writesFail
                ? new IOException("simulated EIO on write")
                : new NoSpaceException("simulated " + (quotaUsedUp ? "EDQUOT" : "ENOSPC"));
          }
        }
        if (cut) {
          throw new IOException("power cut");
        }
        if (writesFail) {
          throw new IOException("simulated EIO on write");
        }
      }
    }

    @Override
    public void force() throws IOException {
      synchronized (SimulatedDisk.this) {
        requireOpen();
        step();
        if (forcesFail) {
          // As Linux does it: what could not be written is dropped, and the next sync knows nothing of it.
          inode.durable = inode.torn(random);
          inode.dirtySectors.clear();
          throw new IOException("simulated EIO on fdatasync");
        }
        inode.persist();
        unsynced = false;
      }
    }

    @Override
    public long sizeBytes() throws IOException {
      synchronized (SimulatedDisk.this) {
        requireOn();
        requireOpen();
        return inode.bytes.length;
      }
    }

    @Override
    public void truncate(long sizeBytes) throws IOException {
      synchronized (SimulatedDisk.this) {
        requireOpen();
        step();
        unsynced = true;
        if (sizeBytes < inode.bytes.length) {
          if (cutsRefused) {
            throw new NoSpaceException("simulated EDQUOT on ftruncate");
          }
          inode.resize(sizeBytes);
        }
      }
    }

    @Override
    public void close() {}
  }
}

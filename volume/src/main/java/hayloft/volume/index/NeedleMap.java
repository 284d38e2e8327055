package hayloft.volume.index;

import hayloft.volume.disk.Disk;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The mapped hash table of one volume generation, `7.map`: key to place, at most 24 bytes of page cache per needle and no
/// heap. One writer, lock-free readers.
///
/// **Growing.** At 7/8 full the writer begins a table with 5/4 of the capacity, so a table at rest is at least 7/10 full: 16
/// bytes a slot are 18.3 to 22.9 bytes a needle. Each later insert moves [#MOVED_PER_INSERT] slots over, so the writer never
/// stops for a whole copy; moving must end before the new table is 7/8 full, for which 5 per insert would do. Meanwhile readers
/// look into the new table, then the old, then (it may have been moved in between) the new again. What is changed while
/// moving is changed in the new table, which goes first; moving never replaces what is there.
///
/// **No space.** A table that cannot grow is filled further, to its last slot but one, and growing is tried again meanwhile.
/// [#makeRoomFor] tells the writer before it makes needles durable that would find no slot.
///
/// **Dead keys.** A removed needle's slot stays, with place 0, so that [#isMarked] knows the keys that must not be used again.
///
/// **File.** A page of header, then the slots; native byte order, since the file never leaves the machine. It is trusted only
/// if the header says that it was closed cleanly for just this volume, generation and length; otherwise it is made again.
///
///     0       4       8       12      16        24        32        40        48          56          64      68
///     +-------+-------+-------+-------+---------+---------+---------+---------+-----------+-----------+-------+
///     | magic |version|volume | gener.| covered |  taken  |  live   |  dead   | deadBytes |highestKey |  crc  |
///     +-------+-------+-------+-------+---------+---------+---------+---------+-----------+-----------+-------+
public final class NeedleMap {
  private static final int MAGIC = 0x4d59_4148; // "HAYM"
  private static final int VERSION = 1;
  private static final int HEADER_BYTES = 4096;
  private static final int CRC_AT = 64;
  private static final long FIRST_CAPACITY = 1024;
  /// The table that is being filled, until it replaces the old one.
  public static final String NEXT = ".next";
  static final int MOVED_PER_INSERT = 16;
  private static final long PUTS_BETWEEN_GROWTHS = 16;
  private static final System.Logger LOG = System.getLogger(NeedleMap.class.getName());

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Disk disk;
  private String fileName;
  private final Superblock superblock;

  private MemorySegment file;
  private volatile SlotTable table;
  private volatile @Nullable SlotTable previous;
  private long moved;
  /// Taken slots at which growing is tried again after it failed.
  private long nextGrowthAt;

  // Written by the writer only; statistics read them without a lock.
  private volatile long taken;
  private volatile long live;
  private volatile long dead;
  private volatile long deadBytes;
  private volatile long highestKey;

  private NeedleMap(Disk disk, String fileName, Superblock superblock, MemorySegment file) {
    this.disk = disk;
    this.fileName = fileName;
    this.superblock = superblock;
    this.file = file;
    this.table = tableOf(file);
  }

  /// An empty map in a new file; an older file of the name goes.
  ///
  /// @param expectedNeedles for so many it need not grow
  public static NeedleMap create(Disk disk, String fileName, Superblock superblock, long expectedNeedles)
      throws IOException {
    disk.delete(fileName);
    disk.delete(fileName + NEXT);
    long capacity = Math.max(FIRST_CAPACITY, expectedNeedles + expectedNeedles / 4);
    return new NeedleMap(disk, fileName, superblock,
        disk.map(fileName, HEADER_BYTES + capacity * SlotTable.SLOT_BYTES));
  }

  /// Opens what [#close] left, or null if there is nothing that can be trusted. The file is marked as in use again.
  ///
  /// @param coveredBytes length of the volume file that the map must cover exactly
  public static @Nullable NeedleMap openClean(Disk disk, String fileName, Superblock superblock, long coveredBytes)
      throws IOException {
    if (!disk.exists(fileName)) {
      return null;
    }
    long bytes;
    try (var file = disk.open(fileName)) {
      bytes = file.sizeBytes();
    }
    if (bytes < HEADER_BYTES + SlotTable.SLOT_BYTES || (bytes - HEADER_BYTES) % SlotTable.SLOT_BYTES != 0) {
      return null;
    }
    MemorySegment file = disk.map(fileName, bytes);
    boolean trusted = file.get(INT, 0) == MAGIC && file.get(INT, 4) == VERSION
        && file.get(INT, 8) == superblock.volume()
        && file.get(INT, 12) == superblock.generation() && file.get(LONG, 16) == coveredBytes
        && file.get(INT, CRC_AT) == headerCrc(file);
    if (!trusted) {
      return null;
    }
    NeedleMap map = new NeedleMap(disk, fileName, superblock, file);
    map.taken = file.get(LONG, 24);
    map.live = file.get(LONG, 32);
    map.dead = file.get(LONG, 40);
    map.deadBytes = file.get(LONG, 48);
    map.highestKey = file.get(LONG, 56);
    file.set(INT, 0, 0);
    disk.force(file.asSlice(0, HEADER_BYTES));
    return map;
  }

  /// Whether [#openClean] would trust the file: the volume was closed cleanly and is as it was then. Changes nothing.
  public static boolean isClean(Disk disk, String fileName, Superblock superblock, long coveredBytes)
      throws IOException {
    if (!disk.exists(fileName)) {
      return false;
    }
    ByteBuffer header = ByteBuffer.allocate(CRC_AT + Integer.BYTES).order(ByteOrder.nativeOrder());
    try (var file = disk.open(fileName)) {
      if (file.read(header, 0) < header.capacity()) {
        return false;
      }
    }
    CRC32C crc = new CRC32C();
    crc.update(header.flip().slice(0, CRC_AT));
    return header.getInt(0) == MAGIC && header.getInt(4) == VERSION && header.getInt(8) == superblock.volume()
        && header.getInt(12) == superblock.generation() && header.getLong(16) == coveredBytes
        && header.getInt(CRC_AT) == (int) crc.getValue();
  }

  /// The place of a live needle. Any thread.
  public OptionalLong find(long key) {
    long place;
    SlotTable current;
    do {
      current = table;
      place = current.find(key);
      if (place == SlotTable.ABSENT) {
        SlotTable old = previous;
        if (old != null) {
          place = old.find(key);
        }
        if (place == SlotTable.ABSENT) {
          place = current.find(key);
        }
      }
    } while (place == SlotTable.ABSENT && table != current); // grown meanwhile: the slot may be in either
    return place > 0 || place < SlotTable.ABSENT ? OptionalLong.of(place) : OptionalLong.empty();
  }

  /// Whether so many more needles have slots, even if the table cannot grow. Writer only.
  public boolean hasRoomFor(long needles) {
    SlotTable old = previous;
    long toBeMoved = old == null ? 0 : old.capacity() - moved;
    return taken + toBeMoved + needles < table.capacity();
  }

  /// Sees to it that so many more needles have slots. Writer only.
  ///
  /// @throws IOException if there is no space for a table that is large enough
  public void makeRoomFor(long needles) throws IOException {
    while (!hasRoomFor(needles)) {
      if (previous == null) {
        grow();
      }
      while (previous != null) {
        moveSome();
      }
    }
  }

  /// Whether the key was removed in this generation, as far as is known: its dead mark may still be in the dead log.
  public boolean isMarked(long key) {
    long place = table.find(key);
    SlotTable old = previous;
    if (place == SlotTable.ABSENT && old != null) {
      place = old.find(key);
    }
    return place == 0;
  }

  /// Adds a needle; one of the same key that lies there already counts as dead from now on. Writer only.
  ///
  /// @throws IOException if the table is full and there is no space for a larger one
  public void put(long key, long place) throws IOException {
    moveSomeIfPossible();
    makeRoomFor(1);
    OptionalLong replaced = find(key);
    if (table.put(key, place)) {
      taken = taken + 1;
    }
    if (replaced.isPresent()) {
      dead = dead + 1;
      deadBytes = deadBytes + NeedlePlace.recordBytes(replaced.getAsLong());
    } else {
      live = live + 1;
    }
    highestKey = Math.max(highestKey, key);
    if (previous == null && taken * 8 >= table.capacity() * 7 && taken >= nextGrowthAt) {
      growIfPossible();
    }
  }

  private void growIfPossible() {
    try {
      grow();
    } catch (IOException e) {
      nextGrowthAt = taken + PUTS_BETWEEN_GROWTHS;
      LOG.log(System.Logger.Level.WARNING, "needle-map-not-grown volume=" + superblock.volume() + " slotsLeft="
          + (table.capacity() - taken) + " reason=" + e.getMessage());
    }
  }

  private void moveSomeIfPossible() {
    try {
      moveSome();
    } catch (IOException e) {
      // Both tables stay in use; the next put tries to give the new one its name again.
      LOG.log(System.Logger.Level.WARNING, "needle-map-not-renamed volume=" + superblock.volume(), e);
    }
  }

  /// Forgets a needle that was marked dead and counts its bytes; false if it is not there. Writer only.
  public boolean remove(long key) throws IOException {
    OptionalLong place = find(key);
    if (place.isEmpty()) {
      if (hasRoomFor(2) && table.put(key, 0)) { // known as marked from now on; the last slots are for needles
        taken = taken + 1;
      }
      return false;
    }
    if (table.put(key, 0)) {
      taken = taken + 1;
    }
    live = live - 1;
    dead = dead + 1;
    deadBytes = deadBytes + NeedlePlace.recordBytes(place.getAsLong());
    moveSomeIfPossible();
    return true;
  }

  private void grow() throws IOException {
    long capacity = table.capacity() + table.capacity() / 4;
    disk.delete(fileName + NEXT);
    MemorySegment next;
    try {
      next = disk.map(fileName + NEXT, HEADER_BYTES + capacity * SlotTable.SLOT_BYTES);
    } catch (IOException e) {
      disk.delete(fileName + NEXT);
      throw e;
    }
    nextGrowthAt = 0;
    moved = 0;
    taken = 0;
    previous = table;
    file = next;
    table = tableOf(next);
  }

  private void moveSome() throws IOException {
    SlotTable old = previous;
    if (old == null) {
      return;
    }
    long end = Math.min(old.capacity(), moved + MOVED_PER_INSERT);
    for (; moved < end; moved++) {
      long key = old.keyAt(moved);
      long place = old.placeAt(moved);
      if (key != 0 && table.find(key) == SlotTable.ABSENT) {
        table.put(key, place);
        taken = taken + 1;
      }
    }
    if (moved == old.capacity()) {
      disk.rename(fileName + NEXT, fileName);
      previous = null;
    }
  }

  /// Takes another file name, replacing what had it. Writer only.
  public void moveTo(String name) throws IOException {
    disk.delete(name + NEXT);
    if (previous != null) {
      disk.rename(fileName + NEXT, name + NEXT);
    }
    disk.rename(fileName, name);
    fileName = name;
  }

  /// A live needle and where it lies, as [NeedlePlace] packs it.
  public record Placed(long key, long place) {}

  /// The live needles that begin within a stretch of the file, in its order. Looks at every slot: for damage, which is rare.
  public List<Placed> within(long fromBytes, long toBytes) {
    List<Placed> found = new ArrayList<>();
    Set<Long> seen = new HashSet<>();
    SlotTable present = table;
    SlotTable old = previous;
    for (SlotTable slots : old == null ? List.of(present) : List.of(present, old)) {
      for (long slot = 0; slot < slots.capacity(); slot++) {
        long key = slots.keyAt(slot);
        long place = key == 0 ? 0 : find(key).orElse(0);
        if (place != 0 && place == slots.placeAt(slot) && NeedlePlace.offsetBytes(place) >= fromBytes
            && NeedlePlace.offsetBytes(place) < toBytes && seen.add(key)) {
          found.add(new Placed(key, place));
        }
      }
    }
    found.sort(Comparator.comparingLong(one -> NeedlePlace.offsetBytes(one.place())));
    return found;
  }

  public long liveNeedles() {
    return live;
  }

  public long deadNeedles() {
    return dead;
  }

  public long deadBytes() {
    return deadBytes;
  }

  public long highestKey() {
    return highestKey;
  }

  /// Whether slots are being moved to a larger table.
  public boolean isGrowing() {
    return previous != null;
  }

  /// Bytes of the table or tables as mapped now.
  public long mappedBytes() {
    SlotTable old = previous;
    return (table.capacity() + (old == null ? 0 : old.capacity())) * SlotTable.SLOT_BYTES;
  }

  /// Leaves a file that [#openClean] trusts. Writer only; the map is not used afterwards, but readers may still finish.
  public void close(long coveredBytes) throws IOException {
    while (previous != null) {
      moveSome();
    }
    file.set(INT, 4, VERSION);
    file.set(INT, 8, superblock.volume());
    file.set(INT, 12, superblock.generation());
    file.set(LONG, 16, coveredBytes);
    file.set(LONG, 24, taken);
    file.set(LONG, 32, live);
    file.set(LONG, 40, dead);
    file.set(LONG, 48, deadBytes);
    file.set(LONG, 56, highestKey);
    disk.force(file); // slots first: a header that says "clean" must not be on disk before them
    file.set(INT, 0, MAGIC);
    file.set(INT, CRC_AT, headerCrc(file));
    disk.force(file.asSlice(0, HEADER_BYTES));
  }

  private static SlotTable tableOf(MemorySegment file) {
    return new SlotTable(file.asSlice(HEADER_BYTES));
  }

  private static int headerCrc(MemorySegment file) {
    CRC32C crc = new CRC32C();
    crc.update(file.asSlice(0, CRC_AT).asByteBuffer().order(ByteOrder.nativeOrder()));
    return (int) crc.getValue();
  }
}

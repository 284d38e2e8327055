package hayloft.volume.index;

import hayloft.volume.disk.Disk;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalLong;
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

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Disk disk;
  private String fileName;
  private final Superblock superblock;

  private MemorySegment file;
  private volatile SlotTable table;
  private volatile @Nullable SlotTable previous;
  private long moved;

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

  /// Adds a needle; one of the same key that lies there already counts as dead from now on. Writer only.
  public void put(long key, long place) throws IOException {
    moveSome();
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
    if (previous == null && taken * 8 >= table.capacity() * 7) {
      grow();
    }
  }

  /// Forgets a needle that was marked dead and counts its bytes; false if it is not there. Writer only.
  public boolean remove(long key) throws IOException {
    OptionalLong place = find(key);
    if (place.isEmpty()) {
      return false;
    }
    if (table.put(key, 0)) {
      taken = taken + 1;
    }
    live = live - 1;
    dead = dead + 1;
    deadBytes = deadBytes + NeedlePlace.recordBytes(place.getAsLong());
    moveSome();
    return true;
  }

  private void grow() throws IOException {
    long capacity = table.capacity() + table.capacity() / 4;
    disk.delete(fileName + NEXT);
    MemorySegment next = disk.map(fileName + NEXT, HEADER_BYTES + capacity * SlotTable.SLOT_BYTES);
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
      if (key != 0 && place != 0 && table.find(key) == SlotTable.ABSENT) {
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

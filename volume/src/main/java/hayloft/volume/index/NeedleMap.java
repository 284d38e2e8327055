package hayloft.volume.index;

import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.volume.Presence;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.NoSpaceException;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.lang.foreign.Arena;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The mapped hash table of one volume generation, `7.map`: key to place, at most 24 bytes of page cache per needle and
/// no heap. One writer, lock-free readers.
///
/// **Growing.** At 7/8 full the writer begins a table with 12/11 of the capacity, so a table at rest is at least 4/5
/// full: 16 bytes a slot are 18.3 to 20 bytes a needle. Each later insert moves [#MOVED_PER_INSERT] slots over, so the
/// writer never stops for a whole copy; moving must end before the new table is 7/8 full, for which 13 per insert would
/// do. Meanwhile readers look into the new table, then the old, then (it may have been moved in between) the new again.
/// What is changed while moving is changed in the new table, which goes first; moving never replaces what is there.
///
/// **No space.** A table that cannot grow is filled further, to its last slot but one, and growing is tried again
/// meanwhile. [#makeRoomFor] tells the writer before it makes needles durable that would find no slot.
///
/// **Dead keys.** A removed needle's slot stays, with place 0, so that [#presence] knows the keys that must not be used
/// again.
///
/// **Unmapping.** Each table's file has an arena of its own, which is closed when its last slot was moved, or by
/// [#free]. A reader that is just looking into it is told by the mapping itself and looks again, into the table that is
/// in its place: so nobody counts readers.
///
/// **File.** A page of header, then [SlotTable]'s pages; native byte order, since the file never leaves the machine. It
/// is trusted only if the header says that it was closed cleanly for just this volume, generation, length and dead log;
/// otherwise it is made again. Each page has a sum, which is looked at when the page is first touched: one that does
/// not match makes the map anew ([DamagedMapException]).
///
///     0       4       8       12      16        24        32        40        48
///     +-------+-------+-------+-------+---------+---------+---------+---------+
///     | magic |version|volume | gener.| covered |  slots  |  taken  |  live   |
///     +-------+-------+-------+-------+---------+---------+---------+---------+
///     48        56          64            72                 80
///     +---------+-----------+-------------+------------------+-------
///     |  dead   | deadBytes | highest key | highest sequence | marks
///     +---------+-----------+-------------+------------------+-------
///
/// A `highest key` that no master has handed out says that there is such a needle: the map is made again, to tell it.
/// `marks` is what the dead log was complete up to; the CRC-32C of all before it stands at 4092.
public final class NeedleMap {
  private static final int MAGIC = 0x4d59_4148; // "HAYM"
  private static final int VERSION = 2;
  private static final int HEADER_BYTES = SlotTable.PAGE_BYTES;
  private static final int CRC_AT = HEADER_BYTES - Integer.BYTES;
  private static final long FIRST_CAPACITY = 1024;
  /// The table that is being filled, until it replaces the old one.
  public static final String NEXT = ".next";
  static final int MOVED_PER_INSERT = 16;
  private static final int GROWTH_FRACTION = 11;
  private static final long PUTS_BETWEEN_GROWTHS = 16;
  private static final EventLog LOG = EventLog.of(NeedleMap.class);

  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
  private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;

  private final Disk disk;
  private String fileName;
  private final Superblock superblock;

  private volatile SlotTable table;
  private volatile @Nullable SlotTable previous;
  private long moved;
  /// Taken slots at which growing is tried again after it failed.
  private long nextGrowthAt;
  /// It cannot grow, or not come to the end of growing, which was told.
  private boolean notGrownTold;
  private boolean notRenamedTold;
  private final AtomicBoolean freed = new AtomicBoolean();
  /// Who is changing the map; for assertions.
  private final AtomicReference<@Nullable Thread> changing = new AtomicReference<>();

  // Written by the writer only; statistics read them without a lock.
  private volatile long taken;
  private volatile long live;
  private volatile long dead;
  private volatile long deadBytes;
  private volatile long highestKey;
  private volatile long highestSequence;
  private volatile long strayKey;

  private NeedleMap(Disk disk, String fileName, Superblock superblock, SlotTable table) {
    this.disk = disk;
    this.fileName = fileName;
    this.superblock = superblock;
    this.table = table;
    this.highestKey = FileId.isCountable(superblock.highestKey()) ? superblock.highestKey() : 0;
    this.highestSequence = superblock.highestSequence();
  }

  /// An empty map in a new file; an older file of the name goes. The caller frees it.
  ///
  /// @param expectedNeedles for so many it need not grow
  public static NeedleMap create(Disk disk, String fileName, Superblock superblock, long expectedNeedles)
      throws IOException {
    return createWithSlots(disk, fileName, superblock, Math.max(FIRST_CAPACITY, expectedNeedles + expectedNeedles / 4));
  }

  /// The same with so many slots or a few more.
  static NeedleMap createWithSlots(Disk disk, String fileName, Superblock superblock, long slots) throws IOException {
    disk.delete(fileName);
    disk.delete(fileName + NEXT);
    return new NeedleMap(disk, fileName, superblock, mapped(disk, fileName, SlotTable.fileBytes(slots), false));
  }

  private static SlotTable mapped(Disk disk, String fileName, long bytes, boolean opened) throws IOException {
    Arena arena = Arena.ofShared();
    try {
      return new SlotTable(disk.where(fileName), arena, disk.map(fileName, bytes, arena), opened);
    } catch (Throwable e) {
      arena.close();
      throw e;
    }
  }

  /// Opens what [#close] left, or null if there is nothing that can be trusted. The file is marked as in use again. The
  /// caller frees the map.
  ///
  /// @param coveredBytes length of the volume file that the map must cover exactly
  /// @param marksComplete what the dead log is complete up to; the map must have known just that
  public static @Nullable NeedleMap openClean(Disk disk, String fileName, Superblock superblock, long coveredBytes,
      long marksComplete) throws IOException {
    ByteBuffer header = cleanHeader(disk, fileName, superblock, coveredBytes);
    if (header == null || header.getLong(80) != marksComplete || header.getLong(64) > FileId.HIGHEST_KEY) {
      return null;
    }
    long bytes = SlotTable.fileBytes(header.getLong(24));
    NeedleMap map = new NeedleMap(disk, fileName, superblock, mapped(disk, fileName, bytes, true));
    try {
      map.taken = header.getLong(32);
      map.live = header.getLong(40);
      map.dead = header.getLong(48);
      map.deadBytes = header.getLong(56);
      map.highestKey = header.getLong(64);
      map.highestSequence = header.getLong(72);
      map.markInUse();
      return map;
    } catch (Throwable e) {
      map.free();
      throw e;
    }
  }

  private void markInUse() throws IOException {
    MemorySegment header = table.header();
    header.set(INT, 0, 0);
    try {
      disk.force(fileName, header);
    } catch (NoSpaceException e) {
      disk.delete(fileName); // nobody trusts a file that is not there; the mapping stays, and closing makes it again
      disk.sync();
    }
  }

  /// Whether the volume was closed cleanly and is as it was then. Changes nothing.
  public static boolean isClean(Disk disk, String fileName, Superblock superblock, long coveredBytes)
      throws IOException {
    return cleanHeader(disk, fileName, superblock, coveredBytes) != null;
  }

  private static @Nullable ByteBuffer cleanHeader(Disk disk, String fileName, Superblock superblock, long coveredBytes)
      throws IOException {
    if (!disk.exists(fileName)) {
      return null;
    }
    ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES).order(ByteOrder.nativeOrder());
    long bytes;
    try (DiskFile file = disk.open(fileName)) {
      bytes = file.sizeBytes();
      if (file.read(header, 0) < HEADER_BYTES) {
        return null;
      }
    } catch (IOException _) {
      return null; // a cache that the disk does not give is made again, in a new file
    }
    boolean whole = header.getInt(0) == MAGIC && header.getInt(4) == VERSION
        && header.getInt(CRC_AT) == headerCrc(header) && header.getInt(8) == superblock.volume()
        && header.getInt(12) == superblock.generation() && header.getLong(16) == coveredBytes
        && header.getLong(24) > 0 && SlotTable.fileBytes(header.getLong(24)) == bytes;
    return whole ? header : null;
  }

  /// The place of a live needle. Any thread, until the map is freed.
  public OptionalLong find(long key) throws DamagedMapException {
    long place = placeOf(key);
    return place > 0 || place < SlotTable.ABSENT ? OptionalLong.of(place) : OptionalLong.empty();
  }

  /// Whether a needle of the key is in the file, as far as the map knows. Any thread, until the map is freed.
  public Presence presence(long key) throws DamagedMapException {
    long place = placeOf(key);
    if (place == SlotTable.ABSENT) {
      return Presence.GONE;
    }
    return place == 0 ? Presence.DEAD : Presence.LIVE;
  }

  private long placeOf(long key) throws DamagedMapException {
    while (true) {
      SlotTable current = table;
      SlotTable old = previous;
      try {
        long place = current.find(key);
        if (place == SlotTable.ABSENT) {
          old = previous;
          if (old != null) {
            place = old.find(key);
          }
          if (place == SlotTable.ABSENT) {
            place = current.find(key);
          }
        }
        if (place != SlotTable.ABSENT || table == current) {
          return place;
        } // grown meanwhile: the slot may be in either
      } catch (IllegalStateException e) {
        requireReplaced(current, old, e);
      }
    }
  }

  /// A mapping was taken away under a reader: that is as it should be if its table was replaced.
  private void requireReplaced(SlotTable current, @Nullable SlotTable old, IllegalStateException e) {
    if (freed.get()) {
      throw new IllegalStateException("the map of volume " + superblock.volume() + " in generation "
          + superblock.generation() + " was used after its last lease", e);
    }
    if (table == current && previous == old) {
      throw e;
    }
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
    assert begins();
    try {
      makeRoom(needles);
    } finally {
      assert ends();
    }
  }

  private void makeRoom(long needles) throws IOException {
    while (!hasRoomFor(needles)) {
      if (previous == null) {
        grow();
      }
      while (previous != null) {
        moveSome();
      }
    }
  }

  /// Adds a needle; one of the same key that lies there already counts as dead from now on. Writer only.
  ///
  /// @param sequence of the commit; 0 in a blob
  /// @throws IOException if the table is full and there is no space for a larger one
  public void put(long key, long place, long sequence) throws IOException {
    assert begins();
    try {
      moveSomeIfPossible();
      makeRoom(1);
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
      if (FileId.isCountable(key)) {
        highestKey = Math.max(highestKey, key);
      } else {
        strayKey = key;
      }
      highestSequence = Math.max(highestSequence, sequence);
      if (previous == null && taken * 8 >= table.capacity() * 7 && taken >= nextGrowthAt) {
        growIfPossible();
      }
    } finally {
      assert ends();
    }
  }

  private void growIfPossible() throws DamagedMapException {
    try {
      grow();
    } catch (DamagedMapException e) {
      throw e;
    } catch (IOException e) {
      nextGrowthAt = taken + PUTS_BETWEEN_GROWTHS;
      if (!notGrownTold) {
        LOG.warning("needleMap.notGrown").with("volume", superblock.volume())
            .with("slotsLeft", table.capacity() - taken).with("reason", e)
            .with("action", "tried-again-and-told-once-until-it-grows").say();
      }
      notGrownTold = true;
    }
  }

  private void moveSomeIfPossible() throws DamagedMapException {
    try {
      moveSome();
    } catch (DamagedMapException e) {
      throw e;
    } catch (IOException e) {
      // Both tables stay in use; the next put tries to give the new one its name again.
      if (!notRenamedTold) {
        LOG.warning("needleMap.notRenamed").with("volume", superblock.volume())
            .with("action", "tried-again-and-told-once-until-it-is").say(e);
      }
      notRenamedTold = true;
    }
  }

  /// Forgets a needle that was marked dead and counts its bytes; false if it is not there. Its slot stays. Writer only.
  public boolean remove(long key) throws IOException {
    assert begins();
    try {
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
    } finally {
      assert ends();
    }
  }

  private void grow() throws IOException {
    long capacity = table.capacity() + Math.max(SlotTable.SLOTS_A_PAGE, table.capacity() / GROWTH_FRACTION);
    disk.delete(fileName + NEXT);
    SlotTable next;
    try {
      next = mapped(disk, fileName + NEXT, SlotTable.fileBytes(capacity), false);
    } catch (IOException e) {
      disk.delete(fileName + NEXT);
      throw e;
    }
    nextGrowthAt = 0;
    notGrownTold = false;
    moved = 0;
    taken = 0;
    previous = table;
    table = next;
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
      notRenamedTold = false;
      old.free(); // readers that are in it look again
    }
  }

  /// Takes another file name, replacing what had it. Writer only.
  public void moveTo(String name) throws IOException {
    assert begins();
    try {
      disk.delete(name + NEXT);
      if (previous != null) {
        disk.rename(fileName + NEXT, name + NEXT);
      }
      if (disk.exists(fileName)) {
        disk.rename(fileName, name);
      } else {
        disk.delete(name); // this map has no file until it is closed
      }
      fileName = name;
    } finally {
      assert ends();
    }
  }

  /// A live needle and where it lies, as [NeedlePlace] packs it.
  public record Placed(long key, long place) {}

  /// The live needles that begin within a stretch of the file, in its order. Looks at every slot: for damage, which is
  /// rare. Any thread, until the map is freed.
  public List<Placed> within(long fromBytes, long toBytes) throws DamagedMapException {
    while (true) {
      SlotTable present = table;
      SlotTable old = previous;
      try {
        List<Placed> found = new ArrayList<>();
        Set<Long> seen = new HashSet<>();
        for (SlotTable slots : old == null ? List.of(present) : List.of(present, old)) {
          addWithin(slots, fromBytes, toBytes, seen, found);
        }
        if (table == present) {
          found.sort(Comparator.comparingLong(one -> NeedlePlace.offsetBytes(one.place())));
          return found;
        }
      } catch (IllegalStateException e) {
        requireReplaced(present, old, e);
      }
    }
  }

  private void addWithin(SlotTable slots, long fromBytes, long toBytes, Set<Long> seen, List<Placed> found)
      throws DamagedMapException {
    for (long slot = 0; slot < slots.capacity(); slot++) {
      long offset = NeedlePlace.offsetBytes(slots.placeAt(slot));
      if (offset >= fromBytes && offset < toBytes) {
        long key = slots.keyAt(slot);
        long place = key == 0 ? 0 : find(key).orElse(0);
        if (place != 0 && place == slots.placeAt(slot) && seen.add(key)) {
          found.add(new Placed(key, place));
        }
      }
    }
  }

  /// Verifies every page that nobody has touched yet. Any thread, until the map is freed.
  public void verify() throws DamagedMapException {
    within(0, 0);
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

  /// Of any needle that is or was in the volume and whose key a master may have handed out; 0 if none.
  public long highestKey() {
    return highestKey;
  }

  /// Of a needle in the volume whose key no master has handed out; 0 if there is none.
  public long strayKey() {
    return strayKey;
  }

  /// Of any needle that is or was in the volume.
  public long highestSequence() {
    return highestSequence;
  }

  /// Whether slots are being moved to a larger table.
  public boolean isGrowing() {
    return previous != null;
  }

  /// Bytes of the table or tables as mapped now.
  public long mappedBytes() {
    SlotTable old = previous;
    return table.fileBytes() + (old == null ? 0 : old.fileBytes());
  }

  /// Leaves a file that [#openClean] trusts. Writer only; the map is not changed afterwards, but readers may still
  /// finish, so it is freed by [#free] behind the last of them.
  ///
  /// @param coveredBytes length of the volume file
  /// @param marksComplete what the dead log is complete up to
  public void close(long coveredBytes, long marksComplete) throws IOException {
    assert begins();
    try {
      while (previous != null) {
        moveSome();
      }
      SlotTable whole = table;
      whole.seal();
      MemorySegment header = whole.header();
      header.set(INT, 4, VERSION);
      header.set(INT, 8, superblock.volume());
      header.set(INT, 12, superblock.generation());
      header.set(LONG, 16, coveredBytes);
      header.set(LONG, 24, whole.capacity());
      header.set(LONG, 32, taken);
      header.set(LONG, 40, live);
      header.set(LONG, 48, dead);
      header.set(LONG, 56, deadBytes);
      header.set(LONG, 64, strayKey == 0 ? highestKey : Long.MAX_VALUE);
      header.set(LONG, 72, highestSequence);
      header.set(LONG, 80, marksComplete);
      disk.force(fileName, whole.file()); // slots first: a header that says "clean" must not be on disk before them
      header.set(INT, 0, MAGIC);
      header.set(INT, CRC_AT, headerCrc(header.asByteBuffer().order(ByteOrder.nativeOrder())));
      disk.force(fileName, header);
    } finally {
      assert ends();
    }
  }

  /// Unmaps the file, which stays. Nobody may use the map any more; whoever does without a lease gets an
  /// `IllegalStateException`, no other harm. A second call does nothing.
  public void free() {
    if (freed.compareAndSet(false, true)) {
      SlotTable old = previous;
      if (old != null) {
        old.free();
      }
      table.free();
    }
  }

  private static int headerCrc(ByteBuffer header) {
    CRC32C crc = new CRC32C();
    crc.update(header.slice(0, CRC_AT));
    return (int) crc.getValue();
  }

  private boolean begins() {
    Thread before = changing.compareAndExchange(null, Thread.currentThread());
    if (before != null) {
      throw new AssertionError("the map of volume " + superblock.volume() + " is changed by " + before + " and by "
          + Thread.currentThread());
    }
    return true;
  }

  private boolean ends() {
    changing.set(null);
    return true;
  }
}

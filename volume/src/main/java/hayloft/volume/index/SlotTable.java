package hayloft.volume.index;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// An open-addressing hash table of (key, place) over a mapped file, with linear probing. One writer; any number of
/// readers that take no lock.
///
/// A slot is 16 bytes: key, place. Key 0 is an empty slot, place 0 a removed needle, whose slot stays taken until the
/// table is copied into the next one. The writer stores the place before it publishes the key, so who sees a key sees
/// its place. The capacity is any number of whole pages: a 64-bit mix of the key is scaled to it by a multiplication,
/// not masked.
///
/// **Pages.** 4096 bytes: 255 slots, and at 4080 the CRC-32C of them, as the last [#seal] left them; a header page
/// stands first. In a table that was opened, a page is verified by whoever touches it first. The writer touches a page
/// before it changes it, so it is on record as verified before it no longer matches: who finds that it does not match
/// looks at the record once more.
///
/// **End.** [#free] takes the mapping away. The segment then refuses every access, also one that is under way
/// (`IllegalStateException`).
final class SlotTable {
  static final int PAGE_BYTES = 4096;
  static final int SLOTS_A_PAGE = 255;
  static final int SLOT_BYTES = 16;
  static final long ABSENT = -1;
  private static final int SUM_AT = SLOTS_A_PAGE * SLOT_BYTES;
  private static final long PLACE_AT = 8;
  private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();
  private static final VarHandle BITS = MethodHandles.arrayElementVarHandle(long[].class);

  private final String name;
  private final Arena arena;
  private final MemorySegment file;
  private final long capacity;
  /// A bit for each page that was verified; null if all of them were made by this process.
  private final long @Nullable [] verified;

  /// @param name for messages
  /// @param file the header page and the pages behind it
  /// @param opened whether the pages come from an earlier process and have to be verified
  SlotTable(String name, Arena arena, MemorySegment file, boolean opened) {
    this.name = name;
    this.arena = arena;
    this.file = file;
    long pages = file.byteSize() / PAGE_BYTES - 1;
    this.capacity = pages * SLOTS_A_PAGE;
    this.verified = opened ? new long[Math.toIntExact((pages + Long.SIZE - 1) / Long.SIZE)] : null;
  }

  /// Bytes of a file with so many slots or a few more.
  static long fileBytes(long slots) {
    return PAGE_BYTES * (1 + (slots + SLOTS_A_PAGE - 1) / SLOTS_A_PAGE);
  }

  MemorySegment header() {
    return file.asSlice(0, PAGE_BYTES);
  }

  MemorySegment file() {
    return file;
  }

  long fileBytes() {
    return file.byteSize();
  }

  long capacity() {
    return capacity;
  }

  /// The needle's place, 0 if it was removed, [#ABSENT] if this table does not know it.
  long find(long key) throws DamagedMapException {
    for (long slot = home(key), left = capacity; left > 0; left--) {
      long at = verifiedAt(slot);
      long found = (long) LONG.getAcquire(file, at);
      if (found == key) {
        return (long) LONG.getAcquire(file, at + PLACE_AT);
      }
      if (found == 0) {
        return ABSENT;
      }
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
    return ABSENT;
  }

  /// Puts or replaces; true if a new slot was taken. The table must not be full.
  boolean put(long key, long place) throws DamagedMapException {
    for (long slot = home(key);;) {
      long at = verifiedAt(slot);
      long found = (long) LONG.getAcquire(file, at);
      if (found == key) {
        LONG.setRelease(file, at + PLACE_AT, place);
        return false;
      }
      if (found == 0) {
        LONG.setRelease(file, at + PLACE_AT, place);
        LONG.setRelease(file, at, key);
        return true;
      }
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
  }

  long keyAt(long slot) throws DamagedMapException {
    return (long) LONG.getAcquire(file, verifiedAt(slot));
  }

  long placeAt(long slot) throws DamagedMapException {
    return (long) LONG.getAcquire(file, verifiedAt(slot) + PLACE_AT);
  }

  /// Writes the sums of all pages that may have been changed. Writer only.
  void seal() {
    CRC32C crc = new CRC32C();
    byte[] slots = new byte[SUM_AT];
    for (long page = 0; page < capacity / SLOTS_A_PAGE; page++) {
      if (isVerified(page)) { // nobody has changed one that nobody has touched
        file.set(INT, pageAt(page) + SUM_AT, sumOf(crc, slots, page));
      }
    }
  }

  /// Unmaps the file.
  void free() {
    arena.close();
  }

  private long verifiedAt(long slot) throws DamagedMapException {
    long page = slot / SLOTS_A_PAGE;
    if (!isVerified(page)) {
      verify(page);
    }
    return pageAt(page) + (slot - page * SLOTS_A_PAGE) * SLOT_BYTES;
  }

  private static long pageAt(long page) {
    return (1 + page) * PAGE_BYTES;
  }

  private boolean isVerified(long page) {
    long[] bits = verified;
    return bits == null || ((long) BITS.getAcquire(bits, (int) (page >>> 6)) & 1L << page) != 0;
  }

  private void verify(long page) throws DamagedMapException {
    long[] bits = verified;
    if (bits == null) {
      return;
    }
    int found = sumOf(new CRC32C(), new byte[SUM_AT], page);
    int expected = file.get(INT, pageAt(page) + SUM_AT);
    VarHandle.acquireFence(); // what was read of a change came after the change's page was on record
    if (found == expected) {
      long ignored = (long) BITS.getAndBitwiseOr(bits, (int) (page >>> 6), 1L << page);
    } else if (!isVerified(page)) {
      throw new DamagedMapException(name + " at " + pageAt(page) + ": checksum of the page expected 0x"
          + Integer.toHexString(expected) + ", found 0x" + Integer.toHexString(found) + "; the map is made anew");
    }
  }

  private int sumOf(CRC32C crc, byte[] slots, long page) {
    MemorySegment.copy(file, ValueLayout.JAVA_BYTE, pageAt(page), slots, 0, SUM_AT);
    crc.reset();
    crc.update(slots);
    return (int) crc.getValue();
  }

  private long home(long key) {
    long mixed = (key ^ key >>> 32) * 0xd6e8feb86659fd93L;
    mixed = (mixed ^ mixed >>> 32) * 0xd6e8feb86659fd93L;
    return Math.unsignedMultiplyHigh(mixed ^ mixed >>> 32, capacity);
  }
}

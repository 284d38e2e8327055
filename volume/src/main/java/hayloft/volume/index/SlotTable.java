package hayloft.volume.index;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/// An open-addressing hash table of (key, place) over mapped memory, with linear probing. One writer; any number of readers
/// that take no lock.
///
/// A slot is 16 bytes: key, place. Key 0 is an empty slot, place 0 a removed needle, whose slot stays taken until the table
/// is copied into the next one. The writer stores the place before it publishes the key, so who sees a key sees its place.
/// The capacity is any number: a 64-bit mix of the key is scaled to it by a multiplication, not masked.
final class SlotTable {
  static final int SLOT_BYTES = 16;
  private static final long PLACE_AT = 8;
  static final long ABSENT = -1;
  private static final VarHandle LONG = ValueLayout.JAVA_LONG.varHandle();

  private final MemorySegment slots;
  private final long capacity;

  SlotTable(MemorySegment slots) {
    this.slots = slots;
    this.capacity = slots.byteSize() / SLOT_BYTES;
  }

  long capacity() {
    return capacity;
  }

  /// The needle's place, 0 if it was removed, [#ABSENT] if this table does not know it.
  long find(long key) {
    long slot = slotOf(key);
    return slot < 0 ? ABSENT : (long) LONG.getAcquire(slots, slot * SLOT_BYTES + PLACE_AT);
  }

  private long slotOf(long key) {
    for (long slot = home(key), left = capacity; left > 0; left--) {
      long found = (long) LONG.getAcquire(slots, slot * SLOT_BYTES);
      if (found == key) {
        return slot;
      }
      if (found == 0) {
        return -1;
      }
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
    return -1;
  }

  /// Puts or replaces; true if a new slot was taken. The table must not be full.
  boolean put(long key, long place) {
    for (long slot = home(key);;) {
      long found = (long) LONG.getAcquire(slots, slot * SLOT_BYTES);
      if (found == key) {
        LONG.setRelease(slots, slot * SLOT_BYTES + PLACE_AT, place);
        return false;
      }
      if (found == 0) {
        LONG.setRelease(slots, slot * SLOT_BYTES + PLACE_AT, place);
        LONG.setRelease(slots, slot * SLOT_BYTES, key);
        return true;
      }
      slot = slot + 1 == capacity ? 0 : slot + 1;
    }
  }

  long keyAt(long slot) {
    return (long) LONG.getAcquire(slots, slot * SLOT_BYTES);
  }

  long placeAt(long slot) {
    return (long) LONG.getAcquire(slots, slot * SLOT_BYTES + PLACE_AT);
  }

  private long home(long key) {
    long mixed = (key ^ key >>> 32) * 0xd6e8feb86659fd93L;
    mixed = (mixed ^ mixed >>> 32) * 0xd6e8feb86659fd93L;
    return Math.unsignedMultiplyHigh(mixed ^ mixed >>> 32, capacity);
  }
}

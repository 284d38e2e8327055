package hayloft.volume.inspect;

import hayloft.volume.needle.NeedleHead;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Weighs what a scan found damaged, by the rules by which a server recovers: a needle that says that everything before
/// it was synced makes rot of what is damaged before it, and so does an index log that knows the place; damage behind
/// the last such needle is a torn write. Confined to one thread.
final class DamageSorter {

  private record Found(long offset, long lengthBytes, @Nullable NeedleHead head, String what) {}

  private final VolumeFile file;
  private final List<Found> found = new ArrayList<>();
  private long syncedBytes;

  DamageSorter(VolumeFile file) throws IOException {
    this.file = file;
    this.syncedBytes = file.syncedBytes();
  }

  void passed(NeedleHead head, long offset) {
    if (head.syncedBefore()) {
      syncedBytes = Math.max(syncedBytes, offset);
    }
  }

  void found(long offset, long lengthBytes, @Nullable NeedleHead head, String what) {
    found.add(new Found(offset, lengthBytes, head, what));
    if (head != null) {
      passed(head, offset);
    }
  }

  List<Damage> sorted() throws IOException {
    List<Damage> sorted = new ArrayList<>();
    for (Found one : found) {
      NeedleHead head = one.head;
      if (head != null) {
        sorted.add(damage(one.offset, one.lengthBytes, head.key(), head, one.what));
      } else {
        addNameless(one, sorted);
      }
    }
    addBeyondEnd(sorted);
    return sorted;
  }

  /// Needles that the index log knows behind the end of the file: somebody has cut it. What a server has added
  /// meanwhile is none of them.
  private void addBeyondEnd(List<Damage> sorted) throws IOException {
    file.visitIndex(file.endBytes(), Long.MAX_VALUE, entry -> {
      if (entry.endBytes() > file.presentBytes()) {
        sorted.add(damage(entry.offsetBytes(), entry.recordBytes(), entry.key(), null,
            file.where() + " at " + entry.offsetBytes() + ": the file ends before, after " + file.fileBytes()
                + " bytes; put it back if there is a copy"));
      }
    });
  }

  /// Bytes without a head: the index log may know which needles began there.
  private void addNameless(Found one, List<Damage> sorted) throws IOException {
    int before = sorted.size();
    file.visitIndex(one.offset, one.offset + one.lengthBytes, entry -> sorted.add(
        damage(entry.offsetBytes(), entry.recordBytes(), entry.key(), null, one.what)));
    if (sorted.size() == before) {
      sorted.add(damage(one.offset, one.lengthBytes, 0, null, one.what));
    }
  }

  private Damage damage(long offset, long lengthBytes, long key, @Nullable NeedleHead head, String what) {
    Damage.Weight weight;
    if (key != 0 && file.dead().contains(key)) {
      weight = Damage.Weight.DEAD;
    } else {
      weight = offset < syncedBytes ? Damage.Weight.LOST : Damage.Weight.TORN;
    }
    return new Damage(offset, lengthBytes, key, head, weight, what);
  }
}

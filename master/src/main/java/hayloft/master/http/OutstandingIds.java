package hayloft.master.http;

import hayloft.common.FileId;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// File ids that were handed out and not written yet. Thread-safe.
///
/// Bounded: beyond [#MOST_RANGES] assignments, or [#MOST_KEYS] keys of all, the oldest are forgotten, and who wants to
/// write them is told to assign anew. What is written leaves by itself, so these are ids of programs that take them and
/// do not use them.
final class OutstandingIds {

  static final int MOST_RANGES = 1 << 16;
  static final long MOST_KEYS = 1L << 26;

  private final int mostRanges;
  private final long mostKeys;
  private final TreeMap<Long, Range> byFirstKey = new TreeMap<>();
  private final Map<Long, Range> oldestFirst = new LinkedHashMap<>();
  private long keys;

  OutstandingIds() {
    this(MOST_RANGES, MOST_KEYS);
  }

  OutstandingIds(int mostRanges, long mostKeys) {
    this.mostRanges = mostRanges;
    this.mostKeys = mostKeys;
  }

  /// What one assignment gave: consecutive keys of one volume that share a cookie.
  private static final class Range {
    private final FileId first;
    private final int count;
    private int left;
    private @Nullable BitSet written; // none while there is one key only

    Range(FileId first, int count) {
      this.first = first;
      this.count = count;
      this.left = count;
    }

    boolean holds(FileId id) {
      long place = id.key() - first.key();
      return id.volume() == first.volume() && id.cookie() == first.cookie() && place >= 0 && place < count
          && (written == null || !written.get((int) place));
    }

    void remove(FileId id) {
      left--;
      if (count > 1) {
        BitSet marks = written == null ? new BitSet(count) : written;
        marks.set((int) (id.key() - first.key()));
        written = marks;
      }
    }
  }

  synchronized void add(FileId first, int count) {
    var range = new Range(first, count);
    byFirstKey.put(first.key(), range);
    oldestFirst.put(first.key(), range);
    keys += count;
    while (oldestFirst.size() > mostRanges || keys > mostKeys && oldestFirst.size() > 1) {
      forget(oldestFirst.values().iterator().next());
    }
  }

  private void forget(Range range) {
    byFirstKey.remove(range.first.key());
    oldestFirst.remove(range.first.key());
    keys -= range.count;
  }

  synchronized boolean holds(FileId id) {
    return find(id) != null;
  }

  synchronized void remove(FileId id) {
    Range range = find(id);
    if (range != null) {
      range.remove(id);
      if (range.left == 0) {
        forget(range);
      }
    }
  }

  private @Nullable Range find(FileId id) {
    Map.Entry<Long, Range> found = byFirstKey.floorEntry(id.key());
    return found != null && found.getValue().holds(id) ? found.getValue() : null;
  }

  /// Assignments of which something is left.
  synchronized int size() {
    return oldestFirst.size();
  }
}

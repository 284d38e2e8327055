package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.common.volume.Presence;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeMarks;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.gc.Undertaker.Rooms;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Lets settled killers go once what they killed is physically gone. Confined to the collector.
///
/// When a volume's file was made anew, or the volume is retired, its rows in R are looked at, some in each pass. Of
/// needles that are in the file no more the rows go, and with them, in one batch, the killers of the same subjects for
/// which nothing else is left. Besides, all of table Z is looked through at the start and once in a while: a replay
/// throws remains away that it does not find, and a truth that was lost may be lost no more.
final class Release {

  private static final int ROWS_AT_ONCE = 1024;
  private static final int KILLERS_OF_A_SUBJECT = 1024;
  private static final int SWEPT_AT_ONCE = 1024;
  private static final long SWEEP_NANOS = 3_600_000_000_000L;

  private final VolumeClient volumes;
  private final Rooms rooms;
  private final VolumeStates states;
  private final Gone gone;
  private final LongSupplier nanos;
  private final Map<Integer, Seen> seen = new HashMap<>();
  private final Deque<Integer> due = new ArrayDeque<>();
  private byte @Nullable [] resumeAt;
  /// Where the step under way ended; nothing if it came to the end.
  private byte @Nullable [] nextAt;
  private @Nullable Integer under;
  private byte @Nullable [] sweepAt = RowKeys.table(RowKeys.SETTLED);
  private long sweepAtNanos;

  /// What was known of a volume when its remains were looked at last.
  private record Seen(int generation, long goneSequence) {}

  Release(VolumeClient volumes, Rooms rooms, VolumeStates states, Gone gone, LongSupplier nanos) {
    this.volumes = volumes;
    this.rooms = rooms;
    this.states = states;
    this.gone = gone;
    this.nanos = nanos;
  }

  /// Whether there is something to do at once.
  boolean isDue() throws IOException {
    look();
    return !due.isEmpty() || sweepAt != null;
  }

  /// All of Z is to be looked through soon.
  void sweepSoon() {
    sweepAt = RowKeys.table(RowKeys.SETTLED);
  }

  /// A volume that could not be told its marks is looked at again with the next sweep.
  private void look() throws IOException {
    Map<Integer, Seen> present = new HashMap<>();
    for (VolumeMarks marks : volumes.marks()) {
      present.put(marks.volume(), new Seen(marks.generation(), marks.goneSequence()));
    }
    boolean isLess = !present.keySet().containsAll(seen.keySet());
    boolean isFirst = seen.isEmpty();
    present.forEach((volume, now) -> {
      if (!now.equals(seen.put(volume, now)) && !due.contains(volume)) {
        due.add(volume);
      }
    });
    if (isLess || isFirst) {
      seen.keySet().retainAll(present.keySet());
      VolumeStates.Known known = states.known();
      for (int volume : volumesWithRemains()) {
        if (!present.containsKey(volume) && known.isGone(volume) && !due.contains(volume)) {
          due.add(volume);
        }
      }
    }
    if (sweepAt == null && nanos.getAsLong() - sweepAtNanos > SWEEP_NANOS) {
      sweepSoon();
      seen.clear();
    }
  }

  private List<Integer> volumesWithRemains() throws IOException {
    List<Integer> found = new ArrayList<>();
    byte[] table = RowKeys.table(RowKeys.REMAINS);
    try (KeyCursor rows = rooms.store().cursor(table, RowKeys.after(table), Reach.DISK)) {
      boolean more = rows.seek(table);
      while (more) {
        int volume = RowKeys.volumeOf(rows.key());
        found.add(volume);
        more = rows.seek(RowKeys.after(RemainsRow.in(volume)));
      }
    }
    return found;
  }

  /// One step; the caller makes its marks and changes its rows, and says so, before the next.
  DeathList work() throws IOException {
    var list = new DeathList(gone);
    under = due.peek();
    if (under != null) {
      nextAt = remainsOf(under, list);
    } else {
      nextAt = sweep(list);
    }
    return list;
  }

  /// The step is brought to its end.
  void done() {
    if (under == null) {
      sweepAt = nextAt;
      sweepAtNanos = nanos.getAsLong();
    } else {
      resumeAt = nextAt;
      if (nextAt == null) {
        due.remove(under);
      }
    }
  }

  /// It could not be: another volume's turn, and this one's with the next sweep.
  void putOff() {
    resumeAt = null;
    nextAt = null;
    done();
  }

  private byte @Nullable [] remainsOf(int volume, DeathList list) throws IOException {
    byte[] all = RemainsRow.in(volume);
    boolean isThere = seen.containsKey(volume);
    List<RemainsRow> gone = new ArrayList<>();
    byte[] next = null;
    try (KeyCursor rows = rooms.store().cursor(all, RowKeys.after(all), Reach.DISK)) {
      int count = 0;
      for (boolean found = rows.seek(resumeAt == null ? all : resumeAt); found; found = rows.next()) {
        if (count++ == ROWS_AT_ONCE) {
          next = rows.key();
          break;
        }
        RemainsRow row = RemainsRow.read(rows.key(), rows.value());
        switch (isThere ? volumes.presence(volume, row.needleKey()) : Presence.GONE) {
          case GONE -> gone.add(row);
          case LIVE -> list.mark(new FileId(volume, row.needleKey(), 0)); // the volume has lost its mark
          case DEAD -> {
            // as it should be
          }
        }
      }
    }
    if (!isThere && !states.known().isGone(volume)) {
      gone.clear(); // its files may come back
    }
    letGo(gone, list);
    return next;
  }

  private void letGo(List<RemainsRow> gone, DeathList list) throws IOException {
    Map<ByteBuffer, Killer> killers = new TreeMap<>();
    Set<ByteBuffer> but = new HashSet<>();
    Map<RemainsRow.Subject, Long> lowest = new HashMap<>();
    Set<Long> buckets = new HashSet<>();
    for (RemainsRow row : gone) {
      list.delete(row.key());
      but.add(ByteBuffer.wrap(row.key()));
      RemainsRow.Subject subject = row.subject();
      lowest.merge(subject, row.sequence(), Math::min);
      if (subject.bucketId() != 0) {
        buckets.add(subject.bucketId());
        if (row.table() == RowKeys.OBJECTS) {
          settled(RowKeys.settledFacets(subject.bucketId(), subject.key(), Facet.ERASED, row.sequence()), killers);
        } else if (row.table() == RowKeys.UPLOADS) {
          settled(RowKeys.settledEnd(subject.bucketId(), subject.key(), row.sequence()), killers);
        }
      }
    }
    for (long bucketId : buckets) {
      settled(RowKeys.settledOf(RowKeys.BUCKETS, bucketId), killers);
    }
    for (RemainsRow.Subject subject : lowest.keySet()) {
      if (subject.bucketId() == 0) {
        settled(RowKeys.settled(RowKeys.user(new String(subject.key(), StandardCharsets.UTF_8))), killers);
      } else {
        settled(RowKeys.settledFacets(subject.bucketId(), subject.key(), Facet.VERSION), killers);
        settled(RowKeys.settledOf(RowKeys.ENDED_UPLOADS, subject.bucketId(), subject.key()), killers);
      }
    }
    mark(killers.values(), but, list);
  }

  /// What does not fit the sweep finds.
  private void settled(byte[] prefix, Map<ByteBuffer, Killer> into) throws IOException {
    try (KeyCursor rows = rooms.store().cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      int count = 0;
      for (boolean found = rows.seek(prefix); found && count < KILLERS_OF_A_SUBJECT; found = rows.next()) {
        byte[] row = rows.key();
        into.putIfAbsent(ByteBuffer.wrap(row), Killer.read(row, rows.value()));
        count++;
      }
    }
  }

  private byte @Nullable [] sweep(DeathList list) throws IOException {
    byte[] table = RowKeys.table(RowKeys.SETTLED);
    byte[] from = sweepAt == null ? table : sweepAt;
    Map<ByteBuffer, Killer> killers = new TreeMap<>();
    byte[] next = null;
    try (KeyCursor rows = rooms.store().cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean found = rows.seek(from); found; found = rows.next()) {
        if (killers.size() == SWEPT_AT_ONCE) {
          next = rows.key();
          break;
        }
        killers.put(ByteBuffer.wrap(rows.key()), Killer.read(rows.key(), rows.value()));
      }
    }
    mark(killers.values(), Set.of(), list);
    return next;
  }

  /// Those for which nothing is left, oldest first: one that would show something becomes remains itself, for those
  /// above it.
  private void mark(Collection<Killer> killers, Set<ByteBuffer> but, DeathList list) throws IOException {
    Set<Remains.Span> left = rooms.remains().leftOf(killers.stream().map(Killer::waitsFor).toList(), but);
    Map<RemainsRow.Subject, List<Long>> fresh = new HashMap<>();
    for (Killer killer : killers.stream().sorted(Comparator.comparingLong(Killer::sequence)).toList()) {
      Remains.Span span = killer.waitsFor();
      List<Long> newRemains = fresh.computeIfAbsent(span.subject(), _ -> new ArrayList<>());
      boolean waits = left.contains(span)
          || newRemains.stream().anyMatch(sequence -> sequence >= span.from() && sequence < span.to());
      if (!waits && !killer.hidesSomethingSeen(rooms)) {
        if (killer.markInto(list)) {
          newRemains.add(killer.sequence());
        }
      }
    }
  }
}

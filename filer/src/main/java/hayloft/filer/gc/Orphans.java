package hayloft.filer.gc;

import hayloft.common.CommitSequence;
import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.filer.commit.Sequences;
import hayloft.filer.gc.Undertaker.Rooms;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.ChunkOwner;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Finds the chunks that an earlier process left without a commit, table C, and unclaims those that have one after all.
/// Confined to the collector.
///
/// Their writers are gone, so nothing will refer to them. But what refers to them may be lost: then they stay, and are
/// looked at again once in a while. It holds some hundred candidates at a time, whatever their owners hold.
final class Orphans {

  private static final EventLog LOG = EventLog.of(Orphans.class);

  private static final int CANDIDATES = 512;
  private static final int ROWS_AT_ONCE = 16_384;
  private static final long AGAIN_NANOS = 600_000_000_000L;

  private final Undertaker undertaker;
  private final Rooms rooms;
  private final Sequences sequences;
  private final Gone gone;
  private final LongSupplier nanos;
  private byte @Nullable [] resumeAt = RowKeys.table(RowKeys.CHUNKS);
  /// Where the next step begins once this one is [#done].
  private byte @Nullable [] nextAt;
  private boolean isSomeLeft;
  private long againAtNanos;

  Orphans(Undertaker undertaker, Sequences sequences, Gone gone, LongSupplier nanos) {
    this.undertaker = undertaker;
    this.rooms = undertaker.rooms();
    this.sequences = sequences;
    this.gone = gone;
    this.nanos = nanos;
  }

  boolean isDue() {
    if (resumeAt == null && isSomeLeft && againAtNanos - nanos.getAsLong() <= 0) {
      lookAgain();
    }
    return resumeAt != null;
  }

  /// From the beginning.
  void lookAgain() {
    isSomeLeft = false;
    resumeAt = RowKeys.table(RowKeys.CHUNKS);
  }

  private record Candidates(Map<FileId, byte[]> rows, long[] lowest) {}

  /// One step: a list for each volume. The caller makes the marks, changes the rows and says what became of it
  /// ([#done]) before the next; a step of which it says nothing comes again.
  List<DeathList> work() throws IOException {
    Map<Integer, DeathList> byVolume = new TreeMap<>();
    Map<RemainsRow.Subject, Candidates> byOwner = new LinkedHashMap<>();
    nextAt = read(byOwner);
    for (Map.Entry<RemainsRow.Subject, Candidates> entry : byOwner.entrySet()) {
      judge(entry.getKey(), entry.getValue(), byVolume);
    }
    return List.copyOf(byVolume.values());
  }

  /// The step has come to its end.
  ///
  /// @param collected how many orphans are marked
  /// @param failed whether some volume could not be told of its orphans, which are looked for again then
  void done(int collected, boolean failed) {
    if (collected > 0) {
      LOG.info("orphans.collected").with("count", collected).say();
    }
    isSomeLeft |= failed;
    resumeAt = nextAt;
    againAtNanos = nanos.getAsLong() + AGAIN_NANOS;
  }

  /// @return where to go on; null at the end
  private byte @Nullable [] read(Map<RemainsRow.Subject, Candidates> byOwner) throws IOException {
    byte[] table = RowKeys.table(RowKeys.CHUNKS);
    byte[] from = resumeAt == null ? table : resumeAt;
    int count = 0;
    int seen = 0;
    try (KeyCursor rows = rooms.store().cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean found = rows.seek(from); found; found = rows.next()) {
        if (count == CANDIDATES || seen++ == ROWS_AT_ONCE) {
          return rows.key();
        }
        ChunkOwner owner = ChunkOwner.read(rows.value());
        if (CommitSequence.epoch(owner.sequence()) >= sequences.epoch()) {
          continue;
        }
        if (rooms.doubts().mayHideOwnerOf(owner.sequence())) {
          isSomeLeft = true;
          continue;
        }
        byte[] row = rows.key();
        Candidates candidates = byOwner.computeIfAbsent(
            RemainsRow.Subject.ofObject(owner.bucketId(), owner.key()),
            _ -> new Candidates(new HashMap<>(), new long[]{Long.MAX_VALUE}));
        candidates.rows.put(new FileId(RowKeys.volumeOf(row), RowKeys.lastLong(row), 0), row);
        candidates.lowest[0] = Math.min(candidates.lowest[0], owner.sequence());
        count++;
      }
    }
    return null;
  }

  private void judge(RemainsRow.Subject owner, Candidates candidates, Map<Integer, DeathList> byVolume) {
    Map<FileId, byte[]> left = new HashMap<>(candidates.rows);
    try {
      undertaker.referenced(owner, candidates.lowest[0], needle -> {
        left.remove(new FileId(needle.volume(), needle.key(), 0));
        return !left.isEmpty();
      });
    } catch (IOException e) {
      LOG.debug("orphans.notJudged").say(e); // what cannot be read is told when it is collected or scrubbed
      isSomeLeft = true;
      return;
    }
    candidates.rows.forEach((needle, row) -> {
      DeathList list = byVolume.computeIfAbsent(needle.volume(), _ -> new DeathList(gone));
      list.delete(row);
      if (left.containsKey(needle)) {
        list.mark(needle);
      }
    });
  }
}

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
import java.util.Map;
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

  /// One step; the caller makes its marks and changes its rows before the next.
  DeathList work() throws IOException {
    var list = new DeathList(gone);
    Map<RemainsRow.Subject, Candidates> byOwner = new LinkedHashMap<>();
    resumeAt = read(byOwner);
    int found = 0;
    for (Map.Entry<RemainsRow.Subject, Candidates> entry : byOwner.entrySet()) {
      found += judge(entry.getKey(), entry.getValue(), list);
    }
    if (found > 0) {
      LOG.info("orphans.collected").with("count", found).say();
    }
    againAtNanos = nanos.getAsLong() + AGAIN_NANOS;
    return list;
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

  /// @return how many are orphans
  private int judge(RemainsRow.Subject owner, Candidates candidates, DeathList list) {
    Map<FileId, byte[]> left = new HashMap<>(candidates.rows);
    try {
      undertaker.referenced(owner, candidates.lowest[0], needle -> {
        left.remove(new FileId(needle.volume(), needle.key(), 0));
        return !left.isEmpty();
      });
    } catch (IOException e) {
      LOG.debug("orphans.notJudged").say(e); // what cannot be read is told when it is collected or scrubbed
      isSomeLeft = true;
      return 0;
    }
    candidates.rows.values().forEach(list::delete);
    left.keySet().forEach(list::mark);
    return left.size();
  }
}

package hayloft.filer.replay;

import hayloft.common.CommitSequence;
import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.log.LogLine;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleNotUnderstoodException;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.Presence;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.losses.LostTruths;
import hayloft.filer.losses.VolumeDrop;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.VolumeStateBody.State;
import hayloft.filer.rows.LostTruth;
import hayloft.filer.rows.MutationRows;
import hayloft.filer.rows.PositionRow;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// What former replays have left: truths that were lost, halves, remains, volumes that were there. Thread-safe; waits.
final class Leftovers {

  private static final EventLog LOG = EventLog.of(Leftovers.class);
  private static final int BATCH_BYTES = 256 << 10;
  /// Volumes get their ids one by one, so those that are looked for lie below the highest that is there, or just above.
  private static final int BEHIND_HIGHEST = 1000;

  private final VolumeClient volumes;
  private final KeyStore store;
  /// What rows knew that were thrown away before: nobody else can tell these names.
  private final Map<NeedleAt, String> names = new ConcurrentHashMap<>();

  Leftovers(VolumeClient volumes, KeyStore store) {
    this.volumes = volumes;
    this.store = store;
  }

  /// Looks at everything that is lost once more. What can be read again is applied and struck off; what lies in a
  /// volume that is scanned whole is struck off, since the scan finds it again if it is still so.
  ///
  /// What was lost behind the end of a file that was cut, and is not there now either, stays lost: only the rows knew
  /// of it. Nobody waits for what a compaction had taken by then, though.
  ///
  /// @param scannedWhole volumes
  /// @return needles applied
  long look(Set<Integer> scannedWhole, VolumeStates.Known states) throws IOException {
    Map<Integer, VolumePosition> ends = new HashMap<>();
    volumes.ends().forEach(end -> ends.put(end.volume(), end));
    List<LostTruth> lost = new ArrayList<>();
    LostTruths.forEach(store, lost::add);
    long applied = 0;
    var batch = new KeyBatch();
    for (LostTruth each : lost) {
      if (each.isOfRow()) {
        names.put(new NeedleAt(each.volume(), each.needleKey()), each.what());
      }
      VolumePosition end = ends.get(each.volume());
      boolean isOver;
      if (end == null) {
        isOver = states.isGone(each.volume());
      } else if (each.isTail()) {
        isOver = isBack(each, end);
      } else if (each.isWholeVolume() || isScanned(each, end, scannedWhole)) {
        isOver = true;
      } else {
        long before = batch.count();
        isOver = readAgain(each, end, batch);
        applied += batch.count() > before ? 1 : 0;
      }
      if (isOver) {
        batch.delete(each.key());
      }
    }
    store.write(batch);
    dropGone(states, ends.keySet());
    return applied;
  }

  /// So that the scan tells the needle as one that is damaged.
  ///
  /// @throws NeedleNotUnderstoodException if it makes no sense
  static void requireUnderstood(NeedleKind kind, byte[] mutation) throws NeedleNotUnderstoodException {
    try {
      MutationCodec.requireUnderstood(kind, mutation);
    } catch (MalformedMutationException e) {
      throw new NeedleNotUnderstoodException(String.valueOf(e.getMessage()), e);
    }
  }

  /// For needles that are marked dead: nothing is lost with one that makes no sense.
  static boolean isUnderstood(NeedleKind kind, byte[] mutation) {
    try {
      requireUnderstood(kind, mutation);
      return true;
    } catch (NeedleNotUnderstoodException _) {
      return false;
    }
  }

  /// What a scan has found, under the name that [#look] has seen.
  LostTruth named(LostTruth found) {
    String name = names.get(new NeedleAt(found.volume(), found.needleKey()));
    return name == null ? found : found.called(name);
  }

  /// Whether the scan that follows finds it again if it is still lost.
  private boolean isScanned(LostTruth lost, VolumePosition end, Set<Integer> scannedWhole) throws IOException {
    if (scannedWhole.contains(lost.volume())) {
      return lost.needleKey() == 0 || volumes.presence(lost.volume(), lost.needleKey()) != Presence.GONE;
    }
    byte[] position = store.get(RowKeys.position(lost.volume()));
    return position != null && lost.needleKey() != 0
        && lost.offsetBytes() >= PositionRow.read(lost.volume(), position).offsetBytes()
        && lost.offsetBytes() < end.offsetBytes()
        && volumes.presence(lost.volume(), lost.needleKey()) == Presence.LIVE;
  }

  /// Whether a file that was cut is as it was: what lies behind its former end is older than what was written since.
  private boolean isBack(LostTruth tail, VolumePosition end) throws IOException {
    if (end.offsetBytes() <= tail.offsetBytes()) {
      return false;
    }
    boolean[] isBack = {false};
    try {
      volumes.scan(new VolumePosition(end.volume(), end.generation(), tail.offsetBytes()), new NeedleVisitor() {
        @Override
        public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException {
          if (sequence != 0) {
            isBack[0] = CommitSequence.epoch(sequence) <= CommitSequence.epoch(tail.sequence());
            throw new Seen();
          }
        }

        @Override
        public void damaged(DamagedNeedle needle) {}
      });
    } catch (Seen _) {
      // that was all
    }
    return isBack[0];
  }

  /// Ends a scan at its first needle.
  private static final class Seen extends IOException {
    private static final long serialVersionUID = 1L;

    Seen() {
      super("seen", null);
    }

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /// True if the needle is not lost any more; if it counts, its rows are in the batch.
  private boolean readAgain(LostTruth lost, VolumePosition end, KeyBatch batch) throws IOException {
    var from = new VolumePosition(end.volume(), end.generation(), Math.min(lost.offsetBytes(), end.offsetBytes()));
    var first = new First(lost, batch);
    try {
      volumes.scan(from, first);
    } catch (Seen _) {
      // that was all
    }
    if (first.isOver != null) {
      return first.isOver;
    }
    return lost.needleKey() != 0 && (volumes.presence(lost.volume(), lost.needleKey()) == Presence.DEAD
        || volumes.isCompactedAway(lost.volume(), lost.needleKey()));
  }

  /// Looks whether the needle at the place of a lost one is that one.
  private static final class First implements NeedleVisitor {
    private final LostTruth lost;
    private final KeyBatch batch;
    private @Nullable Boolean isOver;

    First(LostTruth lost, KeyBatch batch) {
      this.lost = lost;
      this.batch = batch;
    }

    @Override
    public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException {
      if (isIt(id)) {
        if (kind == NeedleKind.COMMIT || kind == NeedleKind.CHUNK || kind == NeedleKind.BOOK) {
          byte[] mutation = ByteBufUtil.getBytes(meta);
          requireUnderstood(kind, mutation);
          MutationRows.add(batch, id, sequence, mutation);
        }
        LOG.info("needle.readableAgain").with("place", lost.place()).say();
        isOver = true;
      }
      throw new Seen();
    }

    @Override
    public void dead(FileId id, NeedleKind kind, long sequence, ByteBuf meta) throws IOException {
      if (isIt(id)) {
        byte[] mutation = ByteBufUtil.getBytes(meta);
        if (kind == NeedleKind.COMMIT && isUnderstood(kind, mutation)) {
          MutationRows.addDead(batch, id, sequence, mutation);
        }
        isOver = true;
      }
      throw new Seen();
    }

    /// What nobody knew may be any needle.
    private boolean isIt(FileId id) {
      return lost.needleKey() == 0 || lost.needleKey() == id.key();
    }

    @Override
    public void damaged(DamagedNeedle needle) throws IOException {
      if (needle.key() == lost.needleKey()
          && (needle.key() != 0 || needle.at().offsetBytes() == lost.offsetBytes())) {
        isOver = false;
        throw new Seen();
      }
      if (needle.at().offsetBytes() > lost.offsetBytes()) {
        throw new Seen();
      }
    }
  }

  /// Nothing that is known of a volume that is retired or given up counts any more.
  private void dropGone(VolumeStates.Known states, Set<Integer> there) throws IOException {
    var givenUp = new HashSet<Integer>();
    for (int volume : positions()) {
      if (there.contains(volume) || !states.isGone(volume)) {
        continue;
      }
      if (states.of(volume).filter(State.GIVEN_UP::equals).isPresent()) {
        givenUp.add(volume);
      } else {
        dropRemains(volume);
        var batch = new KeyBatch();
        batch.delete(RowKeys.position(volume));
        store.write(batch);
      }
    }
    if (!givenUp.isEmpty()) {
      VolumeDrop.deleteRows(store, givenUp);
    }
  }

  private List<Integer> positions() throws IOException {
    return positions(store);
  }

  /// Volumes that a store has a position for.
  static List<Integer> positions(KeyStore store) throws IOException {
    var found = new ArrayList<Integer>();
    byte[] table = RowKeys.table(RowKeys.POSITIONS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean more = rows.seek(table); more; more = rows.next()) {
        found.add(RowKeys.volumeOf(rows.key()));
      }
    }
    return found;
  }

  void dropRemains(int volume) throws IOException {
    byte[] all = RemainsRow.in(volume);
    var batch = new KeyBatch();
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean more = rows.seek(all); more; more = rows.next()) {
        batch.delete(rows.key());
        if (batch.sizeBytes() >= BATCH_BYTES) {
          store.write(batch);
          batch.clear();
        }
      }
    }
    store.write(batch);
  }

  Set<Long> halvesIn(int volume) throws IOException {
    var keys = new HashSet<Long>();
    byte[] all = RowKeys.halves(volume);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean more = rows.seek(all); more; more = rows.next()) {
        keys.add(RowKeys.lastLong(rows.key()));
      }
    }
    return keys;
  }

  /// Notes volumes that must be there, by all that is known, and are not, so that nothing is judged that they may have
  /// a say in.
  ///
  /// @param named volumes that anything refers to
  /// @param existed whether somebody else knows that there was a volume with some id
  void noteMissing(Set<Integer> named, VolumeStates.Known states, Replay.Memory existed) throws IOException {
    var expected = new HashSet<>(named);
    Map<Integer, String> unreadable = volumes.unreadable();
    expected.addAll(unreadable.keySet());
    expected.addAll(positions());
    expected.addAll(states.newest().keySet());
    byte[] table = RowKeys.table(RowKeys.DEAD_MARKS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean more = rows.seek(table); more; more = rows.next()) {
        expected.add(RowKeys.volumeOf(rows.key()));
      }
    }
    int highest = 0;
    for (VolumePosition end : volumes.ends()) {
      highest = Math.max(highest, end.volume());
    }
    for (int volume = 1; volume <= highest + BEHIND_HIGHEST; volume++) {
      if (!expected.contains(volume) && existed.knows(volume)) {
        expected.add(volume);
      }
    }
    volumes.ends().forEach(end -> expected.remove(end.volume()));
    expected.removeIf(volume -> volume <= 0 || states.isGone(volume)
        || states.of(volume).filter(State.MERGED::equals).isPresent());
    var batch = new KeyBatch();
    for (int volume : expected) {
      var lost = LostTruth.ofVolume(volume);
      if (store.get(lost.key()) == null) {
        LogLine line = LOG.error("volume.missing").with("volume", volume);
        if (unreadable.containsKey(volume)) {
          line.with("reason", unreadable.get(volume)).say();
        } else {
          line.with("action", "put its files back and restart, or give it up: volume.drop -volumeId " + volume).say();
        }
        lost.addTo(batch);
      }
    }
    store.write(batch);
  }
}

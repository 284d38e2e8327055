package hayloft.filer.commit;

import hayloft.common.CrashPoints;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.PositionRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Puts, per volume, the position below which everything is applied. Thread-safe.
///
/// It notes the sequence counter and the volumes' durable ends, and waits out a grace period: what lies below the noted
/// ends was appended by commits that had entered before, so it is applied by then. The positions are ordinary rows; a
/// crash keeps a prefix of the store's writes, so whichever positions survive, the rows that they promise did too.
public final class Checkpointer {

  private final VolumeClient volumes;
  private final KeyStore store;
  private final Sequences sequences;
  private final GracePeriod grace;
  private final FailStop failStop;
  private final FlushRecord record;
  private final long flushIntervalNanos;
  private final Map<Integer, VolumePosition> written = new HashMap<>();
  private volatile boolean unflushed;
  private volatile long checkedAtNanos = System.nanoTime();
  private volatile long flushedAtNanos = System.nanoTime();
  private volatile long flushedSequence;

  /// Where it is noted, outside of the store, how far the store was flushed: an older copy of the store is known by
  /// that.
  @FunctionalInterface
  public interface FlushRecord {
    /// Durable on return.
    void flushed(long sequence) throws IOException;
  }

  /// @param record of what [#flushedSequence] says
  /// @param flushInterval how old unflushed rows may get; bounds what a crash has to replay where little is written
  public Checkpointer(VolumeClient volumes, KeyStore store, Sequences sequences, GracePeriod grace, FailStop failStop,
      FlushRecord record, Duration flushInterval) {
    this.volumes = volumes;
    this.store = store;
    this.sequences = sequences;
    this.grace = grace;
    this.failStop = failStop;
    this.record = record;
    this.flushIntervalNanos = flushInterval.toNanos();
  }

  /// Puts the positions that have changed since the last time, and flushes when that is due.
  public synchronized void checkpoint() throws IOException {
    failStop.check();
    long began = System.nanoTime();
    long watermark = sequences.last();
    // What is there and was not written by this process is not applied: positions stay where the replay has put them.
    List<VolumePosition> ends = sequences.haveBegun() ? volumes.ends() : List.of();
    var batch = new KeyBatch();
    for (VolumePosition end : ends) {
      if (!end.equals(written.get(end.volume()))) {
        batch.put(RowKeys.position(end.volume()), PositionRow.value(end));
      }
    }
    if (!batch.isEmpty()) {
      grace.drain();
      failStop.check();
      CrashPoints.pass("filer.beforeCheckpoint");
      batch.put(RowKeys.mark(Marks.WATERMARK), Marks.number(watermark));
      store.write(batch);
      CrashPoints.pass("filer.afterCheckpoint");
      ends.forEach(end -> written.put(end.volume(), end));
      unflushed = true;
    }
    checkedAtNanos = began;
    if (unflushed && System.nanoTime() - flushedAtNanos > flushIntervalNanos) {
      flush();
    }
  }

  /// A checkpoint that survives anything.
  public synchronized void checkpointAndFlush() throws IOException {
    checkpoint();
    flush();
  }

  private void flush() throws IOException {
    long watermark = sequences.last();
    grace.drain();
    failStop.check();
    var mark = new KeyBatch();
    mark.put(RowKeys.mark(Marks.WATERMARK), Marks.number(watermark));
    store.write(mark);
    store.flush();
    record.flushed(watermark);
    unflushed = false;
    flushedAtNanos = System.nanoTime();
    flushedSequence = watermark;
  }

  /// How old what no checkpoint covers may be: since then it is not known that everything is covered.
  public Duration lag() {
    return Duration.ofNanos(System.nanoTime() - checkedAtNanos);
  }

  /// How old the oldest row may be that a crash would lose and the next start would replay; zero if there is none.
  public Duration unflushedFor() {
    return unflushed ? sinceFlush() : Duration.ZERO;
  }

  /// The rows of every mutation up to this sequence survive any crash.
  public long flushedSequence() {
    return flushedSequence;
  }

  /// How long ago that was last brought forward.
  public Duration sinceFlush() {
    return Duration.ofNanos(System.nanoTime() - flushedAtNanos);
  }
}

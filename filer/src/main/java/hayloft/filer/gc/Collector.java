package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeMarks;
import hayloft.filer.body.Bodies;
import hayloft.filer.body.ReadPins;
import hayloft.filer.commit.Checkpointer;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.commit.FailStop;
import hayloft.filer.commit.GracePeriod;
import hayloft.filer.commit.Sequences;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Takes away what nobody reaches any more. Thread-safe: one pass at a time, in the background or by [#collectNow].
///
/// A note (table G) says that something may have been killed: of a key, an upload, a bucket, a user. A pass takes some
/// notes and lets the [Undertaker] find what is dead; all dead needles of a pass are marked together, one needle for
/// each volume; then the rows change, and with them the notes go. A crash anywhere repeats the pass, and repeating
/// changes nothing.
///
///     note ─▶ job: judges newest first ──▶ victim ─▶ marked, its row becomes one in R ─────────▶ compaction ─▶ gone ─┐
///               │ goes on in the next pass  └▶ killer, settled: row in Z, out of readers' way ◀─ looked at again ──┘
///               └▶ cannot be settled now: steps aside ([NoteQueue])          └▶ nothing of its kill is left ─▶ marked
///
/// - **Victims** are hidden by something that stays: they are marked at once. **Killers** stay, unmarked, until what
///   they killed is physically gone ([Release]), so that no lost mark brings anything back.
/// - **Work is bounded** by passes, not by what a key holds: so many rows, marks and bytes ([Budget]), then others have
///   their turn.
/// - **Nothing stops it for everyone.** What is being read, cannot be read, lies in a volume that fails, or may hide a
///   truth that is lost steps aside, is counted by its reason, and comes again with growing pauses.
/// - **Order is that of commits.** What a needle says of its own time is believed only where that delays nothing
///   ([AgeLine]).
/// - **Waiting killers cost little.** They are some hundred bytes each, there are at most as many as needles that are
///   marked and not compacted away, and of the tombstones of a key only the newest waits. A volume whose killers wait
///   is compacted like any other.
///
/// With nothing to do it commits nothing.
public final class Collector implements AutoCloseable {

  private static final EventLog LOG = EventLog.of(Collector.class);

  private static final int HALVES_AT_ONCE = 1024;
  private static final int RETIRED_AT_ONCE = 16;
  private static final int BOOKS_AT_ONCE = 1024;
  private static final long RETIRE_AGAIN_NANOS = 600_000_000_000L;
  private static final long LONGEST_PAUSE_NANOS = 60_000_000_000L;

  private final KeyStore store;
  private final VolumeClient volumes;
  private final VolumeStates states;
  private final Sequences sequences;
  private final GracePeriod grace;
  private final Checkpointer checkpointer;
  private final FailStop failStop;
  private final InstantSource clock;
  private final CollectorConfig config;
  private final Undertaker undertaker;
  private final Burial burial;
  private final Gone gone;
  private final NoteWork notes;
  private final Release release;
  private final Orphans orphans;
  private final AgeLine ages;
  private final ReentrantLock passes = new ReentrantLock();
  private final ReentrantLock life = new ReentrantLock();
  private final Condition closing = life.newCondition();
  private final LongAdder marked = new LongAdder();
  private volatile boolean closed; // written under life
  /// What marks were gone when those that are over were dropped last. Guarded by passes.
  private final Map<Integer, Long> goneSequences = new HashMap<>();
  private final Map<Integer, Long> retireAtNanos = new HashMap<>();
  private volatile int markedInLastPass;
  /// When the oldest garbage was noted that is not collected; null if there is none.
  private volatile @Nullable Instant oldestNote;
  private volatile Map<Outcome.Reason, Integer> putAside = Map.of();

  public Collector(KeyStore store, VolumeClient volumes, DeadMarks marks, VolumeStates states, Doubts doubts,
      Bodies bodies, ReadPins pins, Sequences sequences, GracePeriod grace, Checkpointer checkpointer,
      FailStop failStop, InstantSource clock, CollectorConfig config) {
    LongSupplier nanos = System::nanoTime;
    this.store = store;
    this.volumes = volumes;
    this.states = states;
    this.sequences = sequences;
    this.grace = grace;
    this.checkpointer = checkpointer;
    this.failStop = failStop;
    this.clock = clock;
    this.config = config;
    undertaker = new Undertaker(store, states, bodies, pins, doubts);
    burial = new Burial(marks, store, failStop);
    gone = new Gone(volumes, states);
    notes = new NoteWork(store, undertaker, burial, gone, failStop, new NoteQueue(nanos), config.batchNotes());
    release = new Release(volumes, undertaker.rooms(), states, gone, nanos);
    orphans = new Orphans(undertaker, sequences, gone, nanos);
    ages = new AgeLine(config.keeps());
  }

  /// Needles marked dead since the start.
  public long marked() {
    return marked.sum();
  }

  /// How long the oldest garbage has waited that is not collected, for whatever reason, as of the last pass; zero if
  /// none waits.
  public Duration lag() {
    Instant oldest = oldestNote;
    Duration lag = oldest == null ? Duration.ZERO : Duration.between(oldest, clock.instant());
    return lag.isNegative() ? Duration.ZERO : lag;
  }

  /// Why garbage is not collected, and for how many notes that holds, by words for figures.
  public Map<String, Integer> putAside() {
    Map<String, Integer> counts = new TreeMap<>();
    Map<Outcome.Reason, Integer> present = putAside;
    for (Outcome.Reason reason : Outcome.Reason.values()) {
      counts.put(reason.label(), present.getOrDefault(reason, 0));
    }
    return counts;
  }

  /// Works in the background until it is closed. Whatever fails is told, and tried again after a while.
  public Thread start() {
    return Thread.ofVirtual().name("catalog-collector").start(() -> {
      long pauseNanos = config.interval().toNanos();
      while (!pause(pauseNanos)) {
        try {
          flushIfWorthwhile();
          while (pass() && !pauseForRate()) {
            // on with the next batch
          }
          pauseNanos = config.interval().toNanos();
        } catch (Throwable e) { // an Error as well: a thread that ends silently is an outage that nobody sees
          pauseNanos = Math.max(pauseNanos, Math.min(LONGEST_PAUSE_NANOS, 2 * pauseNanos));
          if (!failStop.isTripped()) {
            LOG.error("garbage.collectionFailed")
                .with("action", "again_in_" + TimeUnit.NANOSECONDS.toSeconds(pauseNanos) + "_seconds").say(e);
          }
        }
      }
    });
  }

  /// True once it is closed.
  private boolean pause(long nanos) {
    life.lock();
    try {
      long left = nanos;
      while (!closed && left > 0) {
        left = closing.awaitNanos(left);
      }
      return closed;
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return true;
    } finally {
      life.unlock();
    }
  }

  private boolean pauseForRate() {
    return pause(TimeUnit.SECONDS.toNanos(1) * markedInLastPass / config.marksPerSecond());
  }

  /// Waits for the pass under way, if any; none comes after it.
  @Override
  public void close() {
    life.lock();
    try {
      closed = true;
      closing.signalAll();
    } finally {
      life.unlock();
    }
    passes.lock();
    passes.unlock();
  }

  /// Notes wait for a flush of the key store; if some do, and the last flush was long ago, it is time for one.
  private void flushIfWorthwhile() throws IOException {
    if (checkpointer.sinceFlush().compareTo(config.flushInterval()) < 0) {
      return;
    }
    byte[] table = RowKeys.table(RowKeys.GARBAGE);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      if (!rows.seek(RowKeys.garbage(checkpointer.flushedSequence() + 1))) {
        return;
      }
    }
    checkpointer.checkpointAndFlush();
  }

  /// Collects everything that may be collected by now.
  public void collectNow() throws IOException {
    checkpointer.checkpointAndFlush();
    passes.lock();
    try {
      notes.endPauses();
      orphans.lookAgain();
    } finally {
      passes.unlock();
    }
    passUntilNothingIsLeft();
    passes.lock();
    try {
      release.sweepSoon(); // last, since killers were settled meanwhile
    } finally {
      passes.unlock();
    }
    passUntilNothingIsLeft();
  }

  private void passUntilNothingIsLeft() throws IOException {
    while (pass()) {
      // on with the next
    }
  }

  /// What was lost is lost no more, or given up: what had to wait for that is looked at again.
  public void lossesChanged() {
    passes.lock();
    try {
      notes.endPauses();
      orphans.lookAgain();
      release.sweepSoon();
    } finally {
      passes.unlock();
    }
  }

  /// Something that has to see rows and needles at rest.
  @FunctionalInterface
  public interface AtRest {
    void run() throws IOException;
  }

  /// Runs between two passes, after every commit has ended that was under way: then live needles have their rows, and
  /// rows their needles, but for what begins after that.
  public void betweenPasses(AtRest work) throws IOException {
    passes.lock();
    try {
      grace.drain();
      work.run();
    } finally {
      passes.unlock();
    }
  }

  /// All needles that rows of an object key refer to as holding its bytes.
  public Set<FileId> referenced(long bucketId, String key) throws IOException {
    Set<FileId> needles = new HashSet<>();
    undertaker.referenced(RemainsRow.Subject.ofObject(bucketId, key), 0, needle -> {
      needles.add(needle);
      return true;
    });
    return needles;
  }

  /// Something that a pass does; true if there may be more of it at once.
  @FunctionalInterface
  private interface Part {
    boolean work() throws IOException;
  }

  /// True if there may be more to do at once.
  private boolean pass() throws IOException {
    passes.lock();
    try {
      failStop.check();
      if (closed) {
        return false;
      }
      markedInLastPass = 0;
      gone.beginPass();
      IOException fault = null;
      boolean more = false;
      for (Part part : List.<Part>of(this::halves, this::notes, this::release, this::orphans, this::books)) {
        try {
          more |= part.work();
        } catch (IOException e) { // the other parts may go on
          failStop.check();
          if (fault == null) {
            fault = e;
          } else {
            fault.addSuppressed(e);
          }
        }
      }
      if (fault != null) {
        throw fault;
      }
      return more;
    } finally {
      passes.unlock();
    }
  }

  private boolean notes() throws IOException {
    Instant now = clock.instant();
    ages.see(now, sequences.last());
    Instant time = config.keeps().isZero() ? Instant.MAX : now.minus(config.keeps());
    try {
      return notes.pass(new Cutoff(time, ages.oldEnough(), checkpointer.flushedSequence()), now);
    } finally {
      count(notes.marks());
      oldestNote = notes.oldest();
      putAside = notes.putAside();
    }
  }

  private void count(int marks) {
    marked.add(marks);
    markedInLastPass += marks;
  }

  private boolean release() throws IOException {
    if (!release.isDue()) {
      return false;
    }
    DeathList list = release.work();
    Burial.Buried buried = burial.bury(List.of(list));
    count(buried.marks());
    if (buried.failed().isEmpty()) {
      release.done();
    } else {
      release.putOff();
    }
    return release.isDue();
  }

  private boolean orphans() throws IOException {
    if (!orphans.isDue()) {
      return false;
    }
    Burial.Buried buried = burial.bury(orphans.work());
    count(buried.marks());
    orphans.done(buried.marks(), !buried.failed().isEmpty());
    return orphans.isDue();
  }

  /// Needles that a power cut has halved.
  private boolean halves() throws IOException {
    byte[] table = RowKeys.table(RowKeys.HALVES);
    var list = new DeathList(gone);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      int count = 0;
      for (boolean found = rows.seek(table); found && count < HALVES_AT_ONCE; found = rows.next()) {
        list.mark(new FileId(RowKeys.volumeOf(rows.key()), RowKeys.lastLong(rows.key()), 0));
        list.delete(rows.key());
        count++;
      }
    }
    if (list.isEmpty()) {
      return false;
    }
    Burial.Buried buried = burial.bury(List.of(list));
    count(buried.marks());
    return buried.failed().isEmpty();
  }

  /// Volumes in which nothing lives go, and marks that are over by rule.
  private boolean books() throws IOException {
    boolean more = false;
    Map<Integer, Integer> generations = new TreeMap<>();
    for (VolumeMarks marks : volumes.marks()) {
      generations.put(marks.volume(), marks.generation());
      if (goneSequences.getOrDefault(marks.volume(), -1L) != marks.goneSequence()) {
        if (dropMarksThatAreOver(marks.volume(), marks.goneSequence())) {
          goneSequences.put(marks.volume(), marks.goneSequence());
        } else {
          more = true;
        }
      }
    }
    goneSequences.keySet().retainAll(generations.keySet());
    return retire(generations) || more;
  }

  /// True if none is left.
  private boolean dropMarksThatAreOver(int volume, long goneSequence) throws IOException {
    var batch = new KeyBatch();
    Map<Integer, List<Long>> books = new TreeMap<>();
    byte[] from = RowKeys.deadMarks(volume);
    try (KeyCursor rows = store.cursor(from, RowKeys.deadMark(volume, goneSequence + 1), Reach.DISK)) {
      for (boolean found = rows.seek(from); found && batch.count() < BOOKS_AT_ONCE; found = rows.next()) {
        FileId book = RowValue.needle(rows.value());
        books.computeIfAbsent(book.volume(), _ -> new ArrayList<>()).add(book.key());
        batch.delete(rows.key());
      }
    }
    for (Map.Entry<Integer, List<Long>> entry : books.entrySet()) {
      volumes.forget(entry.getKey(), entry.getValue());
    }
    if (!batch.isEmpty()) {
      store.write(batch);
    }
    return batch.count() < BOOKS_AT_ONCE;
  }

  /// True if there may be more. One that cannot be retired is tried again after a while: each try costs a book.
  private boolean retire(Map<Integer, Integer> generations) throws IOException {
    int count = 0;
    for (int volume : volumes.emptied()) {
      Long notBefore = retireAtNanos.get(volume);
      if (notBefore != null && notBefore - System.nanoTime() > 0) {
        continue;
      }
      if (count++ == RETIRED_AT_ONCE) {
        return true;
      }
      retireAtNanos.put(volume, System.nanoTime() + RETIRE_AGAIN_NANOS);
      states.retire(volume, generations.getOrDefault(volume, 0));
      retireAtNanos.remove(volume);
    }
    return count > 0;
  }
}

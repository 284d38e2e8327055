package hayloft.filer.gc;

import hayloft.common.CommitSequence;
import hayloft.common.CrashPoints;
import hayloft.common.FileId;
import hayloft.filer.body.Bodies;
import hayloft.filer.body.ReadPins;
import hayloft.filer.commit.Checkpointer;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.commit.FailStop;
import hayloft.filer.commit.GracePeriod;
import hayloft.filer.commit.Sequences;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.ChunkOwner;
import hayloft.filer.rows.GarbageNote;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Works off the garbage queue, table G, and the chunks that an earlier process left without a commit, table C. Thread-safe:
/// one pass at a time, in the background or by [#collectNow].
///
/// A pass takes some notes, finds what is dead ([Undertaker]), makes the marks step by step, each step durable before the
/// next, then deletes the rows, and with them the notes. A crash anywhere repeats the pass, and repeating changes nothing.
public final class Collector implements AutoCloseable {

  private static final System.Logger LOG = System.getLogger(Collector.class.getName());

  private static final int MAX_YOUNG_NOTES = 256;

  private final KeyStore store;
  private final DeadMarks marks;
  private final Sequences sequences;
  private final GracePeriod grace;
  private final Checkpointer checkpointer;
  private final FailStop failStop;
  private final InstantSource clock;
  private final CollectorConfig config;
  private final Undertaker undertaker;
  private final ReentrantLock passes = new ReentrantLock();
  private final ReentrantLock life = new ReentrantLock();
  private final Condition closing = life.newCondition();
  private final LongAdder marked = new LongAdder();
  private volatile boolean closed; // written under life
  /// No note with a lower sequence is left or can still come. Guarded by passes, as is the next one.
  private long emptyBelow;
  private boolean orphansLeft;
  private volatile long markedInLastPass;
  /// What the last pass found first in the queue; null if it was empty.
  private volatile @Nullable Instant oldestNote;

  /// @param mayJudgeOrphans false if the rows may be incomplete, because volumes were found damaged: a chunk without a known
  ///   owner is then kept
  public Collector(KeyStore store, DeadMarks marks, Bodies bodies, ReadPins pins, Sequences sequences,
      GracePeriod grace, Checkpointer checkpointer, FailStop failStop, InstantSource clock, CollectorConfig config,
      boolean mayJudgeOrphans) {
    this.store = store;
    this.marks = marks;
    this.sequences = sequences;
    this.grace = grace;
    this.checkpointer = checkpointer;
    this.failStop = failStop;
    this.clock = clock;
    this.config = config;
    this.orphansLeft = mayJudgeOrphans;
    undertaker = new Undertaker(store, bodies, pins);
  }

  /// Needles marked dead since the start.
  public long marked() {
    return marked.sum();
  }

  /// How long the oldest garbage has waited to be collected, as of the last pass; zero if none waits.
  public Duration lag() {
    Instant oldest = oldestNote;
    return oldest == null ? Duration.ZERO : Duration.between(oldest, clock.instant());
  }

  /// Works in the background until it is closed.
  public Thread start() {
    return Thread.ofVirtual().name("catalog-collector").start(() -> {
      while (!pause(config.interval().toNanos())) {
        try {
          flushIfWorthwhile();
          while (pass() && !pauseForRate()) {
            // on with the next batch
          }
        } catch (IOException e) {
          LOG.log(System.Logger.Level.WARNING, "event=collection_failed", e);
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
    while (pass()) {
      // until nothing is left
    }
  }

  /// Something that has to see rows and needles at rest.
  @FunctionalInterface
  public interface AtRest {
    void run() throws IOException;
  }

  /// Runs between two passes, after every commit has ended that was under way: then live needles have their rows, and rows their
  /// needles, but for what begins after that.
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
    return undertaker.referenced(bucketId, key);
  }

  /// True if there may be more to do at once.
  private boolean pass() throws IOException {
    passes.lock();
    try {
      failStop.check();
      if (closed) {
        return false;
      }
      boolean moreNotes = notes();
      boolean moreOrphans = orphansLeft && orphans();
      return moreNotes || moreOrphans;
    } finally {
      passes.unlock();
    }
  }

  /// What a batch of notes is about; each thing once, with the notes that are done with it.
  private static final class Batch {
    final Map<ObjectName, Set<Long>> uploadsByKey = new LinkedHashMap<>();
    final Map<ObjectName, List<byte[]>> notesOfKeys = new LinkedHashMap<>();
    final Map<Long, List<byte[]>> notesOfBuckets = new LinkedHashMap<>();
    final Map<String, List<byte[]>> notesOfUsers = new LinkedHashMap<>();
    int count;

    void add(byte[] row, GarbageNote note) {
      count++;
      switch (note) {
        case GarbageNote.OfKey(Instant _, long bucketId, String key) -> addKey(row, new ObjectName(bucketId, key));
        case GarbageNote.OfUpload(Instant _, long bucketId, String key, long upload) -> {
          var name = new ObjectName(bucketId, key);
          addKey(row, name);
          uploadsByKey.computeIfAbsent(name, _ -> new TreeSet<>()).add(upload);
        }
        case GarbageNote.OfBucket(Instant _, long bucketId) -> notesOfBuckets
            .computeIfAbsent(bucketId, _ -> new ArrayList<>()).add(row);
        case GarbageNote.OfUser(Instant _, String userId) -> notesOfUsers
            .computeIfAbsent(userId, _ -> new ArrayList<>()).add(row);
      }
    }

    private void addKey(byte[] row, ObjectName name) {
      notesOfKeys.computeIfAbsent(name, _ -> new ArrayList<>()).add(row);
    }
  }

  private record ObjectName(long bucketId, String key) {}

  private boolean notes() throws IOException {
    Instant time = config.keeps().isZero() ? Instant.MAX : clock.instant().minus(config.keeps());
    var cutoff = new Cutoff(time, checkpointer.flushedSequence());
    long seenBelow = sequences.last();
    var batch = new Batch();
    boolean readAll = read(batch, cutoff);
    var lists = new ArrayList<DeathList>();
    var doneNotes = new ArrayList<byte[]>();
    boolean unfinishedBucket = false;
    for (Map.Entry<ObjectName, List<byte[]>> entry : batch.notesOfKeys.entrySet()) {
      ObjectName name = entry.getKey();
      Set<Long> uploads = batch.uploadsByKey.getOrDefault(name, Set.of());
      settle(undertaker.key(name.bucketId, name.key, uploads, cutoff), entry.getValue(), lists, doneNotes);
    }
    for (Map.Entry<Long, List<byte[]>> entry : batch.notesOfBuckets.entrySet()) {
      Undertaker.Verdict verdict = undertaker.bucket(entry.getKey(), cutoff);
      unfinishedBucket |= !verdict.settled() && verdict.list().stepCount() > 0;
      settle(verdict, entry.getValue(), lists, doneNotes);
    }
    for (Map.Entry<String, List<byte[]>> entry : batch.notesOfUsers.entrySet()) {
      settle(undertaker.user(entry.getKey(), cutoff), entry.getValue(), lists, doneNotes);
    }
    bury(lists, doneNotes);
    if (readAll && batch.count == 0) {
      settleBelow(seenBelow);
    }
    return unfinishedBucket || !readAll && !doneNotes.isEmpty();
  }

  private static void settle(Undertaker.Verdict verdict, List<byte[]> notes, List<DeathList> lists,
      List<byte[]> doneNotes) {
    lists.add(verdict.list());
    if (verdict.settled()) {
      doneNotes.addAll(notes);
    }
  }

  /// True if there are no further notes, but for some that are too young.
  private boolean read(Batch batch, Cutoff cutoff) throws IOException {
    byte[] table = RowKeys.table(RowKeys.GARBAGE);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      boolean found = rows.seek(RowKeys.garbage(emptyBelow));
      oldestNote = found ? GarbageNote.read(rows.value()).at() : null;
      int young = 0;
      while (found && batch.count < config.batchNotes()) {
        byte[] row = rows.key();
        GarbageNote note = GarbageNote.read(rows.value());
        if (cutoff.covers(note.at(), RowKeys.lastLong(row))) {
          batch.add(row, note);
        } else if (++young == MAX_YOUNG_NOTES) {
          return true; // notes lie in the order of their making, so those behind are younger still
        }
        found = rows.next();
      }
      return !found;
    }
  }

  /// The queue was found empty: later passes need not step over the deleted notes again. A commit that was under way may
  /// still add a note below, so these are waited for, and looked for once more.
  private void settleBelow(long seenBelow) throws IOException {
    grace.drain();
    byte[] table = RowKeys.table(RowKeys.GARBAGE);
    try (KeyCursor rows = store.cursor(table, RowKeys.garbage(seenBelow), Reach.DISK)) {
      if (!rows.seek(RowKeys.garbage(emptyBelow))) {
        emptyBelow = seenBelow;
      }
    }
  }

  /// Makes the marks, all lists side by side, and deletes the rows.
  private void bury(List<DeathList> lists, List<byte[]> doneNotes) throws IOException {
    int steps = lists.stream().mapToInt(DeathList::stepCount).max().orElse(0);
    markedInLastPass = lists.stream().mapToInt(DeathList::markCount).sum();
    for (int step = 0; step < steps; step++) {
      var needles = new ArrayList<FileId>();
      for (DeathList list : lists) {
        if (step < list.stepCount()) {
          needles.addAll(list.step(step));
        }
      }
      CrashPoints.pass("filer.beforeMark");
      markDead(needles);
      CrashPoints.pass("filer.afterMark");
    }
    var batch = new KeyBatch();
    lists.forEach(list -> list.rows().forEach(batch::delete));
    doneNotes.forEach(batch::delete);
    if (!batch.isEmpty()) {
      store.write(batch);
      CrashPoints.pass("filer.afterRowsDeleted");
    }
  }

  private void markDead(List<FileId> needles) throws IOException {
    Map<Integer, List<Long>> keysByVolume = new TreeMap<>();
    for (FileId needle : needles) {
      keysByVolume.computeIfAbsent(needle.volume(), _ -> new ArrayList<>()).add(needle.key());
    }
    marks.mark(keysByVolume);
    marked.add(needles.size());
  }

  /// Chunks of earlier epochs that no row refers to: their writers are gone, so nothing will. True if there may be more.
  private boolean orphans() throws IOException {
    Map<ObjectName, List<FileId>> candidates = new LinkedHashMap<>();
    int count = orphanCandidates(candidates);
    var batch = new KeyBatch();
    var orphans = new ArrayList<FileId>();
    for (Map.Entry<ObjectName, List<FileId>> entry : candidates.entrySet()) {
      Set<Long> referenced = new HashSet<>();
      undertaker.referenced(entry.getKey().bucketId, entry.getKey().key).forEach(id -> referenced.add(id.key()));
      for (FileId chunk : entry.getValue()) {
        if (!referenced.contains(chunk.key())) {
          orphans.add(chunk);
        }
        batch.delete(RowKeys.chunk(chunk.volume(), chunk.key()));
      }
    }
    if (!orphans.isEmpty()) {
      markDead(orphans);
      LOG.log(System.Logger.Level.INFO, "event=orphan_chunks_collected count={0}", orphans.size());
    }
    if (!batch.isEmpty()) {
      store.write(batch);
    }
    orphansLeft = count > 0;
    return orphansLeft;
  }

  private int orphanCandidates(Map<ObjectName, List<FileId>> candidates) throws IOException {
    byte[] table = RowKeys.table(RowKeys.CHUNKS);
    int count = 0;
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean found = rows.seek(table); found && count < config.batchNotes(); found = rows.next()) {
        ChunkOwner owner = ChunkOwner.read(rows.value());
        if (CommitSequence.epoch(owner.sequence()) < sequences.epoch()) {
          var row = ByteBuffer.wrap(rows.key());
          var chunk = new FileId(row.getInt(1), row.getLong(5), 0);
          candidates.computeIfAbsent(new ObjectName(owner.bucketId(), owner.key()), _ -> new ArrayList<>()).add(chunk);
          count++;
        }
      }
    }
    return count;
  }
}

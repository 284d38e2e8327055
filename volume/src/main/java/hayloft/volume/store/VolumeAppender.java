package hayloft.volume.store;

import hayloft.common.CommitSequence;
import hayloft.common.CrashPoints;
import hayloft.common.Durability;
import hayloft.common.log.EventLog;
import hayloft.common.volume.KeyReusedException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.disk.NoSpaceException;
import hayloft.volume.index.IndexLog;
import hayloft.volume.needle.EncodedNeedle;
import hayloft.volume.needle.NeedleHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Adds needles at the end of one volume: group commit.
///
/// Any thread submits; one platform thread per writable volume drains the queue. What waits while a batch is being
/// synced becomes the next batch: one gathering write, one fdatasync, then the index, then the callers in the order of
/// offsets. So a lone writer waits for one sync, and many share it; nobody is ever held back to make a batch larger.
///
/// **When a write fails**, the file is cut back to the durable end, so that nothing of the batch is there. If the disk
/// says that it lacks space ([NoSpaceException]) the volume goes on once there is some. **When a sync fails**, nobody
/// knows which of the written pages are on disk, and asking again would answer "fine" for pages that the kernel has
/// dropped: the volume fails for good.
///
/// **What is kept back.** Commit needles without data (deletes above all) and books (dead marks above all) may use the
/// disk's reserve, and the last piece of the volume's limit: a sixteenth, at most [#HELD_BACK_BYTES]. A full volume on
/// a full disk thus still takes what is needed to free it.
///
/// **Every append is answered**, and its needle released, exactly once, whatever goes wrong on the writer's thread: a
/// bug ends the volume's writing, and what waits is refused.
final class VolumeAppender {
  private static final int MAX_BATCH_NEEDLES = 512;
  private static final long MAX_BATCH_BYTES = 16L << 20;
  /// So many needles fill a volume whatever their size; its map then has 1.5 GB.
  private static final long MAX_NEEDLES = 64L << 20;
  static final long HELD_BACK_BYTES = 1L << 20;
  private static final int HELD_BACK_FRACTION = 16;
  private static final long HELD_BACK_NEEDLES = 1L << 16;
  /// Without the index lock the map is only known to have a slot if it has many: dead marks take some meanwhile.
  private static final long SPARE_SLOTS = 64;
  /// What a waiting needle counts for at least, so that the queue's bound in bytes bounds the number of needles too.
  private static final long MIN_CHARGE_BYTES = 4096;
  private static final EventLog LOG = EventLog.of(VolumeAppender.class);

  /// What waits for the writer.
  private sealed interface Work {
    /// Confined to the thread that took it out of the queue.
    final class Append implements Work {
      private final EncodedNeedle needle;
      private final Durability durability;
      private final long chargeBytes;
      private final CompletableFuture<Void> done = new CompletableFuture<>();
      private boolean answered;

      Append(EncodedNeedle needle, Durability durability, long chargeBytes) {
        this.needle = needle;
        this.durability = durability;
        this.chargeBytes = chargeBytes;
      }

      void succeed() {
        if (!answered) {
          answered = true;
          try {
            needle.release();
          } finally {
            done.complete(null);
          }
        }
      }

      /// Nothing, if it was answered before.
      void refuse(Throwable refusal) {
        if (!answered) {
          answered = true;
          try {
            needle.release();
          } finally {
            done.completeExceptionally(refusal);
          }
        }
      }
    }

    /// Runs between two batches.
    record Task(Action action, CompletableFuture<Void> done) implements Work {}
  }

  /// Work on the writer's thread that is no append.
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
  }

  /// How far a batch is, which decides what a bug leaves of it.
  private enum Phase {
    /// Nothing of it is in the file.
    GATHERING,
    /// It may be in the file; no reader sees it.
    WRITING,
    /// It is in the file, as durable as it was asked for; readers may see it.
    PUBLISHING,
    PUBLISHED
  }

  private enum State {
    RUNNING,
    FAILED,
    CLOSED
  }

  private final Volume volume;
  private final VolumeFolder folder;
  private final VolumeStoreConfig config;
  private final AppendCounters counters;
  private final LongSupplier fence;
  private final AtomicLong queuedBytes = new AtomicLong();
  private final AtomicBoolean looksSoon = new AtomicBoolean();
  private final Thread writer;
  private final Handover<Work> handover;
  private volatile State state = State.RUNNING;
  private volatile boolean full;
  // Batches are numbered in their order. Changed by the writer only; a number is entered before its callers hear of it.
  private volatile long written;
  /// Every batch up to this one is on the disk.
  private volatile long synced;
  private volatile boolean readOnly;

  // The writer's own.
  private final List<Work.Append> batch = new ArrayList<>();
  private final List<ByteBuffer> gathered = new ArrayList<>();
  /// Out of the queue, and neither answered nor in the batch.
  private Work.@Nullable Append inHand;
  private long batchBytes;
  private Phase phase = Phase.PUBLISHED;
  private long checkpointedBytes;
  private boolean logBroken;
  private boolean logWaits;
  private boolean mapWaits;

  /// @param fence the oldest epoch that may append
  VolumeAppender(Volume volume, VolumeFolder folder, VolumeStoreConfig config, AppendCounters counters,
      LongSupplier fence) {
    this.volume = volume;
    this.folder = folder;
    this.config = config;
    this.counters = counters;
    this.fence = fence;
    this.checkpointedBytes = volume.generation().endBytes();
    this.readOnly = volume.isReadOnly();
    this.writer = Thread.ofPlatform().daemon().name("volume-" + volume.id() + "-writer").unstarted(this::run);
    this.handover = new Handover<>(writer, this::refuse);
    writer.start();
  }

  /// Takes the needle.
  CompletableFuture<Void> append(EncodedNeedle needle, Durability durability) {
    long bytes = Math.max(needle.head().recordBytes(), MIN_CHARGE_BYTES);
    long queued = queuedBytes.addAndGet(bytes);
    if (queued > config.appendQueueBytes() && queued > bytes) {
      queuedBytes.addAndGet(-bytes);
      counters.busy();
      needle.release();
      return CompletableFuture.failedFuture(new StoreBusyException("too many bytes wait for volume " + volume.id()));
    }
    Work.Append append = new Work.Append(needle, durability, bytes);
    handover.give(append);
    return append.done;
  }

  /// Bytes that wait.
  long queuedBytes() {
    return queuedBytes.get();
  }

  /// Runs an action on the writer's thread, behind what was submitted before, and waits for it.
  void call(Action action) throws IOException {
    assert !handover.isTaker() : "the writer would wait for itself";
    CompletableFuture<Void> done = new CompletableFuture<>();
    handover.give(new Work.Task(action, done));
    Waiting.forDone(done);
  }

  /// Has the writer look at something when it comes to it. Does not wait, for the disk may hang; while one such action
  /// is to come there is no other.
  void lookSoon(Action action) {
    if (!looksSoon.compareAndSet(false, true)) {
      return;
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    done.whenComplete((_, failure) -> {
      looksSoon.set(false);
      if (failure != null) {
        // it has ended, or its disk says so itself
        LOG.debug("volume.notLookedAt").with("volume", volume.id()).say(failure);
      }
    });
    handover.give(new Work.Task(action, done));
  }

  /// On return what was acknowledged before is synced, whatever durability it asked for.
  ///
  /// @throws IOException if the volume failed before that; what is not synced then never will be
  void sync() throws IOException {
    long wanted = written; // what comes later is not asked for
    if (synced >= wanted) {
      return;
    }
    try {
      call(this::syncData);
    } catch (VolumeUnwritableException e) {
      LOG.debug("volume.sealedWhileSyncing").with("volume", volume.id()).say(e); // which syncs as well
    }
    if (synced < wanted) {
      throw new IOException("volume " + volume.id() + " failed with needles that were acknowledged without a sync");
    }
  }

  /// Whether needles were acknowledged that the disk may not have.
  boolean isUnsynced() {
    return synced < written;
  }

  /// On return needles are refused that are not in the volume yet, or taken again.
  void setReadOnly(boolean next) throws IOException {
    call(() -> readOnly = next);
  }

  Reason unwritableReason() {
    return switch (state) {
      case FAILED -> Reason.FAILED;
      case CLOSED -> Reason.SEALED;
      case RUNNING -> readOnly ? Reason.READ_ONLY : full ? Reason.FULL : Reason.NO_SPACE;
    };
  }

  boolean isWritable() {
    return !readOnly && state == State.RUNNING && !full && folder.hasRoom();
  }

  /// Ends the writer behind everything that was submitted before; later needles are refused as sealed.
  void close(Action last) throws IOException {
    try {
      call(() -> {
        try {
          last.run();
        } finally {
          state = State.CLOSED;
        }
      });
    } finally {
      Waiting.forEnd(writer);
    }
  }

  private void run() {
    try {
      while (state != State.CLOSED) {
        switch (handover.take()) {
          case Work.Task task -> runTask(task);
          case Work.Append first -> {
            commitBatch(first);
            checkpointIfDue();
          }
        }
      }
    } finally {
      state = State.CLOSED; // also if this thread dies of what nobody thought of: nobody waits for it then
      handover.end();
    }
  }

  private static void runTask(Work.Task task) {
    try {
      task.action.run();
      task.done.complete(null);
    } catch (Throwable e) {
      task.done.completeExceptionally(e);
    }
  }

  private void commitBatch(Work.Append first) {
    assert handover.isTaker() : "called on " + Thread.currentThread() + ", owned by " + writer;
    Generation generation = volume.generation();
    long at = generation.endBytes();
    phase = Phase.GATHERING;
    try {
      boolean sync = gather(first, at, generation);
      if (!batch.isEmpty()) {
        commit(generation, at, at + batchBytes, sync);
      }
    } catch (Throwable bug) {
      endWithBug(generation, at, bug);
    } finally {
      folder.ended(batchBytes, generation.endBytes() > at);
      batchBytes = 0;
      batch.clear();
      gathered.clear();
      inHand = null;
    }
  }

  /// Makes a batch of what waits and may go in; the rest is refused.
  ///
  /// @return whether it is to be synced
  private boolean gather(Work.Append first, long at, Generation generation) {
    boolean sync = false;
    Work.Append next = first;
    while (next != null) {
      inHand = next;
      queuedBytes.addAndGet(-next.chargeBytes);
      NeedleHead head = next.needle.head();
      IOException refusal = refusalOf(head, at + batchBytes, generation);
      if (refusal != null) {
        next.refuse(refusal);
      } else {
        if (batch.isEmpty() && !isUnsynced()) {
          next.needle.markSyncedBefore();
        }
        folder.began(head.recordBytes());
        batchBytes += head.recordBytes();
        batch.add(next);
        next.needle.addTo(gathered);
        sync |= next.durability == Durability.FSYNC;
      }
      inHand = null;
      boolean more = batch.size() < MAX_BATCH_NEEDLES && batchBytes < MAX_BATCH_BYTES;
      next = more ? handover.takeIfNext(Work.Append.class) : null;
    }
    return sync;
  }

  /// Nothing more goes in, since it is unknown what the bug has left in memory; but everybody is answered, with what is
  /// true of the file.
  private void endWithBug(Generation generation, long at, Throwable bug) {
    state = State.FAILED;
    if (phase == Phase.WRITING) {
      cutBackOrRecord(generation, at, bug);
    }
    List<Work.Append> waiting = new ArrayList<>(batch);
    if (inHand != null) {
      waiting.add(inHand);
    }
    for (Work.Append append : waiting) {
      try {
        switch (phase) {
          case GATHERING, WRITING -> append.refuse(refusal(Reason.FAILED, bug)); // nothing of it is there
          case PUBLISHING -> append.refuse(bug); // it may be there and it may not
          case PUBLISHED -> append.succeed();
        }
      } catch (Throwable another) {
        append.refuse(bug);
        bug.addSuppressed(another);
      }
    }
    tellBug(bug);
  }

  private void cutBackOrRecord(Generation generation, long at, Throwable bug) {
    try {
      generation.file().truncate(at);
    } catch (Throwable e) {
      bug.addSuppressed(e);
      volume.cutAt(at);
    }
  }

  private void tellBug(Throwable bug) {
    try {
      LOG.error("volume.writerFailed").with("volume", volume.id()).with("phase", phase)
          .with("action", "read-only-until-a-restart").say(bug);
    } catch (Throwable unsayable) {
      bug.addSuppressed(unsayable); // there may be no memory for a line; the volume's state tells it
    }
  }

  private @Nullable IOException refusalOf(NeedleHead head, long end, Generation generation) {
    if (state != State.RUNNING) {
      return new VolumeUnwritableException(volume.id(), Reason.FAILED, "volume " + volume.id() + " failed");
    }
    if (readOnly) {
      return new VolumeUnwritableException(volume.id(), Reason.READ_ONLY,
          "volume " + volume.id() + " was marked read-only");
    }
    if (head.kind() != NeedleKind.BLOB && CommitSequence.epoch(head.sequence()) < fence.getAsLong()) {
      return new StaleEpochException("epoch " + CommitSequence.epoch(head.sequence()) + " was fenced off by epoch "
          + fence.getAsLong() + ": another filer has the catalog");
    }
    boolean small = head.dataBytes() == 0 && (head.kind() == NeedleKind.COMMIT || head.kind() == NeedleKind.BOOK);
    if (!small && !folder.hasRoom(head.recordBytes())) {
      return new VolumeUnwritableException(volume.id(), Reason.NO_SPACE,
          folder.disk().describe() + " has no room above its free-space reserve");
    }
    long heldBackBytes = small ? 0 : Math.min(HELD_BACK_BYTES, volume.limitBytes() / HELD_BACK_FRACTION);
    long heldBackNeedles = small ? 0 : HELD_BACK_NEEDLES;
    if (end + head.recordBytes() > volume.limitBytes() - heldBackBytes || generation.map().liveNeedles()
        + generation.map().deadNeedles() + batch.size() >= MAX_NEEDLES - heldBackNeedles) {
      full = true;
      return new VolumeUnwritableException(volume.id(), Reason.FULL, "volume " + volume.id() + " is full");
    }
    try {
      if (volume.index().isMarked(generation, head.key())) {
        return new KeyReusedException("needle " + head.id() + " cannot be appended: its key is marked dead");
      }
    } catch (IOException e) {
      return new VolumeUnwritableException(volume.id(), Reason.NO_SPACE,
          "the index of volume " + volume.id() + " is damaged and cannot be made again now: " + e.getMessage());
    }
    return slotRefusal(generation);
  }

  /// Null if the map can take one more needle than the batch has: it must not fail on needles that are durable.
  private @Nullable IOException slotRefusal(Generation generation) {
    if (generation.map().hasRoomFor(batch.size() + SPARE_SLOTS)) {
      mapWaits = false;
      return null;
    }
    try {
      volume.index().makeRoomFor(generation, batch.size() + 1L);
      mapWaits = false;
      return null;
    } catch (IOException e) {
      if (!mapWaits) {
        LOG.warning("needleMap.full").with("volume", volume.id()).with("reason", e).say();
      }
      mapWaits = true;
      return new VolumeUnwritableException(volume.id(), Reason.NO_SPACE, folder.disk().describe()
          + " has no space for a larger index of volume " + volume.id() + ": " + e.getMessage());
    }
  }

  private void commit(Generation generation, long at, long end, boolean sync) {
    assert at % NeedleHead.ALIGNMENT == 0 && end <= VolumeSpec.MAX_LIMIT_BYTES : "needles from " + at + " to " + end;
    assert gathered.stream().mapToLong(ByteBuffer::remaining).sum() == end - at
        : "records end elsewhere than at " + end;
    phase = Phase.WRITING;
    try {
      CrashPoints.pass("volume.beforeAppend");
      ByteBuffer[] bytes = gathered.toArray(ByteBuffer[]::new);
      if (sync) {
        generation.file().writeToBeSynced(bytes, at);
      } else {
        generation.file().write(bytes, at);
      }
      CrashPoints.pass("volume.afterAppend");
    } catch (IOException e) {
      writeFailed(generation, at, e);
      return;
    }
    assert endsAt(generation, end);
    if (sync) {
      long start = System.nanoTime();
      try {
        generation.file().force();
      } catch (IOException e) {
        syncFailed(generation, at, e);
        return;
      }
      counters.sync(System.nanoTime() - start);
      CrashPoints.pass("volume.afterSync");
    }
    phase = Phase.PUBLISHING;
    counters.batch(batch.size(), end - at);
    publish(generation, at, end, sync);
    if (sync) {
      synced = written + 1;
    }
    written = written + 1;
    phase = Phase.PUBLISHED;
    for (Work.Append append : batch) {
      append.succeed();
    }
  }

  private static boolean endsAt(Generation generation, long end) {
    try {
      assert generation.file().sizeBytes() == end
          : "the file ends at " + generation.file().sizeBytes() + ", its needles at "
              + end;
    } catch (IOException e) {
      LOG.debug("volume.sizeUnknown").say(e); // the sync will say what is wrong
    }
    return true;
  }

  private void publish(Generation generation, long at, long end, boolean sync) {
    long offset = at;
    List<IndexLog.Entry> entries = new ArrayList<>(batch.size());
    for (Work.Append append : batch) {
      entries.add(generation.appended(append.needle, offset));
      offset += append.needle.head().recordBytes();
    }
    try {
      volume.index().enter(generation, entries, end);
    } catch (IOException e) {
      // Not for lack of slots, which was looked at before. What is in the file is durable, so the callers hear of
      // success; nothing more goes in.
      LOG.error("volume.indexFailed").with("volume", volume.id()).say(e);
      state = State.FAILED;
      generation.moveEnd(end);
    }
    log(generation, entries, sync);
  }

  /// A cache: without it the next start scans the volume file. Once an entry is missing it is not written to again.
  /// What is written proves that a needle was synced, so entries of others wait.
  private void log(Generation generation, List<IndexLog.Entry> entries, boolean sync) {
    if (logBroken) {
      return;
    }
    try {
      for (IndexLog.Entry entry : entries) {
        generation.log().add(entry);
      }
    } catch (IOException e) {
      LOG.warning("indexLog.failed").with("volume", volume.id()).say(e);
      logBroken = true;
      return;
    }
    if (sync) {
      flushLog(generation);
    }
  }

  /// All needles whose entries were added are synced.
  private void flushLog(Generation generation) {
    if (logBroken) {
      return;
    }
    try {
      generation.log().flush();
      logWaits = false;
    } catch (IOException e) {
      if (!logWaits) {
        LOG.warning("indexLog.waits").with("volume", volume.id()).with("reason", e).say();
      }
      logWaits = true; // what was added is kept for the next time
    }
  }

  private void checkpointIfDue() {
    try {
      Generation generation = volume.generation();
      if (generation.endBytes() - checkpointedBytes >= config.checkpointBytes() || generation.log().isPressing()) {
        checkpoint();
      }
    } catch (Throwable bug) {
      state = State.FAILED;
      tellBug(bug);
    }
  }

  /// Syncs volume file and index log, so that a restart need not look at what stands before.
  void checkpoint() {
    assert handover.isTaker() : "called on " + Thread.currentThread() + ", owned by " + writer;
    syncData();
    if (state != State.RUNNING || logBroken) {
      return;
    }
    Generation generation = volume.generation();
    try {
      generation.checkpoint();
      volume.index().syncMarks();
      checkpointedBytes = generation.endBytes();
    } catch (IOException e) {
      // Tried again behind the next piece; if its sync failed, the log takes no entry any more.
      LOG.warning("volume.checkpointFailed").with("volume", volume.id()).say(e);
      checkpointedBytes = generation.endBytes();
    }
  }

  /// Syncs the volume file, if that is not done and the volume has not failed; the log may tell of what was waiting for
  /// it then. Writer only.
  private void syncData() {
    if (!isUnsynced() || state != State.RUNNING) {
      return;
    }
    Generation generation = volume.generation();
    try {
      generation.file().force();
      synced = written;
    } catch (IOException e) {
      fail(generation, generation.endBytes(), e);
      return;
    }
    flushLog(generation);
  }

  /// The volume is in a new generation, which is synced and has a checkpoint at its end. Writer only.
  void generationSwitched() {
    assert handover.isTaker() : "called on " + Thread.currentThread() + ", owned by " + writer;
    checkpointedBytes = volume.generation().endBytes();
    synced = written;
    logBroken = false;
    logWaits = false;
    full = false;
  }

  /// No needle may be added any more, since it is unknown which files a crash would leave. Writer only.
  void giveUp(Throwable cause) {
    state = State.FAILED;
    LOG.error("volume.failed").with("volume", volume.id()).say(cause);
  }

  /// Nothing more goes in; what was acknowledged is synced first, so that nobody has to doubt it. Writer only.
  void end(String why) {
    syncData();
    state = State.FAILED;
    LOG.error("volume.failed").with("volume", volume.id()).with("reason", why).say();
  }

  boolean isRunning() {
    return state == State.RUNNING;
  }

  private void writeFailed(Generation generation, long at, IOException cause) {
    boolean cut = false;
    try {
      generation.file().truncate(at);
      cut = true;
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    if (cut && cause instanceof NoSpaceException) {
      folder.ranOut();
      LOG.warning("volume.outOfSpace").with("volume", volume.id()).with("folder", folder.disk().describe())
          .with("reason", cause).say();
      refuseBatch(Reason.NO_SPACE, cause);
    } else {
      fail(generation, at, cause);
    }
  }

  private void syncFailed(Generation generation, long at, IOException cause) {
    try {
      generation.file().truncate(at);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    fail(generation, at, cause);
  }

  private void fail(Generation generation, long at, IOException cause) {
    state = State.FAILED;
    folder.failed();
    LOG.error("volume.failed").with("volume", volume.id()).with("generation", generation.number()).with("end", at)
        .say(cause);
    volume.cutAt(at);
    refuseBatch(Reason.FAILED, cause);
  }

  private void refuseBatch(Reason reason, IOException cause) {
    for (Work.Append append : batch) {
      append.refuse(refusal(reason, cause));
    }
  }

  private VolumeUnwritableException refusal(Reason reason, Throwable cause) {
    VolumeUnwritableException refusal = new VolumeUnwritableException(volume.id(), reason,
        "volume " + volume.id() + " took no append: " + cause.getMessage());
    refusal.initCause(cause);
    return refusal;
  }

  /// What the writer will not take any more. Any thread.
  private void refuse(Work work) {
    switch (work) {
      case Work.Append append -> {
        queuedBytes.addAndGet(-append.chargeBytes);
        append.refuse(new VolumeUnwritableException(volume.id(), unwritableReason(), "volume " + volume.id()
            + " takes no more needles"));
      }
      case Work.Task task -> task.done.completeExceptionally(
          new VolumeUnwritableException(volume.id(), unwritableReason(), "volume " + volume.id() + " has no writer"));
    }
  }
}

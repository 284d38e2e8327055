package hayloft.volume.store;

import hayloft.common.CommitSequence;
import hayloft.common.CrashPoints;
import hayloft.common.Durability;
import hayloft.common.volume.KeyReusedException;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.EncodedNeedle;
import hayloft.volume.needle.NeedleHead;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Adds needles at the end of one volume: group commit.
///
/// Any thread submits; one platform thread per writable volume drains the queue. What waits while a batch is being synced
/// becomes the next batch: one gathering write, one fdatasync, then the index, then the callers in the order of offsets. So
/// a lone writer waits for one sync, and many share it; nobody is ever held back to make a batch larger.
///
/// **When a write fails**, the file is cut back to the durable end, so that nothing of the batch is there. If the disk is
/// merely full the volume goes on once there is space. **When a sync fails**, nobody knows which of the written pages are on
/// disk, and asking again would answer "fine" for pages that the kernel has dropped: the volume fails for good.
///
/// **What is kept back.** Commit needles without data (deletes above all) may use the disk's reserve, and the last piece of the
/// volume's limit: a sixteenth, at most [#HELD_BACK_BYTES]. A full volume on a full disk thus still takes what is needed to
/// free it.
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
  private static final System.Logger LOG = System.getLogger(VolumeAppender.class.getName());

  /// What waits for the writer.
  private sealed interface Work {
    record Append(EncodedNeedle needle, Durability durability, CompletableFuture<Void> done) implements Work {}

    /// Runs between two batches.
    record Task(Action action, CompletableFuture<Void> done) implements Work {}
  }

  /// Work on the writer's thread that is no append.
  @FunctionalInterface
  interface Action {
    void run() throws IOException;
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
  private final ConcurrentLinkedQueue<Work> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  private final Thread writer;
  private volatile boolean parked;
  private volatile State state = State.RUNNING;
  private volatile boolean full;
  /// Needles were acknowledged that the disk may not have. Changed by the writer only.
  private volatile boolean unsynced;

  // The writer's own.
  private final List<Work.Append> batch = new ArrayList<>();
  private final List<ByteBuffer> gathered = new ArrayList<>();
  private long checkpointedBytes;
  private boolean logBroken;
  private boolean logWaits;

  /// @param fence the oldest epoch that may append
  VolumeAppender(Volume volume, VolumeFolder folder, VolumeStoreConfig config, AppendCounters counters,
      LongSupplier fence) {
    this.volume = volume;
    this.folder = folder;
    this.config = config;
    this.counters = counters;
    this.fence = fence;
    this.checkpointedBytes = volume.generation().endBytes();
    this.writer = Thread.ofPlatform().daemon().name("volume-" + volume.id() + "-writer").start(this::run);
  }

  /// Takes the needle.
  CompletableFuture<Void> append(EncodedNeedle needle, Durability durability) {
    long bytes = chargeOf(needle);
    if (queuedBytes.addAndGet(bytes) > config.appendQueueBytes() && queuedBytes.get() > bytes) {
      queuedBytes.addAndGet(-bytes);
      counters.busy();
      needle.release();
      return CompletableFuture.failedFuture(new StoreBusyException("too many bytes wait for volume " + volume.id()));
    }
    CompletableFuture<Void> done = new CompletableFuture<>();
    submit(new Work.Append(needle, durability, done));
    return done;
  }

  /// Bytes that wait.
  long queuedBytes() {
    return queuedBytes.get();
  }

  private static long chargeOf(EncodedNeedle needle) {
    return Math.max(needle.head().recordBytes(), MIN_CHARGE_BYTES);
  }

  /// Runs an action on the writer's thread, behind what was submitted before, and waits for it.
  void call(Action action) throws IOException {
    CompletableFuture<Void> done = new CompletableFuture<>();
    submit(new Work.Task(action, done));
    Waiting.forDone(done);
  }

  /// On return what was acknowledged before is synced, whatever durability it asked for.
  ///
  /// @throws IOException if the volume failed before that; what is not synced then never will be
  void sync() throws IOException {
    if (!unsynced) {
      return;
    }
    try {
      call(this::syncData);
    } catch (VolumeUnwritableException e) {
      LOG.log(System.Logger.Level.DEBUG, "sealed-while-syncing volume=" + volume.id(), e); // which syncs as well
    }
    if (unsynced) {
      throw new IOException("volume " + volume.id() + " failed with needles that were acknowledged without a sync");
    }
  }

  /// Whether needles were acknowledged that the disk may not have.
  boolean isUnsynced() {
    return unsynced;
  }

  private void submit(Work work) {
    queue.add(work);
    if (parked) {
      LockSupport.unpark(writer);
    }
    if (state == State.CLOSED) {
      refuseQueued(); // the writer may have looked into the queue for the last time before
    }
  }

  Reason unwritableReason() {
    return switch (state) {
      case FAILED -> Reason.FAILED;
      case CLOSED -> Reason.SEALED;
      case RUNNING -> full ? Reason.FULL : Reason.NO_SPACE;
    };
  }

  boolean isWritable() {
    return state == State.RUNNING && !full && folder.hasRoom();
  }

  /// Ends the writer behind everything that was submitted before; later needles are refused as sealed.
  void close(Action last) throws IOException {
    call(() -> {
      try {
        last.run();
      } finally {
        state = State.CLOSED;
      }
    });
    Waiting.forEnd(writer);
  }

  private void run() {
    while (state != State.CLOSED) {
      Work work = queue.poll();
      switch (work) {
        case null -> park();
        case Work.Task task -> runTask(task);
        case Work.Append first -> commitOrFail(first);
      }
    }
    refuseQueued();
  }

  private void park() {
    parked = true;
    if (queue.isEmpty()) {
      LockSupport.park(this);
    }
    parked = false;
  }

  private void runTask(Work.Task task) {
    try {
      task.action.run();
      task.done.complete(null);
    } catch (IOException | RuntimeException | Error e) {
      task.done.completeExceptionally(e);
    }
  }

  private void commitOrFail(Work.Append first) {
    try {
      commitFrom(first);
    } catch (RuntimeException | Error bug) {
      state = State.FAILED;
      LOG.log(System.Logger.Level.ERROR, "volume-writer-failed volume=" + volume.id(), bug);
      first.done.completeExceptionally(bug);
      for (Work.Append append : batch) {
        append.done.completeExceptionally(bug);
      }
      batch.clear();
      gathered.clear();
    }
  }

  private void commitFrom(Work.Append first) {
    Generation generation = volume.generation();
    long at = generation.endBytes();
    long end = at;
    boolean sync = false;
    Work.Append next = first;
    while (next != null) {
      int bytes = next.needle.head().recordBytes();
      queuedBytes.addAndGet(-chargeOf(next.needle));
      IOException refusal = refusalOf(next.needle.head(), end, generation);
      if (refusal != null) {
        refuse(next, refusal);
      } else {
        if (batch.isEmpty() && !unsynced) {
          next.needle.markSyncedBefore();
        }
        batch.add(next);
        next.needle.addTo(gathered);
        end += bytes;
        folder.began(bytes);
        sync |= next.durability == Durability.FSYNC;
      }
      boolean more = batch.size() < MAX_BATCH_NEEDLES && end - at < MAX_BATCH_BYTES
          && queue.peek() instanceof Work.Append;
      next = more && queue.poll() instanceof Work.Append append ? append : null;
    }
    if (!batch.isEmpty()) {
      try {
        commit(generation, at, end, sync);
      } finally {
        folder.ended(end - at, generation.endBytes() == end);
      }
      batch.clear();
      gathered.clear();
      if (generation.endBytes() - checkpointedBytes >= config.checkpointBytes()) {
        checkpoint();
      }
    }
  }

  private @Nullable IOException refusalOf(NeedleHead head, long end, Generation generation) {
    if (state != State.RUNNING) {
      return new VolumeUnwritableException(volume.id(), Reason.FAILED, "volume " + volume.id() + " failed");
    }
    if (head.kind() != NeedleKind.BLOB && CommitSequence.epoch(head.sequence()) < fence.getAsLong()) {
      return new StaleEpochException("epoch " + CommitSequence.epoch(head.sequence()) + " was fenced off by epoch "
          + fence.getAsLong() + ": another filer has the catalog");
    }
    boolean small = head.kind() == NeedleKind.COMMIT && head.dataBytes() == 0;
    if (!small && !folder.hasRoom(head.recordBytes())) {
      return new VolumeUnwritableException(volume.id(), Reason.NO_SPACE,
          folder.disk().describe() + " is below its free-space reserve");
    }
    long heldBackBytes = small ? 0 : Math.min(HELD_BACK_BYTES, volume.limitBytes() / HELD_BACK_FRACTION);
    long heldBackNeedles = small ? 0 : HELD_BACK_NEEDLES;
    if (end + head.recordBytes() > volume.limitBytes() - heldBackBytes || generation.map().liveNeedles()
        + generation.map().deadNeedles() + batch.size() >= MAX_NEEDLES - heldBackNeedles) {
      full = true;
      return new VolumeUnwritableException(volume.id(), Reason.FULL, "volume " + volume.id() + " is full");
    }
    if (generation.map().isMarked(head.key())) {
      return new KeyReusedException("needle " + head.id() + " cannot be appended: its key is marked dead");
    }
    return hasSlot(generation)
        ? null
        : new VolumeUnwritableException(volume.id(), Reason.NO_SPACE,
            folder.disk().describe() + " has no space for a larger index of volume " + volume.id());
  }

  /// Whether the map can take one more needle than the batch has: it must not fail on needles that are durable.
  private boolean hasSlot(Generation generation) {
    if (generation.map().hasRoomFor(batch.size() + SPARE_SLOTS)) {
      return true;
    }
    volume.lockIndex();
    try {
      generation.map().makeRoomFor(batch.size() + 1L);
      return true;
    } catch (IOException e) {
      LOG.log(System.Logger.Level.WARNING, "needle-map-full volume=" + volume.id() + " reason=" + e.getMessage());
      return false;
    } finally {
      volume.unlockIndex();
    }
  }

  private void commit(Generation generation, long at, long end, boolean sync) {
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
      writeFailed(generation, at, end - at, e);
      return;
    }
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
    unsynced = !sync;
    counters.batch(batch.size(), end - at);
    publish(generation, at, end);
    for (Work.Append append : batch) {
      append.needle.release();
      append.done.complete(null);
    }
  }

  private void publish(Generation generation, long at, long end) {
    long offset = at;
    try {
      volume.lockIndex();
      try {
        for (Work.Append append : batch) {
          NeedleHead head = append.needle.head();
          long place = NeedlePlace.of(offset, head.recordBytes());
          generation.map().put(head.key(), place);
          log(generation, head.key(), place);
          offset += head.recordBytes();
        }
      } finally {
        volume.unlockIndex();
      }
    } catch (IOException e) {
      // Not for lack of slots, which was looked at before. What is in the file is durable, so the callers hear of success; nothing more goes in.
      LOG.log(System.Logger.Level.ERROR, "volume-index-failed volume=" + volume.id(), e);
      state = State.FAILED;
    }
    generation.moveEnd(end);
    if (!logBroken) {
      try {
        generation.log().flush();
        logWaits = false;
      } catch (IOException e) {
        if (!logWaits) {
          LOG.log(System.Logger.Level.WARNING, "index-log-waits volume=" + volume.id() + " reason=" + e.getMessage());
        }
        logWaits = true; // what was added is kept for the next time
      }
    }
  }

  /// A cache: without it the next start scans the volume file. Once an entry is missing it is not written to again.
  private void log(Generation generation, long key, long place) {
    if (!logBroken) {
      try {
        generation.log().add(key, place);
      } catch (IOException e) {
        LOG.log(System.Logger.Level.WARNING, "index-log-failed volume=" + volume.id(), e);
        logBroken = true;
      }
    }
  }

  /// Syncs volume file and index log, so that a restart need not look at what stands before.
  void checkpoint() {
    syncData();
    if (state != State.RUNNING || logBroken) {
      return;
    }
    Generation generation = volume.generation();
    try {
      generation.log().checkpoint(generation.endBytes());
      checkpointedBytes = generation.endBytes();
    } catch (IOException e) {
      // Tried again behind the next piece; if its sync failed, the log takes no entry any more.
      LOG.log(System.Logger.Level.WARNING, "volume-checkpoint-failed volume=" + volume.id(), e);
      checkpointedBytes = generation.endBytes();
    }
  }

  /// Syncs the volume file, if that is not done and the volume has not failed. Writer only.
  private void syncData() {
    if (!unsynced || state != State.RUNNING) {
      return;
    }
    Generation generation = volume.generation();
    try {
      generation.file().force();
      unsynced = false;
    } catch (IOException e) {
      fail(generation, generation.endBytes(), e);
    }
  }

  /// The volume is in a new generation, which is synced and has a checkpoint at its end. Writer only.
  void generationSwitched() {
    checkpointedBytes = volume.generation().endBytes();
    unsynced = false;
    logBroken = false;
    logWaits = false;
    full = false;
  }

  /// No needle may be added any more, since it is unknown which files a crash would leave. Writer only.
  void giveUp(IOException cause) {
    state = State.FAILED;
    LOG.log(System.Logger.Level.ERROR, "volume-failed volume=" + volume.id(), cause);
  }

  boolean isRunning() {
    return state == State.RUNNING;
  }

  private void writeFailed(Generation generation, long at, long bytes, IOException cause) {
    boolean cut = false;
    try {
      generation.file().truncate(at);
      cut = true;
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
    if (cut && folder.isNearlyFull(bytes)) {
      LOG.log(System.Logger.Level.WARNING, "volume-out-of-space volume=" + volume.id() + " folder="
          + folder.disk().describe() + " cause=" + cause.getMessage());
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
    LOG.log(System.Logger.Level.ERROR,
        "volume-failed volume=" + volume.id() + " generation=" + generation.number() + " end=" + at, cause);
    volume.cutAt(at);
    refuseBatch(Reason.FAILED, cause);
  }

  private void refuseBatch(Reason reason, IOException cause) {
    for (Work.Append append : batch) {
      VolumeUnwritableException refusal = new VolumeUnwritableException(volume.id(), reason,
          "volume " + volume.id() + " took no append: " + cause.getMessage());
      refusal.initCause(cause);
      refuse(append, refusal);
    }
  }

  private void refuseQueued() {
    for (Work work = queue.poll(); work != null; work = queue.poll()) {
      switch (work) {
        case Work.Append append -> {
          queuedBytes.addAndGet(-chargeOf(append.needle));
          refuse(append, new VolumeUnwritableException(volume.id(), unwritableReason(), "volume " + volume.id()
              + " takes no more needles"));
        }
        case Work.Task task -> task.done.completeExceptionally(
            new VolumeUnwritableException(volume.id(), unwritableReason(), "volume " + volume.id() + " has no writer"));
      }
    }
  }

  private static void refuse(Work.Append append, IOException refusal) {
    append.needle.release();
    append.done.completeExceptionally(refusal);
  }
}

package hayloft.filer.commit;

import hayloft.common.CrashPoints;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.metrics.Histogram;
import hayloft.common.metrics.StageClock;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.NeedleStream;
import hayloft.common.placement.SpaceClaim;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.StoreBusyException;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.rows.MutationRows;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Makes a needle durable and then its rows visible. Thread-safe; waits, so it is called on virtual threads.
///
///     next sequence -> enter the grace period -> append -> durable -> put the rows -> leave the grace period
///
/// A volume that refuses is given up for another lease, with a new sequence: what it refused is certainly not there.
/// What ends in any other way is not known to be there or not, and stops the catalog ([FailStop]).
///
/// A key store without space is noticed before the append, and then nothing is done. If it is noticed only after it,
/// the commit waits for space: its needle is durable, so its rows must come before anything is done on top of it.
public final class Committer {

  private static final EventLog LOG = EventLog.of(Committer.class);
  private static final int MAX_TRIES = 12;
  private static final long SPACE_POLL_NANOS = Duration.ofMillis(200).toNanos();

  private final VolumeClient volumes;
  private final LeasePool leases;
  private final KeyStore store;
  private final Sequences sequences;
  private final GracePeriod grace;
  private final FailStop failStop;
  private final Histogram commitNanos = new Histogram(Histogram.Scale.DURATION);
  private volatile boolean closing;

  public Committer(VolumeClient volumes, LeasePool leases, KeyStore store, Sequences sequences, GracePeriod grace,
      FailStop failStop) {
    this.volumes = volumes;
    this.leases = leases;
    this.store = store;
    this.sequences = sequences;
    this.grace = grace;
    this.failStop = failStop;
  }

  /// A needle that is durable and applied.
  public record Committed(FileId needle, long sequence) {}

  /// Commits a mutation with its data. Takes meta and data. The caller holds what the mutation was judged under.
  public Committed commit(byte[] meta, ByteBuf data, Durability durability) throws IOException {
    return commit(meta, data, SpaceClaim.DATA, durability);
  }

  /// The same with a claim on space: [SpaceClaim#RESERVE] is for mutations without data only.
  public Committed commit(byte[] meta, ByteBuf data, SpaceClaim claim, Durability durability) throws IOException {
    if (durability == Durability.OS) {
      MutationCodec.markUnsynced(meta);
    }
    return append(NeedleKind.COMMIT, NeedleStream.SMALL, claim, meta, data, durability);
  }

  /// The same for a mutation with data, without waiting. Takes meta and data.
  ///
  /// @param rest runs what follows the append and does not wait either. What has to wait nevertheless, because a volume
  ///     refuses or the key store stalls, goes on on a virtual thread, and so does everything if `rest` takes no tasks
  /// @return null if the master would have to be asked, for a lease or for the first epoch: then nothing has happened
  public @Nullable CompletableFuture<Committed> commitNow(byte[] meta, ByteBuf data, Durability durability,
      Executor rest) throws IOException {
    int phase = grace.enter();
    Begun begun = null;
    try {
      failStop.check();
      store.requireSpace();
      FileId id = leases.nextAtHand(NeedleStream.SMALL);
      if (id == null) {
        return null;
      }
      long sequence = sequences.nextNow();
      if (sequence == 0) {
        return null;
      }
      if (durability == Durability.OS) {
        MutationCodec.markUnsynced(meta);
      }
      begun = new Begun(id, sequence, meta, data, durability, phase);
    } finally {
      if (begun == null) {
        grace.leave(phase);
        data.release();
      }
    }
    begun.append(rest);
    return begun.done;
  }

  /// Commits a mutation that has no data; deletes are such, so it may use the space that is kept back for them.
  public Committed commit(byte[] meta, Durability durability) throws IOException {
    return commit(meta, Unpooled.EMPTY_BUFFER, SpaceClaim.RESERVE, durability);
  }

  /// Writes a chunk. Takes the data.
  public FileId chunk(byte[] meta, ByteBuf data, Durability durability) throws IOException {
    return append(NeedleKind.CHUNK, NeedleStream.BULK, SpaceClaim.DATA, meta, data, durability).needle();
  }

  /// Commits an entry of the catalog's books on volumes. It is synced whatever mutations are promised, and may use the
  /// space that is kept back: without it nothing could be freed.
  public Committed book(byte[] meta) throws IOException {
    return append(NeedleKind.BOOK, NeedleStream.SMALL, SpaceClaim.RESERVE, meta, Unpooled.EMPTY_BUFFER,
        Durability.FSYNC);
  }

  /// What a mutation needs besides its own needle.
  @FunctionalInterface
  public interface Needs {

    /// The volumes that it lies in; asked only when it matters, because it may have to be read.
    Set<Integer> volumes() throws IOException;
  }

  /// If `fsync` is promised: on return everything that a mutation needs survives a power cut. Whoever commits one that
  /// needs older ones calls it first, since these may have been acknowledged with less. Costs nothing where nothing
  /// was.
  ///
  /// A volume that failed with needles that were never synced says so until the next start; that concerns those alone
  /// who need it.
  public void settle(Durability promised, Needs needs) throws IOException {
    if (promised == Durability.FSYNC) {
      try {
        volumes.sync();
      } catch (IOException e) {
        LOG.debug("catalog.notAllSynced").say(e); // told again if it is one of these
        volumes.sync(needs.volumes());
      }
    }
  }

  private Committed append(NeedleKind kind, NeedleStream stream, SpaceClaim claim, byte[] meta, ByteBuf data,
      Durability durability)
      throws IOException {
    long began = System.nanoTime();
    int phase = grace.enter();
    try {
      failStop.check();
      store.requireSpace();
      Committed committed = appendSomewhere(kind, stream, claim, meta, data, durability, 0);
      commitNanos.record(System.nanoTime() - began);
      return committed;
    } finally {
      grace.leave(phase);
      data.release();
      if (StageClock.CURRENT.isBound()) {
        StageClock.CURRENT.get().add(StageClock.Stage.COMMIT, System.nanoTime() - began);
      }
    }
  }

  /// Borrows the data.
  ///
  /// @param tried how many volumes have refused it
  private Committed appendSomewhere(NeedleKind kind, NeedleStream stream, SpaceClaim claim, byte[] meta, ByteBuf data,
      Durability durability, int tried) throws IOException {
    for (int tries = tried + 1;; tries++) {
      FileId id = switch (claim) {
        case DATA -> leases.next(stream);
        case RESERVE -> leases.nextWithoutData();
      };
      long sequence = sequences.next();
      CrashPoints.pass("filer.beforeAppend");
      try {
        volumes.append(draft(id, kind, sequence, meta, data, durability)).join();
        CrashPoints.pass("filer.afterAppend");
        apply(id, sequence, meta);
        return new Committed(id, sequence);
      } catch (CompletionException e) {
        IOException refusal = refusal(id, e.getCause(), claim);
        if (tries == MAX_TRIES) {
          throw refusal;
        }
      }
    }
  }

  private static NeedleDraft draft(FileId id, NeedleKind kind, long sequence, byte[] meta, ByteBuf data,
      Durability durability) {
    return new NeedleDraft(id, kind, sequence, Unpooled.wrappedBuffer(meta), data.retainedDuplicate(), durability,
        MutationCodec.subject(meta));
  }

  /// Answers why the needle is not there if another volume may take it; that volume is given up.
  ///
  /// @throws IOException if none may
  private IOException refusal(FileId id, @Nullable Throwable fault, SpaceClaim claim) throws IOException {
    switch (fault) {
      case VolumeUnwritableException unwritable -> {
        leases.giveUp(unwritable.volume(), unwritable.reason(), claim);
        return unwritable;
      }
      case NoSuchVolumeException gone -> {
        leases.giveUp(id.volume(), Reason.SEALED, claim);
        return gone;
      }
      case StoreBusyException busy -> throw busy;
      case StaleEpochException stale -> {
        failStop.giveWay("another filer took the catalog over", stale);
        throw stale;
      }
      case null, default -> {
        var unknown = new IOException("append of needle " + id + " failed", fault);
        failStop.trip("append of needle " + id + " ended in an unknown way", unknown);
        throw unknown;
      }
    }
  }

  /// A commit that was begun where nothing may wait. It has the grace period's phase and the data until it ends.
  private final class Begun {
    private final FileId id;
    private final long sequence;
    private final byte[] meta;
    private final ByteBuf data;
    private final Durability durability;
    private final int phase;
    private final long began = System.nanoTime();
    private final @Nullable StageClock clock = StageClock.CURRENT.isBound() ? StageClock.CURRENT.get() : null;
    private final CompletableFuture<Committed> done = new CompletableFuture<>();

    Begun(FileId id, long sequence, byte[] meta, ByteBuf data, Durability durability, int phase) {
      this.id = id;
      this.sequence = sequence;
      this.meta = meta;
      this.data = data;
      this.durability = durability;
      this.phase = phase;
    }

    void append(Executor rest) {
      CrashPoints.pass("filer.beforeAppend");
      CompletableFuture<Void> appended;
      try {
        appended = volumes.append(draft(id, NeedleKind.COMMIT, sequence, meta, data, durability));
      } catch (Throwable e) { // no buffers, say: nothing was begun
        grace.leave(phase);
        data.release();
        throw e;
      }
      appended.whenComplete((_, fault) -> {
        try {
          rest.execute(() -> appended(fault));
        } catch (RejectedExecutionException _) { // a server that stops; what was begun is ended all the same
          Thread.startVirtualThread(() -> appended(fault));
        }
      });
    }

    /// @param fault null if the needle is durable
    private void appended(@Nullable Throwable fault) {
      if (fault != null) {
        Throwable cause = fault instanceof CompletionException ? fault.getCause() : fault;
        elsewhere(() -> {
          refusal(id, cause, SpaceClaim.DATA);
          return appendSomewhere(NeedleKind.COMMIT, NeedleStream.SMALL, SpaceClaim.DATA, meta, data, durability, 1);
        });
        return;
      }
      CrashPoints.pass("filer.afterAppend");
      Committed committed = new Committed(id, sequence);
      boolean applied;
      try {
        applied = applyNow(id, sequence, meta);
      } catch (Throwable e) { // whoever waits for the end must hear of it
        end(null, e);
        return;
      }
      if (applied) {
        end(committed, null);
      } else {
        elsewhere(() -> {
          apply(id, sequence, meta);
          return committed;
        });
      }
    }

    private void elsewhere(Callable<Committed> waiting) {
      Thread.startVirtualThread(() -> {
        Committed committed = null;
        Throwable fault = null;
        try {
          committed = waiting.call();
        } catch (Throwable e) { // whoever waits for the end must hear of it
          fault = e;
        }
        end(committed, fault);
      });
    }

    private void end(@Nullable Committed committed, @Nullable Throwable fault) {
      grace.leave(phase);
      data.release();
      long nanos = System.nanoTime() - began;
      if (clock != null) {
        clock.add(StageClock.Stage.COMMIT, nanos);
      }
      if (committed != null) {
        commitNanos.record(nanos);
        done.complete(committed);
      } else {
        done.completeExceptionally(Objects.requireNonNull(fault));
      }
    }
  }

  private void putRows(KeyBatch batch) throws IOException {
    for (boolean isNews = true;; isNews = false) {
      try {
        store.write(batch);
        return;
      } catch (DiskFullException e) {
        if (isNews) {
          LOG.warning("catalog.rowsWaitForSpace").with("reason", e).say();
        }
        if (closing) {
          throw e; // the next start replays
        }
        failStop.check();
        LockSupport.parkNanos(this, SPACE_POLL_NANOS);
      }
    }
  }

  /// How long it took from the sequence to rows that everybody sees, for each needle that was committed.
  public Histogram durations() {
    return commitNanos;
  }

  /// Commits that wait for space give up from now on.
  public void close() {
    closing = true;
  }

  private void apply(FileId id, long sequence, byte[] meta) throws IOException {
    try {
      putRows(rows(id, sequence, meta));
    } catch (Throwable e) { // an Error as well: the rows of a durable needle may not be there
      rowsMissing(id, e);
      throw e;
    }
    CrashPoints.pass("filer.afterApply");
  }

  /// The same without waiting: false if the rows have to wait, for space or for the store.
  private boolean applyNow(FileId id, long sequence, byte[] meta) throws IOException {
    try {
      if (!store.writeNow(rows(id, sequence, meta))) {
        return false;
      }
    } catch (DiskFullException _) {
      return false;
    } catch (Throwable e) { // an Error as well: the rows of a durable needle may not be there
      rowsMissing(id, e);
      throw e;
    }
    CrashPoints.pass("filer.afterApply");
    return true;
  }

  private static KeyBatch rows(FileId id, long sequence, byte[] meta) throws IOException {
    var batch = new KeyBatch();
    MutationRows.add(batch, id, sequence, meta);
    return batch;
  }

  private void rowsMissing(FileId id, Throwable fault) {
    failStop.trip("needle " + id + " is durable, but its rows could not be put", fault);
  }
}

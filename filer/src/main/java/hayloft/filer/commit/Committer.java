package hayloft.filer.commit;

import hayloft.common.CrashPoints;
import hayloft.common.Durability;
import hayloft.common.FileId;
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
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Makes a needle durable and then its rows visible. Thread-safe; waits, so it is called on virtual threads.
///
///     next sequence -> enter the grace period -> append -> durable -> put the rows -> leave the grace period
///
/// A volume that refuses is given up for another lease, with a new sequence: what it refused is certainly not there. What
/// ends in any other way is not known to be there or not, and stops the catalog ([FailStop]).
///
/// A key store without space is noticed before the append, and then nothing is done. If it is noticed only after it, the
/// commit waits for space: its needle is durable, so its rows must come before anything is done on top of it.
public final class Committer {

  private static final System.Logger LOG = System.getLogger(Committer.class.getName());
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

  /// Commits a mutation that has no data; deletes are such, so it may use the space that is kept back for them.
  public Committed commit(byte[] meta, Durability durability) throws IOException {
    return commit(meta, Unpooled.EMPTY_BUFFER, SpaceClaim.RESERVE, durability);
  }

  /// Writes a chunk. Takes the data.
  public FileId chunk(byte[] meta, ByteBuf data, Durability durability) throws IOException {
    return append(NeedleKind.CHUNK, NeedleStream.BULK, SpaceClaim.DATA, meta, data, durability).needle();
  }

  /// If `fsync` is promised: on return everything that was acknowledged before survives a power cut. Whoever commits a mutation
  /// that needs older ones calls it first, since these may have been acknowledged with less. Costs nothing where nothing was.
  public void settle(Durability promised) throws IOException {
    if (promised == Durability.FSYNC) {
      volumes.sync();
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
      for (int tries = 1;; tries++) {
        FileId id = switch (claim) {
          case DATA -> leases.next(stream);
          case RESERVE -> leases.nextWithoutData();
        };
        long sequence = sequences.next();
        var draft = new NeedleDraft(id, kind, sequence, Unpooled.wrappedBuffer(meta), data.retainedDuplicate(),
            durability);
        IOException refusal = appendOnce(draft, claim);
        if (refusal == null) {
          CrashPoints.pass("filer.afterAppend");
          apply(id, sequence, meta);
          CrashPoints.pass("filer.afterApply");
          commitNanos.record(System.nanoTime() - began);
          return new Committed(id, sequence);
        }
        if (tries == MAX_TRIES) {
          throw refusal;
        }
      }
    } finally {
      grace.leave(phase);
      data.release();
      if (StageClock.CURRENT.isBound()) {
        StageClock.CURRENT.get().add(StageClock.Stage.COMMIT, System.nanoTime() - began);
      }
    }
  }

  /// Answers why the needle is not there if another volume may take it, null once it is durable.
  private @Nullable IOException appendOnce(NeedleDraft draft, SpaceClaim claim) throws IOException {
    CrashPoints.pass("filer.beforeAppend");
    try {
      volumes.append(draft).join();
      return null;
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case VolumeUnwritableException unwritable -> {
          leases.giveUp(unwritable.volume(), unwritable.reason(), claim);
          return unwritable;
        }
        case NoSuchVolumeException gone -> {
          leases.giveUp(draft.id().volume(), Reason.SEALED, claim);
          return gone;
        }
        case StoreBusyException busy -> throw busy;
        case StaleEpochException stale -> {
          failStop.trip("another filer took the catalog over", stale);
          throw stale;
        }
        case null, default -> {
          failStop.trip("append of needle " + draft.id() + " ended in an unknown way", e);
          throw new IOException("append of needle " + draft.id() + " failed", e);
        }
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
          LOG.log(System.Logger.Level.WARNING, "event=rows_wait_for_space reason=" + e.getMessage());
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
    var batch = new KeyBatch();
    try {
      MutationRows.add(batch, id, sequence, meta);
      putRows(batch);
    } catch (IOException | RuntimeException e) {
      failStop.trip("needle " + id + " is durable, but its rows could not be put", e);
      throw e;
    }
  }
}

package hayloft.filer.replay;

import hayloft.common.FileId;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.MutationRows;
import hayloft.filer.rows.PositionRow;
import hayloft.filer.rows.RowKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Puts the rows of every needle that lies behind the positions of the last checkpoint. Used once.
///
/// Rows are put blindly and in any order, so each thread takes the next volume and scans it on its own. A volume without a
/// position, or whose position is of another generation, is scanned whole: rebuilding a lost catalog is the same code.
///
/// A needle that was acknowledged as `os` and lost its chunks in a power cut is marked dead instead ([Wholeness]).
public final class Replay {

  private static final System.Logger LOG = System.getLogger(Replay.class.getName());

  private static final byte[] NOTHING = {};
  private static final int BATCH_BYTES = 256 << 10;
  /// Head and padding of a needle, about; only progress depends on it.
  private static final int NEEDLE_OVERHEAD_BYTES = 56;
  private static final long REPORT_NANOS = 250_000_000;

  private final VolumeClient volumes;
  private final Wholeness wholeness;
  private final KeyStore store;
  private final ReplayListener listener;
  private final int threads;
  private final AtomicLong bytesDone = new AtomicLong();
  private final AtomicLong needles = new AtomicLong();
  private final AtomicLong damaged = new AtomicLong();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private long bytesTotal;
  private boolean rebuild;
  /// What was flushed was synced with all that it needs, and only what was flushed is ever collected, chunks first. So a missing
  /// chunk tells of a power cut only above this sequence; in a rebuild, which knows no flush, it tells nothing.
  private long flushedSequence;
  private long reportedAtNanos = System.nanoTime();

  public Replay(VolumeClient volumes, KeyStore store, ReplayListener listener, int threads) {
    this.volumes = volumes;
    this.wholeness = new Wholeness(volumes);
    this.store = store;
    this.listener = listener;
    this.threads = threads;
  }

  private record Job(VolumePosition from, VolumePosition end) {
    long sizeBytes() {
      boolean sameGeneration = from.generation() == end.generation();
      return sameGeneration ? Math.max(0, end.offsetBytes() - from.offsetBytes()) : end.offsetBytes();
    }
  }

  /// Waits until everything is applied. On return each volume's position is a row again.
  ///
  /// @param fromScratch the store is empty, for whatever reason; only for the listener
  /// @return needles applied
  public long run(boolean fromScratch) throws IOException {
    rebuild = fromScratch;
    byte[] watermark = store.get(RowKeys.mark(Marks.WATERMARK));
    flushedSequence = watermark == null ? 0 : Marks.number(watermark);
    var jobs = new ArrayList<Job>();
    for (VolumePosition end : volumes.ends()) {
      byte[] position = store.get(RowKeys.position(end.volume()));
      VolumePosition from = position == null
          ? VolumePosition.start(end.volume())
          : PositionRow.read(end.volume(), position);
      if (!from.equals(end)) {
        jobs.add(new Job(from, end));
      }
    }
    jobs.sort(Comparator.comparingLong(Job::sizeBytes).reversed());
    bytesTotal = jobs.stream().mapToLong(Job::sizeBytes).sum();
    report(true, false);
    scanAll(jobs);
    report(true, true);
    return needles.get();
  }

  /// Places in volumes that were no readable needles.
  public long damagedPlaces() {
    return damaged.get();
  }

  private void scanAll(List<Job> jobs) throws IOException {
    var queue = new ConcurrentLinkedQueue<>(jobs);
    var workers = new ArrayList<Thread>();
    for (int i = 0; i < Math.min(threads, jobs.size()); i++) {
      workers.add(Thread.ofPlatform().name("catalog-replay-" + i).daemon().start(() -> scanNext(queue)));
    }
    for (Thread worker : workers) {
      joinUninterruptibly(worker);
    }
    Throwable fault = failure.get();
    if (fault != null) {
      throw fault instanceof IOException e ? e : new IOException("replay failed", fault);
    }
  }

  private static void joinUninterruptibly(Thread worker) {
    boolean interrupted = false;
    while (true) {
      try {
        worker.join();
        break;
      } catch (InterruptedException _) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void scanNext(ConcurrentLinkedQueue<Job> queue) {
    for (Job job = queue.poll(); job != null && failure.get() == null; job = queue.poll()) {
      try {
        scan(job);
      } catch (IOException | RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      }
    }
  }

  private void scan(Job job) throws IOException {
    var applier = new Applier();
    VolumePosition end = volumes.scan(job.from(), applier);
    if (!applier.halves.isEmpty()) {
      LOG.log(System.Logger.Level.WARNING, "event=halves_of_a_power_cut volume={0} mutations={1} action=mark_later",
          end.volume(), applier.halves.size());
      applier.halves.forEach(key -> applier.batch.put(RowKeys.half(end.volume(), key), NOTHING));
    }
    applier.batch.put(RowKeys.position(end.volume()), PositionRow.value(end));
    applier.write();
    bytesDone.addAndGet(job.sizeBytes() - applier.bytesSeen);
    report(false, false);
  }

  private synchronized void report(boolean always, boolean ended) {
    long now = System.nanoTime();
    if (always || now - reportedAtNanos > REPORT_NANOS) {
      reportedAtNanos = now;
      listener.progress(new ReplayListener.Progress(rebuild, Math.min(bytesDone.get(), bytesTotal), bytesTotal,
          needles.get(), damaged.get(), ended));
    }
  }

  /// Confined to the thread that scans one volume.
  private final class Applier implements NeedleVisitor {
    private final KeyBatch batch = new KeyBatch();
    /// Keys of needles that lost what they refer to.
    private final List<Long> halves = new ArrayList<>();
    private long bytesSeen;
    private long applied;

    @Override
    public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException {
      long sizeBytes = NEEDLE_OVERHEAD_BYTES + meta.readableBytes() + (long) dataBytes;
      bytesSeen += sizeBytes;
      bytesDone.addAndGet(sizeBytes);
      if (kind == NeedleKind.BLOB) {
        return;
      }
      applied++;
      try {
        byte[] mutation = ByteBufUtil.getBytes(meta);
        if (!rebuild && Long.compareUnsigned(sequence, flushedSequence) > 0 && MutationCodec.isUnsynced(mutation)
            && !wholeness.isWhole(Envelope.read(mutation).outline().pieces())) {
          halves.add(id.key());
          return;
        }
        MutationRows.add(batch, id, sequence, mutation);
      } catch (MalformedMutationException e) {
        throw new IOException("needle " + id + " of the catalog cannot be understood: " + e.getMessage(), e);
      }
      if (batch.sizeBytes() >= BATCH_BYTES) {
        write();
        report(false, false);
      }
    }

    void write() throws IOException {
      store.write(batch);
      batch.clear();
      needles.addAndGet(applied);
      applied = 0;
    }

    @Override
    public void damaged(DamagedNeedle needle) {
      damaged.incrementAndGet();
      LOG.log(System.Logger.Level.ERROR, "event=damage_in_replay volume={0} offset={1} bytes={2} what={3}",
          needle.at().volume(), Long.toString(needle.at().offsetBytes()), Long.toString(needle.lengthBytes()),
          needle.what());
    }
  }
}

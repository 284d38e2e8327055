package hayloft.filer.replay;

import hayloft.common.CommitSequence;
import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.losses.LostTruths;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.MutationKind;
import hayloft.filer.mutation.VolumeStateBody.State;
import hayloft.filer.rows.LostTruth;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.MutationRows;
import hayloft.filer.rows.PositionRow;
import hayloft.filer.rows.RowKeys;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Puts the rows of every needle that lies behind the positions of the last checkpoint. Used once.
///
/// First the books of all volumes, since they tell which needles count: each volume is told the dead marks that it does
/// not know yet, those that are retired or given up go. Then the needles. Rows are put blindly and in any order, so
/// each thread takes the next volume and scans it on its own. A volume without a position, or whose position is of
/// another generation, is scanned whole: rebuilding a lost catalog is the same code.
///
/// What cannot be read becomes a row in X, what is dead and still there one in R, and a needle that was acknowledged as
/// `os` and lost its chunks in a power cut one in H ([Wholeness]). No epoch is taken, and nothing is written to
/// volumes.
public final class Replay {

  private static final EventLog LOG = EventLog.of(Replay.class);

  private static final byte[] NOTHING = {};
  private static final int BATCH_BYTES = 256 << 10;
  /// Head and padding of a needle, about; only progress depends on it.
  private static final int NEEDLE_OVERHEAD_BYTES = 56;
  private static final long REPORT_NANOS = 250_000_000;
  private static final int MOST_DAMAGES_TOLD = 1000;

  private final VolumeClient volumes;
  private final Wholeness wholeness;
  private final KeyStore store;
  private final Leftovers leftovers;
  private final ReplayListener listener;
  private final int threads;
  private final long floor;
  private final Memory existed;
  private final AtomicLong bytesDone = new AtomicLong();
  private final AtomicLong needles = new AtomicLong();
  private final AtomicLong damaged = new AtomicLong();
  private final AtomicLong strays = new AtomicLong();
  private final AtomicReference<@Nullable FileId> firstStray = new AtomicReference<>();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  /// Volumes that needles name: what is not there of these is missing.
  private final Set<Integer> named = ConcurrentHashMap.newKeySet();
  private final Queue<VolumePosition> ends = new ConcurrentLinkedQueue<>();
  private final Queue<Halves> halves = new ConcurrentLinkedQueue<>();
  private long bytesTotal;
  private boolean rebuild;
  private boolean anySettled;
  /// What was flushed was synced with all that it needs, and only what was flushed is ever collected, chunks first. So
  /// a missing chunk tells of a power cut only above this sequence; in a rebuild, which knows no flush, it tells
  /// nothing.
  private long flushedSequence;
  private long reportedAtNanos = System.nanoTime();

  /// @param floor the highest epoch that there can be
  /// @param existed asked when the rows, which know best, are gone
  public Replay(VolumeClient volumes, KeyStore store, long floor, Memory existed, ReplayListener listener,
      int threads) {
    this.volumes = volumes;
    this.wholeness = new Wholeness(volumes);
    this.store = store;
    this.leftovers = new Leftovers(volumes, store);
    this.floor = floor;
    this.existed = existed;
    this.listener = listener;
    this.threads = threads;
  }

  private record Job(VolumePosition from, VolumePosition end) {
    long sizeBytes() {
      return isWhole() ? end.offsetBytes() : Math.max(0, end.offsetBytes() - from.offsetBytes());
    }

    /// Everything in the volume is shown.
    boolean isWhole() {
      return from.generation() != end.generation() || from.offsetBytes() == 0;
    }
  }

  /// Somebody who remembers volumes that are not there.
  @FunctionalInterface
  public interface Memory {
    boolean knows(int volume) throws IOException;
  }

  private interface Work {
    void on(Job job) throws IOException;
  }

  /// Volumes that a store has positions for.
  public static Set<Integer> volumesOf(KeyStore store) throws IOException {
    return new HashSet<>(Leftovers.positions(store));
  }

  /// Up to where everything is applied, once [#run] has returned.
  public List<VolumePosition> ends() {
    return List.copyOf(ends);
  }

  /// Waits until everything is applied. On return each volume's position is a row again.
  ///
  /// @param fromScratch the store is empty, for whatever reason
  /// @param volumesBefore volumes that were there when a former store was in use
  /// @return needles applied
  public long run(boolean fromScratch, Set<Integer> volumesBefore) throws IOException {
    rebuild = fromScratch;
    anySettled = isAnySettled();
    byte[] watermark = store.get(RowKeys.mark(Marks.WATERMARK));
    flushedSequence = watermark == null ? 0 : Marks.number(watermark);
    named.addAll(volumesBefore);
    inParallel(jobs(), this::readBooks);
    for (VolumeMarks marks : volumes.marks()) {
      DeadMarks.tellBehind(volumes, store, marks.volume());
    }
    VolumeStates.Known states = VolumeStates.Known.read(store);
    letGo(states);
    VolumeStates.dropMarksThatAreOver(volumes, store, states);
    VolumeStates.forgetWhatIsOver(volumes, store, states);
    List<Job> jobs = jobs();
    Set<Integer> toScan = jobs.stream().map(job -> job.end().volume()).collect(Collectors.toSet());
    volumes.ends().stream().filter(end -> !toScan.contains(end.volume())).forEach(ends::add);
    var whole = new HashSet<Integer>();
    for (Job job : jobs) {
      if (job.isWhole()) {
        whole.add(job.end().volume());
      }
    }
    needles.addAndGet(leftovers.look(whole, states));
    bytesTotal = jobs.stream().mapToLong(Job::sizeBytes).sum();
    report(true, false);
    inParallel(jobs, this::scan);
    judgeHalves();
    leftovers.noteMissing(named, states, rebuild ? existed : _ -> false);
    tellStrays();
    report(true, true);
    return needles.get();
  }

  private List<Job> jobs() throws IOException {
    var jobs = new ArrayList<Job>();
    for (VolumePosition end : volumes.ends()) {
      byte[] position = store.get(RowKeys.position(end.volume()));
      VolumePosition from = position == null
          ? VolumePosition.start(end.volume())
          : PositionRow.read(end.volume(), position);
      if (!from.equals(end) || volumes.indexedBytes(end.volume()) > end.offsetBytes()) { // or it was cut just there
        jobs.add(new Job(from, end));
      }
    }
    jobs.sort(Comparator.comparingLong(Job::sizeBytes).reversed());
    return jobs;
  }

  /// Volumes that are retired or given up and whose files are there (again) take no part. What lives in one that is
  /// retired is nobody's, but nothing that lives is deleted.
  private void letGo(VolumeStates.Known states) throws IOException {
    Set<Integer> emptied = Set.copyOf(volumes.emptied());
    for (VolumePosition end : volumes.ends()) {
      int volume = end.volume();
      Optional<State> state = states.of(volume);
      if (state.isEmpty() || !states.isGone(volume)) {
        continue;
      }
      if (state.get() == State.RETIRED && emptied.contains(volume)) {
        volumes.retire(volume);
      } else {
        LOG.warning("volume.cameBack").with("volume", volume).with("state", state.get()).with("action", "put_aside")
            .say();
        volumes.putAside(volume);
      }
    }
    for (int volume : volumes.unreadable().keySet()) {
      if (states.isGone(volume)) {
        volumes.putAside(volume);
      }
    }
  }

  private void inParallel(List<Job> jobs, Work work) throws IOException {
    var queue = new ConcurrentLinkedQueue<>(jobs);
    var workers = new ArrayList<Thread>();
    for (int i = 0; i < Math.min(threads, jobs.size()); i++) {
      workers.add(Thread.ofPlatform().name("catalog-replay-" + i).daemon().start(() -> workOff(queue, work)));
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

  private void workOff(ConcurrentLinkedQueue<Job> queue, Work work) {
    for (Job job = queue.poll(); job != null && failure.get() == null; job = queue.poll()) {
      try {
        work.on(job);
      } catch (IOException | RuntimeException | Error e) {
        failure.compareAndSet(null, e);
      }
    }
  }

  /// Which of them are damaged, or make no sense, the second pass tells.
  private void readBooks(Job job) throws IOException {
    var batch = new KeyBatch();
    volumes.scanBooks(job.from(), new NeedleVisitor() {
      @Override
      public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException {
        byte[] mutation = ByteBufUtil.getBytes(meta);
        if (isStray(id, sequence) || !Leftovers.isUnderstood(kind, mutation)) {
          return;
        }
        apply(batch, id, sequence, mutation);
        if (batch.sizeBytes() >= BATCH_BYTES) {
          store.write(batch);
          batch.clear();
        }
      }

      @Override
      public void damaged(DamagedNeedle needle) {}
    });
    store.write(batch);
  }

  private void apply(KeyBatch batch, FileId id, long sequence, byte[] mutation) throws IOException {
    requireKnownEpoch(id, sequence);
    if (!isSettled(sequence, mutation)) {
      MutationRows.add(batch, id, sequence, mutation);
    }
  }

  /// A version that is settled must not come back to where it is seen: what hides it may be settled, too, and lie in a
  /// volume that is not scanned now.
  private boolean isSettled(long sequence, byte[] mutation) throws IOException {
    if (!anySettled) {
      return false;
    }
    Envelope envelope = Envelope.read(mutation);
    return envelope.kind() == MutationKind.PUT_VERSION && store.get(RowKeys.settledRow(
        RowKeys.facet(envelope.bucketId(), envelope.key(), sequence, Facet.VERSION, sequence))) != null;
  }

  private boolean isAnySettled() throws IOException {
    byte[] settled = RowKeys.settled(RowKeys.table(RowKeys.OBJECTS));
    try (KeyCursor rows = store.cursor(settled, RowKeys.after(settled), Reach.DISK)) {
      return rows.seek(settled);
    }
  }

  /// A needle under a sequence that is none: no catalog wrote it, whatever its sums say, so nothing was ever
  /// acknowledged with it. It stays where it is, and has no rows.
  private boolean isStray(FileId id, long sequence) {
    if (CommitSequence.isPossible(sequence)) {
      return false;
    }
    firstStray.compareAndSet(null, id);
    strays.incrementAndGet();
    return true;
  }

  private void tellStrays() {
    FileId first = firstStray.get();
    if (first != null) {
      LOG.warning("catalog.straySequence").with("needles", strays.get()).with("first", first)
          .with("action", "no catalog gave such a sequence; they are stepped over").say();
    }
  }

  private void requireKnownEpoch(FileId id, long sequence) throws IOException {
    if (CommitSequence.epoch(sequence) > floor) {
      throw new IOException("needle " + id + " is of epoch " + CommitSequence.epoch(sequence)
          + ", but volumes and fence tell of none above " + floor
          + ": another process is writing to this store; stop it");
    }
  }

  private void scan(Job job) throws IOException {
    int volume = job.end().volume();
    if (job.isWhole()) {
      leftovers.dropRemains(volume);
    }
    var applier = new Applier(leftovers.halvesIn(volume));
    VolumePosition end = volumes.scan(job.from(), applier);
    ends.add(end);
    if (applier.damagedToBytes > end.offsetBytes()) {
      LostTruth.ofTail(volume, end.offsetBytes(), floor).addTo(applier.batch);
    }
    if (applier.halves.isEmpty()) {
      applier.batch.put(RowKeys.position(end.volume()), PositionRow.value(end));
    } else {
      halves.add(new Halves(end, applier.halves));
    }
    applier.write();
    bytesDone.addAndGet(job.sizeBytes() - applier.bytesSeen);
    report(false, false);
  }

  /// Needles of a volume that lack something that they refer to; the volume has no position before they are judged.
  private record Halves(VolumePosition end, List<Half> needles) {}

  private record Half(FileId id, long sequence, byte[] mutation) {}

  /// What is missing may also be damaged so that nobody knows it any more. That is told, by its volume: then it was no
  /// power cut, and the needle counts. Only when everything is scanned it is known what is damaged.
  private void judgeHalves() throws IOException {
    Set<Integer> damagedVolumes = new HashSet<>();
    if (!halves.isEmpty()) {
      LostTruths.forEach(store, lost -> {
        if (lost.needleKey() == 0) {
          damagedVolumes.add(lost.volume());
        }
      });
    }
    for (Halves some : halves) {
      var batch = new KeyBatch();
      int dead = 0;
      for (Half half : some.needles) {
        if (wholeness.isWhole(Envelope.read(half.mutation).outline().pieces(), damagedVolumes)) {
          apply(batch, half.id, half.sequence, half.mutation);
        } else {
          batch.put(RowKeys.half(half.id.volume(), half.id.key()), NOTHING);
          dead++;
        }
      }
      if (dead > 0) {
        LOG.warning("catalog.halvesOfPowerCut").with("volume", some.end.volume()).with("mutations", dead)
            .with("action", "mark_dead_later").say();
      }
      batch.put(RowKeys.position(some.end.volume()), PositionRow.value(some.end));
      store.write(batch);
    }
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
    /// Keys of needles that are known to have lost what they refer to.
    private final Set<Long> knownHalves;
    private final List<Half> halves = new ArrayList<>();
    private long bytesSeen;
    private long applied;
    private long damagedToBytes;

    Applier(Set<Long> knownHalves) {
      this.knownHalves = knownHalves;
    }

    @Override
    public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) throws IOException {
      long sizeBytes = NEEDLE_OVERHEAD_BYTES + meta.readableBytes() + (long) dataBytes;
      bytesSeen += sizeBytes;
      bytesDone.addAndGet(sizeBytes);
      if (kind == NeedleKind.BLOB || kind == NeedleKind.VOID || isStray(id, sequence)) {
        return;
      }
      byte[] mutation = ByteBufUtil.getBytes(meta);
      Leftovers.requireUnderstood(kind, mutation);
      if (kind == NeedleKind.BOOK) {
        return; // read before
      }
      applied++;
      if (knownHalves.contains(id.key())) {
        batch.put(RowKeys.half(id.volume(), id.key()), NOTHING); // judged before, and to be marked dead
        return;
      }
      if (isHalf(sequence, mutation)) {
        requireKnownEpoch(id, sequence);
        halves.add(new Half(id, sequence, mutation));
        return;
      }
      apply(batch, id, sequence, mutation);
      if (rebuild) {
        nameVolumes(mutation);
        MutationRows.noteIfPart(batch, sequence, mutation);
      }
      writeIfMuch();
    }

    private boolean isHalf(long sequence, byte[] mutation) throws IOException {
      return !rebuild && Long.compareUnsigned(sequence, flushedSequence) > 0 && MutationCodec.isUnsynced(mutation)
          && !wholeness.isWhole(Envelope.read(mutation).outline().pieces(), Set.of());
    }

    private void nameVolumes(byte[] mutation) throws IOException {
      Envelope.read(mutation).outline().pieces().forEach(piece -> named.add(piece.needle().volume()));
    }

    @Override
    public void dead(FileId id, NeedleKind kind, long sequence, ByteBuf meta) throws IOException {
      byte[] mutation = ByteBufUtil.getBytes(meta);
      if (kind == NeedleKind.COMMIT && !isStray(id, sequence) && Leftovers.isUnderstood(kind, mutation)) {
        requireKnownEpoch(id, sequence);
        MutationRows.addDead(batch, id, sequence, mutation);
        writeIfMuch();
      }
    }

    @Override
    public void damaged(DamagedNeedle needle) throws IOException {
      LostTruth lost = leftovers.named(LostTruth.of(needle));
      lost.addTo(batch);
      damagedToBytes = Math.max(damagedToBytes, needle.at().offsetBytes() + needle.lengthBytes());
      if (damaged.incrementAndGet() <= MOST_DAMAGES_TOLD) {
        LOG.error("catalog.damageInReplay").with("place", lost.place()).with("bytes", needle.lengthBytes())
            .with("what", needle.what()).with("action", "catalog.lost says whose it is and what to do").say();
      }
      writeIfMuch();
    }

    private void writeIfMuch() throws IOException {
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
  }
}

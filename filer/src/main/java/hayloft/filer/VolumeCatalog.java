package hayloft.filer;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.log.EventLog;
import hayloft.common.memory.BufferMemory;
import hayloft.common.memory.Claims;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.StageClock;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.MasterClient;
import hayloft.common.placement.SpaceClaim;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import hayloft.filer.audit.AuditReport;
import hayloft.filer.audit.CatalogAudit;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.audit.NeedleOwners;
import hayloft.filer.body.Bodies;
import hayloft.filer.body.ReadPins;
import hayloft.filer.buckets.BucketTable;
import hayloft.filer.commit.Checkpointer;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.commit.Epochs;
import hayloft.filer.commit.FailStop;
import hayloft.filer.commit.GracePeriod;
import hayloft.filer.commit.KeyStripes;
import hayloft.filer.commit.LeasePool;
import hayloft.filer.commit.Sequences;
import hayloft.filer.commit.StoppingStore;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.gc.Collector;
import hayloft.filer.keystore.DamagedStoreException;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.keystore.StoreSizes;
import hayloft.filer.losses.Certainty;
import hayloft.filer.losses.Losses;
import hayloft.filer.losses.LostTruths;
import hayloft.filer.losses.VolumeDrop;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.Subjects;
import hayloft.filer.mutation.VolumeStateBody.State;
import hayloft.filer.objects.ObjectTable;
import hayloft.filer.objects.VersionIds;
import hayloft.filer.quota.Quota;
import hayloft.filer.quota.QuotaExceededException;
import hayloft.filer.quota.Quotas;
import hayloft.filer.quota.Usage;
import hayloft.filer.replay.Replay;
import hayloft.filer.replay.ReplayListener;
import hayloft.filer.rows.DerivedRows;
import hayloft.filer.rows.LostTruth;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.uploads.UploadTable;
import hayloft.filer.users.StoreKey;
import hayloft.filer.users.UserTable;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// The catalog over volumes: its key store is an index that may be lost. Thread-safe.
///
/// Opening replays what the key store does not know yet. The catalog is taken over by the first commit: a new epoch
/// from the master, and the volumes fenced at it ([Sequences]).
///
/// Answers that would rest on what is older than a lost truth are errors ([LostTruthException]), but for listings,
/// which go on.
public final class VolumeCatalog implements Catalog, AutoCloseable {

  private static final long COUNT_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();
  private static final long SETTLE_AGAIN_NANOS = Duration.ofSeconds(30).toNanos();
  private static final int RETIRED_UNTIL_ROLLED_UP = 64;
  private static final EventLog LOG = EventLog.of(VolumeCatalog.class);

  private final KeyStore store;
  private final StoreOpener opener;
  private final VolumeClient volumes;
  private final FailStop failStop = new FailStop();
  private final Sequences sequences;
  private final Committer committer;
  private final Checkpointer checkpointer;
  private final Collector collector;
  private final BucketCounts counts;
  private final Quotas quotas;
  private final Bodies bodies;
  private final ObjectTable objects;
  private final UploadTable uploads;
  private final BucketTable buckets;
  private final UserTable users;
  private final LeasePool leases;
  private final InstantSource clock;
  private final KeyStripes stripes;
  private final DeadMarks marks;
  private final VolumeStates states;
  private final LostTruths truths;
  private final Losses losses;
  private final Certainty certainty;
  private final ReentrantLock settling = new ReentrantLock();
  private final ReadPins pins = new ReadPins();
  private final ReentrantLock life = new ReentrantLock();
  private final Condition closing = life.newCondition();
  private boolean closed; // guarded by life

  /// Opens the catalog in a directory, which holds nothing that the volumes do not hold: if it is missing, damaged or
  /// of another store it is made anew.
  ///
  /// @param memory that bodies pass through
  /// @throws IOException if volumes or master cannot be reached, or hold needles of a newer program
  public static VolumeCatalog open(CatalogConfig config, Path directory, VolumeClient volumes, MasterClient master,
      StoreKey storeKey, InstantSource clock, ReplayListener listener, BufferMemory memory) throws IOException {
    return open(config, new CatalogDirectory(directory, config.storeId(), config.keyStore(), volumes), volumes, master,
        storeKey, clock, listener, memory);
  }

  static VolumeCatalog open(CatalogConfig config, StoreOpener opener, VolumeClient volumes, MasterClient master,
      StoreKey storeKey, InstantSource clock, ReplayListener listener, BufferMemory memory) throws IOException {
    return open(config, opener, volumes, master, storeKey, clock, listener, memory, Sequences.RENEW_AT);
  }

  /// @param renewAt the counter at which an epoch is renewed
  static VolumeCatalog open(CatalogConfig config, StoreOpener opener, VolumeClient volumes, MasterClient master,
      StoreKey storeKey, InstantSource clock, ReplayListener listener, BufferMemory memory, long renewAt)
      throws IOException {
    var start = new Start(config, opener, volumes, master, storeKey, clock, listener, memory, renewAt);
    VolumeCatalog catalog = openOrRebuild(start);
    opener.serves();
    return catalog;
  }

  private static VolumeCatalog openOrRebuild(Start start) throws IOException {
    try {
      return open(start);
    } catch (DamagedStoreException | MalformedMutationException e) { // or rows that make no sense
      LOG.warning("catalog.damagedAtStart").with("action", "rebuild").with("reason", e).say();
      start.opener.discard();
      return open(start);
    }
  }

  /// What a catalog is opened with.
  private record Start(CatalogConfig config, StoreOpener opener, VolumeClient volumes, MasterClient master,
      StoreKey storeKey, InstantSource clock, ReplayListener listener, BufferMemory memory, long renewAt) {}

  private static VolumeCatalog open(Start start) throws IOException {
    UsableStore usable = UsableStore.open(start.opener, start.volumes);
    try {
      return new VolumeCatalog(start, usable.store(), usable.volumesBefore());
    } catch (IOException | RuntimeException | Error e) {
      usable.store().close();
      throw e;
    }
  }

  /// @param opened as it was opened: what it meets before the catalog serves ends the start
  private VolumeCatalog(Start start, KeyStore opened, Set<Integer> volumesBefore) throws IOException {
    CatalogConfig config = start.config;
    this.clock = start.clock;
    store = new StoppingStore(opened, failStop);
    this.opener = start.opener;
    this.volumes = start.volumes;
    boolean fromScratch = opened.get(RowKeys.mark(Marks.FORMAT)) == null;
    if (fromScratch) {
      mark(opened, Marks.STORE, config.storeId().getBytes(StandardCharsets.UTF_8));
    }
    byte[] epochMark = opened.get(RowKeys.mark(Marks.EPOCH));
    long knownEpoch = Math.max(volumes.highestEpoch(), epochMark == null ? 0 : Marks.number(epochMark));
    var replay = new Replay(volumes, opened, knownEpoch, start.master::isKnown,
        start.listener, config.replayThreads());
    replay.run(fromScratch, volumesBefore);
    var grace = new GracePeriod();
    sequences = new Sequences(knownEpoch,
        new Epochs(start.master, volumes, store, failStop, knownEpoch, replay.ends()),
        grace,
        start.renewAt);
    if (fromScratch) {
      // Volumes are synced when they are opened, so what was read from them is as good as flushed. A replay after a
      // crash must know that, or it takes what a collection has begun to bury for halves of a power cut.
      mark(opened, Marks.WATERMARK, Marks.number(sequences.last()));
      mark(opened, Marks.EPOCH, Marks.number(knownEpoch));
      // last: a store without it has not been filled yet
      mark(opened, Marks.FORMAT, Marks.number(Marks.FORMAT_VERSION));
      opened.flush();
      opener.flushed(sequences.last());
    }
    stripes = new KeyStripes();
    leases = new LeasePool(start.master, config.leases());
    committer = new Committer(volumes, leases, store, sequences, grace, failStop);
    checkpointer = new Checkpointer(volumes, store, sequences, grace, failStop, opener, config.flushInterval());
    marks = new DeadMarks(volumes, committer, store, clock);
    states = new VolumeStates(volumes, committer, store, start.master, clock, RETIRED_UNTIL_ROLLED_UP);
    bodies = new Bodies(volumes, committer, marks, store, failStop, clock, config.bodies(), pins, start.memory);
    buckets = new BucketTable(store, committer, stripes, sequences, clock);
    users = new UserTable(store, committer, start.storeKey, clock);
    objects = new ObjectTable(store, committer, stripes, bodies, buckets::byId, clock, config.durability());
    uploads = new UploadTable(store, committer, stripes, sequences, bodies, objects, buckets::byId, clock,
        config.durability(), config.uploads());
    truths = new LostTruths(store);
    losses = new Losses(store, truths, marks, buckets::byId);
    certainty = new Certainty(store, truths);
    collector = new Collector(store, volumes, marks, states, truths, bodies, pins, sequences, grace, checkpointer,
        failStop, clock, config.collector());
    counts = new BucketCounts(objects, uploads, clock);
    quotas = new Quotas(buckets::all, bucket -> counts.count(bucket, _ -> {}).usage());
    startCheckpoints(config.checkpointInterval().toNanos());
    startCounting();
    startSettling();
    collector.start();
  }

  private static void mark(KeyStore store, String name, byte[] value) throws IOException {
    var marks = new KeyBatch();
    marks.put(RowKeys.mark(name), value);
    store.write(marks);
  }

  private void startCheckpoints(long intervalNanos) {
    Thread.ofVirtual().name("catalog-checkpointer").start(() -> {
      while (!pause(intervalNanos)) {
        try {
          sequences.tryAgain();
        } catch (IOException e) {
          LOG.debug("epoch.stillNotFenced").say(e); // those who ask are told, and the log was at the first time
        }
        try {
          checkpointer.checkpoint();
        } catch (DiskFullException e) {
          LOG.warning("catalog.checkpointWaitsForSpace").with("reason", e).say();
        } catch (Throwable e) { // an Error too: without checkpoints a crash replays everything
          if (!failStop.isTripped()) {
            LOG.warning("catalog.checkpointFailed").with("action", "try_again").say(e);
          }
        }
      }
    });
  }

  /// At once if there is something to count. Else a store that was just opened would be counted while the first objects
  /// come in, which may count these twice.
  private void startCounting() {
    boolean atOnce = quotas.isAnyBound();
    Thread.ofVirtual().name("catalog-quotas").start(() -> {
      if (!atOnce && pause(COUNT_INTERVAL_NANOS)) {
        return;
      }
      do {
        try {
          quotas.count();
        } catch (Throwable e) { // an Error too: quotas would be judged by old figures for ever
          if (!failStop.isTripped()) {
            LOG.warning("quotas.notCounted").with("action", "try_again").say(e);
          }
        }
      } while (!pause(COUNT_INTERVAL_NANOS));
    });
  }

  /// What is left to do once after a start, and may be repeated.
  private void startSettling() {
    Thread.ofVirtual().name("catalog-settling").start(() -> {
      boolean done = false;
      while (!done && !failStop.isTripped()) {
        try {
          settle();
          done = true;
        } catch (Throwable e) { // whatever it was, it is tried again
          if (!failStop.isTripped()) {
            LOG.warning("catalog.notSettled").with("action", "try_again").say(e);
          }
        }
        if (!done && pause(SETTLE_AGAIN_NANOS)) {
          return;
        }
      }
    });
  }

  /// Marks of a store of level 1 become needles of the catalog, the master hears which volumes are gone, lost truths
  /// are told.
  private void settle() throws IOException {
    life.lock();
    try {
      if (closed) {
        return;
      }
    } finally {
      life.unlock();
    }
    settling.lock();
    try {
      for (VolumeMarks each : volumes.marks()) {
        if (each.legacy()) {
          List<Long> keys = volumes.legacyMarks(each.volume());
          marks.mark(each.volume(), keys);
          LOG.info("deadMarks.ofLevelOne").with("volume", each.volume()).with("needles", keys.size()).say();
        }
      }
      states.tellMaster();
      losses.tell();
    } finally {
      settling.unlock();
    }
  }

  /// What there is of an upload; walks over its parts. Nothing if it has ended.
  public UploadContents contents(ListedUpload upload) throws IOException {
    return uploads.contents(upload);
  }

  /// What a bucket holds now; walks over all of it.
  public Usage usage(Bucket bucket) throws IOException {
    return quotas.count(bucket);
  }

  /// Counts what a bucket holds, as its quota is counted, too; walks over all of it.
  ///
  /// @param progress is told how many uploads, versions and delete markers were counted
  /// @throws InterruptedIOException as `progress` does
  public BucketCount count(Bucket bucket, CountProgress progress) throws IOException {
    var counted = new AtomicReference<BucketCount>();
    quotas.count(bucket, each -> {
      BucketCount count = counts.count(each, progress);
      counted.set(count);
      return count.usage();
    });
    return Objects.requireNonNull(counted.get());
  }

  /// What was counted last of a bucket since the start, if it was.
  public Optional<BucketCount> lastCount(Bucket bucket) {
    return counts.last(bucket);
  }

  /// Lets a body into a bucket that may have a quota, or discards it.
  private void admit(Bucket bucket, StoredBody body, long objectsToCome) throws IOException {
    try {
      quotas.admit(bucket, body.sizeBytes(), objectsToCome);
    } catch (QuotaExceededException e) {
      discard(body);
      throw e;
    }
  }

  private void discard(StoredBody body) {
    switch (body) {
      case StoredBody.InMemory(ByteBuf bytes) -> bytes.release();
      case StoredBody.InChunks(long _, List<BodyLocation.Piece> pieces) -> bodies.discard(pieces);
    }
  }

  @FunctionalInterface
  private interface Mutating<T> {
    T mutate() throws IOException;
  }

  /// Does what a quota has let in, and gives back what was added for it unless it comes to `success`.
  private <T> T admitted(Bucket bucket, long bytes, long objectsToCome, Class<? extends T> success,
      Mutating<T> mutation) throws IOException {
    boolean stored = false;
    try {
      T outcome = mutation.mutate();
      stored = success.isInstance(outcome);
      return outcome;
    } finally {
      if (!stored) {
        quotas.giveBack(bucket, bytes, objectsToCome);
      }
    }
  }

  /// True once the catalog is closed.
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

  /// A clean stop: everything is flushed, so that the next start replays nothing. The caller has stopped all requests.
  @Override
  public void close() throws IOException {
    life.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      closing.signalAll();
    } finally {
      life.unlock();
    }
    committer.close();
    collector.close();
    try {
      sequences.close();
      if (!failStop.isTripped()) {
        checkpointer.checkpointAndFlush();
      }
    } catch (DiskFullException e) {
      LOG.warning("catalog.closedWithoutSpace").with("action", "replay_at_next_start").with("reason", e).say();
    } catch (DamagedStoreException e) {
      LOG.warning("catalog.closedDamaged").with("action", "rebuild_at_next_start").with("reason", e).say();
    } finally {
      store.close();
    }
  }

  /// Stops like a killed process would: what was not flushed is lost. For tests.
  void crash() {
    life.lock();
    try {
      closed = true;
      closing.signalAll();
    } finally {
      life.unlock();
    }
    committer.close();
    collector.close();
    sequences.close();
    store.close();
  }

  /// Puts the positions now instead of within a second.
  public void checkpointNow() throws IOException {
    checkpointer.checkpoint();
  }

  /// Makes all rows so far survive a crash.
  void flushNow() throws IOException {
    checkpointer.checkpointAndFlush();
  }

  /// Collects all garbage that may be collected by now.
  public void collectNow() throws IOException {
    collector.collectNow();
  }

  /// The next start throws the rows away and makes them anew from the volumes, as if they had been lost. Durable on
  /// return; until then nothing changes.
  public void rebuildAtNextStart() throws IOException {
    opener.distrust();
  }

  /// Compares rows and needles while the catalog works; waits for disks, for as long as reading all metas takes.
  ///
  /// @param only needles of these volumes and the rows that need them; empty for all
  public AuditReport audit(Set<Integer> only, CatalogAudit.Watcher watcher) throws IOException {
    return new CatalogAudit(store, volumes, bodies, collector, losses, buckets::byId, watcher).run(only);
  }

  /// What refers to each of the needles, in words; walks all rows.
  public Map<NeedleAt, List<String>> ownersOf(Set<NeedleAt> needles) throws IOException {
    return new NeedleOwners(store, bodies, buckets::byId).find(needles);
  }

  /// Gives a bucket to another user, with every object in it that was its former owner's. Empty if there is no such
  /// bucket.
  public Optional<Bucket> giveBucket(String name, String ownerId) throws IOException {
    requireSureBucket(name);
    return buckets.give(name, ownerId);
  }

  /// Changes a user atomically; the operator sees the present state and keeps the id. Empty if there is no such user.
  ///
  /// @throws IllegalArgumentException as [#putUser]
  public Optional<User> updateUser(String id, UnaryOperator<User> change) throws IOException {
    requireSureUser(id);
    return users.update(id, change);
  }

  /// What the key store occupies, for metrics.
  public StoreSizes storeSizes() {
    return store.sizes();
  }

  /// Needles marked dead since the start, for metrics.
  public long needlesCollected() {
    return collector.marked();
  }

  /// Marks needles that are not the catalog's dead, blobs: [hayloft.common.volume.DeadMarker].
  public void markDead(int volume, List<Long> keys) throws IOException {
    marks.mark(volume, keys);
  }

  /// What it has done so far, and how it is.
  public FigureSource figures() {
    return new CatalogFigures(this, store, committer, checkpointer, collector);
  }

  /// Ends once the catalog has stopped after a fault that opening it again gets over ([FailStop]).
  public CompletableFuture<Void> startHelps() {
    return failStop.startHelps();
  }

  /// True once the catalog has stopped after a fault and needs a restart.
  public boolean isStopped() {
    return failStop.isTripped();
  }

  /// Whether it has stopped because another process has taken the catalog over.
  public boolean gaveWay() {
    return failStop.gaveWay();
  }

  /// Whether every mutation is refused since the fence of this start cannot be written in every directory. It is tried
  /// again by itself; the log says why and where (`epoch.notFenced`).
  public boolean isWithoutFence() {
    return sequences.areRefused();
  }

  /// Shows the rows of every table that is a function of the live needles, settled ones as they were before. At a quiet
  /// moment a rebuilt catalog shows the same, byte for byte.
  public void dump(RowVisitor visitor) throws IOException {
    DerivedRows.forEach(store, visitor::row);
  }

  /// Why garbage is not collected, and for how many notes, for metrics.
  public Map<String, Integer> garbagePutAside() {
    return collector.putAside();
  }

  /// How long the oldest garbage has waited, for metrics.
  public Duration garbageLag() {
    return collector.lag();
  }

  /// Shows the rows of a table as they lie. For tests.
  void showTable(byte table, RowVisitor visitor) throws IOException {
    byte[] prefix = RowKeys.table(table);
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        visitor.row(rows.key(), rows.value());
      }
    }
  }

  /// Shows the rows of needles that are marked dead and still in a file. For tests.
  void dumpRemains(RowVisitor visitor) throws IOException {
    showTable(RowKeys.REMAINS, visitor);
  }

  /// What is said of volumes.
  VolumeStates states() {
    return states;
  }

  /// Rows per table of needles, by its letter, settled ones and remains too; walks them all.
  public Map<Character, Long> rowCounts() throws IOException {
    var counts = new HashMap<Character, Long>();
    for (byte table : (new String(RowKeys.DERIVED_TABLES, StandardCharsets.US_ASCII) + "ZR").getBytes(
        StandardCharsets.US_ASCII)) {
      byte[] prefix = RowKeys.table(table);
      try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
        for (boolean found = rows.seek(prefix); found; found = rows.next()) {
          counts.merge((char) table, 1L, Long::sum);
        }
      }
    }
    return counts;
  }

  /// Every truth that is lost, for people; walks all rows if there are any.
  public List<Losses.Loss> lostTruths() throws IOException {
    return losses.all();
  }

  /// How many needles with a truth cannot be read, for metrics.
  public int lostTruthCount() {
    return truths.count();
  }

  /// Takes what is older than some lost truths for the truth from now on. A volume whose files are not there is given
  /// up by [#dropVolume].
  ///
  /// @return what was given up
  public List<Losses.Loss> giveUp(Predicate<LostTruth> wanted) throws IOException {
    List<Losses.Loss> given = losses.giveUp(wanted);
    collector.lossesChanged();
    return given;
  }

  /// Gives up a volume with all that is in it; what it hides stays hidden. Its files may be gone; if they are there,
  /// they are put aside. Every object that is lost is named to the watcher and in the log. Nothing happens if it was
  /// given up or is retired.
  ///
  /// @throws IllegalArgumentException if nobody knows such a volume
  public void dropVolume(int volume, VolumeDrop.Watcher watcher) throws IOException {
    settling.lock();
    try {
      if (!canBeDropped(volume)) {
        return;
      }
      // what is under way ends before the next step, and nothing follows
      leases.giveUp(volume, Reason.SEALED, SpaceClaim.RESERVE);
      collector.betweenPasses(() -> {
        drop(volume, watcher).recommit();
        states.giveUp(volume);
        VolumeDrop.deleteRows(store, Set.of(volume));
      });
      truths.reload();
      collector.lossesChanged();
      checkpointer.checkpointAndFlush();
    } finally {
      settling.unlock();
    }
  }

  /// Tells what [#dropVolume] would tell now, and changes nothing.
  ///
  /// @throws IllegalArgumentException if nobody knows such a volume
  public void lookAtDrop(int volume, VolumeDrop.Watcher watcher) throws IOException {
    settling.lock();
    try {
      if (canBeDropped(volume)) {
        collector.betweenPasses(() -> drop(volume, watcher).look());
      }
    } finally {
      settling.unlock();
    }
  }

  private boolean canBeDropped(int volume) throws IOException {
    if (states.known().isGone(volume)) {
      return false;
    }
    boolean isThere = volumes.ends().stream().anyMatch(end -> end.volume() == volume);
    if (!isThere && store.get(RowKeys.position(volume)) == null
        && truths.all(lost -> lost.volume() == volume).isEmpty()) {
      throw new IllegalArgumentException("there is no volume " + volume + ", and there never was one that is known");
    }
    return true;
  }

  private VolumeDrop drop(int volume, VolumeDrop.Watcher watcher) {
    return new VolumeDrop(volume, store, volumes, committer, stripes, marks, states, bodies, buckets, users, clock,
        watcher);
  }

  /// Whether a volume was given up or is retired: there is nothing in it that counts.
  public boolean isGone(int volume) throws IOException {
    return states.known().isGone(volume);
  }

  /// Volumes that were given up with what was in them, the lowest first.
  public List<Integer> givenUpVolumes() throws IOException {
    return states.known().newest().values().stream().filter(entry -> entry.body().is(State.GIVEN_UP))
        .map(VolumeStates.Entry::volume).toList();
  }

  /// Does now what otherwise is done soon after a start.
  public void settleNow() throws IOException {
    settle();
  }

  private void requireSureBucket(String name) throws IOException {
    if (!truths.isEmpty()) {
      truths.requireSure(Subjects.ofBucket(name), buckets.newestDocument(name), () -> "bucket " + name);
    }
  }

  private void requireSureUser(String id) throws IOException {
    if (!truths.isEmpty()) {
      truths.requireSure(Subjects.ofUser(id), users.newestDocument(id), () -> "user " + id);
    }
  }

  private void requireSureUserUnchecked(String id) {
    try {
      requireSureUser(id);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// What belongs to an upload may be lost, and so may be its end, which is a version of its key.
  private void requireSureUpload(Bucket bucket, String key, String uploadId) throws IOException {
    if (truths.isEmpty()) {
      return;
    }
    OptionalLong upload = VersionIds.parse(uploadId);
    if (upload.isPresent()) {
      truths.requireSure(Subjects.ofUpload(upload.getAsLong()), 0, () -> "upload of " + bucket.name() + "/" + key);
      truths.requireSure(Subjects.ofObject(bucket.id(), key), upload.getAsLong(), () -> bucket.name() + "/" + key);
    }
  }

  private void requireSureFor(Precondition condition, Bucket bucket, String key, StoredBody body) throws IOException {
    if (!condition.equals(Precondition.NONE) && certainty.mayBeUnsure(bucket, key)) {
      orDiscard(body, () -> certainty.require(bucket, key, VersionSelector.LATEST));
    }
  }

  @FunctionalInterface
  private interface Judging {
    void judge() throws IOException;
  }

  private void orDiscard(StoredBody body, Judging judging) throws IOException {
    try {
      judging.judge();
    } catch (IOException e) {
      discard(body);
      throw e;
    }
  }

  /// A new version of a key is durable. In a bucket without versions it hides everything older.
  private void replaced(Bucket bucket, String key, long sequence) throws IOException {
    if (certainty.mayBeUnsure(bucket, key)
        && buckets.byId(bucket.id()).filter(now -> now.versioning() == Versioning.UNVERSIONED).isPresent()) {
      strikeOff(() -> losses.objectOverwritten(bucket.id(), key.getBytes(StandardCharsets.UTF_8), sequence));
    }
  }

  private void overwritten(long subjectHash, long sequence) {
    strikeOff(() -> losses.overwritten(subjectHash, sequence));
  }

  /// What fails is done at the next start: the mutation itself is durable.
  private static void strikeOff(Judging losses) {
    try {
      losses.judge();
    } catch (IOException e) {
      LOG.warning("catalog.lossNotStruckOff").with("action", "at_next_start").say(e);
    }
  }

  @Override
  public BucketCreation createBucket(String name, String ownerId, String region, boolean objectLock,
      UnaryOperator<Bucket> settings) throws IOException {
    requireSureBucket(name);
    return buckets.create(name, ownerId, region, objectLock, settings);
  }

  @Override
  public Optional<Bucket> findBucket(String name) {
    try {
      requireSureBucket(name);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return buckets.byName(name);
  }

  @Override
  public List<Bucket> buckets() {
    return buckets.all();
  }

  @Override
  public BucketDeletion deleteBucket(Bucket bucket) throws IOException {
    BucketDeletion outcome = buckets.delete(bucket, objects::isEmpty);
    if (outcome == BucketDeletion.DELETED) {
      counts.forget(bucket);
      overwritten(Subjects.ofBucket(bucket.name()), buckets.newestDocument(bucket.name()));
    }
    return outcome;
  }

  @Override
  public Optional<Bucket> updateBucket(String name, UnaryOperator<Bucket> change) throws IOException {
    requireSureBucket(name);
    return buckets.update(name, change);
  }

  @Override
  public Lookup find(Bucket bucket, String key, VersionSelector which) throws IOException {
    long started = StageClock.start();
    try {
      Lookup found = objects.find(bucket, key, which);
      certainty.require(bucket, key, which);
      return found;
    } finally {
      StageClock.stop(StageClock.Stage.CATALOG, started);
    }
  }

  @Override
  public Optional<Lookup> findNow(Bucket bucket, String key, VersionSelector which) throws IOException {
    long started = StageClock.start();
    try {
      return certainty.mayBeUnsure(bucket, key) ? Optional.empty() : objects.findNow(bucket, key, which);
    } finally {
      StageClock.stop(StageClock.Stage.CATALOG, started);
    }
  }

  @Override
  public BodyWriter writeBody(Bucket bucket, String key, Durability durability, Claims claims) {
    return bodies.writer(new Bodies.Owner(bucket.id(), key), durability, claims);
  }

  @Override
  public PutOutcome put(Bucket bucket, String key, ObjectDraft draft, String etag, StoredBody body,
      Precondition condition, Durability durability) throws IOException {
    requireSureFor(condition, bucket, key, body);
    admit(bucket, body, 1);
    PutOutcome outcome = admitted(bucket, body.sizeBytes(), 1, PutOutcome.Stored.class,
        () -> objects.put(bucket, key, draft, etag, body, condition, durability));
    if (outcome instanceof PutOutcome.Stored(ObjectVersion version)) {
      replaced(bucket, key, version.sequence());
    }
    return outcome;
  }

  @Override
  public Optional<CompletableFuture<PutOutcome>> putNow(Bucket bucket, String key, ObjectDraft draft, String etag,
      StoredBody body, Precondition condition, Durability durability, Executor rest) throws IOException {
    if (certainty.mayBeUnsure(bucket, key)) {
      return Optional.empty(); // whether it is has to be read
    }
    if (Quota.of(bucket).isPresent()) {
      return Optional.empty(); // what does not come to pass has to be given back, which is easier where one can wait
    }
    return objects.putNow(bucket, key, draft, etag, body, condition, durability, rest);
  }

  @Override
  public DeleteOutcome delete(Bucket bucket, String key, VersionSelector which, Precondition condition)
      throws IOException {
    boolean isUnsure = certainty.isUnsure(bucket, key, which);
    if (isUnsure && condition.equals(Precondition.NONE) && which instanceof VersionSelector.Latest) {
      long tombstone = objects.bury(bucket, key); // whatever was there is not from now on
      if (tombstone != 0) {
        replaced(bucket, key, tombstone);
        return new DeleteOutcome.Deleted(Optional.empty(), false);
      }
    } else if (isUnsure) {
      certainty.require(bucket, key, which);
    }
    return objects.delete(bucket, key, which, condition);
  }

  /// Deletes an object as a client does, if it is still the one that a listing showed: judged under the key's lock, so
  /// that what was written since is kept.
  ///
  /// @return whether it was
  public boolean deleteListed(Bucket bucket, ListedVersion listed) throws IOException {
    if (certainty.isUnsure(bucket, listed.key(), VersionSelector.LATEST)) {
      delete(bucket, listed.key(), VersionSelector.LATEST, Precondition.NONE); // what is newest nobody can read
      return true;
    }
    return objects.deleteListed(bucket, listed.key(), listed.sequence());
  }

  /// Erases a version or delete marker for good, if it is still the one that a listing showed: judged under the key's
  /// lock, so that neither what was written since under the same version id is lost nor what became the newest.
  ///
  /// @param newest what the same listing showed as the newest of the key, which must still be there, so that nobody
  ///   sees what is older; empty for what goes in any case
  /// @return whether it was, and is gone
  public boolean eraseListed(Bucket bucket, VersionPage.Entry listed, Optional<VersionPage.Entry> newest)
      throws IOException {
    certainty.require(bucket, listed.key(), new VersionSelector.Exactly(listed.versionId()));
    return objects.eraseListed(bucket, listed.key(), listed,
        newest.isPresent() ? OptionalLong.of(newest.get().sequence()) : OptionalLong.empty());
  }

  @Override
  public Lookup setTags(Bucket bucket, String key, VersionSelector which, Map<String, String> tags)
      throws IOException {
    certainty.require(bucket, key, which);
    return objects.setTags(bucket, key, which, tags);
  }

  @Override
  public Lookup setAcl(Bucket bucket, String key, VersionSelector which, Function<ObjectVersion, String> acl)
      throws IOException {
    certainty.require(bucket, key, which);
    return objects.setAcl(bucket, key, which, acl);
  }

  @Override
  public BodyReader read(ObjectVersion version, ByteRange range) {
    return bodies.reader(version, range);
  }

  @Override
  public List<Part> parts(ObjectVersion version) throws IOException {
    return objects.parts(version);
  }

  @Override
  public ObjectPage list(Bucket bucket, ListQuery query) throws IOException {
    long started = StageClock.start();
    try {
      return objects.list(bucket, query);
    } finally {
      StageClock.stop(StageClock.Stage.CATALOG, started);
    }
  }

  @Override
  public VersionPage listVersions(Bucket bucket, VersionQuery query) throws IOException {
    long started = StageClock.start();
    try {
      return objects.listVersions(bucket, query);
    } finally {
      StageClock.stop(StageClock.Stage.CATALOG, started);
    }
  }

  @Override
  public Upload createUpload(Bucket bucket, String key, ObjectDraft draft, Optional<ChecksumAlgorithm> checksum,
      boolean composite) throws IOException {
    return uploads.create(bucket, key, draft, checksum, composite);
  }

  @Override
  public Optional<Upload> findUpload(Bucket bucket, String key, String uploadId) throws IOException {
    requireSureUpload(bucket, key, uploadId);
    return uploads.find(bucket, key, uploadId);
  }

  @Override
  public PartOutcome putPart(Bucket bucket, Upload upload, int number, String etag, Optional<ObjectChecksum> checksum,
      Optional<ObjectChecksum> defaultSum, StoredBody body, Durability durability) throws IOException {
    if (!truths.isEmpty()) {
      orDiscard(body, () -> requireSureUpload(bucket, upload.key(), upload.uploadId()));
    }
    admit(bucket, body, 0);
    return admitted(bucket, body.sizeBytes(), 0, PartOutcome.Stored.class,
        () -> uploads.putPart(bucket, upload, number, etag, checksum, defaultSum, body, durability));
  }

  @Override
  public List<Part> listParts(Bucket bucket, Upload upload, int afterNumber, int limit) throws IOException {
    requireSureUpload(bucket, upload.key(), upload.uploadId());
    return uploads.listParts(bucket, upload, afterNumber, limit);
  }

  @Override
  public CompleteOutcome completeUpload(Bucket bucket, String key, String uploadId, List<PartChoice> parts,
      Optional<ObjectChecksum> checksum, Precondition condition) throws IOException {
    requireSureUpload(bucket, key, uploadId);
    if (!condition.equals(Precondition.NONE)) {
      certainty.require(bucket, key, VersionSelector.LATEST);
    }
    quotas.admit(bucket, 0, 1);
    CompleteOutcome outcome = admitted(bucket, 0, 1, CompleteOutcome.Completed.class,
        () -> uploads.complete(bucket, key, uploadId, parts, checksum, condition));
    if (outcome instanceof CompleteOutcome.Completed(ObjectVersion version)) {
      replaced(bucket, key, version.sequence());
    }
    return outcome;
  }

  @Override
  public boolean abortUpload(Bucket bucket, String key, String uploadId) throws IOException {
    boolean aborted = uploads.abort(bucket, key, uploadId);
    OptionalLong upload = VersionIds.parse(uploadId);
    if (aborted && upload.isPresent()) {
      overwritten(Subjects.ofUpload(upload.getAsLong()), Long.MAX_VALUE);
    } else if (!aborted) {
      requireSureUpload(bucket, key, uploadId);
    }
    return aborted;
  }

  @Override
  public UploadPage listUploads(Bucket bucket, UploadQuery query) throws IOException {
    return uploads.list(bucket, query);
  }

  @Override
  public Optional<User> findUserByAccessKey(String accessKey) {
    Optional<User> found = users.byAccessKey(accessKey);
    found.ifPresent(user -> requireSureUserUnchecked(user.id()));
    return found;
  }

  @Override
  public Optional<User> findUserById(String id) {
    requireSureUserUnchecked(id); // also of one that is not there: it may be what is lost
    return users.byId(id);
  }

  /// Those of whom something newer is lost are not among them: they may be deleted.
  @Override
  public List<User> users() {
    return truths.isEmpty()
        ? users.all()
        : users.all().stream()
            .filter(user -> !truths.isUnsure(Subjects.ofUser(user.id()), users.newestDocument(user.id()))).toList();
  }

  @Override
  public void putUser(User user) throws IOException {
    users.put(user);
    overwritten(Subjects.ofUser(user.id()), users.newestDocument(user.id()));
  }

  @Override
  public boolean deleteUser(String id) throws IOException {
    boolean deleted = users.delete(id);
    if (deleted) {
      overwritten(Subjects.ofUser(id), users.newestDocument(id));
    } else {
      requireSureUser(id);
    }
    return deleted;
  }
}

package hayloft.filer;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.memory.BufferMemory;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.StageClock;
import hayloft.common.placement.DiskFullException;
import hayloft.common.placement.MasterClient;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.audit.AuditReport;
import hayloft.filer.audit.CatalogAudit;
import hayloft.filer.audit.LossReport;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.audit.NeedleOwners;
import hayloft.filer.body.Bodies;
import hayloft.filer.body.ReadPins;
import hayloft.filer.buckets.BucketTable;
import hayloft.filer.commit.Checkpointer;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.FailStop;
import hayloft.filer.commit.GracePeriod;
import hayloft.filer.commit.KeyStripes;
import hayloft.filer.commit.LeasePool;
import hayloft.filer.commit.Sequences;
import hayloft.filer.gc.Collector;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.keystore.StoreSizes;
import hayloft.filer.objects.ObjectTable;
import hayloft.filer.quota.Quota;
import hayloft.filer.quota.QuotaExceededException;
import hayloft.filer.quota.Quotas;
import hayloft.filer.quota.Usage;
import hayloft.filer.replay.Replay;
import hayloft.filer.replay.ReplayListener;
import hayloft.filer.rows.Marks;
import hayloft.filer.rows.PositionRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.uploads.UploadTable;
import hayloft.filer.users.StoreKey;
import hayloft.filer.users.UserTable;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// The catalog over volumes: its key store is an index that may be lost. Thread-safe.
///
/// Opening takes the catalog over: a new epoch from the master, the volumes fenced at it, then a replay of what the key
/// store does not know yet, then the work begins.
public final class VolumeCatalog implements Catalog, AutoCloseable {

  private static final long COUNT_INTERVAL_NANOS = Duration.ofMinutes(1).toNanos();
  private static final int COUNTED_A_PAGE = 1000;
  private static final System.Logger LOG = System.getLogger(VolumeCatalog.class.getName());

  private final KeyStore store;
  private final StoreOpener opener;
  private final VolumeClient volumes;
  private final FailStop failStop = new FailStop();
  private final Committer committer;
  private final Checkpointer checkpointer;
  private final Collector collector;
  private final Quotas quotas;
  private final Bodies bodies;
  private final ObjectTable objects;
  private final UploadTable uploads;
  private final BucketTable buckets;
  private final UserTable users;
  private final ReadPins pins = new ReadPins();
  private final ReentrantLock life = new ReentrantLock();
  private final Condition closing = life.newCondition();
  private boolean closed; // guarded by life

  /// Opens the catalog in a directory, which holds nothing that the volumes do not hold: if it is missing, damaged or of
  /// another store it is made anew.
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
    long epoch = master.takeCatalog(volumes.highestEpoch());
    volumes.fence(epoch);
    KeyStore store = opener.open();
    try {
      if (liesBehind(store, volumes) || hasMissedAnOwner(store, epoch)) {
        store.close();
        opener.discard();
        store = opener.open();
      }
      return new VolumeCatalog(config, opener, store, epoch, volumes, master, storeKey, clock, listener, memory);
    } catch (IOException | RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /// Opens and discards the key store.
  interface StoreOpener {
    KeyStore open() throws IOException;

    void discard() throws IOException;

    /// The next opening discards what is there. Durable on return.
    void distrust() throws IOException;
  }

  /// The store knows positions that some volumes have not reached. A power cut does not do that, if disks keep what they say they
  /// have: rows are written to a file after the needles were synced ([CatalogDirectory]).
  private static boolean liesBehind(KeyStore store, VolumeClient volumes) throws IOException {
    Set<Integer> cut = new TreeSet<>();
    for (VolumePosition end : volumes.ends()) {
      byte[] value = store.get(RowKeys.position(end.volume()));
      if (value != null) {
        VolumePosition known = PositionRow.read(end.volume(), value);
        if (known.generation() == end.generation() && known.offsetBytes() > end.offsetBytes()) {
          cut.add(end.volume());
        }
      }
    }
    if (!cut.isEmpty()) {
      tellLosses(store, volumes, cut);
    }
    return !cut.isEmpty();
  }

  /// Rows that cannot be read must not keep the store from what comes next: they are thrown away and made anew.
  private static void tellLosses(KeyStore store, VolumeClient volumes, Set<Integer> cut) {
    try {
      LossReport.tell(store, volumes, cut);
    } catch (IOException | RuntimeException e) {
      LOG.log(System.Logger.Level.ERROR, "event=losses_not_all_named action=rebuild volumes=" + cut, e);
    }
  }

  /// Another filer had the catalog since the store was used last. It may have marked needles dead that this store would have
  /// to know: what killed a row that is still here would not be replayed. So does an older copy of the store.
  private static boolean hasMissedAnOwner(KeyStore store, long epoch) throws IOException {
    byte[] known = store.get(RowKeys.mark(Marks.EPOCH));
    if (known == null || Marks.number(known) == epoch - 1) {
      return false;
    }
    LOG.log(System.Logger.Level.WARNING, "event=catalog_of_former_owner epoch={0} now={1} action=rebuild",
        Marks.number(known), epoch);
    return true;
  }

  private VolumeCatalog(CatalogConfig config, StoreOpener opener, KeyStore store, long epoch, VolumeClient volumes,
      MasterClient master,
      StoreKey storeKey, InstantSource clock, ReplayListener listener, BufferMemory memory) throws IOException {
    this.store = store;
    this.opener = opener;
    this.volumes = volumes;
    boolean fromScratch = store.get(RowKeys.mark(Marks.FORMAT)) == null;
    if (fromScratch) {
      mark(Marks.STORE, config.storeId().getBytes(StandardCharsets.UTF_8));
    }
    mark(Marks.EPOCH, Marks.number(epoch));
    store.flush();
    var replay = new Replay(volumes, store, listener, config.replayThreads());
    replay.run(fromScratch);
    var sequences = new Sequences(epoch);
    if (fromScratch) {
      // Volumes are synced when they are opened, so what was read from them is as good as flushed. A replay after a crash must know
      // that, or it takes what a collection has begun to bury for halves of a power cut.
      mark(Marks.WATERMARK, Marks.number(sequences.last()));
      mark(Marks.FORMAT, Marks.number(Marks.FORMAT_VERSION)); // last: a store without it has not been filled yet
      store.flush();
    }
    var grace = new GracePeriod();
    var stripes = new KeyStripes();
    committer = new Committer(volumes, new LeasePool(master, config.leases()), store, sequences, grace, failStop);
    checkpointer = new Checkpointer(volumes, store, sequences, grace, failStop, config.flushInterval());
    bodies = new Bodies(volumes, committer, store, failStop, clock, config.bodies(), pins, memory);
    buckets = new BucketTable(store, committer, stripes, sequences, clock);
    users = new UserTable(store, committer, storeKey, clock);
    objects = new ObjectTable(store, committer, stripes, bodies, buckets::byId, clock, config.durability());
    uploads = new UploadTable(store, committer, stripes, sequences, bodies, objects, buckets::byId, clock,
        config.durability(), config.uploads());
    collector = new Collector(store, volumes, bodies, pins, sequences, grace, checkpointer, failStop, clock,
        config.collector(),
        replay.damagedPlaces() == 0);
    quotas = new Quotas(buckets::all, this::count);
    startCheckpoints(config.checkpointInterval().toNanos());
    startCounting();
    collector.start();
  }

  private void mark(String name, byte[] value) throws IOException {
    var marks = new KeyBatch();
    marks.put(RowKeys.mark(name), value);
    store.write(marks);
  }

  private void startCheckpoints(long intervalNanos) {
    Thread.ofVirtual().name("catalog-checkpointer").start(() -> {
      while (!pause(intervalNanos)) {
        try {
          checkpointer.checkpoint();
        } catch (DiskFullException e) {
          LOG.log(System.Logger.Level.WARNING, "event=checkpoint_waits_for_space reason=" + e.getMessage());
        } catch (IOException e) {
          if (!failStop.isTripped()) {
            LOG.log(System.Logger.Level.WARNING, "event=checkpoint_failed", e);
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
        } catch (IOException e) {
          if (!failStop.isTripped()) {
            LOG.log(System.Logger.Level.WARNING, "event=quotas_not_counted", e);
          }
        }
      } while (!pause(COUNT_INTERVAL_NANOS));
    });
  }

  /// Uploads first: one that becomes an object meanwhile counts twice rather than not at all.
  private Usage count(Bucket bucket) throws IOException {
    long bytes = uploads.bytesUnderWay(bucket);
    long versions = 0;
    VersionPage page = objects.listVersions(bucket,
        new VersionQuery("", "", Optional.empty(), Optional.empty(), COUNTED_A_PAGE));
    while (true) {
      for (VersionPage.Entry entry : page.entries()) {
        if (entry instanceof VersionPage.Entry.Version(ObjectVersion version, boolean _)) {
          bytes += version.sizeBytes();
          versions++;
        }
      }
      if (page.next().isEmpty()) {
        return new Usage(bytes, versions);
      }
      VersionPage.Next next = page.next().get();
      page = objects.listVersions(bucket,
          new VersionQuery("", "", Optional.of(next.key()), next.versionId(), COUNTED_A_PAGE));
    }
  }

  /// What a bucket holds now; walks over all of it.
  public Usage usage(Bucket bucket) throws IOException {
    return quotas.count(bucket);
  }

  /// Lets a body into a bucket that may have a quota, or discards it.
  private void admit(Bucket bucket, StoredBody body, long objectsToCome) throws IOException {
    try {
      quotas.admit(bucket, body.sizeBytes(), objectsToCome);
    } catch (QuotaExceededException e) {
      switch (body) {
        case StoredBody.InMemory(ByteBuf bytes) -> bytes.release();
        case StoredBody.InChunks(long _, List<BodyLocation.Piece> pieces) -> bodies.discard(pieces);
      }
      throw e;
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
      if (!failStop.isTripped()) {
        checkpointer.checkpointAndFlush();
      }
    } catch (DiskFullException e) {
      LOG.log(System.Logger.Level.WARNING, "event=closed_without_space action=replay_at_next_start reason="
          + e.getMessage());
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

  /// The next start throws the rows away and makes them anew from the volumes, as if they had been lost. Durable on return;
  /// until then nothing changes.
  public void rebuildAtNextStart() throws IOException {
    opener.distrust();
  }

  /// Compares rows and needles while the catalog works; waits for disks, for as long as reading all metas takes.
  ///
  /// @param only needles of these volumes and the rows that need them; empty for all
  public AuditReport audit(Set<Integer> only, CatalogAudit.Watcher watcher) throws IOException {
    return new CatalogAudit(store, volumes, bodies, collector, buckets::byId, watcher).run(only);
  }

  /// What refers to each of the needles, in words; walks all rows.
  public Map<NeedleAt, List<String>> ownersOf(Set<NeedleAt> needles) throws IOException {
    return new NeedleOwners(store, bodies, buckets::byId).find(needles);
  }

  /// Gives a bucket to another user, with every object in it that was its former owner's. Empty if there is no such bucket.
  public Optional<Bucket> giveBucket(String name, String ownerId) throws IOException {
    return buckets.give(name, ownerId);
  }

  /// Changes a user atomically; the operator sees the present state and keeps the id. Empty if there is no such user.
  ///
  /// @throws IllegalArgumentException as [#putUser]
  public Optional<User> updateUser(String id, UnaryOperator<User> change) throws IOException {
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

  /// What it has done so far, and how it is.
  public FigureSource figures() {
    return new CatalogFigures(this, store, committer, checkpointer, collector);
  }

  /// True once the catalog has stopped after a fault and needs a restart.
  public boolean isStopped() {
    return failStop.isTripped();
  }

  /// Shows the rows of every table that is a function of the live needles, in key order. At a quiet moment a rebuilt catalog
  /// shows the same, byte for byte.
  public void dump(RowVisitor visitor) throws IOException {
    byte[] tables = RowKeys.DERIVED_TABLES.clone();
    Arrays.sort(tables);
    for (byte table : tables) {
      byte[] prefix = RowKeys.table(table);
      try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
        for (boolean found = rows.seek(prefix); found; found = rows.next()) {
          visitor.row(rows.key(), rows.value());
        }
      }
    }
  }

  /// Rows per table, by its letter; walks them all.
  public Map<Character, Long> rowCounts() throws IOException {
    var counts = new HashMap<Character, Long>();
    dump((key, _) -> counts.merge((char) key[0], 1L, Long::sum));
    return counts;
  }

  @Override
  public BucketCreation createBucket(String name, String ownerId, String region, boolean objectLock,
      UnaryOperator<Bucket> settings) throws IOException {
    return buckets.create(name, ownerId, region, objectLock, settings);
  }

  @Override
  public Optional<Bucket> findBucket(String name) {
    return buckets.byName(name);
  }

  @Override
  public List<Bucket> buckets() {
    return buckets.all();
  }

  @Override
  public BucketDeletion deleteBucket(Bucket bucket) throws IOException {
    return buckets.delete(bucket, objects::isEmpty);
  }

  @Override
  public Optional<Bucket> updateBucket(String name, UnaryOperator<Bucket> change) throws IOException {
    return buckets.update(name, change);
  }

  @Override
  public Lookup find(Bucket bucket, String key, VersionSelector which) throws IOException {
    long started = StageClock.start();
    try {
      return objects.find(bucket, key, which);
    } finally {
      StageClock.stop(StageClock.Stage.CATALOG, started);
    }
  }

  @Override
  public Optional<Lookup> findNow(Bucket bucket, String key, VersionSelector which) throws IOException {
    long started = StageClock.start();
    try {
      return objects.findNow(bucket, key, which);
    } finally {
      StageClock.stop(StageClock.Stage.CATALOG, started);
    }
  }

  @Override
  public BodyWriter writeBody(Bucket bucket, String key, Durability durability) {
    return bodies.writer(new Bodies.Owner(bucket.id(), key), durability);
  }

  @Override
  public PutOutcome put(Bucket bucket, String key, ObjectDraft draft, String etag, StoredBody body,
      Precondition condition, Durability durability) throws IOException {
    admit(bucket, body, 1);
    return admitted(bucket, body.sizeBytes(), 1, PutOutcome.Stored.class,
        () -> objects.put(bucket, key, draft, etag, body, condition, durability));
  }

  @Override
  public Optional<CompletableFuture<PutOutcome>> putNow(Bucket bucket, String key, ObjectDraft draft, String etag,
      StoredBody body, Precondition condition, Durability durability, Executor rest) throws IOException {
    if (Quota.of(bucket).isPresent()) {
      return Optional.empty(); // what does not come to pass has to be given back, which is easier where one can wait
    }
    return objects.putNow(bucket, key, draft, etag, body, condition, durability, rest);
  }

  @Override
  public DeleteOutcome delete(Bucket bucket, String key, VersionSelector which, Precondition condition)
      throws IOException {
    return objects.delete(bucket, key, which, condition);
  }

  @Override
  public Lookup setTags(Bucket bucket, String key, VersionSelector which, Map<String, String> tags)
      throws IOException {
    return objects.setTags(bucket, key, which, tags);
  }

  @Override
  public Lookup setAcl(Bucket bucket, String key, VersionSelector which, Function<ObjectVersion, String> acl)
      throws IOException {
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
    return uploads.find(bucket, key, uploadId);
  }

  @Override
  public PartOutcome putPart(Bucket bucket, Upload upload, int number, String etag, Optional<ObjectChecksum> checksum,
      StoredBody body, Durability durability) throws IOException {
    admit(bucket, body, 0);
    return admitted(bucket, body.sizeBytes(), 0, PartOutcome.Stored.class,
        () -> uploads.putPart(bucket, upload, number, etag, checksum, body, durability));
  }

  @Override
  public List<Part> listParts(Bucket bucket, Upload upload, int afterNumber, int limit) throws IOException {
    return uploads.listParts(bucket, upload, afterNumber, limit);
  }

  @Override
  public CompleteOutcome completeUpload(Bucket bucket, String key, String uploadId, List<PartChoice> parts,
      Optional<ObjectChecksum> checksum, Precondition condition) throws IOException {
    quotas.admit(bucket, 0, 1);
    return admitted(bucket, 0, 1, CompleteOutcome.Completed.class,
        () -> uploads.complete(bucket, key, uploadId, parts, checksum, condition));
  }

  @Override
  public boolean abortUpload(Bucket bucket, String key, String uploadId) throws IOException {
    return uploads.abort(bucket, key, uploadId);
  }

  @Override
  public UploadPage listUploads(Bucket bucket, UploadQuery query) throws IOException {
    return uploads.list(bucket, query);
  }

  @Override
  public Optional<User> findUserByAccessKey(String accessKey) {
    return users.byAccessKey(accessKey);
  }

  @Override
  public Optional<User> findUserById(String id) {
    return users.byId(id);
  }

  @Override
  public List<User> users() {
    return users.all();
  }

  @Override
  public void putUser(User user) throws IOException {
    users.put(user);
  }

  @Override
  public boolean deleteUser(String id) throws IOException {
    return users.delete(id);
  }
}

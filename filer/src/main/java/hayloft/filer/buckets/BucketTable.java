package hayloft.filer.buckets;

import hayloft.common.Durability;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCreation;
import hayloft.filer.BucketDeletion;
import hayloft.filer.Versioning;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.Committer.Committed;
import hayloft.filer.commit.KeyStripes;
import hayloft.filer.commit.Sequences;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.BucketBody;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.ObjLongConsumer;
import java.util.function.UnaryOperator;

/// All buckets, in memory; loaded from table B at open. Thread-safe: reads take no lock, changes one at a time.
///
/// A bucket costs some hundred bytes of heap: ten thousand of them a few megabytes.
public final class BucketTable {

  private final Committer committer;
  private final KeyStripes stripes;
  private final Sequences sequences;
  private final InstantSource clock;
  private final ReentrantLock changes = new ReentrantLock();
  private final Map<String, Bucket> byName = new ConcurrentHashMap<>();
  private final Map<Long, Bucket> byId = new ConcurrentHashMap<>();
  private final Map<String, Long> newestDocuments = new ConcurrentHashMap<>();

  public BucketTable(KeyStore store, Committer committer, KeyStripes stripes, Sequences sequences, InstantSource clock)
      throws IOException {
    this.committer = committer;
    this.stripes = stripes;
    this.sequences = sequences;
    this.clock = clock;
    readDocuments(store, (bucket, sequence) -> newestDocuments.merge(bucket.name(), sequence, Math::max))
        .forEach(this::remember);
  }

  /// The buckets that a key store knows. The newest document of each comes first.
  public static List<Bucket> read(KeyStore store) throws IOException {
    return readDocuments(store, (_, _) -> {});
  }

  /// @param documents is shown each bucket that there is or was, with the sequence of its newest document, be it a
  ///   deletion
  private static List<Bucket> readDocuments(KeyStore store, ObjLongConsumer<Bucket> documents) throws IOException {
    List<Bucket> buckets = new ArrayList<>();
    byte[] table = RowKeys.table(RowKeys.BUCKETS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), KeyStore.Reach.DISK)) {
      long lastId = 0;
      long newest = 0;
      for (boolean found = rows.seek(table); found; found = rows.next()) {
        byte[] row = rows.key();
        long id = ByteBuffer.wrap(row).getLong(1);
        boolean isNewest = id != lastId;
        if (isNewest) {
          lastId = id;
          newest = RowKeys.lastSequence(row);
        }
        if (BucketBody.read(RowValue.body(rows.value()), id) instanceof BucketBody.Present(Bucket bucket)) {
          documents.accept(bucket, newest);
          if (isNewest) {
            buckets.add(bucket);
          }
        }
      }
    }
    return buckets;
  }

  private void remember(Bucket bucket) {
    byId.put(bucket.id(), bucket);
    byName.put(bucket.name(), bucket);
  }

  public Optional<Bucket> byName(String name) {
    return Optional.ofNullable(byName.get(name));
  }

  /// The sequence of the newest document of any bucket with that name, be it a deletion; 0 if there is none.
  public long newestDocument(String name) {
    return newestDocuments.getOrDefault(name, 0L);
  }

  public Optional<Bucket> byId(long id) {
    return Optional.ofNullable(byId.get(id));
  }

  /// By name.
  public List<Bucket> all() {
    return byName.values().stream().sorted(Comparator.comparing(Bucket::name)).toList();
  }

  /// @param settings what the bucket is to be from the start
  public BucketCreation create(String name, String ownerId, String region, boolean objectLock,
      UnaryOperator<Bucket> settings) throws IOException {
    changes.lock();
    try {
      Bucket existing = byName.get(name);
      if (existing != null) {
        return new BucketCreation.NameTaken(existing);
      }
      Versioning versioning = objectLock ? Versioning.ENABLED : Versioning.UNVERSIONED;
      var plain = new Bucket(sequences.next(), name, ownerId, region, now(), versioning, objectLock, Map.of());
      Bucket bucket = changed(plain, settings);
      commit(bucket, false);
      return new BucketCreation.Created(bucket);
    } finally {
      changes.unlock();
    }
  }

  public Optional<Bucket> update(String name, UnaryOperator<Bucket> change) throws IOException {
    changes.lock();
    try {
      Bucket present = byName.get(name);
      if (present == null) {
        return Optional.empty();
      }
      Bucket next = changed(present, change);
      if (!next.equals(present)) {
        commit(next, true);
      }
      return Optional.of(next);
    } finally {
      changes.unlock();
    }
  }

  /// Gives a bucket to another user, and with it every object in it that was its former owner's: bodies leave out the
  /// bucket's owner. Empty if there is no such bucket.
  public Optional<Bucket> give(String name, String ownerId) throws IOException {
    changes.lock();
    try {
      Bucket present = byName.get(name);
      if (present == null) {
        return Optional.empty();
      }
      Bucket next = present.withOwner(ownerId);
      if (!next.equals(present)) {
        commit(next, true);
      }
      return Optional.of(next);
    } finally {
      changes.unlock();
    }
  }

  /// Commits a bucket's document anew, as it is; nothing happens if there is no such bucket.
  public void sayAgain(String name) throws IOException {
    changes.lock();
    try {
      Bucket present = byName.get(name);
      if (present != null) {
        commit(present, true);
      }
    } finally {
      changes.unlock();
    }
  }

  private static Bucket changed(Bucket present, UnaryOperator<Bucket> change) {
    Bucket next = change.apply(present);
    if (next.id() != present.id() || !next.name().equals(present.name())
        || !next.ownerId().equals(present.ownerId())) {
      throw new IllegalArgumentException("a bucket keeps its id, name and owner");
    }
    if (next.versioning() == Versioning.UNVERSIONED && present.versioning() != Versioning.UNVERSIONED) {
      throw new IllegalArgumentException("versioning of bucket " + present.name() + " can be suspended, not undone");
    }
    return next;
  }

  /// Synced whatever the bucket's durability is: everything in the bucket would be lost with its document.
  private void commit(Bucket bucket, boolean kills) throws IOException {
    Committed committed = committer.commit(MutationCodec.encode(new Mutation.PutBucket(bucket, now()), kills, ""),
        Durability.FSYNC);
    newestDocuments.put(bucket.name(), committed.sequence());
    remember(bucket);
  }

  /// Tells whether a bucket has nothing in it.
  @FunctionalInterface
  public interface Emptiness {
    boolean isEmpty(Bucket bucket) throws IOException;
  }

  /// Looks for what is in it without any lock, for as long as that takes, and watches what comes in meanwhile; with all
  /// keys locked only the latter is asked. If something came in, the bucket was not empty then, even if it is gone
  /// again.
  ///
  /// Synced whatever the bucket's durability is: the next bucket of that name is, and a power cut must not leave both.
  public BucketDeletion delete(Bucket bucket, Emptiness emptiness) throws IOException {
    try (KeyStripes.Watch arrivals = stripes.watch(bucket.id())) {
      if (!byId.containsKey(bucket.id())) {
        return BucketDeletion.NO_SUCH_BUCKET;
      }
      if (!emptiness.isEmpty(bucket)) {
        return BucketDeletion.NOT_EMPTY;
      }
      return deleteUnlessSeen(bucket, arrivals);
    }
  }

  private BucketDeletion deleteUnlessSeen(Bucket bucket, KeyStripes.Watch arrivals) throws IOException {
    changes.lock();
    try {
      if (!byId.containsKey(bucket.id())) {
        return BucketDeletion.NO_SUCH_BUCKET;
      }
      try (KeyStripes.Hold _ = stripes.all()) {
        if (arrivals.hasSeen()) {
          return BucketDeletion.NOT_EMPTY;
        }
        Committed committed = committer.commit(
            MutationCodec.encode(new Mutation.DeleteBucket(bucket.id(), bucket.name(), now()), true, ""),
            Durability.FSYNC);
        newestDocuments.put(bucket.name(), committed.sequence());
        byName.remove(bucket.name());
        byId.remove(bucket.id());
        return BucketDeletion.DELETED;
      }
    } finally {
      changes.unlock();
    }
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}

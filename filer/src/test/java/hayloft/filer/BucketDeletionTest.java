package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import hayloft.filer.buckets.BucketTable;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.Epochs;
import hayloft.filer.commit.FailStop;
import hayloft.filer.commit.GracePeriod;
import hayloft.filer.commit.KeyStripes;
import hayloft.filer.commit.LeaseConfig;
import hayloft.filer.commit.LeasePool;
import hayloft.filer.commit.Sequences;
import hayloft.filer.keystore.KeyStoreConfig;
import hayloft.filer.keystore.RocksStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Is a bucket deleted only if it is empty, and does nobody wait while that is found out?
final class BucketDeletionTest {

  private static final int ROUNDS = 60;

  @TempDir
  Path directory;

  private interface WithBuckets {
    void run(BucketTable buckets, KeyStripes stripes, Bucket bucket) throws IOException;
  }

  private void withBuckets(WithBuckets work) throws IOException {
    var volumes = new MemoryVolumes();
    try (RocksStore store = RocksStore.open(directory, new KeyStoreConfig(8 << 20, 1 << 20, 8 << 10, 64), () -> {})) {
      var master = new CountingMaster(volumes);
      var grace = new GracePeriod();
      var failStop = new FailStop();
      var sequences = new Sequences(0, new Epochs(master, volumes, store, failStop, 0, List.of()),
          grace, Sequences.RENEW_AT);
      var committer = new Committer(volumes, new LeasePool(master, LeaseConfig.DEFAULTS), store, sequences, grace,
          failStop);
      var stripes = new KeyStripes();
      var buckets = new BucketTable(store, committer, stripes, sequences, new TestStore.TestClock());
      Bucket bucket = assertInstanceOf(BucketCreation.Created.class,
          buckets.create("bucket", "owner", "us-east-1", false, plain -> plain)).bucket();
      work.run(buckets, stripes, bucket);
    }
  }

  @Test
  void noKeyAndNoOtherBucketWaitsWhileItIsLookedThrough() throws IOException {
    withBuckets((buckets, stripes, bucket) -> {
      var looks = new AtomicInteger();
      BucketDeletion deletion = buckets.delete(bucket, _ -> {
        looks.incrementAndGet();
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
          join(other.submit(() -> {
            try (KeyStripes.Hold hold = stripes.exclusiveNow(bucket.id(), "k")) {
              assertNotNull(hold);
            }
            return buckets.create("another", "owner", "us-east-1", false, plain -> plain);
          }));
        }
        return true;
      });
      assertEquals(BucketDeletion.DELETED, deletion);
      assertEquals(1, looks.get());
      assertEquals(Optional.empty(), buckets.byId(bucket.id()));
    });
  }

  @Test
  void whatComesInWhileItIsLookedThroughKeepsIt() throws IOException {
    withBuckets((buckets, stripes, bucket) -> {
      assertEquals(BucketDeletion.NOT_EMPTY, buckets.delete(bucket, _ -> {
        stripes.arrived(bucket.id());
        return true;
      }));
      assertEquals(BucketDeletion.DELETED, buckets.delete(bucket, _ -> {
        stripes.arrived(bucket.id() + 1);
        return true;
      }));
      assertEquals(BucketDeletion.NO_SUCH_BUCKET, buckets.delete(bucket, _ -> true));
    });
  }

  private static <T> T join(Future<T> future) {
    try {
      return future.get();
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  /// Whatever is acknowledged as stored is in a bucket that is not deleted afterwards.
  @Test
  void noObjectIsStoredInABucketThatIsDeleted() throws IOException {
    var store = new TestStore(directory);
    try (ExecutorService others = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int round = 0; round < ROUNDS; round++) {
        Bucket bucket = assertInstanceOf(BucketCreation.Created.class, store.catalog().createBucket("bucket-" + round,
            "owner", "us-east-1", false, plain -> plain.withVersioning(Versioning.ENABLED))).bucket();
        Callable<BucketDeletion> deletion = () -> store.catalog().deleteBucket(bucket);
        Callable<Boolean> marker = () -> store.catalog().delete(bucket, "k", VersionSelector.LATEST,
            Precondition.NONE) instanceof DeleteOutcome.Deleted;
        Callable<Boolean> object = () -> store.catalog().put(bucket, "k", TestStore.draft("owner"),
            TestStore.md5(new byte[0]), store.body(bucket, "k", new byte[0]), Precondition.NONE,
            hayloft.common.Durability.FSYNC) instanceof PutOutcome.Stored;
        Future<Boolean> stored = others.submit(round % 2 == 0 ? marker : object);
        boolean deleted = join(others.submit(deletion)) == BucketDeletion.DELETED;
        assertFalse(deleted && join(stored), "round " + round);
      }
    }
    store.catalog().close();
  }
}

package hayloft.filer.quota;

import hayloft.filer.Bucket;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Holds buckets to their quotas. Thread-safe.
///
/// Rows are put without looking at what they replace, so nobody knows at each moment what a bucket holds. Instead the
/// buckets that have a quota are counted, each in one walk over its rows: at the start, then every now and then
/// ([#count]). Between two counts what comes in is added, and what is deleted or replaced is not taken off: so a bucket
/// may be refused too early for that long, and after a restart, until the first count, too late. Parts of uploads count
/// from when they come in, as long as they or the object that they became are there.
///
/// Buckets without a quota cost one look into the bucket's settings.
public final class Quotas {

  private final Supplier<List<Bucket>> buckets;
  private final Counter counter;
  private final Map<Long, Account> accounts = new ConcurrentHashMap<>();

  /// Walks over a bucket.
  @FunctionalInterface
  public interface Counter {
    Usage count(Bucket bucket) throws IOException;
  }

  /// One bucket's. What came in is never set back, so that nothing is lost that comes in while the bucket is counted.
  private static final class Account {
    final LongAdder cameInBytes = new LongAdder();
    final LongAdder cameInObjects = new LongAdder();
    /// Held while the bucket is counted: of two counts at once the older one might have the last word.
    final ReentrantLock counting = new ReentrantLock();
    /// Of the last count, less what had come in before it.
    volatile Usage base = Usage.NOTHING;

    Usage usage() {
      Usage counted = base;
      return counted.plus(cameInBytes.sum(), cameInObjects.sum());
    }
  }

  /// @param buckets as they are now
  public Quotas(Supplier<List<Bucket>> buckets, Counter counter) {
    this.buckets = buckets;
    this.counter = counter;
  }

  /// Lets something into a bucket, and adds it.
  ///
  /// @param bucket as it is now
  /// @throws QuotaExceededException if the bucket would hold too much
  public void admit(Bucket bucket, long bytes, long objects) throws QuotaExceededException {
    Optional<Quota> quota = Quota.of(bucket);
    if (quota.isEmpty()) {
      return;
    }
    Account account = accounts.computeIfAbsent(bucket.id(), _ -> new Account());
    if (!quota.get().allows(account.usage().plus(bytes, objects))) {
      throw new QuotaExceededException("bucket " + bucket.name() + " would hold more than its quota allows");
    }
    account.cameInBytes.add(bytes);
    account.cameInObjects.add(objects);
  }

  /// Takes off what was added for something that was not stored after all.
  public void giveBack(Bucket bucket, long bytes, long objects) {
    Account account = accounts.get(bucket.id());
    if (account != null) {
      account.cameInBytes.add(-bytes);
      account.cameInObjects.add(-objects);
    }
  }

  /// Some bucket has a quota.
  public boolean isAnyBound() {
    return buckets.get().stream().anyMatch(bucket -> Quota.of(bucket).isPresent());
  }

  /// Counts the buckets that have a quota.
  public void count() throws IOException {
    for (Bucket bucket : buckets.get()) {
      if (Quota.of(bucket).isPresent()) {
        count(bucket);
      }
    }
  }

  /// Counts one bucket, whether it has a quota or not, and answers what it holds.
  public Usage count(Bucket bucket) throws IOException {
    return count(bucket, counter);
  }

  /// The same with another walk.
  public Usage count(Bucket bucket, Counter by) throws IOException {
    Account account = accounts.computeIfAbsent(bucket.id(), _ -> new Account());
    account.counting.lock();
    try {
      long before = account.cameInBytes.sum();
      long objectsBefore = account.cameInObjects.sum();
      Usage counted = by.count(bucket);
      account.base = counted.plus(-before, -objectsBefore);
      return counted;
    } finally {
      account.counting.unlock();
    }
  }
}

package hayloft.filer.commit;

import hayloft.common.CommitSequence;
import hayloft.common.log.EventLog;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Hands out sequences, rising and never twice. Thread-safe.
///
/// Some become the sequence of a needle, some the id of a bucket or an upload: both are unique forever.
///
/// No epoch is taken before the first one is asked for, so a start that commits nothing spends none. Before an epoch's
/// counter ends the next epoch is taken while the catalog works: new sequences come from it, everything that has an old
/// one ends, then the fence is raised.
public final class Sequences {

  private static final EventLog LOG = EventLog.of(Sequences.class);
  /// From here on a new epoch is looked for: at 100,000 mutations a second eight days before the counter ends.
  public static final long RENEW_AT = (CommitSequence.MAX_COUNTER >>> 4) * 15;
  private static final long RETRY_NANOS = Duration.ofSeconds(10).toNanos();

  /// Where epochs come from.
  public interface Terms {

    /// A new epoch, above every one that may have been used. On return the catalog's store knows it, durably.
    long take() throws IOException;

    /// From now on volumes refuse everything older.
    void fence(long epoch) throws IOException;
  }

  private static final class Term {
    final long epoch;
    final AtomicLong counter = new AtomicLong();

    Term(long epoch) {
      this.epoch = epoch;
    }
  }

  private final long floor;
  private final Terms terms;
  private final GracePeriod grace;
  private final long renewAt;
  private final ReentrantLock taking = new ReentrantLock();
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile @Nullable Term term;
  private volatile long firstEpoch;
  private volatile long retryAtNanos;

  /// @param floor the highest epoch that was used before: all its sequences are applied
  /// @param grace everything that uses a sequence for a needle has entered it before it asks for one
  /// @param renewAt the counter at which a new epoch is looked for, usually [#RENEW_AT]
  public Sequences(long floor, Terms terms, GracePeriod grace, long renewAt) {
    this.floor = floor;
    this.terms = terms;
    this.grace = grace;
    this.renewAt = renewAt;
  }

  /// Waits for master and volumes if it is the first one.
  ///
  /// @throws IOException if no epoch can be had
  public long next() throws IOException {
    Term present = term;
    return of(present == null ? first() : present);
  }

  /// The same without waiting: 0 if an epoch would have to be taken first.
  public long nextNow() throws IOException {
    Term present = term;
    return present == null ? 0 : of(present);
  }

  private long of(Term present) throws IOException {
    long counter = present.counter.incrementAndGet();
    if (counter >= renewAt) {
      if (counter > CommitSequence.MAX_COUNTER) {
        present.counter.set(CommitSequence.MAX_COUNTER);
        throw new IOException("all sequences of epoch " + present.epoch
            + " are spent and the next epoch could not be taken; the log says why (epoch.notRenewed)");
      }
      renewSoon(present);
    }
    return CommitSequence.of(present.epoch, counter);
  }

  private Term first() throws IOException {
    taking.lock();
    try {
      Term present = term;
      if (present != null) {
        return present;
      }
      long epoch = terms.take();
      terms.fence(epoch);
      var taken = new Term(epoch);
      firstEpoch = epoch;
      term = taken;
      return taken;
    } finally {
      taking.unlock();
    }
  }

  private void renewSoon(Term old) {
    if (term == old && System.nanoTime() - retryAtNanos >= 0 && renewing.compareAndSet(false, true)) {
      Thread.ofVirtual().name("catalog-epoch").start(() -> {
        try {
          renew(old);
        } catch (Throwable e) { // whatever it was: old sequences serve meanwhile, and it is tried again
          retryAtNanos = System.nanoTime() + RETRY_NANOS;
          LOG.error("epoch.notRenewed").with("epoch", old.epoch).with("action", "try_again").say(e);
        } finally {
          renewing.set(false);
        }
      });
    }
  }

  private void renew(Term old) throws IOException {
    taking.lock();
    try {
      if (term != old) {
        return;
      }
      long epoch = terms.take();
      term = new Term(epoch);
      grace.drain();
      terms.fence(epoch);
      LOG.info("epoch.renewed").with("epoch", epoch).with("former", old.epoch).say();
    } finally {
      taking.unlock();
    }
  }

  /// Whether one was handed out: before that this process has written nothing.
  public boolean haveBegun() {
    return term != null;
  }

  /// No lower than any that was handed out so far; until the first one is asked for, the last one that a former owner
  /// may have used.
  public long last() {
    Term present = term;
    return present == null
        ? CommitSequence.of(floor, CommitSequence.MAX_COUNTER)
        : CommitSequence.of(present.epoch, Math.min(present.counter.get(), CommitSequence.MAX_COUNTER));
  }

  /// Whatever has a lower epoch is of a former owner, whose writers are gone.
  public long epoch() {
    long first = firstEpoch;
    return first == 0 ? floor + 1 : first;
  }
}

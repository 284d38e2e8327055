package hayloft.filer.commit;

import hayloft.common.CommitSequence;
import hayloft.common.log.EventLog;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.placement.RestartNeededException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Hands out sequences, rising and never twice. Thread-safe.
///
/// Some become the sequence of a needle, some the id of a bucket or an upload: both are unique forever.
///
/// No epoch is taken before the first one is asked for, so a start that commits nothing spends none. Before an epoch's
/// counter ends the next epoch is taken while the catalog works: its fence is written, new sequences come from it,
/// everything that has an old one ends, then the fence is raised. (Raised before, it would refuse what is under way.
/// The fence of the old epoch stands until then.)
///
/// An epoch whose fence could not be raised is kept, and none of its sequences is handed out before the fence is: it is
/// tried again now and then, by one at a time, and everybody else is refused with the same reason meanwhile. Of a later
/// one the same holds for writing the fence, but that nobody is refused: old sequences serve meanwhile.
public final class Sequences {

  private static final EventLog LOG = EventLog.of(Sequences.class);
  /// From here on a new epoch is looked for: at 100,000 mutations a second eight days before the counter ends.
  public static final long RENEW_AT = (CommitSequence.MAX_COUNTER >>> 4) * 15;
  static final long RETRY_NANOS = Duration.ofSeconds(10).toNanos();
  static final long FENCE_AGAIN_NANOS = Duration.ofSeconds(1).toNanos();

  /// Where epochs come from.
  public interface Terms {

    /// A new epoch, above every one that may have been used. On return the catalog's store knows it, durably.
    long take() throws IOException;

    /// Writes what [#fence] would have to write, and refuses nothing yet.
    void prepareFence(long epoch) throws IOException;

    /// From now on volumes refuse everything older. If it fails it may be called again with the same epoch.
    ///
    /// @throws RestartNeededException if that is of no use
    void fence(long epoch) throws IOException;
  }

  private static final class Term {
    final long epoch;
    final AtomicLong counter = new AtomicLong();

    Term(long epoch) {
      this.epoch = epoch;
    }
  }

  /// Why the first epoch's fence could not be raised.
  private record Refusal(IOException reason, long againAtNanos) {

    /// One for each who is refused: what it meets on its way is its own.
    IOException again() {
      return reason instanceof NoWritableVolumeException nowhere
          ? new NoWritableVolumeException(String.valueOf(nowhere.getMessage()), nowhere.isPassing())
          : new IOException(reason.getMessage(), reason);
    }
  }

  private final long floor;
  private final Terms terms;
  private final GracePeriod grace;
  private final long renewAt;
  private final LongSupplier nanos;
  private final Executor background;
  private final ReentrantLock taking = new ReentrantLock();
  private final AtomicBoolean renewing = new AtomicBoolean();
  private volatile @Nullable Term term;
  private volatile long firstEpoch;
  private volatile long retryAtNanos;
  private volatile @Nullable Refusal refusal;
  /// Taken and not fenced; 0 if there is none. Written under `taking`, which guards the next two as well.
  private volatile long unfenced;
  private boolean toldOfRenewal;
  private boolean closed;

  /// @param floor the highest epoch that was used before: all its sequences are applied
  /// @param grace everything that uses a sequence for a needle has entered it before it asks for one
  /// @param renewAt the counter at which a new epoch is looked for, usually [#RENEW_AT]
  public Sequences(long floor, Terms terms, GracePeriod grace, long renewAt) {
    this(floor, terms, grace, renewAt, System::nanoTime, Thread.ofVirtual().name("catalog-epoch")::start);
  }

  /// @param background runs the renewal of an epoch
  Sequences(long floor, Terms terms, GracePeriod grace, long renewAt, LongSupplier nanos, Executor background) {
    this.floor = floor;
    this.terms = terms;
    this.grace = grace;
    this.renewAt = renewAt;
    this.nanos = nanos;
    this.background = background;
    this.retryAtNanos = nanos.getAsLong();
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
    Refusal before = refusal;
    if (before == null) {
      taking.lock();
    } else if (!taking.tryLock()) { // that may take long
      throw before.again();
    }
    try {
      Term present = term;
      return present == null ? takeFirst() : present;
    } finally {
      taking.unlock();
    }
  }

  private Term takeFirst() throws IOException {
    Refusal before = refusal;
    if (before != null && nanos.getAsLong() - before.againAtNanos() < 0) {
      throw before.again();
    }
    if (unfenced == 0) {
      unfenced = terms.take();
    }
    long epoch = unfenced;
    try {
      terms.fence(epoch);
    } catch (RestartNeededException e) {
      throw e;
    } catch (IOException e) {
      refusal = new Refusal(e, nanos.getAsLong() + FENCE_AGAIN_NANOS);
      if (before == null) {
        LOG.error("epoch.notFenced").with("epoch", epoch).with("action", "try_again").say(e);
      }
      throw e;
    }
    if (before != null) {
      LOG.info("epoch.fenced").with("epoch", epoch).say();
    }
    var taken = new Term(epoch);
    firstEpoch = epoch;
    unfenced = 0;
    term = taken;
    refusal = null;
    return taken;
  }

  /// Tries again what the first one who asked was refused, or what an epoch that follows lacks, if it is time. Who is
  /// told that nothing can be changed here may go elsewhere, so it must not wait for requests.
  ///
  /// @throws IOException if it is refused again
  public void tryAgain() throws IOException {
    if (unfenced == 0 || !taking.tryLock()) {
      return;
    }
    try {
      Term present = term;
      if (closed || unfenced == 0) {
        return;
      }
      if (present == null) {
        takeFirst();
      } else if (isTimeToRenew()) {
        renewOrTell(present);
      }
    } finally {
      taking.unlock();
    }
  }

  /// Whether everybody who asks is refused since a fence cannot be raised.
  public boolean areRefused() {
    return refusal != null;
  }

  /// On return no fence is being raised, and none will be by itself. The caller has stopped all who ask.
  public void close() {
    taking.lock();
    try {
      closed = true;
    } finally {
      taking.unlock();
    }
  }

  private boolean isTimeToRenew() {
    return nanos.getAsLong() - retryAtNanos >= 0;
  }

  private void renewSoon(Term old) {
    if (term == old && isTimeToRenew() && renewing.compareAndSet(false, true)) {
      background.execute(() -> {
        try {
          renew(old);
        } catch (Throwable e) { // told where it was met: old sequences serve meanwhile, and it is tried again
          LOG.debug("epoch.stillNotRenewed").say(e);
        } finally {
          renewing.set(false);
        }
      });
    }
  }

  private void renew(Term old) throws IOException {
    taking.lock();
    try {
      if (!closed && term == old) {
        renewOrTell(old);
      }
    } finally {
      taking.unlock();
    }
  }

  private void renewOrTell(Term present) throws IOException {
    try {
      if (unfenced != present.epoch) { // else only the end of the last renewal is left to be done
        if (unfenced == 0) {
          unfenced = terms.take();
        }
        terms.prepareFence(unfenced);
        term = new Term(unfenced);
      }
      grace.drain();
      terms.fence(unfenced);
    } catch (Throwable e) { // an Error too
      retryAtNanos = nanos.getAsLong() + RETRY_NANOS;
      if (!toldOfRenewal) {
        LOG.error("epoch.notRenewed").with("epoch", present.epoch).with("action", "try_again").say(e);
      }
      toldOfRenewal = true;
      throw e;
    }
    LOG.info("epoch.renewed").with("epoch", unfenced).say();
    unfenced = 0;
    toldOfRenewal = false;
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

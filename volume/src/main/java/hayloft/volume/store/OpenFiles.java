package hayloft.volume.store;

import hayloft.common.directory.TooFewDescriptorsException;
import hayloft.common.log.EventLog;
import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.ReentrantLock;

/// Which of a store's sealed volumes have their files open: about so many, those that were used of late. Thread-safe.
///
/// Second chance, also called the clock: they stand in a ring in the order in which they were opened. Whoever opens one
/// more first looks through the ring from the oldest on: one that was used since it was looked at last goes to the end,
/// without its mark; the first without a mark is parked. So a use costs no more than the mark.
///
/// **The bound.** One that is in use is not parked. If all are, more are open than the bound says, and the next opening
/// that finds them idle parks them: so there are never more than the bound and what is in use at a time.
final class OpenFiles {

  /// What is open, and can do without for a while.
  interface Parkable {
    /// Whether it was used since this was asked last.
    boolean takeUsed();

    /// Gives its descriptors back, and waits for nobody.
    ///
    /// @return false if it keeps them for now; true also if it has none, or is not to be parked any more
    boolean park();
  }

  private static final EventLog LOG = EventLog.of(OpenFiles.class);

  private final int most;
  private final ReentrantLock lock = new ReentrantLock();
  /// From the one that is looked at next; without those that somebody is parking. Guarded by the lock.
  private final LinkedHashSet<Parkable> ring = new LinkedHashSet<>();
  private final LongAdder reopened = new LongAdder();

  OpenFiles(int most) {
    this.most = most;
  }

  /// Takes in one that is open or about to be, and parks others until the bound is kept. Waits for none of them.
  void add(Parkable opened) {
    for (int looks = 2 * enter(opened); looks > 0; looks--) { // at each of them twice: with its mark and without
      Optional<Parkable> oldest = tooMany();
      if (oldest.isEmpty()) {
        return;
      }
      Parkable one = oldest.get();
      if (one == opened || one.takeUsed() || !one.park()) {
        enter(one);
      }
    }
  }

  private int enter(Parkable one) {
    lock.lock();
    try {
      ring.add(one);
      return ring.size();
    } finally {
      lock.unlock();
    }
  }

  /// The oldest, taken out, if there are more than there should be.
  private Optional<Parkable> tooMany() {
    lock.lock();
    try {
      return ring.size() > most ? Optional.of(ring.removeFirst()) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /// Forgets one that is closed or must stay open. One that another thread is just looking at comes back, and goes when
  /// it is looked at again.
  void remove(Parkable one) {
    lock.lock();
    try {
      ring.remove(one);
    } finally {
      lock.unlock();
    }
  }

  /// What opens one.
  @FunctionalInterface
  interface Opening {
    void run() throws IOException;
  }

  /// Opens one that was parked, with room made for it first. If there is no descriptor all that are idle are parked,
  /// and it is tried once more.
  void reopen(Parkable parked, Opening opening) throws IOException {
    add(parked);
    try {
      try {
        opening.run();
      } catch (TooFewDescriptorsException e) {
        LOG.warning("descriptors.short").with("action", "idle-volumes-are-closed").with("reason", e).say();
        parkOthers(parked);
        opening.run();
      }
      reopened.increment();
    } catch (Throwable e) {
      remove(parked);
      throw e;
    }
  }

  private void parkOthers(Parkable kept) {
    List<Parkable> others;
    lock.lock();
    try {
      others = ring.stream().filter(one -> one != kept).toList();
      others.forEach(ring::remove);
    } finally {
      lock.unlock();
    }
    for (Parkable one : others) {
      if (!one.park()) {
        enter(one);
      }
    }
  }

  /// How often one was opened again, since the start.
  long reopened() {
    return reopened.sum();
  }
}

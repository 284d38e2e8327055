package hayloft.volume.store;

import hayloft.common.CrashPoints;
import hayloft.common.FileId;
import hayloft.common.log.EventLog;
import hayloft.common.volume.Presence;
import hayloft.common.volume.VolumeMarks;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.dead.LegacyMarks;
import hayloft.volume.disk.Toll;
import hayloft.volume.index.DamagedMapException;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/// What one volume knows of its needles without reading them: which are where (the map of its present generation), and
/// which are dead (the dead log). Thread-safe.
///
/// **Both are caches.** A map with a damaged page is made again, from index log, file and dead log, by whoever meets it
/// ([#ask]); a needle that the map lacks is put back by whoever finds it ([#heal]). So nothing is ever taken for gone
/// because a page was damaged.
///
/// **Locks.** `marking` guards the dead log, and that the map knows what the log has; `mapping` changes of the map,
/// which appends wait for, so it is never held over a write of the dead log. `marking` is taken first. Who asks the map
/// takes neither, but holds a lease of the generation.
///
/// **Descriptors.** Once the volume has no writer the dead log is parked whenever `marking` is given back.
final class VolumeIndex {
  private static final EventLog LOG = EventLog.of(VolumeIndex.class);

  private final Volume volume;
  private final VolumeFiles files;
  private final DeadLog deadLog;
  private final ReentrantLock marking = new ReentrantLock();
  private final ReentrantLock mapping = new ReentrantLock();
  /// Held by the one search of all needles that may run.
  private final ReentrantLock searching = new ReentrantLock();
  private final AtomicBoolean healingTold = new AtomicBoolean();

  VolumeIndex(Volume volume, VolumeFiles files, DeadLog deadLog) {
    this.volume = volume;
    this.files = files;
    this.deadLog = deadLog;
  }

  /// Nobody marks or appends until [#unlock]; what the dead log has the map knows.
  void lock() {
    marking.lock();
    mapping.lock();
  }

  void unlock() {
    mapping.unlock();
    endMarking();
  }

  /// Of a volume without a writer the dead log is open only while it is used.
  private void endMarking() {
    try {
      if (marking.getHoldCount() == 1) {
        rest();
      }
    } finally {
      marking.unlock();
    }
  }

  /// Parks the dead log, unless there is a writer.
  void rest() {
    marking.lock();
    try {
      if (volume.appender() == null && !volume.isClosed()) {
        deadLog.park();
      }
    } catch (IOException e) {
      LOG.debug("deadLog.staysOpen").with("volume", volume.id()).say(e);
    } finally {
      marking.unlock();
    }
  }

  /// For whoever holds the lock.
  DeadLog deadLog() {
    assert marking.isHeldByCurrentThread() : "the dead log is used without its lock";
    return deadLog;
  }

  /// How far marks have come that the map knows.
  DeadLog.Position markedUpTo() {
    marking.lock();
    try {
      return deadLog.position();
    } finally {
      marking.unlock();
    }
  }

  /// Whether marks of level 1 are needles of the catalog by now, or there never were any.
  boolean isSettled() {
    marking.lock();
    try {
      return deadLog.legacy() == null;
    } finally {
      marking.unlock();
    }
  }

  /// Shows every key that the dead log names.
  void visitMarks(DeadLog.Visitor visitor) throws IOException {
    marking.lock();
    try {
      VolumeRecovery.visitMarks(deadLog, visitor);
    } finally {
      endMarking();
    }
  }

  /// Something that is asked of a map.
  @FunctionalInterface
  interface Question<T> {
    T of(NeedleMap map) throws IOException;
  }

  /// Asks a generation's map. One that turns out to be damaged is made again first.
  ///
  /// @param leased the caller holds a lease, if only of the map
  <T> T ask(Generation leased, Question<T> question) throws IOException {
    while (true) {
      NeedleMap map = leased.map();
      try {
        return question.of(map);
      } catch (DamagedMapException e) {
        remakeMap(leased, map, e);
      }
    }
  }

  private <T> T ask(Question<T> question) throws IOException {
    Generation leased = volume.leaseMap();
    try {
      return ask(leased, question);
    } finally {
      leased.release();
    }
  }

  /// @throws IOException if the generation is another meanwhile, or the map cannot be made again
  void remakeMap(Generation damaged, NeedleMap map, DamagedMapException cause) throws IOException {
    marking.lock();
    mapping.lock();
    try {
      if (damaged.map() != map) {
        return; // somebody else was first
      }
      if (volume.generation() != damaged || !damaged.leaseFile()) {
        throw new IOException("volume " + volume.id() + " was compacted meanwhile", cause);
      }
      try {
        remakeMap(damaged, map, String.valueOf(cause.getMessage()));
      } finally {
        damaged.release();
      }
    } finally {
      mapping.unlock();
      endMarking();
    }
  }

  private void remakeMap(Generation damaged, NeedleMap map, String why) throws IOException {
    LOG.error("needleMap.damaged").with("volume", volume.id()).with("reason", why).with("action", "made-again").say();
    NeedleMap next = NeedleMap.create(files.disk(), files.map(), damaged.superblock(),
        map.liveNeedles() + map.deadNeedles());
    try {
      new NeedleWalk(files, damaged).entries(damaged.superblock().firstNeedle(),
          volume.frozen().isPresent() ? Long.MAX_VALUE : damaged.endBytes(),
          entry -> next.put(entry.key(), entry.place(), entry.sequence()));
      VolumeRecovery.visitMarks(deadLog, next::remove);
    } catch (Throwable e) {
      next.free();
      throw e;
    }
    damaged.replaceMap(next);
  }

  /// Puts a needle back into the map that lacks it, unless the dead log names it.
  ///
  /// @param how it was found; told once
  void heal(Generation leased, IndexLog.Entry needle, String how) throws IOException {
    boolean lacked = ask(leased, map -> {
      marking.lock();
      mapping.lock();
      try {
        long present = map.find(needle.key()).orElse(0);
        if (NeedlePlace.offsetBytes(present) >= needle.offsetBytes() || map.presence(needle.key()) == Presence.DEAD) {
          return false;
        }
        map.put(needle.key(), needle.place(), needle.sequence());
        return true;
      } finally {
        mapping.unlock();
        marking.unlock();
      }
    });
    if (lacked && healingTold.compareAndSet(false, true)) {
      LOG.warning("needleMap.lacked").with("volume", volume.id()).with("needle", "0x" + Long.toHexString(needle.key()))
          .with("offset", needle.offsetBytes()).with("action", "put-back").with("reason", how).say();
    }
  }

  /// Sees to it that every needle of the file is in the map, or known to be marked dead: from the index log, and where
  /// that has none from the file. Once in a generation.
  void searchAll(Generation leased) throws IOException {
    searchAll(leased, Toll.NONE);
  }

  /// @param toll paid for each needle and before each piece of the file; what it throws ends the search
  void searchAll(Generation leased, Toll toll) throws IOException {
    searching.lock();
    try {
      if (leased.isSearched()) {
        return;
      }
      NeedleMap map = leased.map();
      MarkedKeys marked = new MarkedKeys(this);
      boolean[] doubts = {false};
      new NeedleWalk(files, leased, toll).entries(leased.superblock().firstNeedle(), leased.endBytes(),
          new NeedleWalk.Visitor() {
            @Override
            public void needle(IndexLog.Entry entry) throws IOException {
              toll.pay(0);
              if (ask(leased, present -> present.presence(entry.key())) != Presence.GONE) {
                return;
              }
              if (marked.contains(entry.key())) {
                doubts[0] = true;
              } else {
                heal(leased, entry, "a search found it");
              }
            }

            @Override
            public void damage(long offset, long lengthBytes, String what) {
              doubts[0] = true; // nobody knows which needle that was
            }
          });
      if (leased.map() == map) {
        leased.wasSearched(doubts[0] ? Generation.Searched.WITH_DOUBTS : Generation.Searched.COMPLETELY);
      }
    } finally {
      searching.unlock();
    }
  }

  /// @see hayloft.common.volume.VolumeClient#search
  boolean search(long key) throws IOException {
    Generation leased = volume.leaseGeneration();
    try {
      Presence presence = ask(leased, map -> map.presence(key));
      if (presence == Presence.GONE && !leased.isSearched()) {
        searchAll(leased);
        presence = ask(leased, map -> map.presence(key));
      }
      return presence == Presence.LIVE;
    } finally {
      leased.release();
    }
  }

  /// @see hayloft.common.volume.VolumeClient#isCompactedAway
  boolean isCompactedAway(long key) throws IOException {
    Generation leased = volume.leaseGeneration();
    try {
      // what came after the file was made anew no compaction took
      long highest = leased.superblock().highestKey();
      return FileId.isCountable(highest) && key <= highest && isAbsent(leased, key);
    } finally {
      leased.release();
    }
  }

  /// @see hayloft.common.volume.VolumeClient#isAbsent
  boolean isAbsent(long key) throws IOException {
    Generation leased = volume.leaseGeneration();
    try {
      return isAbsent(leased, key);
    } finally {
      leased.release();
    }
  }

  private boolean isAbsent(Generation leased, long key) throws IOException {
    if (!volume.isSound()) {
      return false;
    }
    searchAll(leased);
    return ask(leased, map -> map.presence(key)) == Presence.GONE && leased.isCompletelyKnown();
  }

  /// @see hayloft.common.volume.VolumeClient#isCutOff
  boolean isCutOff(long key) {
    try {
      OptionalLong place = ask(map -> map.find(key));
      return place.isPresent() && NeedlePlace.endBytes(place.getAsLong()) > volume.generation().endBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  Presence presence(long key) {
    try {
      return ask(map -> map.presence(key));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// @see hayloft.common.volume.VolumeClient#markDead
  void markDead(long sequence, List<Long> keys) throws IOException {
    boolean settled;
    marking.lock();
    try {
      if (sequence <= deadLog.completeSequence()) {
        return;
      }
      boolean legacy = deadLog.legacy() != null;
      CrashPoints.pass("volume.beforeDeadMark");
      removeFromMap(keys);
      deadLog.append(keys, sequence);
      CrashPoints.pass("volume.afterDeadMark");
      settled = legacy && deadLog.legacy() == null;
    } finally {
      endMarking();
    }
    if (settled) {
      volume.settleDescriptor();
      LOG.info("deadMarks.areNeedles").with("volume", volume.id()).say();
    }
  }

  /// @see hayloft.common.volume.VolumeClient#forget
  void forget(List<Long> keys) throws IOException {
    marking.lock();
    try {
      removeFromMap(keys);
      deadLog.forget(keys);
      deadLog.sync();
    } finally {
      endMarking();
    }
  }

  /// All of them, or it throws and none is in the dead log: then they are told again.
  private void removeFromMap(List<Long> keys) throws IOException {
    Generation leased = volume.leaseMap();
    try {
      NeedleMap map;
      do {
        map = leased.map(); // if it is made again meanwhile, it is so without those that were removed before
        for (long key : keys) {
          ask(leased, present -> {
            mapping.lock(); // for one key at a time: appends wait for it
            try {
              return present.remove(key);
            } finally {
              mapping.unlock();
            }
          });
        }
      } while (leased.map() != map);
    } finally {
      leased.release();
    }
  }

  /// @see hayloft.common.volume.VolumeClient#marks
  VolumeMarks marks() {
    marking.lock();
    try {
      Generation present = volume.generation();
      LegacyMarks legacy = deadLog.legacy();
      return new VolumeMarks(volume.id(), present.number(), present.superblock().marksApplied(),
          deadLog.completeSequence(), legacy != null && !legacy.keys().isEmpty());
    } finally {
      marking.unlock();
    }
  }

  /// @see hayloft.common.volume.VolumeClient#legacyMarks
  List<Long> legacyMarks() {
    marking.lock();
    try {
      LegacyMarks legacy = deadLog.legacy();
      return legacy == null ? List.of() : legacy.keys();
    } finally {
      marking.unlock();
    }
  }

  /// Enters needles that are in the file into the map, and moves the durable end behind them. Writer only.
  void enter(Generation present, List<IndexLog.Entry> needles, long end) throws IOException {
    ask(present, map -> {
      mapping.lock();
      try {
        for (IndexLog.Entry needle : needles) {
          map.put(needle.key(), needle.place(), needle.sequence());
        }
        present.moveEnd(end); // under the lock: who makes the map again has them all, or none
        return end;
      } finally {
        mapping.unlock();
      }
    });
  }

  /// Sees to it that the map takes so many more needles. Writer only.
  ///
  /// @throws IOException if there is no space for a larger one
  void makeRoomFor(Generation present, long needles) throws IOException {
    ask(present, map -> {
      mapping.lock();
      try {
        map.makeRoomFor(needles);
        return map;
      } finally {
        mapping.unlock();
      }
    });
  }

  /// Whether a key is marked dead, as far as is known. Writer only.
  boolean isMarked(Generation present, long key) throws IOException {
    return ask(present, map -> map.presence(key)) == Presence.DEAD;
  }

  /// Makes the marks durable that the dead log has, so that they need not be told again. Best effort.
  void syncMarks() {
    marking.lock();
    try {
      deadLog.sync();
    } catch (IOException e) {
      LOG.warning("deadLog.notSynced").with("volume", volume.id()).with("reason", e).say();
    } finally {
      marking.unlock();
    }
  }

  /// Whether log and file say all that the map knows, and everything is on the disk. For whoever holds the lock.
  boolean isExplained(Generation present) throws IOException {
    deadLog.sync();
    try (IndexLog clean = IndexLog.openClean(files.disk(), files.log(), present.superblock(), present.endBytes())) {
      if (clean == null) {
        return false;
      }
    }
    long[] found = {0};
    boolean[] damaged = {false};
    new NeedleWalk(files, present).entries(present.superblock().firstNeedle(), present.endBytes(),
        new NeedleWalk.Visitor() {
          @Override
          public void needle(IndexLog.Entry entry) throws IOException {
            found[0] += present.map().find(entry.key()).orElse(0) == entry.place() ? 1 : 0;
          }

          @Override
          public void damage(long offset, long lengthBytes, String what) {
            damaged[0] = true;
          }
        });
    return !damaged[0] && found[0] == present.map().liveNeedles();
  }

  /// Leaves caches that the next start trusts.
  ///
  /// @param sound false if it must not
  void close(Generation last, boolean sound) {
    lock();
    try (deadLog) {
      if (sound) {
        deadLog.sync(); // what the map knows
        last.map().close(last.endBytes(), deadLog.completeSequence());
      }
    } catch (IOException e) {
      LOG.warning("volume.cachesNotClosed").with("volume", volume.id())
          .with("action", "the-next-start-makes-them-again").say(e);
    } finally {
      unlock();
    }
  }
}

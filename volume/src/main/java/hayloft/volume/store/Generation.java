package hayloft.volume.store;

import hayloft.common.CommitSequence;
import hayloft.common.log.EventLog;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.EncodedNeedle;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.RunningChecksum;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// The files of one volume between two compactions. Readers hold a lease while they use them; the file closes with the
/// last.
///
/// **Parking.** Once nothing is appended any more ([#mayRest]) the file has descriptors only while somebody wants them.
/// What nobody but the volume holds a lease of is parked by one compare-and-set, so no reader can be in it; the next
/// lease of the file opens it again. Whoever needs the map alone, which needs no descriptor, holds a lease that leaves
/// the file as it is. All of it is one number:
///
///     CLOSED 0 <--last release-- OPEN 1, 2, … --park--> PARKED + 1, PARKED + 2, … --last release--> CLOSED (PARKED)
///                                   ^                        |
///                                   +------- leaseFile ------+      the volume's own lease is one of them
///
/// What the log knows of the end (the running checksum, the highest sequence) is kept here as needles are appended;
/// that is the volume's writer's business.
final class Generation implements OpenFiles.Parkable {
  /// Added to the count of leases while the file is parked.
  private static final int PARKED = Integer.MIN_VALUE;
  private static final EventLog LOG = EventLog.of(Generation.class);

  private final Superblock superblock;
  private final DiskFile file;
  private final NeedleReader reader;
  private final AtomicInteger leases = new AtomicInteger(1);
  /// The file was used since the hand of the clock was here. Not synchronized: a mark that is lost costs an opening.
  private boolean used;
  /// Held while the file is parked, opened or closed. In it the lock of [OpenFiles] may be taken, and others of its
  /// kind only if they are free.
  private final ReentrantLock opening = new ReentrantLock();
  /// Among these it is parked; null while it must stay open. Guarded by `opening`.
  private @Nullable OpenFiles among;
  /// What the file is called. Guarded by `opening`.
  private String name = "";
  /// Guarded by `opening`.
  private boolean faultTold;
  /// Null once nothing is appended any more: whoever reads the log opens it for a moment.
  private volatile @Nullable IndexLog log;
  private volatile NeedleMap map;
  /// Maps that were damaged, freed with the generation; guarded by the volume's index lock.
  private final List<NeedleMap> replaced = new ArrayList<>();
  private volatile long endBytes;
  private volatile long highestSequence;
  private volatile long running;
  private volatile long indexedBeforeBytes;
  private volatile Searched searched = Searched.NOT;

  /// How far it is known what is in the file.
  enum Searched {
    NOT,
    /// Every good needle is in the map, or marked dead: nobody need look for one in the file.
    WITH_DOUBTS,
    /// The map knows every needle, dead ones and damaged ones too: what it does not know is not there.
    COMPLETELY
  }

  /// @param end what the index log says, or would say, of the end of the file
  Generation(Superblock superblock, DiskFile file, NeedleReader reader, NeedleMap map, IndexLog log,
      IndexLog.Checkpoint end) {
    this.superblock = superblock;
    this.file = file;
    this.reader = reader;
    this.map = map;
    this.log = log;
    this.endBytes = end.coveredBytes();
    this.highestSequence = Math.max(end.highestSequence(), superblock.highestSequence());
    this.running = end.running();
  }

  /// A lease of file and map, without waiting. False if the file is parked, or the generation is closed already.
  boolean lease() {
    if (leases.getAndUpdate(count -> count > 0 ? count + 1 : count) <= 0) {
      return false;
    }
    if (!used) {
      used = true; // only then, so that readers do not take the line from each other
    }
    return true;
  }

  /// A lease of file and map; a parked file is opened first.
  ///
  /// @return false if the generation is closed already: the caller looks for the next one
  /// @throws IOException if the file cannot be opened, or another one has its name by now
  boolean leaseFile() throws IOException {
    return lease() || leaseParked();
  }

  private boolean leaseParked() throws IOException {
    opening.lock();
    try {
      OpenFiles others = among;
      if (lease()) {
        return true; // somebody else was first
      }
      if (isClosed(leases.get()) || others == null) {
        return false;
      }
      others.reopen(this, file::unpark);
      used = true;
      return leases.getAndUpdate(count -> isClosed(count) ? count : count - PARKED + 1) != PARKED;
    } finally {
      opening.unlock();
    }
  }

  /// A lease of the map alone. False if the generation is closed already.
  boolean leaseMap() {
    return !isClosed(leases.getAndUpdate(count -> isClosed(count) ? count : count + 1));
  }

  private static boolean isClosed(int count) {
    return count == 0 || count == PARKED;
  }

  boolean isParked() {
    return leases.get() < 0;
  }

  /// Gives a lease back, the volume's own included.
  void release() {
    if (isClosed(leases.decrementAndGet())) {
      close();
    }
  }

  private void close() {
    opening.lock();
    try (file; IndexLog _ = log) { // all of it goes, whatever becomes of the rest
      log = null;
      if (among != null) {
        among.remove(this);
        among = null;
      }
      map.free();
      replaced.forEach(NeedleMap::free);
    } catch (IOException e) {
      LOG.warning("volume.closeFailed").with("volume", superblock.volume()).say(e);
    } finally {
      opening.unlock();
    }
  }

  private void closeLog() throws IOException {
    IndexLog last = log;
    log = null;
    if (last != null) {
      last.close();
    }
  }

  /// Nothing is appended any more: from now on the file may be parked, and is if nobody uses it; the index log is
  /// closed.
  ///
  /// @param fileName that the file has
  void mayRest(OpenFiles openFiles, String fileName) {
    opening.lock();
    try {
      if (leases.get() <= 0) {
        return;
      }
      name = fileName;
      among = openFiles;
      closeLog();
    } catch (IOException e) {
      LOG.warning("indexLog.closeFailed").with("volume", superblock.volume()).say(e);
    } finally {
      opening.unlock();
    }
    if (!park()) {
      openFiles.add(this);
    }
  }

  /// From now on the file keeps its descriptors: its name is going to be another file's. The caller holds a lease of
  /// it.
  void stayOpen() {
    opening.lock();
    try {
      if (among != null) {
        among.remove(this);
        among = null;
      }
    } finally {
      opening.unlock();
    }
  }

  @Override
  public boolean takeUsed() {
    boolean was = used;
    used = false;
    return was;
  }

  @Override
  public boolean park() {
    if (!opening.tryLock()) {
      return false;
    }
    try {
      if (among == null) {
        return true;
      }
      if (!leases.compareAndSet(1, PARKED + 1)) {
        return leases.get() <= 0;
      }
      boolean parked = parkFile();
      if (!parked) {
        leases.getAndUpdate(count -> isClosed(count) ? count : count - PARKED);
      }
      return parked;
    } finally {
      opening.unlock();
    }
  }

  private boolean parkFile() {
    try {
      return file.isSynced() && file.park(name);
    } catch (IOException e) {
      if (!faultTold) {
        LOG.warning("volume.fileNotParked").with("volume", superblock.volume()).with("action", "stays-open").say(e);
      }
      faultTold = true;
      return false;
    }
  }

  Superblock superblock() {
    return superblock;
  }

  int number() {
    return superblock.generation();
  }

  DiskFile file() {
    return file;
  }

  NeedleReader reader() {
    return reader;
  }

  NeedleMap map() {
    return map;
  }

  /// A map that was made anew in place of a damaged one. Guarded by the volume's index lock.
  void replaceMap(NeedleMap next) {
    replaced.add(map); // readers may be in it
    map = next;
    searched = Searched.NOT;
  }

  /// Writer only.
  IndexLog log() {
    IndexLog present = log;
    if (present == null) {
      throw new IllegalStateException("volume " + superblock.volume() + " takes no needles, and has no index log open");
    }
    return present;
  }

  /// @see hayloft.common.volume.VolumeClient#indexedBytes
  long indexedBytes() {
    return Math.max(endBytes, indexedBeforeBytes);
  }

  /// The index log knew needles up to there when it was opened, perhaps behind the end of the file.
  void wasIndexedTo(long bytes) {
    indexedBeforeBytes = bytes;
  }

  boolean isSearched() {
    return searched != Searched.NOT;
  }

  boolean isCompletelyKnown() {
    return searched == Searched.COMPLETELY;
  }

  void wasSearched(Searched how) {
    searched = how;
  }

  /// The durable end: everything below it is acknowledged or may be.
  long endBytes() {
    return endBytes;
  }

  void moveEnd(long next) {
    endBytes = next;
  }

  /// One needle more, in the order of the file; what the index log is to say of it. Writer only.
  IndexLog.Entry appended(EncodedNeedle needle, long offset) {
    NeedleHead head = needle.head();
    running = RunningChecksum.next(running, needle.headCrc());
    highestSequence = Math.max(highestSequence, head.sequence());
    return new IndexLog.Entry(head.key(), NeedlePlace.of(offset, head.recordBytes()), head.sequence(),
        needle.subjectHash(), head.kind());
  }

  /// Writes a checkpoint of the whole file, which is synced. Writer only.
  void checkpoint() throws IOException {
    log().checkpoint(endBytes, highestSequence, running);
  }

  /// Of all records of the file ([RunningChecksum]), up to [#endBytes].
  long running() {
    return running;
  }

  /// Of any needle that is or was in the volume.
  long highestSequence() {
    return highestSequence;
  }

  long highestKey() {
    return map.highestKey();
  }

  /// Of any needle that is or was in the volume, and of the volume's birth.
  long highestEpoch() {
    return Math.max(superblock.birthEpoch(), CommitSequence.epoch(highestSequence));
  }
}

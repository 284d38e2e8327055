package hayloft.volume.store;

import hayloft.common.CommitSequence;
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

/// The files of one volume between two compactions. Readers hold a lease while they use them; the file closes with the last.
///
/// What the log knows of the end (the running checksum, the highest sequence) is kept here as needles are appended; that is the
/// volume's writer's business.
final class Generation {
  private final Superblock superblock;
  private final DiskFile file;
  private final NeedleReader reader;
  private final IndexLog log;
  private final AtomicInteger leases = new AtomicInteger(1);
  private volatile NeedleMap map;
  /// Maps that were damaged, freed with the generation; guarded by the volume's index lock.
  private final List<NeedleMap> replaced = new ArrayList<>();
  private volatile long endBytes;
  private volatile long highestSequence;
  private volatile long running;
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

  /// False if the generation is closed already: the caller looks for the next one.
  boolean lease() {
    return leases.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /// Gives a lease back, the volume's own included.
  void release() {
    if (leases.decrementAndGet() == 0) {
      map.free();
      replaced.forEach(NeedleMap::free);
      try (file; log) {
        // both are closed, whatever becomes of the other
      } catch (IOException e) {
        System.getLogger(Generation.class.getName()).log(System.Logger.Level.WARNING,
            "volume-close-failed volume=" + superblock.volume(), e);
      }
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

  IndexLog log() {
    return log;
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
    log.checkpoint(endBytes, highestSequence, running);
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
    return Math.max(superblock.highestKey(), map.highestKey());
  }

  /// Of any needle that is or was in the volume, and of the volume's birth.
  long highestEpoch() {
    return Math.max(superblock.birthEpoch(), CommitSequence.epoch(highestSequence));
  }
}

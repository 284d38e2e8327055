package hayloft.volume.store;

import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicInteger;

/// The files of one volume between two compactions. Readers hold a lease while they use them; the file closes with the last.
final class Generation {
  private final Superblock superblock;
  private final DiskFile file;
  private final NeedleReader reader;
  private final NeedleMap map;
  private final IndexLog log;
  private final AtomicInteger leases = new AtomicInteger(1);
  private volatile long endBytes;

  Generation(Superblock superblock, DiskFile file, NeedleReader reader, NeedleMap map, IndexLog log, long endBytes) {
    this.superblock = superblock;
    this.file = file;
    this.reader = reader;
    this.map = map;
    this.log = log;
    this.endBytes = endBytes;
  }

  /// False if the generation is closed already: the caller looks for the next one.
  boolean lease() {
    return leases.getAndUpdate(count -> count == 0 ? 0 : count + 1) > 0;
  }

  /// Gives a lease back, the volume's own included.
  void release() {
    if (leases.decrementAndGet() == 0) {
      try {
        log.close();
        file.close();
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

  IndexLog log() {
    return log;
  }

  /// The durable end: everything below it is acknowledged or may be.
  long endBytes() {
    return endBytes;
  }

  void moveEnd(long next) {
    endBytes = next;
  }
}

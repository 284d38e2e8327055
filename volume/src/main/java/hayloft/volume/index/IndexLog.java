package hayloft.volume.index;

import hayloft.common.log.EventLog;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.SubjectHash;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.RunningChecksum;
import hayloft.volume.needle.Superblock;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The index log of one volume generation, `7.idx`: where its needles lie and what they are about, in the order of
/// their offsets. A cache of the volume file, and the second place that knows whose truth a damaged needle was.
/// Confined to the volume's writer. Little-endian, entries of 40 bytes, the first of which names the volume.
///
///     0                       8       12      16              24              32      36      40
///     +-----------------------+-------+-------+---------------+---------------+-------+-------+
///     | "HAYX", version 2       |volume | gener.| salt          | 0             | 0     |  crc  | first
///     | key                   |offset | size  | sequence      | subject hash  | kind  |  crc  | a needle
///     | 0                     |covered|   0   | highest seq.  | running sum   | 255   |  crc  | a checkpoint
///     +-----------------------+-------+-------+---------------+---------------+-------+-------+
///
/// `offset`, `size` and `covered` are in units of 8 bytes. A checkpoint says that the volume file up to `covered` and
/// this log up to here were synced: after a crash what stands before the last checkpoint is believed, and the volume
/// file is scanned from `covered` on. `crc` is the CRC-32C of the 36 bytes before it, seeded with the generation, so
/// that entries of another generation are no entries. Voids have entries too, with key 0.
///
/// The writer writes an entry only once its needle is synced ([#flush]). So an entry behind the last checkpoint proves
/// that its needle was there: if it is damaged now, or beyond the end of the file, it is no torn write that nobody was
/// told of.
///
/// **Damage.** A damaged entry costs itself: those behind it are read, and the stretch of the volume file that no entry
/// covers is told as a [Gap], to be scanned. A log of another volume or generation, of version 1 (24 bytes an entry),
/// or one that cannot be read is made anew.
public final class IndexLog implements Closeable {
  static final int ENTRY_BYTES = 40;
  private static final EventLog LOG = EventLog.of(IndexLog.class);
  private static final int OFFSET_AT = 8;
  private static final int SIZE_AT = 12;
  private static final int SEQUENCE_AT = 16;
  private static final int HASH_AT = 24;
  private static final int KIND_AT = 32;
  private static final int CRC_AT = 36;
  private static final int CHECKPOINT = 255;
  private static final int MAGIC = 0x5859_4148; // "HAYX"
  private static final int VERSION = 2;
  private static final int UNIT_BYTES = 8;
  private static final int MOST_PENDING_BYTES = ENTRY_BYTES << 16;
  private static final int PIECE_BYTES = ENTRY_BYTES * 25_000;
  /// The smallest pieces that a disk fails by.
  private static final int SECTOR_BYTES = 512;

  private final DiskFile file;
  private final Superblock superblock;
  private ByteBuffer pending = ByteBuffer.allocateDirect(ENTRY_BYTES * 1024).order(ByteOrder.LITTLE_ENDIAN);
  private long endBytes;
  private Checkpoint last;
  private boolean syncFailed;
  /// The volume file ends before the last checkpoint: the log stays as it is, for the file that may be put back.
  private final boolean frozen;

  private IndexLog(DiskFile file, Superblock superblock, long endBytes, Checkpoint last, boolean frozen) {
    this.file = file;
    this.superblock = superblock;
    this.endBytes = endBytes;
    this.last = last;
    this.frozen = frozen;
  }

  /// What the log says of one needle, or of a void (key 0).
  ///
  /// @param place as [NeedlePlace] packs it
  /// @param sequence of the commit; 0 in a blob
  /// @param subjectHash [SubjectHash] of what it is about
  public record Entry(long key, long place, long sequence, long subjectHash, NeedleKind kind) {

    public Entry {
      if ((key == 0) != (kind == NeedleKind.VOID)) {
        throw new IllegalArgumentException("no needle has key " + key + " and kind " + kind);
      }
    }

    public static Entry ofVoid(long place) {
      return new Entry(0, place, 0, SubjectHash.NONE, NeedleKind.VOID);
    }

    public long offsetBytes() {
      return NeedlePlace.offsetBytes(place);
    }

    public int recordBytes() {
      return NeedlePlace.recordBytes(place);
    }

    public long endBytes() {
      return NeedlePlace.endBytes(place);
    }
  }

  /// Says how far the volume file was synced.
  ///
  /// @param highestSequence of all needles up to there
  /// @param running the [RunningChecksum] up to there
  public record Checkpoint(long coveredBytes, long highestSequence, long running) {

    static Checkpoint none(Superblock superblock) {
      return new Checkpoint(superblock.firstNeedle(), 0, RunningChecksum.begin(superblock.salt()));
    }

    /// Whether a volume file of this length was cut by somebody: it was longer once, and synced.
    public boolean reachesBeyond(long volumeBytes) {
      return coveredBytes > volumeBytes;
    }
  }

  /// A stretch of the volume file below the last checkpoint that no good entry covers.
  ///
  /// @param entries damaged entries of the log in its place; [IndexLog#mend] takes at most so many needles
  public record Gap(long fromBytes, long toBytes, long logAtBytes, int entries) {}

  /// Is shown the needles of a log, in the order of their offsets.
  @FunctionalInterface
  public interface Visitor {
    void needle(Entry entry) throws IOException;

    /// A needle, before the last checkpoint, that does not lie within the volume file: the file was cut.
    default void beyond(Entry entry) throws IOException {}
  }

  /// An empty log in place of whatever the file held.
  public static IndexLog create(Disk disk, String fileName, Superblock superblock) throws IOException {
    DiskFile file = disk.open(fileName);
    try {
      file.truncate(0);
      IndexLog log = new IndexLog(file, superblock, 0, Checkpoint.none(superblock), false);
      log.putHeader();
      log.flush();
      return log;
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  /// Opens a log whose last entry is a checkpoint of the whole volume file, without reading the rest; null if it is not
  /// so.
  public static @Nullable IndexLog openClean(Disk disk, String fileName, Superblock superblock, long volumeBytes)
      throws IOException {
    if (!disk.exists(fileName)) {
      return null;
    }
    DiskFile file = disk.open(fileName);
    IndexLog log = null;
    try {
      long size = file.sizeBytes();
      ByteBuffer ends = ByteBuffer.allocateDirect(2 * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
      if (size >= 2 * ENTRY_BYTES && size % ENTRY_BYTES == 0) {
        read(file, ends.limit(ENTRY_BYTES), 0);
        read(file, ends.limit(2 * ENTRY_BYTES), size - ENTRY_BYTES);
        CRC32C crc = new CRC32C();
        boolean good = isGood(crc, ends, 0, superblock) && isOwnHeader(ends, 0, superblock)
            && isGood(crc, ends, ENTRY_BYTES, superblock) && isCheckpoint(ends, ENTRY_BYTES)
            && checkpointAt(ends, ENTRY_BYTES).coveredBytes == volumeBytes;
        if (good) {
          log = new IndexLog(file, superblock, size, checkpointAt(ends, ENTRY_BYTES), false);
        }
      }
      return log;
    } catch (UnreadableException _) {
      return null; // #open says it
    } finally {
      if (log == null) {
        file.close();
      }
    }
  }

  /// The disk does not give the log's bytes.
  private static final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreadableException(IOException cause) {
      super(cause.getMessage(), cause);
    }
  }

  private static int read(DiskFile file, ByteBuffer into, long atBytes) throws IOException {
    try {
      return file.read(into, atBytes);
    } catch (ClosedChannelException e) {
      throw e; // of the file, not of the disk
    } catch (IOException e) {
      throw new UnreadableException(e);
    }
  }

  /// Which generation of a volume a log is of, by its first entry; empty if that is not whole, or of another volume. Of
  /// two files of a volume the one of the higher generation is the newer: volume files get their names first, and their
  /// logs behind them.
  public static OptionalInt generation(Disk disk, String fileName, int volume, long salt) throws IOException {
    if (!disk.exists(fileName)) {
      return OptionalInt.empty();
    }
    ByteBuffer first = ByteBuffer.allocateDirect(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    try (DiskFile file = disk.open(fileName)) {
      if (read(file, first, 0) < ENTRY_BYTES) {
        return OptionalInt.empty();
      }
    } catch (UnreadableException _) {
      return OptionalInt.empty();
    }
    int generation = first.getInt(12);
    boolean isOwn = first.getLong(0) == (Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE)
        && first.getInt(8) == volume && first.getLong(16) == salt
        && first.getInt(CRC_AT) == crcOf(new CRC32C(), first, 0, generation);
    return isOwn ? OptionalInt.of(generation) : OptionalInt.empty();
  }

  /// What [#open] found. Where the volume file was cut ([#isCut]) the log stays as it is and takes no entry.
  ///
  /// @param scanFromBytes needles of the volume file from here on are not in the log
  /// @param running the running checksum up to there, if the file was not cut
  /// @param highestSequence of all needles up to there
  /// @param gaps in rising order; needles there are not in the log either
  /// @param behind what the log knew of needles behind its last checkpoint: not to be believed, but whose truth a
  ///   damaged needle was
  /// nobody else may know
  /// @param beyondEntries needles that were shown as lying beyond the end of the volume file
  /// @param completeBytes up to here the log leaves nothing out, gaps within the volume file aside
  public record Opened(IndexLog log, long scanFromBytes, long running, long highestSequence, List<Gap> gaps,
      LogTail behind, long beyondEntries, long completeBytes) {

    public Opened {
      gaps = List.copyOf(gaps);
    }

    public boolean isCut() {
      return log.frozen;
    }
  }

  /// Opens a log, shows the needles before its last checkpoint, and cuts off what stands behind it, which is told as
  /// [Opened#behind].
  ///
  /// @return the log; a missing, foreign or torn log is made anew and nothing is shown
  public static Opened open(Disk disk, String fileName, Superblock superblock, long volumeBytes, Visitor visitor)
      throws IOException {
    DiskFile file = disk.open(fileName);
    try {
      return open(disk, fileName, file, superblock, volumeBytes, visitor);
    } catch (UnreadableException e) {
      file.close();
      LOG.warning("indexLog.unreadable").with("file", disk.where(fileName)).with("reason", e)
          .with("action", "made-again-from-the-volume-file").say();
      disk.delete(fileName); // not written over: its blocks may be bad
      IndexLog anew = create(disk, fileName, superblock);
      return new Opened(anew, superblock.firstNeedle(), anew.last.running, 0, List.of(), LogTail.EMPTY, 0, 0);
    } catch (Throwable e) {
      file.close();
      throw e;
    }
  }

  private static Opened open(Disk disk, String fileName, DiskFile file, Superblock superblock, long volumeBytes,
      Visitor visitor) throws IOException {
    long size = file.sizeBytes();
    Found found = lastCheckpoint(file, size, superblock);
    LogTail behind = found.isOwn ? LogTail.read(file, superblock, found.logBytes, size) : LogTail.EMPTY;
    if (found.logBytes == 0 && behind.endBytes() <= volumeBytes) {
      IndexLog anew = create(disk, fileName, superblock);
      file.close();
      return new Opened(anew, superblock.firstNeedle(), anew.last.running, 0, List.of(), behind, 0, 0);
    }
    Reading reading = new Reading(found.checkpoint, superblock.firstNeedle(), volumeBytes, visitor);
    walk(file, superblock, 0, found.logBytes, reading);
    boolean cut = found.checkpoint.reachesBeyond(volumeBytes) || behind.endBytes() > volumeBytes;
    if (cut) {
      behind.visit(0, Long.MAX_VALUE, entry -> {
        if (entry.endBytes() > volumeBytes) {
          reading.beyond++;
          visitor.beyond(entry);
        } else {
          visitor.needle(entry);
        }
      });
    } else {
      file.truncate(found.logBytes);
    }
    IndexLog log = new IndexLog(file, superblock, found.logBytes, found.checkpoint, cut);
    if (!found.hasHeader && !cut) {
      log.restoreHeader();
    }
    return new Opened(log, Math.min(found.checkpoint.coveredBytes, volumeBytes), found.checkpoint.running,
        found.checkpoint.highestSequence, reading.gaps, behind, reading.beyond,
        reading.completeBytes < Long.MAX_VALUE ? reading.completeBytes : completeBytes(found.checkpoint, behind));
  }

  private static long completeBytes(Checkpoint last, LogTail behind) throws IOException {
    long[] complete = {last.coveredBytes};
    behind.visit(0, Long.MAX_VALUE, entry -> {
      if (entry.offsetBytes() == complete[0]) {
        complete[0] = entry.endBytes();
      }
    });
    return complete[0];
  }

  /// The last checkpoint of a log that is only looked at; empty if there is no such log.
  public static Optional<Checkpoint> lastCheckpoint(Disk disk, String fileName, Superblock superblock)
      throws IOException {
    if (!disk.exists(fileName)) {
      return Optional.empty();
    }
    try (DiskFile file = disk.open(fileName)) {
      Found found = lastCheckpoint(file, file.sizeBytes(), superblock);
      return found.logBytes == 0 ? Optional.empty() : Optional.of(found.checkpoint);
    }
  }

  /// How long the volume file was once, synced: what the last checkpoint covers and the entries behind it prove. 0 if
  /// no log tells.
  public static long provenBytes(Disk disk, String fileName, Superblock superblock) throws IOException {
    if (!disk.exists(fileName)) {
      return 0;
    }
    try (DiskFile file = disk.open(fileName)) {
      Found found = lastCheckpoint(file, file.sizeBytes(), superblock);
      if (!found.isOwn) {
        return 0;
      }
      LogTail behind = LogTail.read(file, superblock, found.logBytes, file.sizeBytes());
      return Math.max(found.logBytes == 0 ? 0 : found.checkpoint.coveredBytes, behind.endBytes());
    }
  }

  /// Roughly how many needles a log has, by its size; 0 if there is none.
  public static long expectedNeedles(Disk disk, String fileName) throws IOException {
    if (!disk.exists(fileName)) {
      return 0;
    }
    try (DiskFile file = disk.open(fileName)) {
      return file.sizeBytes() / ENTRY_BYTES;
    }
  }

  /// Shows the needles that begin, as the log has it, between two offsets of the volume file, behind the last
  /// checkpoint too. Any thread; what the writer adds meanwhile may be missing. Reads only the part of the log that it
  /// needs. Entries that cannot be read are passed over like damaged ones: who asks has to do with what is left, and
  /// the next start that reads the log makes it anew.
  public static void visit(Disk disk, String fileName, Superblock superblock, long fromBytes, long toBytes,
      Visitor visitor) throws IOException {
    if (!disk.exists(fileName)) {
      return;
    }
    try (DiskFile file = disk.open(fileName)) {
      long size = file.sizeBytes();
      long start = firstEntryBehind(file, superblock, size, fromBytes);
      walk(file, superblock, start, size, Unreadable.PASSED_OVER, new EntryVisitor() {
        @Override
        public boolean entry(long logAt, ByteBuffer piece, int at) throws IOException {
          long offset = offsetAt(piece, at);
          if (offset >= toBytes) {
            return false;
          }
          if (offset >= fromBytes && isNeedle(piece, at)) {
            visitor.needle(entryAt(piece, at));
          }
          return true;
        }
      });
    }
  }

  /// Where in the log to begin, by bisection: offsets rise.
  private static long firstEntryBehind(DiskFile file, Superblock superblock, long logBytes, long fromBytes)
      throws IOException {
    ByteBuffer one = ByteBuffer.allocateDirect(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    long low = 1;
    long high = logBytes / ENTRY_BYTES;
    while (low < high) {
      long middle = (low + high) >>> 1;
      long probe = middle;
      boolean good = false;
      while (probe < high && !good) {
        try {
          good = read(file, one.clear(), probe * ENTRY_BYTES) == ENTRY_BYTES && isGood(crc, one, 0, superblock);
          probe++;
        } catch (UnreadableException _) {
          probe = behindSector(probe * ENTRY_BYTES) / ENTRY_BYTES;
        }
      }
      if (good && offsetAt(one, 0) < fromBytes) {
        low = probe; // behind the one that was looked at
      } else {
        high = middle;
      }
    }
    return low * ENTRY_BYTES;
  }

  /// The last good checkpoint of a file.
  ///
  /// @param logBytes the log's length up to and with it; 0 if there is none
  /// @param isOwn the header is that of this volume's generation, or damaged
  private record Found(long logBytes, Checkpoint checkpoint, boolean hasHeader, boolean isOwn) {}

  private static Found lastCheckpoint(DiskFile file, long size, Superblock superblock) throws IOException {
    ByteBuffer one = ByteBuffer.allocateDirect(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    boolean hasHeader = read(file, one, 0) == ENTRY_BYTES && isGood(new CRC32C(), one, 0, superblock);
    if (hasHeader && !isOwnHeader(one, 0, superblock)) {
      return new Found(0, Checkpoint.none(superblock), true, false);
    }
    // Backwards, for the last is near the end.
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(size, ENTRY_BYTES, PIECE_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    for (long end = size / ENTRY_BYTES * ENTRY_BYTES; end > ENTRY_BYTES;) {
      long from = Math.max(ENTRY_BYTES, end - piece.capacity() / ENTRY_BYTES * ENTRY_BYTES);
      int count = read(file, piece.clear().limit((int) (end - from)), from);
      for (int i = count / ENTRY_BYTES * ENTRY_BYTES - ENTRY_BYTES; i >= 0; i -= ENTRY_BYTES) {
        if (isCheckpoint(piece, i) && isGood(crc, piece, i, superblock)) {
          return new Found(from + i + ENTRY_BYTES, checkpointAt(piece, i), hasHeader, true);
        }
      }
      end = from;
    }
    return new Found(0, Checkpoint.none(superblock), hasHeader, true);
  }

  /// Shows the needles before the last checkpoint and finds what they leave uncovered.
  private static final class Reading implements EntryVisitor {
    private final Checkpoint checkpoint;
    private final long volumeBytes;
    private final Visitor visitor;
    private final List<Gap> gaps = new ArrayList<>();
    private long coveredBytes;
    private long logNext = ENTRY_BYTES;
    private long beyond;
    private long completeBytes = Long.MAX_VALUE;

    Reading(Checkpoint checkpoint, long firstNeedle, long volumeBytes, Visitor visitor) {
      this.checkpoint = checkpoint;
      this.volumeBytes = volumeBytes;
      this.visitor = visitor;
      this.coveredBytes = firstNeedle;
    }

    @Override
    public boolean entry(long logAt, ByteBuffer piece, int at) throws IOException {
      long offset = offsetAt(piece, at);
      long end = isCheckpoint(piece, at) ? offset : offset + sizeAt(piece, at);
      if (offset < coveredBytes || end > checkpoint.coveredBytes) {
        return true; // no place for it: taken for damaged
      }
      if (offset > coveredBytes) {
        gaps(offset, logAt);
      }
      coveredBytes = end;
      logNext = logAt + ENTRY_BYTES;
      if (isNeedle(piece, at)) {
        if (end > volumeBytes) {
          beyond++;
          visitor.beyond(entryAt(piece, at));
        } else {
          visitor.needle(entryAt(piece, at));
        }
      }
      return true;
    }

    private void gaps(long toBytes, long logAt) {
      if (toBytes > volumeBytes) { // nobody can fill that
        completeBytes = Math.min(completeBytes, coveredBytes);
      }
      long to = Math.min(toBytes, volumeBytes);
      if (coveredBytes < to) {
        gaps.add(new Gap(coveredBytes, to, logNext, (int) ((logAt - logNext) / ENTRY_BYTES)));
      }
    }
  }

  @FunctionalInterface
  interface EntryVisitor {
    /// False ends the walk before this entry.
    boolean entry(long logAt, ByteBuffer piece, int at) throws IOException;
  }

  /// What becomes of entries that the disk does not give.
  private enum Unreadable {
    FAILS,
    PASSED_OVER
  }

  /// Shows the good entries between two positions of the log but for the first, which names the volume.
  static void walk(DiskFile file, Superblock superblock, long fromBytes, long endBytes, EntryVisitor visitor)
      throws IOException {
    walk(file, superblock, fromBytes, endBytes, Unreadable.FAILS, visitor);
  }

  private static void walk(DiskFile file, Superblock superblock, long fromBytes, long endBytes, Unreadable unreadable,
      EntryVisitor visitor) throws IOException {
    long at = Math.max(fromBytes, ENTRY_BYTES);
    long singlyTo = 0; // a piece that ends there could not be read: what can be of it is read entry by entry
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(endBytes - at, ENTRY_BYTES, PIECE_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    while (at + ENTRY_BYTES <= endBytes) {
      int wanted = at < singlyTo ? ENTRY_BYTES : (int) Math.min(piece.capacity(), endBytes - at);
      int count;
      try {
        count = read(file, piece.clear().limit(wanted), at);
      } catch (UnreadableException e) {
        if (unreadable == Unreadable.FAILS) {
          throw e;
        }
        if (wanted > ENTRY_BYTES) {
          singlyTo = at + wanted;
        } else {
          at = behindSector(at);
        }
        continue;
      }
      if (count < ENTRY_BYTES) {
        return;
      }
      for (int i = 0; i + ENTRY_BYTES <= count; i += ENTRY_BYTES, at += ENTRY_BYTES) {
        if (isGood(crc, piece, i, superblock) && isKnown(piece, i) && !visitor.entry(at, piece, i)) {
          return;
        }
      }
    }
  }

  /// The first entry that begins behind the sector in which one begins.
  private static long behindSector(long entryAt) {
    long sector = (entryAt / SECTOR_BYTES + 1) * SECTOR_BYTES;
    return (sector + ENTRY_BYTES - 1) / ENTRY_BYTES * ENTRY_BYTES;
  }

  private static boolean isGood(CRC32C crc, ByteBuffer bytes, int at, Superblock superblock) {
    return bytes.getInt(at + CRC_AT) == crcOf(crc, bytes, at, superblock.generation());
  }

  private static boolean isOwnHeader(ByteBuffer bytes, int at, Superblock superblock) {
    return bytes.getLong(at) == (Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE)
        && bytes.getInt(at + 8) == superblock.volume() && bytes.getInt(at + 12) == superblock.generation()
        && bytes.getLong(at + 16) == superblock.salt();
  }

  private static boolean isCheckpoint(ByteBuffer bytes, int at) {
    return bytes.getLong(at) == 0 && Byte.toUnsignedInt(bytes.get(at + KIND_AT)) == CHECKPOINT;
  }

  private static boolean isKnown(ByteBuffer bytes, int at) {
    int kind = Byte.toUnsignedInt(bytes.get(at + KIND_AT));
    return bytes.getLong(at) == 0
        ? kind == CHECKPOINT || kind == NeedleKind.VOID.code()
        : kind > 0 && kind < NeedleKind.VOID.code();
  }

  static boolean isNeedle(ByteBuffer bytes, int at) {
    return bytes.getLong(at) != 0;
  }

  static long offsetAt(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at + OFFSET_AT)) * UNIT_BYTES;
  }

  private static long sizeAt(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at + SIZE_AT)) * UNIT_BYTES;
  }

  private static Checkpoint checkpointAt(ByteBuffer bytes, int at) {
    return new Checkpoint(offsetAt(bytes, at), bytes.getLong(at + SEQUENCE_AT), bytes.getLong(at + HASH_AT));
  }

  static Entry entryAt(ByteBuffer bytes, int at) {
    long place = Integer.toUnsignedLong(bytes.getInt(at + OFFSET_AT)) << Integer.SIZE
        | Integer.toUnsignedLong(bytes.getInt(at + SIZE_AT));
    return new Entry(bytes.getLong(at), place, bytes.getLong(at + SEQUENCE_AT), bytes.getLong(at + HASH_AT),
        NeedleKind.ofCode(Byte.toUnsignedInt(bytes.get(at + KIND_AT))));
  }

  /// The last checkpoint that was written or found; for a new log one that covers nothing.
  public Checkpoint lastCheckpoint() {
    return last;
  }

  /// Adds a needle or void; it reaches the file with the next [#flush], or when too many wait ([#isPressing] tells
  /// before).
  public void add(Entry entry) throws IOException {
    put(entry);
  }

  /// Puts the needles that a scan has found in a gap where the damaged entries stand; reaches the file at once, and is
  /// synced with the next checkpoint.
  ///
  /// @param found in the order of their offsets; if there are more than the gap has entries, the log is left as it is
  public void mend(Gap gap, List<Entry> found) throws IOException {
    refuseIfFailed();
    if (found.isEmpty() || found.size() > gap.entries) {
      return;
    }
    ByteBuffer entries = ByteBuffer.allocateDirect(found.size() * ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (Entry entry : found) {
      put(entries, entry.key, entry.place, entry.sequence, entry.subjectHash, entry.kind.code());
    }
    file.write(new ByteBuffer[]{entries.flip()}, gap.logAtBytes);
  }

  /// Writes what was added, whose needles are synced; not synced itself. If it fails, what was added is kept and
  /// written by a later call.
  public void flush() throws IOException {
    int bytes = pending.position();
    if (bytes > 0) {
      file.write(new ByteBuffer[]{pending.duplicate().flip()}, endBytes);
      endBytes += bytes;
      pending.clear();
    }
  }

  /// Says that the volume file is synced up to an offset, and syncs the log.
  ///
  /// @param highestSequence of all needles up to there
  /// @param running the running checksum up to there
  public void checkpoint(long coveredBytes, long highestSequence, long running) throws IOException {
    reserve();
    put(pending, 0, coveredBytes / UNIT_BYTES << Integer.SIZE, highestSequence, running, CHECKPOINT);
    try {
      flush();
    } catch (IOException e) {
      pending.position(pending.position() - ENTRY_BYTES); // entries that come later must not stand behind it
      throw e;
    }
    try {
      file.force();
    } catch (IOException e) {
      syncFailed = true;
      throw e;
    }
    last = new Checkpoint(coveredBytes, highestSequence, running);
  }

  private void putHeader() throws IOException {
    reserve();
    putHeader(pending);
  }

  private void putHeader(ByteBuffer into) {
    put(into, Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE,
        Integer.toUnsignedLong(superblock.volume()) << Integer.SIZE | Integer.toUnsignedLong(superblock.generation()),
        superblock.salt(), 0, 0);
  }

  private void restoreHeader() throws IOException {
    ByteBuffer header = ByteBuffer.allocateDirect(ENTRY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    putHeader(header);
    file.write(new ByteBuffer[]{header.flip()}, 0);
  }

  private void put(Entry entry) throws IOException {
    reserve();
    put(pending, entry.key, entry.place, entry.sequence, entry.subjectHash, entry.kind.code());
  }

  /// @param place offset in the high half, size in the low one; in the file the offset stands first
  private void put(ByteBuffer into, long key, long place, long sequence, long hash, int kind) {
    int at = into.position();
    into.putLong(key).putInt((int) (place >>> Integer.SIZE)).putInt((int) place).putLong(sequence).putLong(hash);
    into.putInt(kind);
    into.putInt(crcOf(new CRC32C(), into, at, superblock.generation()));
  }

  private void refuseIfFailed() throws IOException {
    if (frozen) {
      throw new IOException("the index log of volume " + superblock.volume()
          + " takes no entry: the volume file ends before the log's last checkpoint");
    }
    if (syncFailed) {
      throw new IOException("the index log of volume " + superblock.volume() + " could not be synced before");
    }
  }

  private void reserve() throws IOException {
    refuseIfFailed();
    if (pending.remaining() < ENTRY_BYTES) {
      growOrFlush();
    }
  }

  /// Entries wait in memory until their needles are synced, or until a full disk has space again.
  private void growOrFlush() throws IOException {
    if (pending.capacity() >= MOST_PENDING_BYTES) {
      flush();
    } else {
      pending = ByteBuffer.allocateDirect(pending.capacity() * 4).order(ByteOrder.LITTLE_ENDIAN).put(pending.flip());
    }
  }

  /// Whether so many entries wait that the writer should sync its needles and write them.
  public boolean isPressing() {
    return pending.position() >= MOST_PENDING_BYTES / 2;
  }

  private static int crcOf(CRC32C crc, ByteBuffer bytes, int at, int generation) {
    crc.reset();
    crc.update(generation);
    crc.update(bytes.slice(at, CRC_AT));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

package hayloft.volume.dead;

import hayloft.common.directory.NamedFault;
import hayloft.common.log.EventLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.NewerFormatException;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// The dead marks of a volume, `7.dead`: a cache of what the catalog's books say, in the order in which it was told,
/// with a record of how far it is complete. Guarded by its volume. Little-endian, records of 16 bytes.
///
///     0                       8       9       12      16
///     +-----------------------+-------+-------+-------+
///     | "HAYD", version 2     |   0   |   0   |  crc  |   the file's first record
///     | key                   |   1   |   0   |  crc  |   a mark of the catalog names this needle
///     | sequence              |   2   |   0   |  crc  |   every mark up to this sequence stands before here
///     | key                   |   3   |   0   |  crc  |   a book whose time is over: dead by rule
///     +-----------------------+-------+-------+-------+
///
/// `crc` is the CRC-32C of the 12 bytes before it, seeded with the volume id (4 bytes). Marks name keys, which are
/// never used again, so they hold over compactions.
///
/// **Damage.** What stands behind the last record of type 2 is believed as far as it is whole, and the rest cut: the
/// catalog tells it again. Damage before that throws everything away, and the log begins anew at the marks whose
/// needles are gone; so does a log that cannot be read.
///
/// **Durability.** None is needed; [#sync] is for a clean end. A write that fails is kept in memory and tried again
/// with the next; if too much waits the log goes no further, and what it says it is complete up to on disk stays true.
///
/// **Version 1** ([LegacyMarks]) was the truth of a level 1 store. It stays as it is until every one of its marks was
/// told as a mark of the catalog; then the new log takes its place.
public final class DeadLog implements Closeable {
  /// The log that is being written anew, until it replaces the old one.
  public static final String NEXT = ".next";
  static final int RECORD_BYTES = 16;
  static final int MAGIC = 0x4459_4148; // "HAYD"
  private static final int VERSION = 2;
  private static final int TYPE_AT = 8;
  private static final int CRC_AT = 12;
  private static final int HEADER = 0;
  private static final int MARK = 1;
  private static final int COMPLETE = 2;
  private static final int BY_RULE = 3;
  private static final int PIECE_BYTES = RECORD_BYTES * 16_384;
  private static final int MOST_WAITING_BYTES = RECORD_BYTES << 16;
  private static final EventLog LOG = EventLog.of(DeadLog.class);

  private final Disk disk;
  private final String fileName;
  private final int volume;
  /// Used by way of [#file()], but for its closing.
  private DiskFile file;
  private boolean parked;
  private long endBytes;
  private long completeSequence;
  /// Records that could not be written yet.
  private ByteBuffer waiting = ByteBuffer.allocate(0);
  /// Records were lost, or nobody knows which file a crash would leave: nothing more is written until the log is opened
  /// again.
  private boolean given;
  private @Nullable LegacyMarks legacy;

  private DeadLog(Disk disk, String fileName, int volume, DiskFile file, long completeSequence) {
    this.disk = disk;
    this.fileName = fileName;
    this.volume = volume;
    this.file = file;
    this.completeSequence = completeSequence;
  }

  /// Is shown keys of needles that are dead.
  public interface Visitor {
    /// Named by a mark of the catalog, or of a level 1 store.
    void mark(long key) throws IOException;

    /// Dead by rule.
    default void byRule(long key) throws IOException {
      mark(key);
    }

    /// Records that are no records. When a log is opened only a log of version 1 tells of them: there marks are lost
    /// for good.
    default void damage(long offset, long lengthBytes) throws IOException {}
  }

  /// A log that was opened.
  ///
  /// @param damage what was wrong with the log, so that it was begun anew and the catalog has to tell all marks again;
  ///   empty if nothing was
  public record Opened(DeadLog log, String damage) {}

  /// A place between two records, for [#visitFrom] and [#dropBefore].
  ///
  /// @param completeSequence every mark up to here stands before it
  public record Position(long bytes, long completeSequence) {}

  /// Makes an empty log; not synced.
  ///
  /// @param goneSequence every mark up to here names needles that are in no file any more
  public static DeadLog create(Disk disk, String fileName, int volume, long goneSequence) throws IOException {
    disk.delete(fileName + NEXT);
    DeadLog log = new DeadLog(disk, fileName, volume, disk.open(fileName), goneSequence);
    try {
      log.begin();
      return log;
    } catch (Throwable e) {
      log.file.close();
      throw e;
    }
  }

  /// Opens the log and shows what it names, or begins it anew if it is missing or damaged.
  ///
  /// @param goneSequence of the superblock: every mark up to here names needles that are in no file any more
  /// @param legacyTruth the descriptor says that the log is of version 1, and with it the only one who knows which
  ///   needles are dead
  /// @throws NewerFormatException if it is whole and of a newer program
  /// @throws IOException if it is the only one who knows, and is missing or has no record that is whole
  public static Opened open(Disk disk, String fileName, int volume, long goneSequence, boolean legacyTruth,
      Visitor visitor) throws IOException {
    disk.delete(fileName + NEXT);
    boolean isThere = disk.exists(fileName);
    if (!isThere && legacyTruth) {
      throw missing(disk, fileName, volume, "is missing");
    }
    if (!isThere) {
      return new Opened(create(disk, fileName, volume, goneSequence), fileName + " is missing");
    }
    DeadLog log = new DeadLog(disk, fileName, volume, disk.open(fileName), goneSequence);
    try {
      return new Opened(log, log.take(legacyTruth, visitor));
    } catch (UnreadableException e) {
      log.file.close();
      if (legacyTruth) {
        throw missing(disk, fileName, volume, e.what());
      }
      disk.delete(fileName); // not written over: its blocks may be bad
      return new Opened(create(disk, fileName, volume, goneSequence), log.where() + " " + e.what());
    } catch (Throwable e) {
      log.file.close();
      throw e;
    }
  }

  /// The disk does not give the file's bytes.
  private static final class UnreadableException extends IOException {
    private static final long serialVersionUID = 1L;

    UnreadableException(IOException cause) {
      super("cannot be read: " + NamedFault.reason(cause), cause);
    }

    String what() {
      return String.valueOf(getMessage());
    }
  }

  /// Reads the whole file once, so that what the disk does not give is told from what a visitor throws.
  private void requireReadable() throws IOException {
    long size = file.sizeBytes();
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(size, RECORD_BYTES, PIECE_BYTES));
    try {
      for (long at = 0; at < size; at += piece.capacity()) {
        file.read(piece.clear().limit((int) Math.min(piece.capacity(), size - at)), at);
      }
    } catch (ClosedChannelException e) {
      throw e; // of the file, not of the disk
    } catch (IOException e) {
      throw new UnreadableException(e);
    }
  }

  private String take(boolean legacyTruth, Visitor visitor) throws IOException {
    requireReadable();
    LegacyMarks old = LegacyMarks.read(file, volume, visitor);
    if (old != null) {
      legacy = old;
      return "";
    }
    Look look = look(file, where(), volume);
    if (look.goodEnd == 0 && legacyTruth) {
      throw missing(disk, fileName, volume, "has no record that is whole");
    }
    if (!look.damage.isEmpty()) {
      begin();
      return look.damage;
    }
    replay(0, look.goodEnd, visitor);
    if (look.goodEnd < file.sizeBytes()) {
      file.truncate(look.goodEnd);
    }
    endBytes = look.goodEnd;
    completeSequence = Math.max(completeSequence, look.completeSequence);
    return "";
  }

  /// What a file holds.
  ///
  /// @param goodEnd of the last record that may be believed; 0 if there is none
  /// @param damage what is wrong before the last record of type 2; empty if nothing is
  private record Look(long goodEnd, long completeSequence, String damage) {}

  private static Look look(DiskFile file, String where, int volume) throws IOException {
    long[] firstBad = {-1};
    long[] complete = {0};
    long[] end = {0};
    boolean[] header = {false};
    String[] damage = {""};
    walk(file, volume, 0, file.sizeBytes(), (at, value, type) -> {
      if (at == 0) {
        header[0] = type == HEADER && (int) value == MAGIC;
        if (header[0] && value >>> Integer.SIZE != VERSION) {
          throw new NewerFormatException(where, "dead log of version " + (value >>> Integer.SIZE));
        }
      }
      if (type == -1 && firstBad[0] < 0) {
        firstBad[0] = at;
      } else if (type > BY_RULE) {
        throw new NewerFormatException(where + " at " + at, "record of type " + type);
      } else if (type == COMPLETE) {
        complete[0] = Math.max(complete[0], value);
        if (firstBad[0] >= 0 && damage[0].isEmpty()) {
          damage[0] = where + " at " + firstBad[0] + ": a record that does not match its checksum";
        }
      }
      if (firstBad[0] < 0) {
        end[0] = at + RECORD_BYTES;
      }
    });
    if (!header[0]) {
      return new Look(0, 0, where + " has no first record that is whole");
    }
    return new Look(end[0], complete[0], damage[0]);
  }

  private void begin() throws IOException {
    file.truncate(0);
    ByteBuffer records = ByteBuffer.allocate(2 * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    putHeader(records);
    put(records, completeSequence, COMPLETE);
    file.write(new ByteBuffer[]{records.flip()}, 0);
    endBytes = records.limit();
  }

  /// Shows what a log names that may be another's, and changes nothing.
  ///
  /// @return what it is; empty if there is no log with at least its first record
  public static LogFacts look(Disk disk, String fileName, int volume, Visitor visitor) throws IOException {
    if (!disk.exists(fileName)) {
      return LogFacts.NONE;
    }
    try (DiskFile file = disk.open(fileName)) {
      String where = disk.where(fileName);
      if (LegacyMarks.read(file, volume, visitor) != null) {
        return new LogFacts(1, 0, "");
      }
      Look look = look(file, where, volume);
      if (look.goodEnd == 0) {
        return LogFacts.NONE;
      }
      long[] badFrom = {-1};
      walk(file, volume, 0, file.sizeBytes(), (at, value, type) -> show(visitor, at, value, type, badFrom));
      if (badFrom[0] >= 0) {
        visitor.damage(badFrom[0], file.sizeBytes() - badFrom[0]);
      }
      return new LogFacts(VERSION, look.completeSequence, look.damage);
    }
  }

  /// What a log is that was only looked at.
  ///
  /// @param version of its format; 0 if there is none with at least its first record
  /// @param completeSequence every mark up to here stands in it
  /// @param damage what is wrong before the last record that says so; a server would begin the log anew. Empty if
  ///   nothing is
  public record LogFacts(int version, long completeSequence, String damage) {
    static final LogFacts NONE = new LogFacts(0, 0, "");

    public boolean isThere() {
      return version > 0;
    }
  }

  private static IOException missing(Disk disk, String fileName, int volume, String what) {
    return new IOException(
        disk.where(fileName) + " " + what + ": without the dead marks of volume " + volume
            + " deleted objects would come back. " + disk.remedy(fileName) + ", which keeps deleted what was deleted");
  }

  /// Gives the file's descriptors back until the log is needed again. Unsynced, too: a record that does not reach the
  /// disk is missed when the log is opened the next time, as after a crash.
  ///
  /// @throws IOException if it stays open
  public void park() throws IOException {
    parked = parked || file.park(fileName);
  }

  private DiskFile file() throws IOException {
    if (parked) {
      file.unpark();
      parked = false;
    }
    return file;
  }

  private String where() {
    return disk.where(fileName);
  }

  /// Every mark up to here was told, or names needles that are gone.
  public long completeSequence() {
    return completeSequence;
  }

  /// The marks of a level 1 store that no mark of the catalog has told yet; null if there are none, and never again
  /// will be.
  public @Nullable LegacyMarks legacy() {
    return legacy;
  }

  /// Where the next record goes.
  public Position position() {
    return new Position(endBytes + waiting.position(), completeSequence);
  }

  /// Shows what was told from a position on, of this opening of the log.
  public void visitFrom(Position position, Visitor visitor) throws IOException {
    if (position.bytes < endBytes) {
      replay(position.bytes, endBytes, visitor);
    }
    for (int at = (int) Math.max(0, position.bytes - endBytes); at < waiting.position(); at += RECORD_BYTES) {
      show(visitor, endBytes + at, waiting.getLong(at), waiting.get(at + TYPE_AT), new long[]{-1});
    }
  }

  private void replay(long fromBytes, long toBytes, Visitor visitor) throws IOException {
    long[] badFrom = {-1};
    walk(file(), volume, fromBytes, toBytes, (at, value, type) -> show(visitor, at, value, type, badFrom));
    if (badFrom[0] >= 0) {
      visitor.damage(badFrom[0], toBytes - badFrom[0]);
    }
  }

  private static void show(Visitor visitor, long at, long value, int type, long[] badFrom) throws IOException {
    if (type == -1) {
      badFrom[0] = badFrom[0] < 0 ? at : badFrom[0];
      return;
    }
    if (badFrom[0] >= 0) {
      visitor.damage(badFrom[0], at - badFrom[0]);
      badFrom[0] = -1;
    }
    if (type == MARK) {
      visitor.mark(value);
    } else if (type == BY_RULE) {
      visitor.byRule(value);
    }
  }

  @FunctionalInterface
  private interface RecordVisitor {
    /// @param type -1 if the record does not match its sum
    void entry(long at, long value, int type) throws IOException;
  }

  private static void walk(DiskFile file, int volume, long fromBytes, long toBytes, RecordVisitor visitor)
      throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(toBytes - fromBytes, 0, PIECE_BYTES))
        .order(ByteOrder.LITTLE_ENDIAN);
    CRC32C crc = new CRC32C();
    for (long at = fromBytes; at + RECORD_BYTES <= toBytes;) {
      int count = file.read(piece.clear().limit((int) Math.min(piece.capacity(), toBytes - at)), at);
      if (count < RECORD_BYTES) {
        break;
      }
      for (int i = 0; i + RECORD_BYTES <= count; i += RECORD_BYTES, at += RECORD_BYTES) {
        boolean good = piece.getInt(i + CRC_AT) == crcOf(crc, piece, i, volume);
        visitor.entry(at, piece.getLong(i), good ? Byte.toUnsignedInt(piece.get(i + TYPE_AT)) : -1);
      }
    }
  }

  /// Appends marks that the catalog has told, all of them up to a sequence; not synced. Nothing is thrown for a disk
  /// that is full: see above.
  public void append(List<Long> keys, long sequence) {
    if (sequence <= completeSequence) {
      return;
    }
    completeSequence = sequence;
    LegacyMarks old = legacy;
    if (old != null) {
      old.told(keys);
      if (old.isAllTold()) {
        replaceLegacy(old);
      }
      return;
    }
    ByteBuffer records = ByteBuffer.allocate((keys.size() + 1) * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long key : keys) {
      put(records, key, MARK);
    }
    put(records, sequence, COMPLETE);
    write(records.flip());
  }

  /// Appends keys of needles that are dead by rule; not synced.
  public void forget(List<Long> keys) {
    LegacyMarks old = legacy;
    if (old != null) {
      old.byRule(keys);
      return;
    }
    ByteBuffer records = ByteBuffer.allocate(keys.size() * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (long key : keys) {
      put(records, key, BY_RULE);
    }
    write(records.flip());
  }

  /// Makes durable what was appended.
  public void sync() throws IOException {
    writeWaiting();
    if (waiting.position() > 0 || given) {
      throw new IOException(where() + " could not be written; the catalog tells the marks of volume " + volume
          + " again at the next start");
    }
    file().force();
  }

  /// Opens the file anew: it lies elsewhere, and is the same.
  public void reopen() throws IOException {
    DiskFile next = disk.open(fileName);
    DiskFile former = file;
    file = next;
    parked = false;
    former.close();
  }

  private void write(ByteBuffer records) {
    if (given || records.limit() == 0) {
      return;
    }
    if (waiting.position() + records.limit() > MOST_WAITING_BYTES) {
      given = true;
      waiting = ByteBuffer.allocate(0);
      LOG.warning("deadLog.givenUp").with("file", where())
          .with("action", "the-catalog-tells-its-marks-again-at-the-next-start").say();
      return;
    }
    if (waiting.remaining() < records.limit()) {
      waiting = ByteBuffer.allocate(Math.max(2 * waiting.capacity(), waiting.position() + records.limit()))
          .order(ByteOrder.LITTLE_ENDIAN).put(waiting.flip());
    }
    waiting.put(records);
    writeWaiting();
  }

  private void writeWaiting() {
    if (waiting.position() == 0) {
      return;
    }
    try {
      file().write(new ByteBuffer[]{waiting.duplicate().flip()}, endBytes);
      endBytes += waiting.position();
      waiting.clear();
    } catch (IOException e) {
      LOG.warning("deadLog.waits").with("file", where()).with("bytes", waiting.position()).with("reason", e).say();
      try {
        file().truncate(endBytes); // part of it would take what little space there is
      } catch (IOException suppressed) {
        LOG.debug("deadLog.notCut").with("file", where()).say(suppressed); // is written over, or cut when it is opened
      }
    }
  }

  /// Forgets what stands before a position, whose needles are in no file any more. The log is replaced as a whole:
  /// after a crash it is the old one or the new one.
  ///
  /// @throws IllegalStateException while the log is of version 1
  public void dropBefore(Position position) throws IOException {
    if (legacy != null) {
      throw new IllegalStateException("marks of level 1 in " + where() + " are not to be dropped");
    }
    if (given) {
      throw new IOException(where() + " lacks marks that could not be written, so it stays as it is");
    }
    ByteBuffer front = ByteBuffer.allocate(2 * RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    putHeader(front);
    put(front, position.completeSequence, COMPLETE);
    replace(next -> {
      next.write(new ByteBuffer[]{front.flip()}, 0);
      long end = front.limit();
      ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(endBytes - position.bytes, 0, PIECE_BYTES));
      for (long at = position.bytes; at < endBytes;) {
        int count = file().read(piece.clear().limit((int) Math.min(piece.capacity(), endBytes - at)), at);
        if (count <= 0) {
          throw new IOException(where() + " ends at " + at + ", " + endBytes + " expected");
        }
        next.write(new ByteBuffer[]{piece.flip()}, end);
        at += count;
        end += count;
      }
      ByteBuffer behind = waiting.duplicate().flip();
      behind.position((int) Math.clamp(position.bytes - endBytes, 0, behind.limit()));
      if (behind.hasRemaining()) {
        int bytes = behind.remaining();
        next.write(new ByteBuffer[]{behind}, end);
        end += bytes;
      }
      return end;
    });
  }

  private void replaceLegacy(LegacyMarks old) {
    try {
      replace(next -> {
        ByteBuffer front = ByteBuffer.allocate(RECORD_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        putHeader(front);
        next.write(new ByteBuffer[]{front.flip()}, 0);
        long[] end = {RECORD_BYTES};
        ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        old.forEach((key, byRule) -> {
          put(piece, key, byRule ? BY_RULE : MARK);
          if (!piece.hasRemaining()) {
            next.write(new ByteBuffer[]{piece.flip()}, end[0]);
            end[0] += piece.limit();
            piece.clear();
          }
        });
        if (piece.remaining() < RECORD_BYTES) {
          throw new IllegalStateException("a piece that was not written");
        }
        put(piece, completeSequence, COMPLETE);
        next.write(new ByteBuffer[]{piece.flip()}, end[0]);
        return end[0] + piece.limit();
      });
      legacy = null;
    } catch (IOException e) {
      // The old log stays, and is replaced at the next mark, or after the next start, when all of it is told again.
      LOG.warning("deadLog.notReplaced").with("file", where()).say(e);
    }
  }

  @FunctionalInterface
  private interface Filling {
    /// Returns the file's length.
    long fill(DiskFile next) throws IOException;
  }

  private void replace(Filling filling) throws IOException {
    String name = fileName + NEXT;
    disk.delete(name);
    DiskFile next = disk.open(name);
    long end;
    try {
      end = filling.fill(next);
      next.force();
    } catch (Throwable e) {
      next.close();
      disk.delete(name);
      throw e;
    }
    DiskFile old = file;
    try {
      disk.rename(name, fileName);
    } catch (IOException e) {
      given = true; // nobody knows which of the two has the name
      next.close();
      throw e;
    }
    file = next;
    parked = false;
    endBytes = end;
    waiting = ByteBuffer.allocate(0);
    given = false;
    old.close();
    disk.sync();
  }

  private void putHeader(ByteBuffer records) {
    put(records, Integer.toUnsignedLong(MAGIC) | (long) VERSION << Integer.SIZE, HEADER);
  }

  private void put(ByteBuffer records, long value, int type) {
    int at = records.position();
    records.putLong(value).putInt(type);
    records.putInt(crcOf(new CRC32C(), records, at, volume));
  }

  private static int crcOf(CRC32C crc, ByteBuffer bytes, int at, int volume) {
    crc.reset();
    for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
      crc.update(volume >>> shift);
    }
    crc.update(bytes.slice(at, CRC_AT));
    return (int) crc.getValue();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}

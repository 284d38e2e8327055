package hayloft.volume.pack;

import hayloft.common.log.EventLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.NewerFormatException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/// A pack, `pack-3`: the files of sealed volumes side by side, byte for byte as they were; the one class that knows the
/// format. Written once, never changed. Little-endian; head and sections begin on multiples of 512 bytes.
///
///     0       4       8       12      16
///     +-------+-------+-------+-------+-----------------+-------+ +---------+     +---------+
///     | magic |version|volumes| bytes | entries ...   0 |  crc  | | section | ... | section |
///     +-------+-------+-------+-------+-----------------+-------+ +---------+     +---------+
///     +------+-------+--------+-------+
///     | head | magic | offset |  crc  |
///     +------+-------+--------+-------+
///
/// `bytes` is the length of the head, `crc` in its last four bytes the CRC-32C of what stands before it. The head
/// stands twice: behind the last section it comes again, and the file's last 16 bytes say where. An entry is a volume's
/// id (4), 0 (4), and five sections, `.dat`, `.idx`, `.dead`, `.json` and `.json` again, each as offset (8), length
/// (8), CRC-32C (4), 0 (4); a file that the volume did not have has offset 0. A descriptor stands twice, since without
/// it a volume cannot be opened.
///
/// @param name of the file
/// @param fileBytes how long it is
/// @param sum of its head: what tells it from another pack that had the name before
record PackFile(String name, long fileBytes, int sum, List<Entry> entries) {

  private static final EventLog LOG = EventLog.of(PackFile.class);

  static final String PREFIX = "pack-";
  /// What a volume's sections begin on.
  static final int ALIGNMENT = 512;
  private static final int MAGIC = 0x5059_4148; // "HAYP" in a hex dump
  private static final int VERSION = 1;
  private static final int FIXED_BYTES = 16;
  private static final int SECTION_BYTES = 24;
  private static final int ENTRY_BYTES = 8 + Kind.values().length * SECTION_BYTES;
  private static final int SUM_BYTES = 4;
  private static final int TRAILER_BYTES = 16;
  private static final int MOST_HEAD_BYTES = 16 << 20;
  private static final int PIECE_BYTES = 256 << 10;

  PackFile {
    entries = List.copyOf(entries);
  }

  /// The files of a volume that a pack holds; its map is a cache and is made again.
  enum Kind {
    DATA(".dat"),
    LOG(".idx"),
    DEAD(".dead"),
    DESCRIPTOR(".json"),
    DESCRIPTOR_AGAIN(".json");

    private final String suffix;

    Kind(String suffix) {
      this.suffix = suffix;
    }

    String fileName(int volume) {
      return volume + suffix;
    }
  }

  /// A file in the pack.
  record Section(long offsetBytes, long lengthBytes, int crc) {}

  /// A volume in the pack.
  record Entry(int volume, Map<Kind, Section> sections) {
    Entry {
      sections = Map.copyOf(sections);
    }

    long sizeBytes() {
      return sections.values().stream().mapToLong(Section::lengthBytes).sum();
    }
  }

  static String nameOf(int number) {
    return PREFIX + number;
  }

  /// Writes a pack and reads it back; durable on return but for its name.
  ///
  /// @param source where the volumes' files are
  /// @param target where the pack goes
  /// @throws IOException also if a file of theirs could not be read, or changed meanwhile; nothing of the pack is left
  ///   then
  static PackFile write(Disk source, Disk target, String name, List<Integer> volumes) throws IOException {
    try (DiskFile file = target.open(name)) {
      file.truncate(0);
      int headBytes = aligned(FIXED_BYTES + volumes.size() * ENTRY_BYTES + SUM_BYTES);
      long at = headBytes;
      List<Entry> entries = new ArrayList<>();
      for (int volume : volumes) {
        Map<Kind, Section> sections = new EnumMap<>(Kind.class);
        for (Kind kind : Kind.values()) {
          if (source.exists(kind.fileName(volume))) {
            Section section = copy(source, kind.fileName(volume), file, at);
            sections.put(kind, section);
            at = aligned(at + section.lengthBytes);
          }
        }
        entries.add(new Entry(volume, sections));
      }
      ByteBuffer head = head(entries, headBytes);
      ByteBuffer trailer = ByteBuffer.allocate(TRAILER_BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(MAGIC).putLong(at);
      trailer.putInt(crcOf(trailer.slice(0, TRAILER_BYTES - SUM_BYTES))).flip();
      file.write(new ByteBuffer[]{head.duplicate()}, 0);
      file.write(new ByteBuffer[]{head.duplicate(), trailer}, at);
      file.force();
      PackFile pack = new PackFile(name, at + headBytes + TRAILER_BYTES, sumOf(entries), entries);
      pack.verify(file);
      return pack;
    } catch (Throwable e) {
      try {
        target.delete(name);
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private static int aligned(int bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  private static long aligned(long bytes) {
    return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
  }

  private static Section copy(Disk source, String fileName, DiskFile into, long at) throws IOException {
    try (DiskFile from = source.open(fileName)) {
      long length = from.sizeBytes();
      CRC32C crc = new CRC32C();
      walk(from, 0, length, (piece, offset) -> {
        crc.update(piece.duplicate());
        into.write(new ByteBuffer[]{piece}, at + offset);
      });
      return new Section(at, length, (int) crc.getValue());
    }
  }

  @FunctionalInterface
  interface Pieces {
    /// @param offsetBytes from where the walk began
    void piece(ByteBuffer piece, long offsetBytes) throws IOException;
  }

  /// Shows a stretch of a file, piece by piece.
  static void walk(DiskFile file, long fromBytes, long lengthBytes, Pieces pieces) throws IOException {
    ByteBuffer piece = ByteBuffer.allocateDirect((int) Math.clamp(lengthBytes, 1, PIECE_BYTES));
    for (long done = 0; done < lengthBytes;) {
      int wanted = (int) Math.min(piece.capacity(), lengthBytes - done);
      int count = file.read(piece.clear().limit(wanted), fromBytes + done);
      if (count < wanted) {
        throw new IOException(
            "a file ends at " + (fromBytes + done + Math.max(0, count)) + ", " + (fromBytes + lengthBytes)
                + " bytes were expected");
      }
      pieces.piece(piece.flip(), done);
      done += wanted;
    }
  }

  private void verify(DiskFile file) throws IOException {
    for (Entry entry : entries) {
      for (Map.Entry<Kind, Section> section : entry.sections.entrySet()) {
        if (!isWhole(file, section.getValue())) {
          throw new IOException(name + ": the copy of " + section.getKey().fileName(entry.volume)
              + " does not read as it was written");
        }
      }
    }
  }

  /// Whether a section's bytes are those that were written.
  static boolean isWhole(DiskFile file, Section section) throws IOException {
    CRC32C crc = new CRC32C();
    walk(file, section.offsetBytes, section.lengthBytes, (piece, _) -> crc.update(piece));
    return (int) crc.getValue() == section.crc;
  }

  private static ByteBuffer head(List<Entry> entries, int headBytes) {
    ByteBuffer head = ByteBuffer.allocate(headBytes).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(MAGIC).putInt(VERSION).putInt(entries.size()).putInt(headBytes);
    for (Entry entry : entries) {
      head.putInt(entry.volume).putInt(0);
      for (Kind kind : Kind.values()) {
        Section section = entry.sections.getOrDefault(kind, new Section(0, 0, 0));
        head.putLong(section.offsetBytes).putLong(section.lengthBytes).putInt(section.crc).putInt(0);
      }
    }
    head.putInt(headBytes - SUM_BYTES, crcOf(head.slice(0, headBytes - SUM_BYTES)));
    return head.clear();
  }

  private static int sumOf(List<Entry> entries) {
    int headBytes = aligned(FIXED_BYTES + entries.size() * ENTRY_BYTES + SUM_BYTES);
    return head(entries, headBytes).order(ByteOrder.LITTLE_ENDIAN).getInt(headBytes - SUM_BYTES);
  }

  private static int crcOf(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  /// @param where names the file in messages
  /// @throws NewerFormatException if a newer program wrote it
  /// @throws IOException if neither of its heads is whole, or it is shorter than it was; the message says what to do
  static PackFile read(DiskFile file, String name, String where) throws IOException {
    long size = file.sizeBytes();
    List<Entry> first = headAt(file, 0, size, where);
    long copyAt = copyAt(file, size);
    List<Entry> copy = copyAt < 0 ? null : headAt(file, copyAt, size, where);
    List<Entry> entries = first == null ? copy : first;
    if (entries != null && (first == null || copy == null)) {
      LOG.error("pack.headDamaged").with("file", where)
          .with("which", first == null ? "the-one-at-its-begin" : "the-copy-at-its-end")
          .with("action", "the-other-is-used; both are made anew when its volumes are packed again").say();
    }
    if (entries == null) {
      throw new IOException(where + " is no pack of volumes, or damaged in both of its heads" + REMEDY);
    }
    long sectionsEnd = entries.stream().flatMap(entry -> entry.sections.values().stream())
        .mapToLong(section -> section.offsetBytes + section.lengthBytes).max().orElse(0);
    if (size < sectionsEnd) {
      throw new IOException(where + " has " + size + " bytes, and its last volume ends at " + sectionsEnd
          + ": somebody cut it" + REMEDY);
    }
    return new PackFile(name, size, sumOf(entries), entries);
  }

  private static final String REMEDY = ". Nothing was changed. Put the file back from a copy; or, to go on without the "
      + "objects of its volumes, move it away, start, and give the volumes up (volume.drop)";

  private static long copyAt(DiskFile file, long size) throws IOException {
    if (size < TRAILER_BYTES) {
      return -1;
    }
    ByteBuffer trailer = readable(file, size - TRAILER_BYTES, TRAILER_BYTES);
    boolean isWhole = trailer != null && trailer.getInt(0) == MAGIC
        && trailer.getInt(TRAILER_BYTES - SUM_BYTES) == crcOf(trailer.slice(0, TRAILER_BYTES - SUM_BYTES));
    return isWhole && trailer != null ? trailer.getLong(4) : -1;
  }

  /// Bytes of the file; null if it does not have or give them.
  private static @Nullable ByteBuffer readable(DiskFile file, long at, int bytes) {
    ByteBuffer into = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    try {
      return file.read(into, at) == bytes ? into.flip().order(ByteOrder.LITTLE_ENDIAN) : null;
    } catch (IOException e) {
      LOG.warning("pack.unreadable").with("at", at).with("bytes", bytes).with("reason", e).say();
      return null;
    }
  }

  private static @Nullable List<Entry> headAt(DiskFile file, long at, long size, String where) throws IOException {
    ByteBuffer fixed = readable(file, at, FIXED_BYTES);
    if (fixed == null || fixed.getInt(0) != MAGIC) {
      return null;
    }
    int headBytes = fixed.getInt(12);
    if (headBytes < FIXED_BYTES + SUM_BYTES || headBytes > Math.min(MOST_HEAD_BYTES, size - at)) {
      return null;
    }
    ByteBuffer head = readable(file, at, headBytes);
    if (head == null || head.getInt(headBytes - SUM_BYTES) != crcOf(head.slice(0, headBytes - SUM_BYTES))) {
      return null;
    }
    if (head.getInt(4) != VERSION) {
      throw new NewerFormatException(where, "pack of format version " + head.getInt(4) + ", 1 is known");
    }
    List<Entry> entries = new ArrayList<>();
    head.position(FIXED_BYTES);
    for (int i = 0; i < head.getInt(8); i++) {
      int volume = head.getInt();
      head.getInt();
      Map<Kind, Section> sections = new EnumMap<>(Kind.class);
      for (Kind kind : Kind.values()) {
        Section section = new Section(head.getLong(), head.getLong(), head.getInt());
        head.getInt();
        if (section.offsetBytes != 0) {
          sections.put(kind, section);
        }
      }
      entries.add(new Entry(volume, sections));
    }
    return entries;
  }
}

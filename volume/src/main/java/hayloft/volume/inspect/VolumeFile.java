package hayloft.volume.inspect;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.ReadOnlyDisk;
import hayloft.volume.pack.PackedDisk;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.needle.Superblock;
import hayloft.volume.store.Descriptor;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One volume's files, opened to be looked at: nothing is created, repaired or written, and a server may be at work on
/// them. Then the file is as long as it was when it was opened. Thread-safe.
///
/// A damaged superblock is no obstacle as long as the descriptor is there, which knows the salt too.
public final class VolumeFile implements Closeable {
  /// What a volume file's name ends with.
  public static final String SUFFIX = ".dat";
  private static final Pattern NAME = Pattern.compile("([1-9][0-9]*)\\" + SUFFIX);

  private final Path path;
  private final String where;
  private final PackedDisk disk;
  private final String stem;
  private final DiskFile file;
  private final Superblock superblock;
  private final Optional<String> superblockFault;
  private final Optional<Descriptor> descriptor;
  private final DeadKeys dead;
  private final long fileBytes;
  private final boolean closedCleanly;

  private VolumeFile(Path path, PackedDisk disk, DiskFile file) throws IOException {
    this.path = path;
    this.disk = disk;
    this.file = file;
    String name = path.getFileName().toString();
    this.where = disk.fileOf(name).equals(name) ? path.toString() : disk.where(name);
    this.stem = name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    this.fileBytes = file.sizeBytes();
    this.descriptor = disk.exists(stem + Descriptor.SUFFIX)
        ? Optional.of(Descriptor.read(disk, stem + Descriptor.SUFFIX))
        : Optional.empty();
    Superblock read = null;
    String fault = "";
    ByteBuffer bytes = ByteBuffer.allocate(Superblock.MOST_BYTES);
    file.read(bytes, 0);
    try {
      read = Superblock.decode(bytes.flip(), where);
    } catch (CorruptNeedleException e) {
      fault = String.valueOf(e.getMessage());
      if (descriptor.isEmpty()) {
        throw e;
      }
    }
    this.superblock = read == null ? descriptor.orElseThrow().superblock() : read;
    this.superblockFault = fault.isEmpty() ? Optional.empty() : Optional.of(fault);
    this.dead = DeadKeys.read(disk, stem + ".dead", superblock.volume());
    this.closedCleanly = disk.isPacked(superblock.volume())
        || NeedleMap.isClean(disk, stem + ".map", superblock, fileBytes);
  }

  /// Whether a file's name is a volume file's.
  public static boolean isNamedLikeOne(Path path) {
    return NAME.matcher(path.getFileName().toString()).matches();
  }

  /// The volume files of a folder, by number: paths for [#open], some of which lie in packs and are no files by
  /// themselves.
  ///
  /// @throws IOException if the folder or a pack in it cannot be read
  public static List<Path> in(Path folder) throws IOException {
    PackedDisk disk = PackedDisk.over(new ReadOnlyDisk(folder));
    try {
      return disk.list().stream().filter(name -> NAME.matcher(name).matches())
          .sorted(Comparator.comparingInt(String::length).thenComparing(Comparator.naturalOrder())).map(folder::resolve)
          .toList();
    } finally {
      disk.close();
    }
  }

  /// Whether there is such a volume file, by itself or in a pack.
  public static boolean exists(Path path) throws IOException {
    return Files.isRegularFile(path) || isNamedLikeOne(path) && Files.isDirectory(folderOf(path)) && in(folderOf(path))
        .stream()
        .anyMatch(present -> present.getFileName().equals(path.getFileName()));
  }

  /// How long a volume file is, by itself or in a pack.
  public static long sizeBytes(Path path) throws IOException {
    PackedDisk disk = PackedDisk.over(new ReadOnlyDisk(folderOf(path)));
    try (DiskFile file = disk.open(path.getFileName().toString())) {
      return file.sizeBytes();
    } finally {
      disk.close();
    }
  }

  private static Path folderOf(Path path) {
    Path folder = path.toAbsolutePath().getParent();
    return folder == null ? Path.of("/") : folder;
  }

  /// @throws CorruptNeedleException if it is no volume file, or its superblock is damaged and its descriptor not there
  public static VolumeFile open(Path path) throws IOException {
    PackedDisk disk = PackedDisk.over(new ReadOnlyDisk(folderOf(path)));
    try {
      DiskFile file = disk.open(path.getFileName().toString());
      try {
        return new VolumeFile(path, disk, file);
      } catch (Throwable e) {
        file.close();
        throw e;
      }
    } catch (Throwable e) {
      disk.close();
      throw e;
    }
  }

  public Path path() {
    return path;
  }

  /// Where it lies, for messages: its path, or a pack and the place in it.
  public String where() {
    return where;
  }

  public Superblock superblock() {
    return superblock;
  }

  /// What is wrong with the superblock; empty if nothing is.
  public Optional<String> superblockFault() {
    return superblockFault;
  }

  /// Empty if the file lies there without its `.json`.
  public Optional<Descriptor> descriptor() {
    return descriptor;
  }

  public DeadKeys dead() {
    return dead;
  }

  public long fileBytes() {
    return fileBytes;
  }

  /// Where needles end: before the end of the file if a write behind it failed.
  public long endBytes() {
    long cut = descriptor.map(Descriptor::cutBytes).orElse(-1L);
    return cut >= 0 ? Math.min(cut, fileBytes) : fileBytes;
  }

  /// Whether the server that used the volume last closed it, so that nothing in it can be the remains of a crash.
  public boolean closedCleanly() {
    return closedCleanly;
  }

  /// Up to where damage is rot: the bytes were synced once.
  long syncedBytes() throws IOException {
    long known = Math.max(superblock.syncedBytes(), superblock.sealedLength());
    return Math.max(closedCleanly ? fileBytes : known, IndexLog.provenBytes(disk, stem + ".idx", superblock));
  }

  /// How long the file is by now.
  long presentBytes() throws IOException {
    return file.sizeBytes();
  }

  /// What a look at all needles is told.
  public interface Visitor {
    /// A needle whose sums are right.
    ///
    /// @param meta borrowed until the method returns
    void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException;

    /// A needle without a key, its head good; see [NeedleScanner.Visitor#keyless].
    default void keyless(NeedleHead head, long offset) throws IOException {}

    /// Something that is not as it was written. Told after the last needle, in order of offsets.
    void damage(Damage damage) throws IOException;

    /// So many bytes were looked at since the last call.
    default void passed(long bytes) {}
  }

  /// Looks at every needle; on as many threads as one likes, each with a look of its own.
  public void look(NeedleScanner.Depth depth, Visitor visitor) throws IOException {
    var sorter = new DamageSorter(this);
    long[] passedBytes = {0};
    new NeedleScanner(file, where, superblock, endBytes(), depth).scan(superblock.firstNeedle(),
        new NeedleScanner.Visitor() {
          @Override
          public void needle(NeedleHead head, long offset, ByteBuffer meta) throws IOException {
            sorter.passed(head, offset);
            visitor.needle(head, offset, meta);
            pass(offset + head.recordBytes());
          }

          @Override
          public void keyless(NeedleHead head, long offset) throws IOException {
            visitor.keyless(head, offset);
            pass(offset + head.recordBytes());
          }

          @Override
          public void damage(long offset, long lengthBytes, @Nullable NeedleHead damaged, String what) {
            sorter.found(offset, lengthBytes, damaged, what);
            pass(offset + lengthBytes);
          }

          private void pass(long upTo) {
            visitor.passed(upTo - passedBytes[0]);
            passedBytes[0] = upTo;
          }
        });
    for (Damage damage : sorter.sorted()) {
      visitor.damage(damage);
    }
  }

  /// Head and meta of the needle at an offset, verified, whatever is wrong with its data.
  ///
  /// @throws CorruptNeedleException if these are damaged as well
  public NeedleReader.Front front(NeedleHead head, long offset) throws IOException {
    return reader().readFront(head.key(), offset, head.recordBytes());
  }

  public NeedleReader reader() {
    return new NeedleReader(file, where, superblock, UnpooledByteBufAllocator.DEFAULT);
  }

  /// Bytes as they lie there; fewer at the end of the file.
  public byte[] bytes(long offset, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) Math.clamp(fileBytes - offset, 0, count));
    int read = file.read(bytes, offset);
    return java.util.Arrays.copyOf(bytes.array(), read);
  }

  /// What the index log says of needles that begin between two offsets; nothing if there is no log.
  void visitIndex(long fromBytes, long toBytes, IndexLog.Visitor visitor) throws IOException {
    if (disk.exists(stem + ".idx")) {
      IndexLog.visit(disk, stem + ".idx", superblock, fromBytes, toBytes, visitor);
    }
  }

  @Override
  public void close() throws IOException {
    try (file) {
      disk.close();
    }
  }
}

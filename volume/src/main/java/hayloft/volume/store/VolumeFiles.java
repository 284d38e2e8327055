package hayloft.volume.store;

import hayloft.common.volume.CorruptNeedleException;
import hayloft.volume.compaction.GenerationCopy;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.NewerFormatException;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What one volume's files are called, and how they go away. Immutable.
///
/// **Retiring.** The descriptor says first that the volume is retired, durably; it goes last. A crash between leaves a descriptor that
/// says what was to be done, and [#remove] does it at the next start.
///
/// **Putting aside.** The descriptor is renamed first. A crash leaves the other files beside a descriptor that was put aside, and
/// [#finishPuttingAside] renames them at the next start. Ids are never used again, so they can be of no other volume.
record VolumeFiles(Disk disk, int id) {
  static final String DATA = ".dat";
  static final String LOG = ".idx";
  static final String MAP = ".map";
  static final String DEAD = ".dead";
  /// Files that were put aside end with it, or with it and a number.
  static final String ASIDE = ".given-up";
  private static final Pattern DATA_NAME = Pattern.compile("([1-9][0-9]*)\\" + DATA);
  private static final Pattern ASIDE_NAME = Pattern
      .compile("([1-9][0-9]*)\\" + Descriptor.SUFFIX + "\\" + ASIDE + ".*");
  private static final Pattern DESCRIPTOR_NAME = Pattern.compile("([1-9][0-9]*)\\" + Descriptor.SUFFIX);
  /// A log of dead marks that has none: its first record, and one that says how far it is complete.
  private static final int EMPTY_DEAD_BYTES = 32;

  String data() {
    return id + DATA;
  }

  String log() {
    return id + LOG;
  }

  String map() {
    return id + MAP;
  }

  String dead() {
    return id + DEAD;
  }

  String descriptor() {
    return id + Descriptor.SUFFIX;
  }

  /// The volume file as messages name it.
  String dataPath() {
    return disk.where(data());
  }

  GenerationCopy.Names names() {
    return new GenerationCopy.Names(data(), log(), map());
  }

  /// The id of the volume whose descriptor has this name; 0 if it is no descriptor's.
  static int idOfDescriptor(String name) {
    return idOf(DESCRIPTOR_NAME, name);
  }

  /// The id of the volume whose file has this name; 0 if it is no volume file's.
  static int idOfData(String name) {
    return idOf(DATA_NAME, name);
  }

  /// The id of the volume whose descriptor was put aside under this name; 0 if it is none.
  static int idOfPutAside(String name) {
    return idOf(ASIDE_NAME, name);
  }

  private static int idOf(Pattern pattern, String name) {
    Matcher matcher = pattern.matcher(name);
    if (!matcher.matches()) {
      return 0;
    }
    try {
      return Integer.parseInt(matcher.group(1));
    } catch (NumberFormatException _) {
      return 0; // more than an id can be: none of ours
    }
  }

  /// Files of the volume that were not put aside, whatever they are.
  private List<String> present() throws IOException {
    return disk.list().stream().filter(name -> name.startsWith(id + ".") && !name.contains(ASIDE)).toList();
  }

  /// Deletes a volume's files; its descriptor says already that it is retired, and goes last. Durable on return.
  void remove() throws IOException {
    for (String name : present()) {
      if (!name.equals(descriptor())) {
        disk.delete(name);
      }
    }
    disk.sync();
    disk.delete(descriptor());
    disk.sync();
  }

  /// Deletes what is made again whenever it is missing, so that a full disk has room for what must be written next.
  void removeCaches() throws IOException {
    disk.delete(log());
    disk.delete(map());
  }

  /// Renames a volume's files, so that no start finds them. Durable on return.
  void putAside() throws IOException {
    String suffix = freeSuffix();
    if (disk.exists(descriptor())) {
      disk.rename(descriptor(), descriptor() + suffix);
      disk.sync();
    }
    renameAll(suffix);
  }

  private void renameAll(String suffix) throws IOException {
    for (String name : present()) {
      disk.rename(name, name + suffix);
    }
    disk.sync();
  }

  private String freeSuffix() throws IOException {
    List<String> names = disk.list();
    for (int number = 1;; number++) {
      String suffix = number == 1 ? ASIDE : ASIDE + "-" + number;
      if (names.stream().noneMatch(name -> name.startsWith(id + ".") && name.endsWith(suffix))) {
        return suffix;
      }
    }
  }

  /// Ends what a crash has interrupted; nothing happens if nothing was. What would have to replace another file stays.
  void finishPuttingAside() throws IOException {
    List<String> names = disk.list();
    String prefix = descriptor() + ASIDE;
    for (String name : names) {
      if (name.startsWith(prefix) && !names.contains(descriptor())) {
        String suffix = name.substring(descriptor().length());
        for (String left : present()) {
          if (!names.contains(left + suffix)) {
            disk.rename(left, left + suffix);
          }
        }
        disk.sync();
        return;
      }
    }
  }

  /// Makes room for a volume that is about to be created: what a creation left that did not come to its end goes; anything else is
  /// put aside, since nobody here knows what it is.
  ///
  /// @return whether something was put aside
  boolean clearForCreation() throws IOException {
    List<String> present = present();
    if (present.isEmpty()) {
      return false;
    }
    if (isUnfinishedCreation()) {
      for (String name : present) {
        disk.delete(name);
      }
      return false;
    }
    putAside();
    return true;
  }

  /// Whether what lies here is no more than a creation leaves that was cut short: no descriptor, a superblock or a piece of one, no
  /// dead mark.
  boolean isUnfinishedCreation() throws IOException {
    if (disk.exists(descriptor()) || sizeOf(dead()) > EMPTY_DEAD_BYTES) {
      return false;
    }
    if (!disk.exists(data())) {
      return true; // caches at most
    }
    try (DiskFile file = disk.open(data())) {
      long size = file.sizeBytes();
      if (size > Superblock.MOST_BYTES) {
        return false;
      }
      ByteBuffer bytes = ByteBuffer.allocate((int) size);
      file.read(bytes, 0);
      bytes.flip();
      try {
        return Superblock.decode(bytes, dataPath()).firstNeedle() == size;
      } catch (NewerFormatException _) {
        return false;
      } catch (CorruptNeedleException _) {
        return isTornSuperblock(bytes);
      }
    }
  }

  /// Zeros, or as much of a superblock of this version as could be written.
  private static boolean isTornSuperblock(ByteBuffer bytes) {
    boolean zeros = true;
    for (int i = 0; i < bytes.limit(); i++) {
      zeros &= bytes.get(i) == 0;
    }
    return zeros || beginsLikeSuperblock(bytes);
  }

  /// Whether a file begins with magic and version of this program's superblocks, or ends before: if it is no longer than one it has no
  /// needles, whatever is wrong with the rest.
  static boolean beginsLikeSuperblock(ByteBuffer bytes) {
    ByteBuffer begin = Superblock.first(1, new UUID(0, 0), 0, 0, 0).encode();
    int compared = Math.min(2 * Integer.BYTES, bytes.limit());
    return bytes.slice(0, compared).equals(begin.slice(0, compared));
  }

  private long sizeOf(String name) throws IOException {
    if (!disk.exists(name)) {
      return 0;
    }
    try (DiskFile file = disk.open(name)) {
      return file.sizeBytes();
    }
  }

  /// Deletes what [Volume#create] has made and could not end. The descriptor goes first: without it there is no volume.
  void removeUnfinished(Throwable cause) {
    try {
      for (String name : List.of(descriptor(), data(), log(), map(), dead())) {
        disk.delete(name);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}

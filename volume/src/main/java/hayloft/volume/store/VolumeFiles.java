package hayloft.volume.store;

import hayloft.common.log.EventLog;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.volume.compaction.GenerationCopy;
import hayloft.volume.dead.DeadLog;
import hayloft.volume.dead.LegacyMarks;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.needle.NewerFormatException;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What one volume's files are called, and how they go away. Immutable.
///
/// **Retiring.** The descriptor says first that the volume is retired, durably; it goes last. A crash between leaves a
/// descriptor that says what was to be done, and [#remove] does it at the next start.
///
/// **Putting aside.** The descriptor is renamed first. A crash leaves the other files beside a descriptor that was put
/// aside, and [#finishPuttingAside] renames them at the next start. Ids are never used again, so they can be of no
/// other volume.
record VolumeFiles(Disk disk, int id) {

  private static final EventLog LOGGER = EventLog.of(VolumeFiles.class);

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
  private static final Pattern ANY_NAME = Pattern.compile("([1-9][0-9]*)\\..*");
  /// A log of dead marks that has none: its first record, and one that says how far it is complete.
  private static final int EMPTY_DEAD_BYTES = 32;
  /// What a creation has made before its descriptor is there, and what is made again whenever it is missing.
  private static final Set<String> MADE_BEFORE_DESCRIPTOR = Set.of(DATA, DEAD, DEAD + DeadLog.NEXT, LOG, MAP,
      MAP + NeedleMap.NEXT, Descriptor.SUFFIX + SmallFile.TEMPORARY);

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

  /// The id of the volume whose file has this name, whatever file it is; 0 if it is no volume's.
  static int idOfAny(String name) {
    return idOf(ANY_NAME, name);
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

  /// Makes room for a volume that is about to be created: what a creation left that did not come to its end goes;
  /// anything else is put aside, since nobody here knows what it is.
  ///
  /// @return whether something was put aside
  boolean clearForCreation(UUID storeId) throws IOException {
    if (isUnfinishedCreation(storeId)) {
      removeUnfinished();
    }
    if (present().isEmpty()) {
      return false;
    }
    putAside();
    return true;
  }

  /// Deletes what [#isUnfinishedCreation] has judged.
  ///
  /// @return the files' names
  List<String> removeUnfinished() throws IOException {
    List<String> present = present();
    for (String name : present) {
      disk.delete(name);
    }
    return present;
  }

  /// Whether nothing in these files would be missed, although there is no descriptor: a superblock or a piece of one,
  /// no dead mark.
  boolean holdsNothing() throws IOException {
    if (disk.exists(descriptor()) || sizeOf(dead()) > EMPTY_DEAD_BYTES) {
      return false;
    }
    ByteBuffer bytes = beginOfData();
    if (bytes.limit() > Superblock.MOST_BYTES) {
      return false;
    }
    try {
      return bytes.limit() == 0 || Superblock.decode(bytes, dataPath()).firstNeedle() == bytes.limit();
    } catch (NewerFormatException _) {
      return false;
    } catch (CorruptNeedleException _) {
      return isZeros(bytes) || beginsLikeSuperblock(bytes);
    }
  }

  /// Whether what lies here is certainly what a creation leaves that was cut short before its descriptor was durable,
  /// so that nobody was ever told of the volume: the superblock that a volume begins with, or what was written of it,
  /// and nothing else. A volume that was in use and lost its descriptor is told from it by a needle, by an index log or
  /// a dead log that knows of one, by a later superblock, or by any file that no creation makes.
  boolean isUnfinishedCreation(UUID storeId) throws IOException {
    try {
      List<String> present = present();
      return !present.isEmpty() && holdsNothing() && present.stream().allMatch(this::isMadeBeforeDescriptor)
          && IndexLog.expectedNeedles(disk, log()) <= 1 // its first entry is no needle's
          && DeadLog.look(disk, dead(), id, _ -> {}).version() != LegacyMarks.VERSION && isFirstSuperblock(storeId);
    } catch (IOException e) {
      LOGGER.warning("volume.unknown").with("file", dataPath()).with("reason", e).with("action", "it-stays").say();
      return false;
    }
  }

  private boolean isMadeBeforeDescriptor(String name) {
    return MADE_BEFORE_DESCRIPTOR.contains(name.substring(name.indexOf('.')));
  }

  private boolean isFirstSuperblock(UUID storeId) throws IOException {
    ByteBuffer bytes = beginOfData();
    try {
      Superblock found = Superblock.decode(bytes, dataPath());
      return found.equals(Superblock.first(id, storeId, found.salt(), found.createdMillis(), found.birthEpoch()));
    } catch (NewerFormatException _) {
      return false;
    } catch (CorruptNeedleException _) { // one that is as long as it should be was not torn, but has rotted
      return isZeros(bytes) || bytes.limit() < Superblock.MOST_BYTES && beginsLikeSuperblock(bytes);
    }
  }

  /// A byte more than a superblock has, if the file has so many; nothing if there is no file.
  private ByteBuffer beginOfData() throws IOException {
    if (!disk.exists(data())) {
      return ByteBuffer.allocate(0);
    }
    try (DiskFile file = disk.open(data())) {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(file.sizeBytes(), Superblock.MOST_BYTES + 1));
      file.read(bytes, 0);
      return bytes.flip();
    }
  }

  private static boolean isZeros(ByteBuffer bytes) {
    return bytes.equals(ByteBuffer.allocate(bytes.limit()));
  }

  /// Whether a file begins with magic and version of this program's superblocks, or ends before: if it is no longer
  /// than one it has no needles, whatever is wrong with the rest.
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
  void takeBack(Throwable cause) {
    try {
      for (String name : List.of(descriptor(), data(), log(), map(), dead())) {
        disk.delete(name);
      }
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}

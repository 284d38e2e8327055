package hayloft.volume.pack;

import hayloft.common.log.EventLog;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.needle.Superblock;
import hayloft.volume.pack.PackFile.Entry;
import hayloft.volume.pack.PackFile.Kind;
import hayloft.volume.pack.PackFile.Section;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A folder in which some volumes' files lie in packs, shown as if each had files of its own. Thread-safe.
///
/// **Which counts.** A volume whose descriptor lies in the folder has files of its own, whatever a pack holds. Else the
/// newest generation in any pack that it has not left, and of several alike the newest pack's.
///
/// **Changes.** What is packed never changes. Whatever writes, renames or deletes a file of a packed volume makes the
/// volume leave its pack first: its files are written out, synced, the descriptor last; then the pack says durably that
/// the volume has left ([OpenPack]). A crash between leaves a volume that has both, of which its own count, until the
/// leaving is brought to its end ([#settle]).
///
/// **Joining** is the reverse: the pack is whole and durable under its name before the first descriptor goes ([#join]).
///
/// **Maps** of packed volumes are memory and no files: they are made again when a volume is opened.
public final class PackedDisk implements Disk {
  private static final Pattern PACK_NAME = Pattern.compile(PackFile.PREFIX + "([1-9][0-9]{0,8})");
  /// An empty file whose name tells the highest number that a pack was ever given.
  private static final String NUMBER_MARK = "packs-up-to-";
  private static final Pattern NUMBERED = Pattern.compile(
      "(" + PackFile.PREFIX + "|" + NUMBER_MARK + ")([1-9][0-9]{0,8})");
  private static final Pattern FILE_NAME = Pattern.compile("([1-9][0-9]{0,9})\\.(dat|idx|dead|json|map|map\\.next)");
  private static final String NEW = ".new";
  private static final String LEAVING = ".leaving";
  /// A file of the folder that is in the way of one that leaves a pack.
  private static final String ASIDE = ".given-up";
  private static final int SECTOR_BYTES = 512;
  private static final int PAGE_BYTES = 4096;
  private static final EventLog LOG = EventLog.of(PackedDisk.class);

  private final Disk below;
  private final Map<Integer, Member> members = new ConcurrentHashMap<>();
  private final Map<Integer, OpenPack> packs = new ConcurrentHashMap<>();
  /// Where the maps of packed volumes lie in memory.
  private final Set<Long> memories = ConcurrentHashMap.newKeySet();

  /// A volume that lies in a pack.
  private static final class Member {
    final OpenPack pack;
    final Entry entry;
    /// Held while the volume leaves.
    final ReentrantLock leaving = new ReentrantLock();
    /// It has files of its own by now. Written under `leaving`.
    volatile boolean left;

    Member(OpenPack pack, Entry entry) {
      this.pack = pack;
      this.entry = entry;
    }
  }

  private PackedDisk(Disk below) {
    this.below = below;
  }

  /// Shows what is packed in a folder.
  ///
  /// @throws IOException if a pack is damaged, cut or of a newer program; nothing was changed
  public static PackedDisk over(Disk below) throws IOException {
    PackedDisk disk = new PackedDisk(below);
    try {
      disk.load();
    } catch (Throwable e) {
      disk.closePacks(e);
      throw e;
    }
    return disk;
  }

  private void load() throws IOException {
    List<Integer> numbers = new ArrayList<>();
    for (String name : below.list()) {
      Matcher pack = PACK_NAME.matcher(name);
      if (pack.matches()) {
        numbers.add(Integer.parseInt(pack.group(1)));
      }
    }
    numbers.sort(Comparator.naturalOrder());
    for (int number : numbers) {
      OpenPack pack = OpenPack.open(below, number);
      packs.put(number, pack);
      for (Entry entry : pack.content().entries()) {
        if (!pack.isGone(entry.volume()) && !hasOwnFiles(entry.volume(), pack)) {
          var member = new Member(pack, entry);
          members.merge(entry.volume(), member, (older, newer) -> isOlder(newer, older) ? older : newer);
        }
      }
    }
  }

  /// Somebody may have put a copy of an older pack beside the newer ones.
  private static boolean isOlder(Member one, Member other) {
    OptionalInt generation = generation(one);
    OptionalInt others = generation(other);
    return generation.isPresent() && others.isPresent()
        && Integer.compareUnsigned(generation.getAsInt(), others.getAsInt()) < 0;
  }

  /// Empty if the disk or the superblock does not tell: then the number of the pack decides.
  private static OptionalInt generation(Member member) {
    Section data = member.entry.sections().get(Kind.DATA);
    if (data == null) {
      return OptionalInt.empty();
    }
    ByteBuffer begin = ByteBuffer.allocate((int) Math.min(data.lengthBytes(), Superblock.MOST_BYTES));
    try {
      member.pack.file().read(begin, data.offsetBytes());
      return OptionalInt.of(Superblock.decode(begin.flip(), member.pack.name()).generation());
    } catch (IOException e) {
      LOG.debug("generation.unknown").with("pack", member.pack.name()).say(e);
      return OptionalInt.empty();
    }
  }

  /// A volume that leaves or joins a pack has a descriptor of its own only beside a volume file of its own.
  private boolean hasOwnFiles(int volume, OpenPack pack) throws IOException {
    String descriptor = Kind.DESCRIPTOR.fileName(volume);
    if (!below.exists(descriptor)) {
      return false;
    }
    if (!below.exists(Kind.DATA.fileName(volume))) {
      throw new IOException(below.where(descriptor) + " is there without " + Kind.DATA.fileName(volume) + ", and "
          + pack.name() + " has the whole volume: nobody here can tell which counts. Nothing was changed. Move "
          + descriptor + " away to go on with what " + pack.name() + " has, or put " + Kind.DATA.fileName(volume)
          + " back");
    }
    return true;
  }

  private void closePacks(Throwable cause) {
    for (OpenPack pack : packs.values()) {
      try {
        pack.release();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }

  /// Ends what a crash has interrupted: volumes that have files of their own, or lie in a newer pack, leave the older
  /// ones.
  ///
  /// What cannot be ended now is no fault: the same counts without it, and the next start tries again.
  public void settle() {
    for (OpenPack pack : List.copyOf(packs.values())) {
      Set<Integer> left = new TreeSet<>();
      for (Entry entry : pack.content().entries()) {
        Member member = members.get(entry.volume());
        if (member == null || member.pack != pack) {
          left.add(entry.volume());
        }
      }
      try {
        leave(pack, left);
      } catch (IOException e) {
        LOG.warning("pack.notSettled").with("file", below.where(pack.name())).with("left", left).with("reason", e)
            .say();
      }
    }
  }

  /// Looks whether the packs are still where the next start looks for them.
  public void lookAtPacks() {
    packs.values().forEach(OpenPack::lookAtPlace);
  }

  /// Deletes what a joining or a leaving that was cut short has left in the folder: files of packed volumes of which
  /// every byte is in the pack as well. Whatever differs stays.
  ///
  /// @return the files' names
  public List<String> removeCopies() throws IOException {
    Set<String> names = new HashSet<>(below.list());
    List<String> removed = new ArrayList<>();
    for (Member member : members.values()) {
      for (Kind kind : List.of(Kind.DATA, Kind.LOG, Kind.DEAD)) {
        String name = kind.fileName(member.entry.volume());
        Section section = member.entry.sections().get(kind);
        if (section != null && names.contains(name) && isBeginOf(member, section, name)) {
          below.delete(name);
          removed.add(name);
        }
      }
    }
    return removed;
  }

  private boolean isBeginOf(Member member, Section section, String name) throws IOException {
    try (DiskFile copy = below.open(name)) {
      long size = copy.sizeBytes();
      boolean[] same = {size <= section.lengthBytes()};
      if (same[0]) {
        PackFile.walk(copy, 0, size, (piece, at) -> {
          ByteBuffer packed = ByteBuffer.allocate(piece.remaining());
          member.pack.file().read(packed, section.offsetBytes() + at);
          same[0] &= packed.flip().equals(piece);
        });
      }
      return same[0];
    }
  }

  private void leave(OpenPack pack, Set<Integer> volumes) throws IOException {
    pack.leave(volumes);
    if (pack.present() == 0 && packs.remove(pack.number(), pack)) {
      pack.release();
    }
  }

  /// Gives the packs' descriptors back, but for those of files that are open.
  public void close() throws IOException {
    IOException fault = null;
    for (OpenPack pack : packs.values()) {
      try {
        pack.release();
      } catch (IOException e) {
        fault = e;
      }
    }
    packs.clear();
    if (fault != null) {
      throw fault;
    }
  }

  /// A file of a volume that may be packed.
  private record Name(int volume, String suffix) {

    static @Nullable Name of(String name) {
      Matcher file = FILE_NAME.matcher(name);
      if (!file.matches()) {
        return null;
      }
      try {
        return new Name(Integer.parseInt(file.group(1)), file.group(2));
      } catch (NumberFormatException _) {
        return null; // more than an id can be
      }
    }

    boolean isMap() {
      return suffix.startsWith("map");
    }

    Kind kind() {
      return switch (suffix) {
        case "dat" -> Kind.DATA;
        case "idx" -> Kind.LOG;
        case "dead" -> Kind.DEAD;
        default -> Kind.DESCRIPTOR;
      };
    }
  }

  private @Nullable Member member(int volume) {
    Member member = members.get(volume);
    return member == null || member.left ? null : member;
  }

  /// The packed volume that a file is of; null if it is of none.
  private @Nullable Member memberOf(String fileName) {
    Name name = members.isEmpty() ? null : Name.of(fileName);
    return name == null ? null : member(name.volume);
  }

  public boolean isPacked(int volume) {
    return member(volume) != null;
  }

  /// What the file is called that another one lies in: a pack, or itself.
  public String fileOf(String name) {
    Member member = memberOf(name);
    return member == null ? name : member.pack.name();
  }

  /// Volumes that are packed.
  public int packedVolumes() {
    return (int) members.values().stream().filter(member -> !member.left).count();
  }

  public int packs() {
    return packs.size();
  }

  /// A pack, as whoever packs sees it.
  ///
  /// @param volumes that are in it, rising
  /// @param left how many have left it
  /// @param bytes of the volumes that are in it
  public record Contents(List<Integer> volumes, int left, long bytes) {
    public Contents {
      volumes = List.copyOf(volumes);
    }
  }

  public List<Contents> contents() {
    Map<OpenPack, List<Member>> byPack = new HashMap<>();
    members.values().stream().filter(member -> !member.left)
        .forEach(member -> byPack.computeIfAbsent(member.pack, _ -> new ArrayList<>()).add(member));
    List<Contents> all = new ArrayList<>();
    byPack.forEach((pack, inIt) -> all.add(new Contents(
        inIt.stream().map(member -> member.entry.volume()).sorted().toList(),
        pack.content().entries().size() - inIt.size(),
        inIt.stream().mapToLong(member -> member.entry.sizeBytes()).sum())));
    return all;
  }

  /// Bytes that a volume's files would take in a pack.
  public long sizeBytes(int volume) throws IOException {
    long bytes = PackFile.ALIGNMENT;
    for (Kind kind : Kind.values()) {
      if (exists(kind.fileName(volume))) {
        try (DiskFile file = open(kind.fileName(volume))) {
          bytes += file.sizeBytes() + PackFile.ALIGNMENT;
        }
      }
    }
    return bytes;
  }

  /// Whether the disk gives all bytes of a volume's files.
  public boolean isReadable(int volume) {
    for (Kind kind : Kind.values()) {
      String name = kind.fileName(volume);
      try {
        if (exists(name)) {
          try (DiskFile file = open(name)) {
            PackFile.walk(file, 0, file.sizeBytes(), (_, _) -> {});
          }
        }
      } catch (IOException e) {
        LOG.warning("volume.notPacked").with("file", where(name)).with("reason", e).say();
        return false;
      }
    }
    return true;
  }

  /// Puts the files of volumes, packed before or not, into a new pack. Durable on return. Files that are open go on
  /// showing what they showed.
  ///
  /// The caller sees to it that nobody changes the volumes' files meanwhile, and that everything in them is synced.
  ///
  /// @throws IOException if the pack could not be made; then nothing has changed. If a volume's own files could not be
  ///   deleted they count, and the
  /// volume has not joined
  public void join(List<Integer> volumes) throws IOException {
    int number = numberOfNext();
    String name = PackFile.nameOf(number);
    below.delete(name + NEW);
    PackFile.write(this, below, name + NEW, volumes);
    below.rename(name + NEW, name);
    below.sync();
    OpenPack pack = OpenPack.open(below, number);
    packs.put(number, pack);
    Set<Integer> notJoined = new TreeSet<>(volumes);
    try {
      Map<OpenPack, Set<Integer>> former = new HashMap<>();
      for (Entry entry : pack.content().entries()) {
        below.delete(Kind.DESCRIPTOR.fileName(entry.volume()));
        notJoined.remove(entry.volume());
        Member before = members.put(entry.volume(), new Member(pack, entry));
        if (before != null && !before.left) {
          former.computeIfAbsent(before.pack, _ -> new TreeSet<>()).add(entry.volume());
        }
      }
      below.sync(); // the descriptors are gone before the first of the other files
      for (Map.Entry<OpenPack, Set<Integer>> one : former.entrySet()) {
        leave(one.getKey(), one.getValue());
      }
      for (Entry entry : pack.content().entries()) {
        deleteOwn(entry.volume());
      }
    } finally {
      for (int volume : volumes) { // one whose descriptor went, whatever was said of it, has nothing but the pack
        if (notJoined.contains(volume) && !below.exists(Kind.DESCRIPTOR.fileName(volume))) {
          notJoined.remove(volume);
        }
      }
      leave(pack, notJoined);
    }
    LOG.info("pack.made").with("file", below.where(name)).with("volumes", volumes.size())
        .with("bytes", pack.content().fileBytes()).say();
  }

  /// A number that no pack ever had, those that somebody has lost included: they may be put back. Durable on return.
  private int numberOfNext() throws IOException {
    int highest = packs.keySet().stream().mapToInt(Integer::intValue).max().orElse(0);
    List<String> formerMarks = new ArrayList<>();
    for (String name : below.list()) {
      Matcher numbered = NUMBERED.matcher(name);
      if (numbered.matches()) {
        highest = Math.max(highest, Integer.parseInt(numbered.group(2)));
        if (name.startsWith(NUMBER_MARK)) {
          formerMarks.add(name);
        }
      }
    }
    int next = highest + 1;
    below.open(NUMBER_MARK + next).close();
    below.sync();
    for (String former : formerMarks) {
      below.delete(former);
    }
    return next;
  }

  private void deleteOwn(int volume) throws IOException {
    for (String suffix : List.of(".dat", ".idx", ".dead", ".map", ".map.next")) {
      below.delete(volume + suffix);
    }
  }

  /// Gives a packed volume files of its own again; durable on return. Nothing happens if it has.
  private void leave(Member member) throws IOException {
    member.leaving.lock();
    try {
      if (member.left) {
        return;
      }
      int volume = member.entry.volume();
      for (Kind kind : List.of(Kind.DATA, Kind.LOG, Kind.DEAD)) {
        Section section = member.entry.sections().get(kind);
        if (section != null) {
          writeOut(member, section, kind.fileName(volume));
        }
      }
      below.sync();
      String descriptor = Kind.DESCRIPTOR.fileName(volume);
      Section section = descriptorOf(member);
      if (section == null) {
        throw new IOException(where(descriptor) + " is missing");
      }
      writeOut(member, section, descriptor + LEAVING);
      below.rename(descriptor + LEAVING, descriptor);
      below.sync();
      leave(member.pack, Set.of(volume));
      member.left = true;
      members.remove(volume, member);
    } finally {
      member.leaving.unlock();
    }
  }

  private @Nullable Section descriptorOf(Member member) throws IOException {
    Section first = member.entry.sections().get(Kind.DESCRIPTOR);
    Section second = member.entry.sections().get(Kind.DESCRIPTOR_AGAIN);
    return first == null || second == null || isReadable(member, first) ? first : second;
  }

  private boolean isReadable(Member member, Section section) {
    String where = below.where(member.pack.name());
    try {
      if (PackFile.isWhole(member.pack.file(), section)) {
        return true;
      }
      LOG.error("pack.damaged").with("file", where).with("offset", section.offsetBytes())
          .with("what", "descriptor of volume " + member.entry.volume()).with("action", "its-copy-is-used").say();
    } catch (IOException e) {
      LOG.error("pack.damaged").with("file", where).with("offset", section.offsetBytes())
          .with("what", "descriptor of volume " + member.entry.volume()).with("action", "its-copy-is-used")
          .with("reason", e).say();
    }
    return false;
  }

  /// What the disk does not give becomes zeros, sector by sector, which no checksum takes for anything else.
  private void writeOut(Member member, Section section, String name) throws IOException {
    if (below.exists(name) && !name.endsWith(LEAVING)) {
      below.rename(name, name + ASIDE); // an unfinished leaving, or somebody put it there
    }
    try (DiskFile into = below.open(name)) {
      into.truncate(0);
      DiskFile from = member.pack.file();
      try {
        PackFile.walk(from, section.offsetBytes(), section.lengthBytes(),
            (piece, at) -> into.write(new ByteBuffer[]{piece}, at));
      } catch (IOException e) {
        LOG.error("pack.unreadable").with("file", below.where(member.pack.name())).with("offset", section.offsetBytes())
            .with("bytes", section.lengthBytes()).with("what", name).with("reason", e)
            .with("action", "what-cannot-be-read-becomes-zeros").say();
        writeWithHoles(from, section, into);
      }
      into.force();
    }
  }

  private static void writeWithHoles(DiskFile from, Section section, DiskFile into) throws IOException {
    for (long at = 0; at < section.lengthBytes(); at += SECTOR_BYTES) {
      ByteBuffer sector = ByteBuffer.allocate((int) Math.min(SECTOR_BYTES, section.lengthBytes() - at));
      try {
        from.read(sector, section.offsetBytes() + at);
      } catch (IOException e) {
        LOG.debug("pack.sectorUnreadable").with("at", section.offsetBytes() + at).say(e);
      }
      into.write(new ByteBuffer[]{sector.clear()}, at);
    }
  }

  @Override
  public DiskFile open(String name) throws IOException {
    Name parsed = members.isEmpty() ? null : Name.of(name);
    Member member = parsed == null || parsed.isMap() ? null : member(parsed.volume);
    if (parsed == null || member == null) {
      return below.open(name);
    }
    member.leaving.lock();
    try {
      if (member.left) {
        return below.open(name);
      }
      Kind kind = parsed.kind();
      Section section = kind == Kind.DESCRIPTOR ? descriptorOf(member) : member.entry.sections().get(kind);
      if (section == null) { // it is about to be made
        leave(member);
        return below.open(name);
      }
      return new PackedFile(member.pack.retain(), section, () -> {
        leave(member);
        return below.open(name);
      });
    } finally {
      member.leaving.unlock();
    }
  }

  @Override
  public boolean exists(String name) throws IOException {
    Name parsed = members.isEmpty() ? null : Name.of(name);
    Member member = parsed == null || parsed.isMap() ? null : member(parsed.volume);
    return parsed != null && member != null
        ? member.entry.sections().containsKey(parsed.kind())
        : below.exists(name);
  }

  @Override
  public List<String> list() throws IOException {
    Set<String> names = new TreeSet<>(below.list());
    for (Member member : members.values()) {
      if (!member.left) {
        member.entry.sections().keySet().forEach(kind -> names.add(kind.fileName(member.entry.volume())));
      }
    }
    return List.copyOf(names);
  }

  @Override
  public void rename(String from, String to) throws IOException {
    for (String name : List.of(from, to)) {
      Member member = memberOf(name);
      if (member != null) {
        Name parsed = Name.of(name);
        if (parsed != null && parsed.isMap() && !below.exists(from)) {
          return; // a map that is memory
        }
        leave(member);
      }
    }
    leaveOlder(from);
    below.rename(from, to);
  }

  @Override
  public void delete(String name) throws IOException {
    Name parsed = members.isEmpty() ? null : Name.of(name);
    Member member = parsed == null || parsed.isMap() ? null : member(parsed.volume);
    if (member != null) {
      leave(member);
    }
    leaveOlder(name);
    below.delete(name);
  }

  /// A volume with files of its own leaves the packs that still have it ([#settle]) before one of those goes by which
  /// the next start knows that they count.
  private void leaveOlder(String fileName) throws IOException {
    Name name = packs.isEmpty() ? null : Name.of(fileName);
    if (name == null || name.isMap() || name.kind() != Kind.DATA && name.kind() != Kind.DESCRIPTOR) {
      return;
    }
    for (OpenPack pack : List.copyOf(packs.values())) {
      boolean hasIt = pack.content().entries().stream().anyMatch(entry -> entry.volume() == name.volume);
      if (hasIt && !pack.isGone(name.volume)) {
        leave(pack, Set.of(name.volume));
      }
    }
  }

  @Override
  public void sync() throws IOException {
    below.sync();
  }

  @Override
  public MemorySegment map(String name, long sizeBytes, Arena arena) throws IOException {
    Name parsed = members.isEmpty() ? null : Name.of(name);
    return parsed != null && parsed.isMap() && member(parsed.volume) != null
        ? memory(sizeBytes, arena)
        : below.map(name, sizeBytes, arena);
  }

  private MemorySegment memory(long sizeBytes, Arena arena) {
    MemorySegment memory = arena.allocate(sizeBytes, PAGE_BYTES);
    long address = memory.address();
    memories.add(address);
    return memory.reinterpret(arena, _ -> memories.remove(address));
  }

  @Override
  public void force(String name, MemorySegment mapped) throws IOException {
    if (!memories.contains(mapped.address())) {
      below.force(name, mapped);
    }
  }

  @Override
  public Object fileSystem() throws IOException {
    return below.fileSystem();
  }

  @Override
  public long usableBytes() throws IOException {
    return below.usableBytes();
  }

  @Override
  public long totalBytes() throws IOException {
    return below.totalBytes();
  }

  @Override
  public String describe() {
    return below.describe();
  }

  @Override
  public String where(String name) {
    Member member = memberOf(name);
    return member == null ? below.where(name) : below.where(member.pack.name()) + " (" + placeIn(member, name) + ")";
  }

  private static String placeIn(Member member, String name) {
    Name parsed = Name.of(name);
    Section section = parsed == null || parsed.isMap() ? null : member.entry.sections().get(parsed.kind());
    return section == null ? name : name + " from byte " + section.offsetBytes() + " on";
  }

  @Override
  public String remedy(String name) {
    Member member = memberOf(name);
    return member == null
        ? below.remedy(name)
        : "Put a good copy of " + member.pack.name()
            + " back and restart; or give the volume up (volume.drop -volumeId "
            + member.entry.volume() + ")";
  }
}

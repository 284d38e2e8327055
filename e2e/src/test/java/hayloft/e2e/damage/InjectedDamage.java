package hayloft.e2e.damage;

import hayloft.common.FileId;
import hayloft.common.directory.SummedJson;
import hayloft.e2e.damage.Anatomy.Needle;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.zip.CRC32C;

/// One random damage to the files of a store at rest, or a pair that the documents call independent: what was done,
/// what it hits, and how it is undone. Confined to one thread.
///
/// **Truth and caches.** Volume files, descriptors, fences, the master's log and markers are truth: a start may be
/// refused for them, if the message names the file. Index, map, scrub record and catalog are caches: nothing is hit,
/// and nothing is refused. Dead marks may be either, by the level of the formats.
final class InjectedDamage {

  private static final int SECTOR_BYTES = 512;
  private static final int NEEDLE_HEAD_BYTES = 48;
  private static final int SUPERBLOCK_VERSION_AT = 4;
  private static final int SALT_AT = 32;
  private static final int NEEDLE_FLAGS_AT = 28;

  private final Random random;
  private final Path root;
  private final Template template;
  private final boolean isClean;
  private final Anatomy anatomy;
  private final Path source;
  private final Hits hits = new Hits();
  private final Map<String, FlawedDisk.Flaw> flaws = new HashMap<>();
  private final List<String> did = new ArrayList<>();
  private final Set<String> touched = new HashSet<>();
  /// What a message of a refusal must have in it; empty if no start may be refused.
  private final Set<String> refusable = new HashSet<>();
  private String kind = "";
  private boolean isVolumeCut;
  private boolean isDeadLogHit;
  private boolean mustBeRefused;

  /// @param root a copy of the template, killed or clean
  InjectedDamage(Random random, Path root, Template template, boolean isClean) {
    this.random = random;
    this.root = root;
    this.template = template;
    this.isClean = isClean;
    anatomy = isClean ? template.ofClean() : template.ofKilled();
    source = isClean ? template.clean() : template.killed();
  }

  Hits hits() {
    return hits;
  }

  Map<String, FlawedDisk.Flaw> flaws() {
    return flaws;
  }

  /// In words.
  String what() {
    return (isClean ? "stopped cleanly; " : "killed; ") + String.join("; ", did);
  }

  /// What sort of damage, for counting.
  String kind() {
    return kind;
  }

  boolean allowsRefusal(String message) {
    return refusable.stream().anyMatch(message::contains)
        || hits.hasTablesOfMemory() && touched.stream().anyMatch(path -> message.contains(nameOf(path)));
  }

  /// Whether the volume file put back must bring everything back, as the documents say.
  boolean isMendedByPuttingBack() {
    return isVolumeCut;
  }

  /// Whether a whole volume file, or a part up to its end, is gone: then nobody is to blame for bytes that are not
  /// there.
  boolean isVolumeLost() {
    return kind.startsWith("dat ") && !kind.startsWith("dat place") || kind.equals("volume moved away")
        || kind.startsWith("pack ") && !kind.startsWith("pack list") && !kind.startsWith("pack number")
        || isEmptyVolumeForgotten();
  }

  /// What is left of a volume without needles and without descriptor is a creation that was cut short, and goes. Only
  /// the master knows better.
  private boolean isEmptyVolumeForgotten() {
    return kind.equals("json lost")
        && touched.stream().allMatch(path -> anatomy.needles(path.replace(".json", ".dat")).isEmpty());
  }

  /// Whether no start may go on: what lies there is not understood.
  boolean mustBeRefused() {
    return mustBeRefused;
  }

  /// Puts back what was there before.
  void undo() throws IOException {
    for (String path : touched) {
      StoreUnderTest.delete(root.resolve(path));
      if (Files.exists(source.resolve(path))) {
        StoreUnderTest.copy(source.resolve(path), root.resolve(path));
      }
    }
    flaws.clear();
  }

  void inflict() throws IOException {
    int dice = random.nextInt(100);
    if (dice < 2) {
      kind = "none";
      did.add("nothing damaged");
    } else if (dice < 37) {
      place(anyVolume());
      kind = "dat place";
    } else if (dice < 52) {
      volumeFile();
    } else if (dice < 80) {
      smallFile();
    } else {
      pair();
    }
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private String anyVolume() {
    return any(anatomy.files());
  }

  private static String nameOf(String path) {
    return Path.of(path).getFileName().toString();
  }

  private void touch(String path) {
    touched.add(path);
  }

  // Places of volume files

  private void place(String file) throws IOException {
    List<Needle> needles = anatomy.needles(file);
    long size = Files.size(root.resolve(file));
    long at;
    if (needles.isEmpty() || random.nextInt(12) == 0) {
      at = random.nextLong(size);
    } else {
      Needle needle = any(needles);
      at = switch (random.nextInt(3)) {
        case 0 -> needle.offset() + random.nextInt(NEEDLE_HEAD_BYTES);
        case 1 -> needle.offset() + random.nextLong(needle.frontBytes());
        default -> needle.offset() + random.nextLong(needle.lengthBytes());
      };
    }
    place(file, at, size);
  }

  private void place(String file, long at, long size) throws IOException {
    int how = random.nextInt(4);
    long from = how < 2 ? at : at - at % SECTOR_BYTES;
    long to = how < 2 ? at + 1 : Math.min(size, from + SECTOR_BYTES);
    String where = " of " + file + " at " + from + describe(file, from, to);
    switch (how) {
      case 0, 1 -> {
        touch(file);
        flip(file, at);
        did.add("bit flipped in a byte" + where);
      }
      case 2 -> {
        touch(file);
        write(file, from, new byte[(int) (to - from)]);
        did.add("sector zeroed" + where);
      }
      default -> {
        touch(file);
        flaws.put(file, new FlawedDisk.Flaw(from, to));
        did.add("sector unreadable" + where);
      }
    }
    hit(file, from, to);
    if (from < firstNeedle(file)) {
      refusable.add(nameOf(file)); // the superblock
    }
  }

  private long firstNeedle(String file) {
    List<Needle> needles = anatomy.needles(file);
    return needles.isEmpty() ? SECTOR_BYTES : needles.getFirst().offset();
  }

  private String describe(String file, long from, long to) {
    List<String> within = new ArrayList<>();
    for (Needle needle : anatomy.needles(file)) {
      if (needle.offset() < to && from < needle.endBytes()) {
        within.add((needle.isDead() ? "dead " : "") + needle.kind() + " " + needle.id() + " " + needle.mutationName()
            + (from < needle.offset() + NEEDLE_HEAD_BYTES && needle.offset() < to
                ? " head"
                : from < needle.offset() + needle.frontBytes() ? " meta" : " data"));
      }
    }
    return within.isEmpty() ? " (no needle)" : " (" + String.join(", ", within) + ")";
  }

  private void hit(String file, long from, long to) {
    anatomy.hit(file, from, to, !isClean, isDeadLogHit, hits);
  }

  private void flip(String path, long at) throws IOException {
    byte[] bytes = Files.readAllBytes(root.resolve(path));
    bytes[(int) at] ^= (byte) (1 << random.nextInt(8));
    Files.write(root.resolve(path), bytes);
  }

  private void write(String path, long at, byte[] what) throws IOException {
    byte[] bytes = Files.readAllBytes(root.resolve(path));
    System.arraycopy(what, 0, bytes, (int) at, what.length);
    Files.write(root.resolve(path), bytes);
  }

  // Whole volume files

  private void volumeFile() throws IOException {
    String file = anyVolume();
    touch(file);
    refusable.add(nameOf(file));
    refusable.add("volume " + nameOf(file).replace(".dat", ""));
    long size = Files.size(root.resolve(file));
    switch (random.nextInt(8)) {
      case 0, 1 -> {
        long to = random.nextBoolean() || anatomy.needles(file).isEmpty()
            ? random.nextLong(size)
            : any(anatomy.needles(file)).offset();
        truncate(file, to);
        isVolumeCut = true;
        kind = "dat cut";
        did.add(file + " cut to " + to + " of " + size + describe(file, to, size));
        anatomy.cut(file, to, !isClean, false, hits);
      }
      case 2 -> {
        byte[] garbage = new byte[1 + random.nextInt(5000)];
        random.nextBytes(garbage);
        byte[] bytes = Files.readAllBytes(root.resolve(file));
        byte[] both = Arrays.copyOf(bytes, bytes.length + garbage.length);
        System.arraycopy(garbage, 0, both, bytes.length, garbage.length);
        Files.write(root.resolve(file), both);
        kind = "dat and garbage";
        did.add(garbage.length + " bytes of garbage behind " + file);
      }
      case 3 -> {
        Files.write(root.resolve(file), new byte[0]);
        kind = "dat emptied";
        did.add(file + " emptied");
        isVolumeCut = true;
        anatomy.cut(file, 0, !isClean, false, hits);
      }
      case 4 -> {
        // After a kill nobody knows what was written to a volume since the last flush, if all its files are gone.
        boolean all = isClean && random.nextBoolean();
        if (all) {
          removeAllOf(file);
        } else {
          Files.delete(root.resolve(file));
        }
        kind = all ? "volume moved away" : "dat lost";
        did.add(kind + ": " + file);
        anatomy.cut(file, 0, !isClean, false, hits);
      }
      case 5 -> {
        kind = "dat foreign";
        byte[] foreign = new byte[(int) size];
        random.nextBytes(foreign);
        Files.write(root.resolve(file), foreign);
        did.add(file + " is another program's");
        mustBeRefused = !anatomy.needles(file).isEmpty();
      }
      case 6 -> {
        kind = "dat newer";
        newerVolume(file);
        mustBeRefused = true;
      }
      default -> ageVolume(file);
    }
  }

  /// As a newer program writes it, with sums that are right: a superblock, or a needle behind all others.
  private void newerVolume(String file) throws IOException {
    byte[] bytes = Files.readAllBytes(root.resolve(file));
    List<Needle> needles = anatomy.needles(file);
    boolean isWritable = Files.readString(root.resolve(file.replace(".dat", ".json"))).contains("\"WRITABLE\"");
    if (needles.isEmpty() || !isWritable || random.nextBoolean()) {
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(SUPERBLOCK_VERSION_AT, 99)
          .putInt(SECTOR_BYTES - Integer.BYTES, sum(bytes, 0, SECTOR_BYTES - Integer.BYTES, new CRC32C()));
      did.add(file + " is of format version 99");
    } else {
      int from = (int) any(needles).offset();
      int to = (int) needles.getLast().endBytes();
      bytes = Arrays.copyOf(bytes, to + NEEDLE_HEAD_BYTES);
      System.arraycopy(bytes, from, bytes, to, NEEDLE_HEAD_BYTES);
      ByteBuffer all = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      all.put(to + NEEDLE_FLAGS_AT, (byte) 77);
      CRC32C salted = new CRC32C();
      salted.update(bytes, SALT_AT, Long.BYTES);
      int sumAt = to + NEEDLE_HEAD_BYTES - Integer.BYTES;
      all.putInt(sumAt, sum(bytes, to, sumAt - to, salted));
      did.add("needle of kind 77 behind " + file + " at " + to);
    }
    Files.write(root.resolve(file), bytes);
  }

  private static int sum(byte[] bytes, int from, int count, CRC32C crc) {
    crc.update(bytes, from, count);
    return (int) crc.getValue();
  }

  private void truncate(String path, long to) throws IOException {
    byte[] bytes = Files.readAllBytes(root.resolve(path));
    Files.write(root.resolve(path), Arrays.copyOf(bytes, (int) to));
  }

  private void removeAllOf(String file) throws IOException {
    hits.indexesLost();
    String stem = file.substring(0, file.length() - ".dat".length());
    for (String suffix : List.of(".dat", ".idx", ".map", ".dead", ".json")) {
      if (Files.exists(root.resolve(stem + suffix))) {
        touch(stem + suffix);
        Files.delete(root.resolve(stem + suffix));
      }
    }
  }

  private void ageVolume(String file) throws IOException {
    kind = "dat aged";
    List<Path> older = momentsWith(file);
    if (older.isEmpty()) {
      did.add("no older copy of " + file + ", nothing damaged");
      return;
    }
    Path moment = any(older);
    Set<FileId> there = new HashSet<>();
    Anatomy.of(moment).needles(file).forEach(needle -> there.add(needle.id()));
    anatomy.needles(file).stream().filter(needle -> !there.contains(needle.id()))
        .forEach(needle -> anatomy.lose(needle, !isClean, false, hits));
    Files.delete(root.resolve(file));
    StoreUnderTest.copy(moment.resolve(file), root.resolve(file));
    isVolumeCut = true;
    did.add(file + " as it was at " + nameOf(moment.toString()));
  }

  private List<Path> momentsWith(String path) {
    return template.moments().stream().filter(moment -> Files.exists(moment.resolve(path)))
        .filter(moment -> isOther(moment.resolve(path), root.resolve(path))).toList();
  }

  private static boolean isOther(Path one, Path other) {
    try {
      return Files.isDirectory(one) || Files.mismatch(one, other) >= 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  // Everything else

  private List<String> paths(Predicate<String> name) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(Files::isRegularFile).map(path -> root.relativize(path).toString())
          .filter(path -> name.test(nameOf(path))).sorted().toList();
    }
  }

  private void smallFile() throws IOException {
    int dice = random.nextInt(22);
    String group = switch (dice) {
      case 20, 21 -> "pack";
      case 18 -> "leftover";
      case 19 -> "directory";
      case 0 -> "idx";
      case 1, 2, 16, 17 -> "map";
      case 3, 4 -> "dead";
      case 5 -> "json";
      case 6 -> "scrub.json";
      case 7, 8 -> "fence";
      case 9, 10 -> "master";
      case 11 -> "hayloft.json";
      case 12 -> "catalog";
      case 13, 14 -> "sst";
      default -> "manifest";
    };
    one(group);
    kind = group + " " + kind;
  }

  /// Damages one file of a group; leaves how in [#kind].
  private void one(String group) throws IOException {
    switch (group) {
      case "idx", "map", "scrub.json" -> any(group.equals("scrub.json") ? group : "." + group, false);
      case "dead" -> {
        isDeadLogHit = true;
        any(".dead", true);
      }
      case "json" -> oneOf(paths(name -> name.matches("[0-9]+\\.json")), true);
      case "fence", "hayloft.json" -> any(group, true);
      case "master" -> {
        if (random.nextInt(3) == 0) {
          folder("d0/master");
        } else {
          oneOf(paths(_ -> true).stream().filter(path -> path.startsWith("d0/master/")).toList(), true);
        }
        refusable.add("master");
      }
      case "catalog" -> folder("d0/catalog");
      case "leftover" -> leftover();
      case "pack" -> pack();
      case "directory" -> directory();
      case "sst" -> any(".sst", false);
      case "manifest" -> oneOf(
          paths(name -> name.startsWith("MANIFEST") || name.equals("CURRENT") || name.startsWith("OPTIONS")), false);
      default -> throw new IllegalStateException(group);
    }
  }

  /// A file on its way to replace another, as a crash may leave it.
  private void leftover() throws IOException {
    String path = any(paths(name -> !name.endsWith(".sst") && !name.startsWith("MANIFEST")));
    String ending = any(List.of(".compact", ".next", ".new", ".tmp"));
    kind = ending;
    if (Files.exists(root.resolve(path + ending))) {
      did.add("no leftover");
      return;
    }
    byte[] bytes = Files.readAllBytes(root.resolve(path));
    touch(path + ending);
    Files.write(root.resolve(path + ending), Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
    did.add(path + ending + " left behind");
  }

  /// A file in which several volumes lie. What it hits is not looked at closely: anything of theirs may be.
  private void pack() throws IOException {
    List<String> packs = paths(name -> name.matches("pack-[0-9]+(\\.gone)?|packs-up-to-[0-9]+"));
    if (packs.isEmpty()) {
      kind = "not there";
      did.add("no pack");
      return;
    }
    String path = any(packs);
    touch(path);
    if (nameOf(path).startsWith("packs-up-to-")) {
      packNumber(path);
      return;
    }
    Path file = root.resolve(path);
    long size = Files.size(file);
    boolean isList = path.endsWith(".gone");
    switch (random.nextInt(isList ? 3 : 6)) {
      case 0 -> {
        kind = "lost";
        Files.delete(file);
      }
      case 1 -> {
        kind = "emptied";
        Files.write(file, new byte[0]);
      }
      case 2 -> {
        kind = "cut";
        truncate(path, random.nextLong(size));
      }
      case 3 -> {
        kind = "flipped";
        flip(path, random.nextLong(size));
      }
      case 4 -> {
        kind = "zeroed";
        write(path, random.nextLong(size - SECTOR_BYTES) & -SECTOR_BYTES, new byte[SECTOR_BYTES]);
      }
      default -> unreadable(path, size);
    }
    did.add(path + " " + kind);
    if (isList) {
      kind = "list " + kind;
      return;
    }
    refusable.add(nameOf(path));
    refusable.add("volume ");
    String folder = String.valueOf(Path.of(path).getParent());
    anatomy.packedIn(folder).forEach(packed -> anatomy.cut(packed, 0, !isClean, false, hits));
  }

  /// Which number was given last matters only to a pack that is put back later.
  private void packNumber(String path) throws IOException {
    Files.delete(root.resolve(path));
    kind = "number lost";
    if (random.nextBoolean()) {
      String older = path.replaceFirst("[0-9]+$", "1");
      touch(older);
      Files.write(root.resolve(older), new byte[0]);
      kind = "number older";
    }
    did.add(path + " " + kind);
  }

  /// A disk that is not mounted, or all volumes gone while master and catalog know of them.
  private void directory() throws IOException {
    int directories = template.shape().directories();
    String path = directories > 1 && random.nextBoolean() ? "d" + (directories - 1) : "d0/volumes";
    touch(path);
    refusable.add(path);
    refusable.add("volume");
    mustBeRefused = true;
    kind = "lost";
    StoreUnderTest.delete(root.resolve(path));
    anatomy.files().stream().filter(file -> file.startsWith(path + "/"))
        .forEach(file -> anatomy.cut(file, 0, !isClean, false, hits));
    anatomy.packedIn(path).forEach(file -> anatomy.cut(file, 0, !isClean, false, hits));
    did.add(path + " lost");
  }

  private void any(String ending, boolean isTruth) throws IOException {
    oneOf(paths(name -> name.endsWith(ending)), isTruth);
  }

  private void oneOf(List<String> paths, boolean isTruth) throws IOException {
    if (paths.isEmpty()) {
      did.add("no such file");
      kind = "not there";
      return;
    }
    String path = any(paths);
    touch(path);
    if (isTruth) {
      refusable.add(nameOf(path));
    }
    Path file = root.resolve(path);
    long size = Files.size(file);
    switch (random.nextInt(9)) {
      case 7 -> newer(path);
      case 8 -> unreadable(path, size);
      case 0 -> {
        kind = "lost";
        Files.delete(file);
      }
      case 1 -> {
        kind = "emptied";
        Files.write(file, new byte[0]);
      }
      case 2 -> {
        kind = "cut";
        truncate(path, size == 0 ? 0 : random.nextBoolean() ? random.nextLong(size) : cutAtBorder(size));
      }
      case 3 -> {
        kind = "and garbage";
        byte[] garbage = new byte[1 + random.nextInt(500)];
        random.nextBytes(garbage);
        byte[] both = Arrays.copyOf(Files.readAllBytes(file), (int) size + garbage.length);
        System.arraycopy(garbage, 0, both, (int) size, garbage.length);
        Files.write(file, both);
      }
      case 4 -> age(path);
      default -> {
        if (size == 0) {
          kind = "left";
        } else if (random.nextBoolean() && size > SECTOR_BYTES) {
          kind = "zeroed";
          write(path, random.nextLong(size - SECTOR_BYTES), new byte[SECTOR_BYTES]);
        } else {
          kind = "flipped";
          flip(path, random.nextLong(size));
        }
      }
    }
    did.add(path + " " + kind);
  }

  /// A sector of a file that is read through the disk of the volumes; others are left.
  private void unreadable(String path, long size) {
    Path folder = Path.of(path).getParent();
    if (size == 0 || path.endsWith(".map") || folder == null || !folder.endsWith("volumes")) {
      kind = "left";
      return;
    }
    long from = random.nextLong(size) & -SECTOR_BYTES;
    flaws.put(path, new FlawedDisk.Flaw(from, Math.min(size, from + SECTOR_BYTES)));
    kind = "unreadable";
  }

  /// Of a newer program, if the file tells its version in words.
  private void newer(String path) throws IOException {
    kind = "newer";
    String text = Files.readString(root.resolve(path), StandardCharsets.ISO_8859_1);
    String changed = text.replaceFirst("(\"formatVersion\"\\s*:\\s*)\\d+", "$199");
    Files.writeString(root.resolve(path), changed, StandardCharsets.ISO_8859_1);
    if (!changed.equals(text) && text.contains("\"" + SummedJson.SUM + "\"")) {
      byte[] unsummed = changed.replaceFirst(",\\s*\"" + SummedJson.SUM + "\"\\s*:\\s*\"[0-9a-f]*\"", "")
          .getBytes(StandardCharsets.ISO_8859_1);
      Files.write(root.resolve(path), SummedJson.write(SummedJson.readOld(unsummed, path)));
    }
    mustBeRefused = !changed.equals(text) && refusable.contains(nameOf(path));
  }

  /// Where records of one or the other format begin, or pages.
  private long cutAtBorder(long size) {
    int record = any(List.of(16, 24, 40, 64, 4096));
    return random.nextLong(size / record + 1) * record;
  }

  private void age(String path) throws IOException {
    kind = "aged";
    List<Path> older = momentsWith(path);
    if (!older.isEmpty()) {
      StoreUnderTest.delete(root.resolve(path));
      Path moment = any(older);
      StoreUnderTest.copy(moment.resolve(path), root.resolve(path));
      did.add("as at " + nameOf(moment.toString()));
    }
  }

  private void folder(String path) throws IOException {
    touch(path);
    if (random.nextBoolean()) {
      kind = "folder lost";
      StoreUnderTest.delete(root.resolve(path));
      did.add(path + " lost");
    } else {
      age(path);
      kind = "folder aged";
      did.add(path + " aged");
    }
  }

  // Pairs

  private void pair() throws IOException {
    switch (random.nextInt(10)) {
      case 8, 9 -> {
        isDeadLogHit = true;
        any(".dead", true);
        String how = kind;
        caches();
        kind = "dead " + how + " and all caches lost";
      }
      case 0, 1 -> {
        masterAndFences();
        kind = "master and fence " + kind;
      }
      case 2 -> {
        caches();
        kind = "all caches lost";
      }
      default -> {
        String group = any(List.of("idx", "map", "dead", "catalog", "catalog"));
        isDeadLogHit = group.equals("dead");
        if (group.equals("idx")) {
          hits.indexesLost();
        }
        String file = anyVolume();
        if (group.equals("catalog")) {
          one(group);
        } else {
          oneOf(List.of(file.replace(".dat", "." + group)), group.equals("dead"));
        }
        String how = kind;
        place(file);
        kind = "dat place and " + group + " " + how;
      }
    }
  }

  private void masterAndFences() throws IOException {
    boolean catalogToo = random.nextBoolean();
    boolean aged = random.nextBoolean() && !template.moments().isEmpty();
    Path moment = aged ? any(template.moments()) : root;
    List<String> both = new ArrayList<>(paths("fence"::equals));
    both.add("d0/master");
    refusable.add("fence");
    refusable.add("master");
    for (String path : both) {
      touch(path);
      StoreUnderTest.delete(root.resolve(path));
      if (aged && Files.exists(moment.resolve(path))) {
        StoreUnderTest.copy(moment.resolve(path), root.resolve(path));
      }
    }
    if (catalogToo) {
      touch("d0/catalog");
      StoreUnderTest.delete(root.resolve("d0/catalog"));
    }
    kind = (aged ? "aged" : "lost") + (catalogToo ? ", catalog lost" : "");
    did.add("master and fences " + kind + (aged ? " as at " + nameOf(moment.toString()) : ""));
  }

  private void caches() throws IOException {
    for (String path : paths(name -> name.endsWith(".idx") || name.endsWith(".map") || name.equals("scrub.json"))) {
      touch(path);
      Files.delete(root.resolve(path));
    }
    touch("d0/catalog");
    StoreUnderTest.delete(root.resolve("d0/catalog"));
    did.add("all of idx, map, scrub.json and catalog lost");
  }
}

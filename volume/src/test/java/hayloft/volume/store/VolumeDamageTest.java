package hayloft.volume.store;

import static hayloft.volume.disk.TestFiles.bytesOf;
import static hayloft.volume.disk.TestFiles.put;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.Presence;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.store.TestNeedles.Scanned;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Damages, loses, cuts or ages a file of a small volume, or two that are independent, and compares what a start makes
/// of it with what was acknowledged: right, or an error that names what was hit, and nothing else.
class VolumeDamageTest {
  private static final int NEEDLES = 40;
  private static final String DATA = "7.dat";
  private static final String LOG = "7.idx";
  private static final List<String> CACHES = List.of(LOG, "7.map", "7.dead");

  static LongStream seeds() {
    Long one = Long.getLong("hayloft.seed");
    return one != null ? LongStream.of(one) : LongStream.range(0, Long.getLong("hayloft.seeds", 40));
  }

  /// A volume as it was left, and what it must hold.
  private static final class Story {
    final Random random;
    final Map<Long, Integer> alive = new HashMap<>(); // key to size
    final Set<Long> dead = new TreeSet<>();
    final NavigableMap<Long, List<Long>> marks = new TreeMap<>();
    final Map<Long, long[]> places = new HashMap<>(); // key to begin and end, of what lives
    final Map<String, byte[]> older = new HashMap<>();
    final SimulatedDisk disk;
    long highestEpoch = 1;
    boolean sealed;
    long nextKey = 1;

    Story(long seed) throws IOException {
      random = new Random(seed);
      SimulatedDisk made = new SimulatedDisk(random);
      VolumeStore store = TestNeedles.open(made, TestNeedles.CONFIG.withCheckpointBytes(3000 + random.nextInt(60_000)));
      store.create(TestNeedles.SPEC);
      fill(store);
      mark(store);
      if (random.nextBoolean()) {
        assertTrue(store.compact(7));
      }
      store.fence(3);
      highestEpoch = 3;
      SimulatedDisk before = made.afterKillOf();
      for (String name : before.list()) {
        older.put(name, bytesOf(before, name));
      }
      fill(store);
      mark(store);
      sealed = random.nextInt(4) == 0;
      if (sealed) {
        store.seal(7);
      }
      places(store);
      if (random.nextBoolean()) {
        store.close();
      }
      disk = made.afterKill();
    }

    private void fill(VolumeStore store) {
      for (int n = 0; n < NEEDLES / 2; n++) {
        long key = nextKey++;
        int size = random.nextInt(8) == 0 ? random.nextInt(90_000) : random.nextInt(900);
        store.append(TestNeedles.draft(key, highestEpoch, TestNeedles.bytes(key, size), Durability.FSYNC)).join();
        alive.put(key, size);
      }
    }

    private void mark(VolumeStore store) throws IOException {
      List<Long> some = alive.keySet().stream().filter(_ -> random.nextInt(4) == 0).toList();
      long sequence = CommitSequence.of(highestEpoch, marks.size() + 1);
      marks.put(sequence, some);
      store.markDead(7, sequence, some);
      alive.keySet().removeAll(some);
      dead.addAll(some);
    }

    private void places(VolumeStore store) throws IOException {
      TestNeedles.places(store).forEach((key, place) -> {
        if (alive.containsKey(key)) {
          places.put(key, place);
        }
      });
      assertEquals(alive.keySet(), places.keySet());
    }

    void tellMarks(VolumeStore store) throws IOException {
      long known = store.marks().getFirst().completeSequence();
      for (Map.Entry<Long, List<Long>> mark : marks.tailMap(known, false).entrySet()) {
        store.markDead(7, mark.getKey(), mark.getValue());
      }
    }

    Set<Long> keysBetween(long from, long to) {
      Set<Long> keys = new TreeSet<>();
      places.forEach((key, place) -> {
        if (place[0] < to && from < place[1]) {
          keys.add(key);
        }
      });
      return keys;
    }
  }

  /// What a fault may have hit.
  ///
  /// @param lost needles that may answer an error
  /// @param named the index log is whole, so that it names them
  private record Hit(String what, Set<Long> lost, boolean named, boolean cut) {}

  private static Hit damageData(Story story) throws IOException {
    byte[] bytes = bytesOf(story.disk, DATA);
    switch (story.random.nextInt(3)) {
      case 0 -> {
        int at = story.random.nextInt(bytes.length);
        bytes[at] ^= (byte) (1 << story.random.nextInt(8));
        put(story.disk, DATA, bytes);
        return new Hit("bit flipped in 7.dat at " + at, story.keysBetween(at, at + 1), true, false);
      }
      case 1 -> {
        int length = story.random.nextInt(bytes.length);
        put(story.disk, DATA, java.util.Arrays.copyOf(bytes, length));
        return new Hit("7.dat cut to " + length, story.keysBetween(length, Long.MAX_VALUE), true, true);
      }
      default -> {
        int from = story.random.nextInt(bytes.length);
        int to = Math.min(bytes.length, from + 1 + story.random.nextInt(5000));
        for (int at = from; at < to; at++) {
          bytes[at] = (byte) story.random.nextInt();
        }
        put(story.disk, DATA, bytes);
        return new Hit("7.dat overwritten from " + from + " to " + to, story.keysBetween(from, to), true, false);
      }
    }
  }

  private static String damageOther(Story story, String name) throws IOException {
    if (!story.disk.exists(name)) {
      return name + " was not there";
    }
    byte[] bytes = bytesOf(story.disk, name);
    switch (story.random.nextInt(5)) {
      case 0 -> {
        story.disk.delete(name);
        story.disk.sync();
        return name + " lost";
      }
      case 1 -> {
        put(story.disk, name, new byte[0]);
        return name + " emptied";
      }
      case 2 -> {
        int length = story.random.nextInt(bytes.length);
        put(story.disk, name, java.util.Arrays.copyOf(bytes, length));
        return name + " cut to " + length;
      }
      case 3 -> {
        put(story.disk, name, story.older.getOrDefault(name, new byte[0]));
        return name + " aged";
      }
      default -> {
        int at = story.random.nextInt(bytes.length);
        bytes[at] ^= (byte) (1 << story.random.nextInt(8));
        put(story.disk, name, bytes);
        return name + " bit flipped at " + at;
      }
    }
  }

  /// Everything is right but for what was hit, which says so.
  private static Set<Long> check(VolumeStore store, Story story, Hit hit, String where) throws IOException {
    story.tellMarks(store);
    Scanned scanned = TestNeedles.scanAll(store);
    Set<Long> damaged = new TreeSet<>();
    boolean nameless = false;
    for (DamagedNeedle one : scanned.damaged()) {
      if (one.key() == 0) {
        nameless = true;
        continue;
      }
      damaged.add(one.key());
      assertTrue(hit.lost.contains(one.key()), () -> where + ": not hit and told as damaged: " + one);
      if (hit.named) {
        assertEquals(TestNeedles.subjectHash(one.key()), one.subjectHash(), () -> where + ": " + one);
        assertNotEquals(0, one.sequence(), () -> where + ": " + one);
      }
    }
    for (Map.Entry<Long, Integer> needle : story.alive.entrySet()) {
      long key = needle.getKey();
      String which = where + ": needle " + key;
      try {
        assertArrayEquals(TestNeedles.bytes(key, needle.getValue()), TestNeedles.read(store, key), which);
        assertTrue(scanned.live().contains(key), which + " was read and not shown");
      } catch (IOException e) {
        assertTrue(hit.lost.contains(key), which + " was not hit: " + e);
        assertTrue(damaged.contains(key) || scanned.live().contains(key) || (nameless && !hit.named),
            which + " is damaged and not told");
        assertEquals(Presence.LIVE, store.presence(7, key), which);
      } catch (AssertionError e) {
        assertTrue(hit.lost.contains(key) && !hit.named && nameless, which + " is gone without a word: " + e);
      }
    }
    for (long key : story.dead) {
      assertTrue(TestNeedles.isAbsent(store, key), where + ": dead needle " + key + " came back");
      assertFalse(scanned.live().contains(key), where + ": dead needle " + key + " was shown");
    }
    assertTrue(store.highestEpoch() >= story.highestEpoch, where + ": epoch " + store.highestEpoch());
    return damaged;
  }

  private static void appendIfWritable(VolumeStore store, Story story, Hit hit, String where) {
    long key = 1000 + story.nextKey++;
    try {
      store.append(TestNeedles.draft(key, 3, TestNeedles.bytes(key, 300), Durability.FSYNC)).join();
      story.alive.put(key, 300);
      assertFalse(hit.cut && !hit.lost.isEmpty(), where + ": a volume that was cut took a needle");
    } catch (CompletionException e) {
      assertTrue(story.sealed || hit.cut, where + ": " + e);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void damageOfTheVolumeFileCostsWhatItHitAndIsTold(long seed) throws IOException {
    Story story = new Story(seed);
    byte[] whole = bytesOf(story.disk, DATA);
    Hit hit = damageData(story);
    String beside = "";
    if (story.random.nextInt(3) == 0) {
      String cache = CACHES.get(story.random.nextInt(CACHES.size()));
      beside = " and " + damageOther(story, cache);
      hit = new Hit(hit.what, hit.lost, !cache.equals(LOG), hit.cut);
    }
    String where = "seed " + seed + ", " + hit.what + beside;
    SimulatedDisk disk = story.disk;
    byte[] hurt = bytesOf(disk, DATA);
    if (hit.cut && beside.contains(LOG)) {
      return; // nobody knows then that it was longer
    }
    VolumeStore first;
    try {
      first = TestNeedles.open(disk);
    } catch (IOException e) {
      assertTrue(hit.cut && hurt.length < 512, () -> where + ": refused: " + e);
      assertTrue(e.toString().contains(DATA), where + ": " + e);
      assertArrayEquals(hurt, bytesOf(disk, DATA), where + ": a file that was refused was changed");
      put(disk, DATA, whole);
      hit = new Hit("put back", Set.of(), true, false);
      first = TestNeedles.open(disk);
    }
    Set<Long> damaged = check(first, story, hit, where);
    if (hit.cut && !hit.lost.isEmpty()) {
      assertArrayEquals(hurt, bytesOf(disk, DATA), where + ": a file that somebody cut was changed");
    }
    appendIfWritable(first, story, hit, where);
    if (story.random.nextBoolean()) {
      first.close();
    }
    disk = disk.afterKill();
    try (VolumeStore again = TestNeedles.open(disk)) {
      Set<Long> second = check(again, story, hit, where + ", second start");
      assertTrue(!hit.named || damaged.equals(second), where + ", told " + damaged + ", at the second start " + second);
      if (again.compact(7)) {
        assertEquals(second, check(again, story, hit, where + ", compacted"), where + ", compacted");
      }
    }
    try (VolumeStore last = TestNeedles.open(disk)) {
      check(last, story, hit, where + ", third start");
    }
    if (hit.cut) {
      put(disk, DATA, whole);
      if (!hit.lost.isEmpty()) {
        try (VolumeStore back = TestNeedles.open(disk)) {
          check(back, story, new Hit("", Set.of(), true, false), where + ", put back");
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void cachesMayBeDamagedLostOrOldAllAtOnce(long seed) throws IOException {
    Story story = new Story(seed);
    List<String> faults = new ArrayList<>();
    for (String name : CACHES) {
      if (story.random.nextInt(3) > 0) {
        faults.add(damageOther(story, name));
      }
    }
    if (story.random.nextInt(3) == 0) {
      faults.add(damageOther(story, "fence"));
    }
    String where = "seed " + seed + ", " + faults;
    Hit none = new Hit("", Set.of(), true, false);
    try (VolumeStore store = TestNeedles.open(story.disk)) {
      check(store, story, none, where);
      appendIfWritable(store, story, none, where);
      store.compact(7);
      check(store, story, none, where + ", compacted");
    }
    try (VolumeStore store = TestNeedles.open(story.disk.afterKill())) {
      check(store, story, none, where + ", second start");
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aDamagedDescriptorIsRefusedByNameAndNothingIsChanged(long seed) throws IOException {
    Story story = new Story(seed);
    byte[] whole = bytesOf(story.disk, "7.json");
    byte[] data = bytesOf(story.disk, DATA);
    byte[] bad = whole.clone();
    int at = story.random.nextInt(bad.length);
    bad[at] = (byte) (story.random.nextBoolean() ? bad[at] ^ 1 << story.random.nextInt(8) : 'x');
    put(story.disk, "7.json", story.random.nextInt(5) == 0 ? java.util.Arrays.copyOf(whole, at) : bad);
    String where = "seed " + seed + ", at " + at;
    try {
      VolumeStore store = TestNeedles.open(story.disk);
      store.close(); // white space, or the same letter
    } catch (IOException e) {
      assertTrue(e.toString().contains("7.json"), () -> where + ": " + e);
      assertArrayEquals(data, bytesOf(story.disk, DATA), where);
    }
    put(story.disk, "7.json", whole);
    try (VolumeStore store = TestNeedles.open(story.disk)) {
      check(store, story, new Hit("", Set.of(), true, false), where);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aPlaceThatCannotBeReadCostsTheNeedlesOnItAlsoInACompaction(long seed) throws IOException {
    Story story = new Story(seed);
    int size = bytesOf(story.disk, DATA).length;
    long from = story.random.nextInt(size) / 4096 * 4096L; // a kernel reads whole pages
    long to = from + 4096;
    story.disk.makeUnreadable(DATA, from, to);
    String where = "seed " + seed + ", unreadable from " + from;
    Hit hit = new Hit("", story.keysBetween(from, to), true, false);
    try (VolumeStore store = TestNeedles.open(story.disk)) {
      Set<Long> told = check(store, story, hit, where);
      if (store.compact(7)) {
        Set<Long> after = check(store, story, hit, where + ", compacted");
        assertTrue(after.containsAll(told), where + ": told " + told + ", after a compaction " + after);
        for (long key : hit.lost) {
          assertThrows(IOException.class, () -> TestNeedles.read(store, key), where + " needle " + key);
        }
      }
    }
  }

  @Test
  void filesUnderAnotherVolumesNameAreRefusedByThatName(@TempDir Path folder) throws IOException {
    TestNeedles.openWithVolume(new FileDisk(folder)).close();
    Files.copy(folder.resolve("7.dat"), folder.resolve("9.dat"));
    Files.copy(folder.resolve("7.json"), folder.resolve("9.json"));
    IOException refused = assertThrows(IOException.class, () -> TestNeedles.open(new FileDisk(folder)));
    assertTrue(String.valueOf(refused.getMessage()).contains("9.json is the descriptor of volume 7"),
        refused.getMessage());
  }

  /// A needle that was acknowledged before it was synced gets its entry with the sync that somebody asks for later:
  /// without it a file that is cut after a kill would look like what a power cut leaves.
  @Test
  void theIndexLogKnowsWhatALaterSyncMadeDurable(@TempDir Path living, @TempDir Path killed) throws IOException {
    try (VolumeStore store = TestNeedles.openWithVolume(new FileDisk(living))) {
      store.append(TestNeedles.draft(1, TestNeedles.bytes(1, 100), Durability.OS)).join();
      store.append(TestNeedles.draft(2, TestNeedles.bytes(2, 100), Durability.OS)).join();
      store.sync();
      try (Stream<Path> files = Files.list(living)) {
        for (Path file : files.toList()) {
          Files.copy(file, killed.resolve(file.getFileName()));
        }
      }
    }
    try (FileChannel data = FileChannel.open(killed.resolve("7.dat"), StandardOpenOption.WRITE)) {
      data.truncate(data.size() - 8);
    }
    try (VolumeStore store = TestNeedles.open(new FileDisk(killed))) {
      assertArrayEquals(TestNeedles.bytes(1, 100), TestNeedles.read(store, 1));
      assertThrows(CorruptNeedleException.class, () -> TestNeedles.read(store, 2));
      assertTrue(store.isCutOff(7, 2));
      assertFalse(store.isCutOff(7, 1));
      assertTrue(store.indexedBytes(7) > store.ends().getFirst().offsetBytes());
    }
  }
}

package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.VolumePosition;
import hayloft.volume.compaction.Pace;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.scrub.Damage;
import hayloft.volume.scrub.Scrubber;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What does a place cost that the disk answers with an error? The needles on it, and nothing else: no start, no
/// replay, no scrub, and no byte that may be read another time.
class UnreadablePlacesTest {

  private static final int NEEDLES = 200;
  private static final int PAGE = 4096;
  private static final int SECTOR = 512;

  private static void append(VolumeStore store, long key) {
    store.append(TestNeedles.draft(key, TestNeedles.bytes(key, 5000), Durability.FSYNC)).join();
  }

  /// A volume of [#NEEDLES], and where each begins; behind the last, its end.
  private static long[] fill(VolumeStore store) {
    long[] at = new long[NEEDLES + 2];
    for (int key = 1; key <= NEEDLES; key++) {
      at[key] = store.ends().getFirst().offsetBytes();
      append(store, key);
    }
    at[NEEDLES + 1] = store.ends().getFirst().offsetBytes();
    return at;
  }

  private static List<Long> keysOn(long[] at, long fromBytes, long toBytes) {
    List<Long> keys = new ArrayList<>();
    for (int key = 1; key <= NEEDLES; key++) {
      if (at[key] < toBytes && fromBytes < at[key + 1]) {
        keys.add((long) key);
      }
    }
    return keys;
  }

  @Test
  void aScrubNamesTheNeedlesOnThePlaceAndNoOther() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      long[] at = fill(store);
      long bad = at[90] / PAGE * PAGE;
      disk.makeUnreadable("7.dat", bad, bad + PAGE);
      TreeSet<Long> damaged = new TreeSet<>();
      store.scrub(7, new Pace(1L << 40), new Scrubber.Watcher() {
        @Override
        public void read(long doneBytes, long totalBytes) {}

        @Override
        public void damaged(Damage damage) {
          damaged.add(damage.key());
        }
      });
      assertEquals(keysOn(at, bad, bad + PAGE), List.copyOf(damaged));
      assertEquals(damaged.size(), store.scrubFigures().damages().size());
    }
  }

  /// Small needles of which many lie on a page: a sector costs just those on it, whether an index knows them or not.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void aSectorCostsTheNeedlesOnItAndNoOtherOfItsPage(long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(random);
    VolumeStore before = TestNeedles.openWithVolume(disk);
    long[] at = new long[NEEDLES + 2];
    for (int key = 1; key <= NEEDLES; key++) {
      at[key] = before.ends().getFirst().offsetBytes();
      before.append(TestNeedles.draft(key, TestNeedles.bytes(key, random.nextInt(200)), Durability.FSYNC)).join();
    }
    at[NEEDLES + 1] = before.ends().getFirst().offsetBytes();
    SimulatedDisk killed = disk.afterKill();
    if (seed % 2 == 0) {
      killed.delete("7.idx");
    }
    long bad = (1 + random.nextInt((int) (at[NEEDLES + 1] / SECTOR) - 1)) * (long) SECTOR;
    killed.makeUnreadable("7.dat", bad, bad + SECTOR);
    List<Long> hit = keysOn(at, bad, bad + SECTOR);
    try (VolumeStore store = TestNeedles.open(killed)) {
      List<Long> seen = TestNeedles.scan(store);
      for (long key = 1; key <= NEEDLES; key++) {
        if (!hit.contains(key)) {
          assertTrue(seen.contains(key), "seed " + seed + ": a replay lacks needle " + key);
        }
      }
      store.scrub(7, new Pace(1L << 40), Scrubber.Watcher.NONE);
      List<Long> blamed = store.scrubFigures().damages().stream().map(Damage::key).toList();
      assertTrue(hit.containsAll(blamed), "seed " + seed + ": hit " + hit + ", blamed " + blamed);
    }
  }

  /// The last needle cannot be read, which no log knows, nor the one before it: the volume is frozen, and the log goes
  /// on telling whose the other is.
  @Test
  void aFrozenVolumeKeepsWhatItsLogKnew() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    VolumeStore before = TestNeedles.openWithVolume(disk);
    long[] at = new long[6];
    for (int key = 1; key <= 5; key++) {
      at[key] = before.ends().getFirst().offsetBytes();
      before.append(TestNeedles.draft(key, TestNeedles.bytes(key, 100), key < 5 ? Durability.FSYNC : Durability.OS))
          .join();
    }
    SimulatedDisk killed = disk.afterKill();
    for (int start = 0; start < 3; start++) {
      killed.makeUnreadable("7.dat", at[4] + NeedleHead.BYTES, at[5] + NeedleHead.BYTES);
      try (VolumeStore store = TestNeedles.open(killed)) {
        TestNeedles.Scanned scanned = TestNeedles.scanAll(store);
        assertEquals(List.of(1L, 2L, 3L), scanned.live(), "start " + start);
        assertEquals(List.of(TestNeedles.subjectHash(4)),
            scanned.damaged().stream().map(DamagedNeedle::subjectHash).toList(), "start " + start);
      }
    }
    killed.makeReadable("7.dat");
    try (VolumeStore store = TestNeedles.open(killed)) {
      assertArrayEquals(TestNeedles.bytes(5, 100), TestNeedles.read(store, 5));
    }
  }

  @Test
  void aScrubMakesADamagedMapAnewAndGoesOn() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    long[] at;
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      at = fill(store);
    }
    disk.flipBit("7.map", PAGE + 100, 1);
    disk.flipBit("7.dat", at[1] + 20, 1); // before anything else has touched the map
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.scrub(7, new Pace(1L << 40), Scrubber.Watcher.NONE);
      assertEquals(List.of(1L), store.scrubFigures().damages().stream().map(Damage::key).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"7.idx", "7.dead", "7.map", "scrub.json"})
  void aCacheThatCannotBeReadIsMadeAnew(String name) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      fill(store);
      store.markDead(7, 5, List.of(3L));
      store.scrub(7, new Pace(1L << 40), Scrubber.Watcher.NONE);
    }
    SimulatedDisk killed = disk.afterKill();
    killed.makeUnreadable(name, 0, PAGE);
    try (VolumeStore store = TestNeedles.open(killed)) {
      store.markDead(7, 5, List.of(3L)); // as the catalog tells it again
      for (long key = 1; key <= NEEDLES; key++) {
        if (key == 3) {
          assertTrue(TestNeedles.isAbsent(store, key));
        } else {
          assertArrayEquals(TestNeedles.bytes(key, 5000), TestNeedles.read(store, key));
        }
      }
    }
  }

  @Test
  void aDescriptorThatCannotBeReadIsNamed() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    TestNeedles.openWithVolume(disk).close();
    disk.makeUnreadable("7.json", 0, SECTOR);
    IOException refused = assertThrows(IOException.class, () -> TestNeedles.open(disk));
    assertTrue(refused.toString().contains("7.json cannot be read"), refused.toString());
  }

  /// With the caches gone a start reads every byte; the catalog's replay reads every meta.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void aStartAndAReplayGoOnBehindIt(long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(random);
    VolumeStore before = TestNeedles.openWithVolume(disk);
    long[] at = fill(before);
    SimulatedDisk killed = disk.afterKill();
    killed.delete("7.idx");
    killed.delete("7.map");
    long bad = (1 + random.nextInt((int) (at[NEEDLES + 1] / PAGE) - 1)) * (long) PAGE;
    killed.makeUnreadable("7.dat", bad, bad + PAGE);
    List<Long> lost = keysOn(at, bad, bad + PAGE);
    try (VolumeStore store = TestNeedles.open(killed)) {
      assertEquals(at[NEEDLES + 1], store.ends().getFirst().offsetBytes(), "seed " + seed + ": nothing is cut");
      List<Long> unreadable = new ArrayList<>();
      store.scan(VolumePosition.start(7), new NeedleVisitor() {
        @Override
        public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) {}

        @Override
        public void damaged(DamagedNeedle needle) {}
      });
      for (long key = 1; key <= NEEDLES; key++) {
        long wanted = key;
        if (lost.contains(key)) {
          unreadable.add(key);
          assertThrows(Throwable.class, () -> TestNeedles.read(store, wanted), "seed " + seed + " needle " + key);
        } else {
          assertArrayEquals(TestNeedles.bytes(key, 5000), TestNeedles.read(store, key),
              "seed " + seed + " needle " + key);
        }
      }
      assertEquals(lost, unreadable, "seed " + seed);
      append(store, 1000);
    }
    killed.makeReadable("7.dat");
    killed.delete("7.idx");
    killed.delete("7.map");
    try (VolumeStore store = TestNeedles.open(killed)) {
      for (long key = 1; key <= NEEDLES; key++) {
        assertArrayEquals(TestNeedles.bytes(key, 5000), TestNeedles.read(store, key), "seed " + seed + ": read again");
      }
      assertArrayEquals(TestNeedles.bytes(1000, 5000), TestNeedles.read(store, 1000));
    }
  }

  @Test
  void theLastNeedleIsNoTornTailBecauseItCannotBeRead() throws IOException {
    for (int page = 0; page <= 1; page++) { // with its head, and behind its head
      SimulatedDisk disk = new SimulatedDisk(new Random(1));
      VolumeStore before = TestNeedles.openWithVolume(disk);
      long[] at = fill(before);
      SimulatedDisk killed = disk.afterKill();
      long bad = at[NEEDLES] / PAGE * PAGE + page * (long) PAGE;
      killed.makeUnreadable("7.dat", bad, bad + PAGE);
      TestNeedles.open(killed).close();
      killed.makeReadable("7.dat");
      killed.delete("7.idx");
      killed.delete("7.map");
      try (VolumeStore store = TestNeedles.open(killed)) {
        assertArrayEquals(TestNeedles.bytes(NEEDLES, 5000), TestNeedles.read(store, NEEDLES), "page " + page);
      }
    }
  }

  /// A log that was closed cleanly is not read at the start. Where it cannot be read, needles may be damaged whose
  /// heads it alone would know, some of them or all.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 8, 14, 15})
  void aPlaceOfTheLogAndHeadsThatAreDamagedCostTheseNeedles(int sector) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    long[] at;
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      at = fill(store);
    }
    disk.makeUnreadable("7.idx", (long) sector * SECTOR, (long) (sector + 1) * SECTOR);
    int first = Math.max(2, sector * SECTOR / 40 - 3); // with entries of 40 bytes
    List<Long> hit = new ArrayList<>();
    for (int key = first; key < first + 6; key++) {
      disk.flipBit("7.dat", at[key] + 20, 1);
      hit.add((long) key);
    }
    try (VolumeStore store = TestNeedles.open(disk)) {
      requireDamaged(store, hit);
      TestNeedles.markDead(store, List.of(1L));
      assertTrue(store.compact(7));
      requireDamaged(store, hit);
    }
    try (VolumeStore store = TestNeedles.open(disk)) {
      requireDamaged(store, hit);
    }
  }

  private static void requireDamaged(VolumeStore store, List<Long> hit) throws IOException {
    TestNeedles.Scanned scanned = TestNeedles.scanAll(store);
    assertEquals(hit, scanned.damaged().stream().map(DamagedNeedle::key).toList());
    for (long key = 2; key <= NEEDLES; key++) {
      long wanted = key;
      if (hit.contains(key)) {
        assertThrows(IOException.class, () -> TestNeedles.read(store, wanted));
      } else {
        assertTrue(scanned.live().contains(key), "a scan lacks needle " + key);
        assertArrayEquals(TestNeedles.bytes(key, 5000), TestNeedles.read(store, key));
      }
    }
  }
}

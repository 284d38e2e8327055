package hayloft.volume.index;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.volume.NeedleKind;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.index.IndexLog.Entry;
import hayloft.volume.index.IndexLog.Gap;
import hayloft.volume.needle.RunningChecksum;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A log of twelve records, one of them a void, with checkpoints behind the fourth and the eighth, in every condition.
class IndexLogTest {
  private static final Superblock VOLUME = Superblock.first(7, new UUID(1, 2), 0x1122334455667788L, 4, 16);
  private static final String NAME = "7.idx";
  private static final int RECORDS = 12;

  private final List<Entry> truth = new ArrayList<>();
  /// What a checkpoint at an offset has to say.
  private final Map<Long, Long> runningAt = new HashMap<>();
  private long volumeBytes;
  private long coveredBytes;
  private byte[] bytes = {};

  @BeforeEach
  void write() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (IndexLog log = IndexLog.create(disk, NAME, VOLUME)) {
      volumeBytes = VOLUME.firstNeedle();
      long running = RunningChecksum.begin(VOLUME.salt());
      runningAt.put(volumeBytes, running);
      for (int i = 1; i <= RECORDS; i++) {
        long place = NeedlePlace.of(volumeBytes, 64 * i);
        Entry entry = i == 3 ? Entry.ofVoid(place) : new Entry(1000 + i, place, i, 77 * i, NeedleKind.COMMIT);
        log.add(entry);
        truth.add(entry);
        volumeBytes = entry.endBytes();
        running = RunningChecksum.next(running, i);
        runningAt.put(volumeBytes, running);
        if (i == 4 || i == 8) {
          log.checkpoint(volumeBytes, i, running);
          coveredBytes = volumeBytes;
        }
      }
      log.flush();
    }
    bytes = content(disk);
  }

  private static byte[] content(Disk disk) throws IOException {
    try (DiskFile file = disk.open(NAME)) {
      ByteBuffer content = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(content, 0);
      return content.array();
    }
  }

  private static SimulatedDisk diskWith(byte[] content) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (DiskFile file = disk.open(NAME)) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(content)}, 0);
    }
    return disk;
  }

  private static final class Seen implements IndexLog.Visitor {
    private final List<Entry> needles = new ArrayList<>();
    private final List<Entry> beyond = new ArrayList<>();

    @Override
    public void needle(Entry entry) {
      needles.add(entry);
    }

    @Override
    public void beyond(Entry entry) {
      beyond.add(entry);
    }
  }

  private List<Entry> needles(int from, int to) {
    return truth.subList(from, to).stream().filter(entry -> entry.kind() != NeedleKind.VOID).toList();
  }

  /// Whatever is opened: what it shows is true, and what it does not show is to be scanned for.
  private void requireTrue(Disk disk, String condition) throws IOException {
    Seen seen = new Seen();
    IndexLog.Opened opened = IndexLog.open(disk, NAME, VOLUME, volumeBytes, seen);
    assertTrue(truth.containsAll(seen.needles), condition);
    assertEquals(List.of(), seen.beyond, condition);
    assertFalse(opened.isCut(), condition);
    assertEquals(runningAt.get(opened.scanFromBytes()), opened.running(), condition);
    long highest = truth.stream().filter(entry -> entry.endBytes() <= opened.scanFromBytes()).mapToLong(Entry::sequence)
        .max().orElse(0);
    assertEquals(highest, opened.highestSequence(), condition);
    for (Entry entry : truth) {
      boolean shown = entry.kind() == NeedleKind.VOID || seen.needles.contains(entry);
      boolean scanned = entry.offsetBytes() >= opened.scanFromBytes() || opened.gaps().stream()
          .anyMatch(gap -> gap.fromBytes() <= entry.offsetBytes() && entry.endBytes() <= gap.toBytes());
      assertTrue(shown || scanned, condition + ": " + entry);
      Optional<Entry> hint = opened.behind().at(entry.offsetBytes());
      assertTrue(hint.isEmpty() || hint.get().equals(entry), condition);
    }
    opened.log().close();
  }

  @Test
  void showsWhatTheLastCheckpointCoversAndKnowsWhatIsBehind() throws IOException {
    Seen seen = new Seen();
    IndexLog.Opened opened = IndexLog.open(diskWith(bytes), NAME, VOLUME, volumeBytes, seen);
    assertEquals(needles(0, 8), seen.needles);
    assertEquals(coveredBytes, opened.scanFromBytes());
    assertEquals(8, opened.highestSequence());
    assertEquals(List.of(), opened.gaps());
    assertEquals(4, opened.behind().size());
    assertEquals(truth.get(10), opened.behind().at(truth.get(10).offsetBytes()).orElseThrow());
    Seen behind = new Seen();
    opened.behind().visit(truth.get(9).offsetBytes(), truth.get(11).offsetBytes(), behind);
    assertEquals(needles(9, 11), behind.needles);
    assertNull(IndexLog.openClean(diskWith(bytes), NAME, VOLUME, volumeBytes), "no checkpoint stands at the end");
  }

  @Test
  void aFlippedBitAnywhereCostsAtMostAScan() throws IOException {
    for (int bit = 0; bit < bytes.length * Byte.SIZE; bit++) {
      byte[] damaged = bytes.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      requireTrue(diskWith(damaged), "bit " + bit);
    }
  }

  @Test
  void aCutAnywhereCostsAtMostAScan() throws IOException {
    for (int length = 0; length < bytes.length; length++) {
      requireTrue(diskWith(java.util.Arrays.copyOf(bytes, length)), "length " + length);
    }
  }

  @Test
  void aDamagedEntryCostsItselfUntilItIsMended() throws IOException {
    for (int damagedEntries : new int[]{1, 2}) {
      byte[] damaged = bytes.clone();
      for (int i = 0; i < damagedEntries; i++) {
        damaged[IndexLog.ENTRY_BYTES * (7 + i) + 9] ^= 1; // the sixth record, behind header and a checkpoint
      }
      Disk disk = diskWith(damaged);
      Seen seen = new Seen();
      IndexLog.Opened opened = IndexLog.open(disk, NAME, VOLUME, volumeBytes, seen);
      assertEquals(needles(0, 8).size() - damagedEntries, seen.needles.size());
      Gap gap = opened.gaps().getFirst();
      assertEquals(List.of(new Gap(truth.get(5).offsetBytes(), truth.get(4 + damagedEntries).endBytes(),
          IndexLog.ENTRY_BYTES * 7L, damagedEntries)), opened.gaps());
      opened.log().mend(gap, truth.subList(5, 5 + damagedEntries));
      opened.log().close();
      Seen again = new Seen();
      assertEquals(List.of(), IndexLog.open(disk, NAME, VOLUME, volumeBytes, again).gaps());
      assertEquals(needles(0, 8), again.needles);
    }
  }

  /// Who asks about a damaged place is told of what can be read: a disk fails by sectors, and no entry of another one
  /// is missed.
  @Test
  void asksGoOnBehindASectorThatCannotBeRead() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    List<Entry> many = new ArrayList<>();
    try (IndexLog log = IndexLog.create(disk, NAME, VOLUME)) {
      long at = VOLUME.firstNeedle();
      for (int i = 1; i <= 100; i++) {
        Entry entry = new Entry(i, NeedlePlace.of(at, 64), i, 77 * i, NeedleKind.COMMIT);
        log.add(entry);
        many.add(entry);
        at = entry.endBytes();
      }
      log.flush();
    }
    for (int sector = 0; sector * 512 < 101 * IndexLog.ENTRY_BYTES; sector++) {
      disk.makeUnreadable(NAME, sector * 512L, sector * 512L + 512);
      int from = sector * 512;
      for (int first = 0; first < many.size(); first++) {
        int at = first;
        Seen seen = new Seen();
        IndexLog.visit(disk, NAME, VOLUME, many.get(first).offsetBytes(), Long.MAX_VALUE, seen);
        assertEquals(many.stream().skip(at).filter(entry -> {
          int begin = (int) entry.key() * IndexLog.ENTRY_BYTES;
          return begin + IndexLog.ENTRY_BYTES <= from || begin >= from + 512;
        }).toList(), seen.needles, "sector " + sector + ", from entry " + at);
      }
      disk.makeReadable(NAME);
    }
  }

  @Test
  void aVolumeFileThatWasCutLeavesTheLogAsItIs() throws IOException {
    Disk disk = diskWith(bytes);
    Seen seen = new Seen();
    long cutAt = truth.get(5).offsetBytes() + 8;
    IndexLog.Opened opened = IndexLog.open(disk, NAME, VOLUME, cutAt, seen);
    assertTrue(opened.isCut());
    assertTrue(opened.log().lastCheckpoint().reachesBeyond(cutAt));
    assertEquals(needles(0, 5), seen.needles);
    assertEquals(needles(5, RECORDS), seen.beyond, "what stands behind the checkpoint was synced, too");
    assertEquals(7, opened.beyondEntries());
    assertEquals(cutAt, opened.scanFromBytes());
    assertThrows(IOException.class, () -> opened.log().add(truth.getFirst()));
    opened.log().close();
    assertArrayEquals(bytes, content(disk));
  }

  @Test
  void aVolumeFileThatLacksWhatTheTailKnowsWasCut() throws IOException {
    Disk disk = diskWith(bytes);
    Seen seen = new Seen();
    IndexLog.Opened opened = IndexLog.open(disk, NAME, VOLUME, volumeBytes - 8, seen);
    assertTrue(opened.isCut());
    assertEquals(needles(0, RECORDS - 1), seen.needles);
    assertEquals(needles(RECORDS - 1, RECORDS), seen.beyond);
    opened.log().close();
    assertArrayEquals(bytes, content(disk));
    assertEquals(volumeBytes, IndexLog.provenBytes(disk, NAME, VOLUME));
    assertEquals(0, IndexLog.provenBytes(disk, NAME, VOLUME.withNextGeneration(1, 0, 0, 0, 0)));
  }

  @Test
  void aCleanLogIsOpenedByItsEnds() throws IOException {
    Disk disk = diskWith(bytes);
    IndexLog.Opened opened = IndexLog.open(disk, NAME, VOLUME, volumeBytes, entry -> {});
    for (Entry entry : truth.subList(8, RECORDS)) {
      opened.log().add(entry);
    }
    opened.log().checkpoint(volumeBytes, RECORDS, runningAt.getOrDefault(volumeBytes, 0L));
    opened.log().close();
    byte[] whole = content(disk);
    for (int bit = 0; bit < whole.length * Byte.SIZE; bit++) {
      byte[] damaged = whole.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      boolean inEnds = bit / 8 < IndexLog.ENTRY_BYTES || bit / 8 >= whole.length - IndexLog.ENTRY_BYTES;
      try (IndexLog log = IndexLog.openClean(diskWith(damaged), NAME, VOLUME, volumeBytes)) {
        assertEquals(inEnds, log == null, "bit " + bit);
      }
    }
    assertNull(IndexLog.openClean(disk, NAME, VOLUME, volumeBytes + 8));
    assertNull(IndexLog.openClean(disk, NAME, VOLUME.withNextGeneration(256, 0, 0, 0, 0), volumeBytes));
    assertNull(IndexLog.openClean(disk, "8.idx", VOLUME, volumeBytes));
    assertFalse(disk.exists("8.idx"), "looking for one made it");
    try (IndexLog log = IndexLog.openClean(disk, NAME, VOLUME, volumeBytes)) {
      assertNotNull(log);
      assertEquals(new IndexLog.Checkpoint(volumeBytes, RECORDS, runningAt.getOrDefault(volumeBytes, 0L)),
          log.lastCheckpoint());
    }
    assertEquals(volumeBytes, IndexLog.lastCheckpoint(disk, NAME, VOLUME).orElseThrow().coveredBytes());
  }

  @Test
  void aStretchIsFoundWithoutReadingTheRest() throws IOException {
    Random random = new Random(5);
    for (int round = 0; round < 500; round++) {
      byte[] damaged = bytes.clone();
      int damagedEntry = random.nextInt(truth.size() + 3);
      if (round % 2 == 0) {
        damaged[IndexLog.ENTRY_BYTES * damagedEntry] ^= 1;
      }
      long from = random.nextLong(volumeBytes + 100);
      long to = random.nextLong(volumeBytes + 100);
      Seen seen = new Seen();
      IndexLog.visit(diskWith(damaged), NAME, VOLUME, from, to, seen);
      List<Entry> expected = needles(0, RECORDS).stream()
          .filter(entry -> entry.offsetBytes() >= from && entry.offsetBytes() < to).toList();
      assertTrue(expected.containsAll(seen.needles), "round " + round);
      assertTrue(expected.size() - seen.needles.size() <= (round % 2 == 0 ? 1 : 0), "round " + round);
    }
  }

  @Test
  void aForeignLogIsMadeAnewAndSaysNothing() throws IOException {
    for (Superblock foreign : List.of(VOLUME.withNextGeneration(256, 0, 0, 0, 0), // of the same lowest byte
        VOLUME.withNextGeneration(1, 0, 0, 0, 0), Superblock.first(8, new UUID(1, 2), VOLUME.salt(), 4, 16),
        Superblock.first(7, new UUID(1, 2), 6, 4, 16))) {
      Disk disk = diskWith(bytes);
      Seen seen = new Seen();
      IndexLog.Opened opened = IndexLog.open(disk, NAME, foreign, volumeBytes, seen);
      assertEquals(List.of(), seen.needles);
      assertEquals(0, opened.behind().size());
      assertEquals(foreign.firstNeedle(), opened.scanFromBytes());
      assertEquals(RunningChecksum.begin(foreign.salt()), opened.running());
      assertEquals(IndexLog.ENTRY_BYTES, content(disk).length);
      opened.log().close();
    }
  }

  @Test
  void withoutACheckpointTheTailIsAllThereIs() throws IOException {
    byte[] young = java.util.Arrays.copyOf(bytes, IndexLog.ENTRY_BYTES * 5);
    IndexLog.Opened opened = IndexLog.open(diskWith(young), NAME, VOLUME, volumeBytes, entry -> {
      throw new AssertionError(entry.toString());
    });
    assertEquals(VOLUME.firstNeedle(), opened.scanFromBytes());
    assertEquals(truth.get(3), opened.behind().at(truth.get(3).offsetBytes()).orElseThrow());
  }

  @Test
  void whatAFullDiskDoesNotTakeIsWrittenLater() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    IndexLog log = IndexLog.create(disk, NAME, VOLUME);
    disk.failWrites(true);
    for (int i = 0; i < 3000; i++) {
      log.add(new Entry(1 + i, NeedlePlace.of(512 + 64L * i, 64), 1 + i, 9, NeedleKind.COMMIT));
    }
    assertThrows(IOException.class, () -> log.checkpoint(512 + 64L * 3000, 3000, 1));
    assertEquals(512, log.lastCheckpoint().coveredBytes());
    disk.failWrites(false);
    log.checkpoint(512 + 64L * 3000, 3000, 1);
    log.close();
    Seen seen = new Seen();
    assertEquals(List.of(), IndexLog.open(disk, NAME, VOLUME, 1 << 20, seen).gaps());
    assertEquals(3000, seen.needles.size());
  }

  @Test
  void version2IsStillWrittenAsItWas() throws IOException {
    try (InputStream in = IndexLogTest.class.getResourceAsStream("idx-v2")) {
      assertNotNull(in);
      assertArrayEquals(in.readAllBytes(), bytes);
    }
  }

  /// A volume that is new has no checkpoint yet; its entries prove just as well what was there.
  @Test
  void aCutIsSeenInALogWithoutACheckpoint() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    List<Entry> entries = new ArrayList<>();
    try (IndexLog log = IndexLog.create(disk, NAME, VOLUME)) {
      long at = VOLUME.firstNeedle();
      for (int i = 1; i <= 3; i++) {
        Entry entry = new Entry(i, NeedlePlace.of(at, 64), i, 77 * i, NeedleKind.COMMIT);
        log.add(entry);
        entries.add(entry);
        at = entry.endBytes();
      }
      log.flush();
    }
    Seen seen = new Seen();
    IndexLog.Opened opened = IndexLog.open(disk, NAME, VOLUME, entries.get(1).endBytes() - 8, seen);
    assertTrue(opened.isCut());
    assertEquals(entries.subList(0, 1), seen.needles);
    assertEquals(entries.subList(1, 3), seen.beyond);
    assertEquals(entries.getLast().endBytes(), opened.completeBytes());
    opened.log().close();
    Seen again = new Seen();
    assertTrue(IndexLog.open(disk, NAME, VOLUME, VOLUME.firstNeedle(), again).isCut(), "it was left as it was");
    assertEquals(entries, again.beyond);
  }

  /// Behind the end of a file that was cut nobody can fill a gap.
  @Test
  void behindTheEndOfTheFileAGapEndsWhatIsCompletelyKnown() throws IOException {
    byte[] damaged = bytes.clone();
    damaged[IndexLog.ENTRY_BYTES * 7 + 9] ^= 1; // the sixth record, behind header and a checkpoint
    long gapFrom = truth.get(5).offsetBytes();
    assertEquals(gapFrom, IndexLog.open(diskWith(damaged), NAME, VOLUME, gapFrom, new Seen()).completeBytes());
    assertEquals(truth.getLast().endBytes(),
        IndexLog.open(diskWith(bytes), NAME, VOLUME, gapFrom, new Seen()).completeBytes());
  }
}

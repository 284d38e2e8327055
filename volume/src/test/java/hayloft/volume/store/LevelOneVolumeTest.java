package hayloft.volume.store;

import static hayloft.volume.disk.TestFiles.put;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import hayloft.common.volume.SubjectHash;
import hayloft.common.volume.VolumeMarks;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.EncodedNeedle;
import hayloft.volume.needle.Superblock;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Is a volume as level 1 left it read, written on, and changed step by step into one of level 2?
class LevelOneVolumeTest {
  private static final long SALT = 0x1122334455667788L;
  private static final int NEEDLES = 12;

  /// Volume 7 with needles 1 to [#NEEDLES]; descriptor, file and dead log of version 1, no caches.
  private static SimulatedDisk levelOne(int generation, List<Long> dead) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    var file = Unpooled.buffer();
    file.writeBytes(Superblock.ofLevelOne(7, generation, TestNeedles.STORE, SALT, 5, 0).encode());
    for (long key = 1; key <= NEEDLES; key++) {
      NeedleDraft draft = new NeedleDraft(TestNeedles.id(key), NeedleKind.COMMIT, 1L << 44 | key,
          Unpooled.copiedBuffer("meta" + key, StandardCharsets.UTF_8),
          Unpooled.copiedBuffer(TestNeedles.bytes(key, 500)), Durability.FSYNC, Subject.NONE);
      EncodedNeedle needle = EncodedNeedle.of(draft, SALT, ByteBufAllocator.DEFAULT);
      needle.markSyncedBefore();
      List<ByteBuffer> pieces = new ArrayList<>();
      needle.addTo(pieces);
      pieces.forEach(file::writeBytes);
      needle.release();
    }
    byte[] bytes = new byte[file.readableBytes()];
    file.readBytes(bytes);
    put(disk, "7.dat", bytes);
    put(disk, "7.json", """
        {
          "formatVersion" : 1,
          "volume" : 7,
          "collection" : "",
          "replication" : "000",
          "diskType" : "",
          "limitBytes" : 34359738368,
          "state" : "WRITABLE",
          "storeId" : "%s",
          "salt" : "%s",
          "createdMillis" : 5,
          "cutBytes" : -1,
          "deadLog" : true,
          "readOnly" : false
        }""".formatted(TestNeedles.STORE, Long.toHexString(SALT)).getBytes(StandardCharsets.UTF_8));
    ByteBuffer marks = ByteBuffer.allocate(16 * (dead.size() + 1)).order(ByteOrder.LITTLE_ENDIAN);
    record(marks, 0x4459_4148L | 1L << 32);
    dead.forEach(key -> record(marks, key));
    put(disk, "7.dead", marks.array());
    put(disk, "fence", "{\"epoch\":1}".getBytes(StandardCharsets.UTF_8));
    return disk;
  }

  private static void record(ByteBuffer into, long value) {
    int at = into.position();
    into.putLong(value).putInt(7);
    CRC32C crc = new CRC32C();
    crc.update(into.slice(at, 12));
    into.putInt((int) crc.getValue());
  }

  private static List<Long> keysBut(List<Long> dead) {
    return LongStream.rangeClosed(1, NEEDLES).boxed().filter(key -> !dead.contains(key)).toList();
  }

  private static Superblock superblock(SimulatedDisk disk) throws IOException {
    try (DiskFile file = disk.open("7.dat")) {
      ByteBuffer bytes = ByteBuffer.allocate(512);
      file.read(bytes, 0);
      return Superblock.decode(bytes.flip(), "7.dat");
    }
  }

  @Test
  void itsMarksAreToldUntilTheyAreNeedlesOfTheCatalog() throws IOException {
    SimulatedDisk disk = levelOne(3, List.of(2L, 5L));
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(keysBut(List.of(2L, 5L)), TestNeedles.scan(store));
      assertEquals(List.of(2L, 5L), TestNeedles.scanAll(store).dead());
      assertEquals(new VolumeMarks(7, 3, 0, 0, true), store.marks().getFirst());
      assertEquals(List.of(2L, 5L), store.legacyMarks(7));
      assertEquals(16, store.highestEpoch(), "epoch 1 of level 1, in fence and needles");
    }
    disk.delete("7.map");
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 100, List.of(2L, 7L)); // one of the two, and a new one
      assertTrue(store.marks().getFirst().legacy());
      store.markDead(7, 101, List.of(5L));
      assertEquals(new VolumeMarks(7, 3, 0, 101, false), store.marks().getFirst());
      assertEquals(keysBut(List.of(2L, 5L, 7L)), TestNeedles.scan(store));
    }
    for (int round = 0; round < 2; round++) {
      try (VolumeStore store = TestNeedles.open(disk)) {
        assertEquals(new VolumeMarks(7, 3, 0, 101, false), store.marks().getFirst());
        assertEquals(keysBut(List.of(2L, 5L, 7L)), TestNeedles.scan(store));
      }
      disk.delete("7.map");
    }
    disk.delete("7.dead"); // a cache from now on
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(0, store.marks().getFirst().completeSequence());
    }
  }

  @Test
  void itsDeadLogIsTheTruthAsLongAsNoNeedleSaysWhatItSays() throws IOException {
    SimulatedDisk disk = levelOne(0, List.of(2L));
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.seal(7); // the descriptor is one of version 2 from now on
    }
    byte[] marks;
    try (DiskFile file = disk.open("7.dead")) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(bytes, 0);
      marks = bytes.array();
    }
    disk.delete("7.dead");
    IOException missing = assertThrows(IOException.class, () -> TestNeedles.open(disk));
    assertTrue(missing.toString().contains("7.dead"), missing.toString());
    put(disk, "7.dead", new byte[0]);
    assertThrows(IOException.class, () -> TestNeedles.open(disk));
    put(disk, "7.dead", marks);
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(keysBut(List.of(2L)), TestNeedles.scan(store));
    }
  }

  @Test
  void anEmptyDeadLogNeedsNobodyToSayAnything() throws IOException {
    SimulatedDisk disk = levelOne(0, List.of());
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertFalse(store.marks().getFirst().legacy());
    }
    disk.delete("7.dead");
    TestNeedles.open(disk).close();
  }

  @Test
  void compactionMakesItOneOfLevelTwoAlsoWithMarksThatNoNeedleSaysYet() throws IOException {
    for (List<Long> dead : List.of(List.<Long>of(), List.of(1L, 12L))) {
      SimulatedDisk disk = levelOne(3, dead);
      try (VolumeStore store = TestNeedles.open(disk)) {
        store.append(TestNeedles.draft(50, 16, TestNeedles.bytes(50, 10), Durability.FSYNC)).join();
        store.markDead(7, 77, List.of(3L));
        assertTrue(store.compact(7));
        assertEquals(2, superblock(disk).version());
        assertEquals(77, superblock(disk).marksApplied());
        assertEquals(dead, store.legacyMarks(7));
        store.append(TestNeedles.draft(51, 16, TestNeedles.bytes(51, 10), Durability.FSYNC)).join();
      }
      try (VolumeStore store = TestNeedles.open(disk)) {
        assertEquals(4, store.marks().getFirst().generation());
        assertEquals(NEEDLES + 2 - 1 - dead.size(), TestNeedles.scan(store).size());
        for (long key : TestNeedles.scan(store)) {
          assertArrayEquals(TestNeedles.bytes(key, key < 50 ? 500 : 10), TestNeedles.read(store, key));
        }
      }
    }
  }

  @Test
  void oneInWhichNothingLivesIsMadeEmptyInPlaceWhateverStepIsTheLast() throws IOException {
    boolean completed = false;
    for (int steps = 1; !completed; steps++) {
      SimulatedDisk disk = levelOne(0, LongStream.rangeClosed(1, NEEDLES).boxed().toList());
      VolumeStore store = TestNeedles.open(disk);
      disk.cutPowerAfter(steps);
      try {
        completed = store.compact(7);
        store.close();
      } catch (IOException e) {
        assertTrue(disk.isOff(), () -> "emptying failed by itself: " + e);
      }
      SimulatedDisk left = disk.afterPowerCut();
      String where = "cut at step " + steps;
      for (int round = 0; round < 2; round++) {
        try (VolumeStore after = TestNeedles.open(left)) {
          assertEquals(List.of(), TestNeedles.scan(after), where);
          assertEquals(List.of(), TestNeedles.scanAll(after).damaged(), where);
          after.append(TestNeedles.draft(100 + round, 16, TestNeedles.bytes(100, 700), Durability.FSYNC)).join();
          assertArrayEquals(TestNeedles.bytes(100, 700), TestNeedles.read(after, 100 + round));
          after.markDead(7, 10 + round, List.of(100L + round));
          assertTrue(after.compact(7), where);
        }
        assertEquals(2, superblock(left).version(), where);
      }
    }
  }

  @Test
  void aDamagedNeedleOfIsTellsItsKeyButNotItsSubject() throws IOException {
    SimulatedDisk disk = levelOne(0, List.of());
    long at;
    try (VolumeStore store = TestNeedles.open(disk)) {
      at = TestNeedles.placeOf(store, 4);
    }
    disk.flipBit("7.dat", at + 20, 1); // in the head
    try (VolumeStore store = TestNeedles.open(disk)) {
      DamagedNeedle damaged = TestNeedles.scanAll(store).damaged().getFirst();
      assertEquals(4, damaged.key());
      assertEquals(1L << 44 | 4, damaged.sequence());
      assertEquals(SubjectHash.NONE, damaged.subjectHash());
    }
  }

  @Test
  void aDamagedSuperblockIsMadeAgainAsWhatItWas() throws IOException {
    SimulatedDisk disk = levelOne(3, List.of(2L));
    disk.flipBit("7.dat", 20, 3);
    for (int round = 0; round < 2; round++) {
      try (VolumeStore store = TestNeedles.open(disk)) {
        assertEquals(keysBut(List.of(2L)), TestNeedles.scan(store));
        assertEquals(1, superblock(disk).version());
      }
      disk.flipBit("7.dat", 12, 0);
    }
  }
}

package hayloft.volume.store;

import static hayloft.volume.disk.TestFiles.bytesOf;
import static hayloft.volume.disk.TestFiles.put;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.placement.NoWritableVolumeException;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Presence;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeState;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.NewerFormatException;
import hayloft.volume.needle.Superblock;
import hayloft.volume.store.TestNeedles.Scanned;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Does the real store keep what the door to volumes promises about opening, marks, books, search, retirement and
/// epochs?
class VolumeDoorTest {

  private static void append(VolumeStore store, long... keys) {
    for (long key : keys) {
      store.append(TestNeedles.draft(key, TestNeedles.bytes(key, 900), Durability.FSYNC)).join();
    }
  }

  private static void appendBook(VolumeStore store, long key) {
    store.append(new NeedleDraft(TestNeedles.id(key), NeedleKind.BOOK, CommitSequence.of(1, key),
        Unpooled.copiedBuffer(new byte[]{1}), Unpooled.EMPTY_BUFFER, Durability.FSYNC)).join();
  }

  private static SimulatedDisk withNeedles(long... keys) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      append(store, keys);
    }
    return disk;
  }

  private static VolumeUnwritableException.Reason refusal(VolumeStore store, long key) {
    CompletionException refused = assertThrows(CompletionException.class, () -> append(store, key));
    return assertInstanceOf(VolumeUnwritableException.class, refused.getCause()).reason();
  }

  // Opening

  @Test
  void aSuperblockOfANewerProgramIsRefusedAndNotAByteIsChanged() throws IOException {
    for (int change : new int[]{4, 56}) { // version, features
      SimulatedDisk disk = withNeedles(1, 2);
      byte[] data = bytesOf(disk, "7.dat");
      data[change] = 3;
      CRC32C crc = new CRC32C();
      crc.update(data, 0, 508);
      ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN).putInt(508, (int) crc.getValue());
      put(disk, "7.dat", data);
      put(disk, "7.dat.compact", new byte[10]);
      List<String> names = disk.list();
      assertThrows(NewerFormatException.class, () -> TestNeedles.open(disk));
      assertArrayEquals(data, bytesOf(disk, "7.dat"));
      assertEquals(names, disk.list());
    }
  }

  /// What compaction took away would be there again.
  @Test
  void anOlderGenerationThatIsPutBackIsRefusedAndStays() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2, 3);
    byte[] older = bytesOf(disk, "7.dat");
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 5, List.of(1L));
      assertTrue(store.compact(7));
      append(store, 4);
    }
    byte[] newest = bytesOf(disk, "7.dat");
    for (String alsoGone : List.of("", "7.idx", "7.map")) { // log and descriptor tell it each by itself
      SimulatedDisk copy = disk.afterKillOf();
      copy.delete(alsoGone.isEmpty() ? "nothing" : alsoGone);
      put(copy, "7.dat", older);
      IOException refused = assertThrows(IOException.class, () -> TestNeedles.open(copy));
      assertTrue(refused.toString().contains("7.dat is an older copy"), refused.toString());
      assertArrayEquals(older, bytesOf(copy, "7.dat"));
      put(copy, "7.dat", newest);
      try (VolumeStore store = TestNeedles.open(copy)) {
        assertEquals(List.of(2L, 3L, 4L), TestNeedles.scan(store));
      }
    }
  }

  @Test
  void aForeignFileIsRefusedAndStays() throws IOException {
    SimulatedDisk other = new SimulatedDisk(new Random(2));
    try (VolumeStore store = TestNeedles.openWithVolume(other)) {
      append(store, 1, 2, 3);
    }
    byte[] foreign = bytesOf(other, "7.dat");
    foreign[3] ^= 1; // the magic: what is left are needles under another salt
    for (byte[] bytes : new byte[][]{foreign, TestNeedles.bytes(3, 1128), new byte[5000], new byte[100]}) {
      SimulatedDisk disk = withNeedles(1, 2, 3);
      put(disk, "7.dat", bytes);
      IOException refused = assertThrows(IOException.class, () -> TestNeedles.open(disk));
      assertTrue(refused.toString().contains("7.dat is no file of volume 7"), refused.toString());
      assertArrayEquals(bytes, bytesOf(disk, "7.dat"));
    }
  }

  @Test
  void aDamagedSuperblockIsMadeAgainWithAGenerationThatNeverRepeats() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2, 3);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 5, List.of(1L));
      assertTrue(store.compact(7));
      append(store, 4);
    }
    disk.flipBit("7.dat", 300, 1);
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(1, store.marks().getFirst().generation());
      assertEquals(5, store.marks().getFirst().goneSequence());
      assertEquals(List.of(2L, 3L, 4L), TestNeedles.scan(store));
    }
    SimulatedDisk empty = new SimulatedDisk(new Random(1));
    TestNeedles.openWithVolume(empty).close();
    empty.flipBit("7.dat", 0, 1);
    try (VolumeStore store = TestNeedles.open(empty)) {
      append(store, 1);
    }
  }

  @Test
  void whatIsLongerThanABatchBehindTheLastNeedleIsNoTornTail() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2, 3);
    byte[] data = bytesOf(disk, "7.dat");
    for (long tail : new long[]{10_000, VolumeRecovery.MOST_TORN_BYTES, VolumeRecovery.MOST_TORN_BYTES + 8}) {
      byte[] longer = java.util.Arrays.copyOf(data, (int) (data.length + tail));
      put(disk, "7.dat", longer);
      boolean torn = tail <= VolumeRecovery.MOST_TORN_BYTES;
      try (VolumeStore store = TestNeedles.open(disk)) {
        assertEquals(List.of(1L, 2L, 3L), TestNeedles.scan(store));
        assertEquals(torn ? data.length : longer.length, bytesOf(disk, "7.dat").length);
        if (!torn) {
          assertEquals(VolumeUnwritableException.Reason.FAILED, refusal(store, 4));
          store.markDead(7, 1, List.of(1L));
          assertFalse(store.compact(7));
          assertEquals(longer.length, bytesOf(disk, "7.dat").length);
        }
      }
    }
  }

  @Test
  void anAcknowledgedNeedleAtTheEndIsNoTornTailWhenItIsDamaged() throws IOException {
    for (int inside : new int[]{20, 49, 600}) { // head, meta, data
      SimulatedDisk disk = new SimulatedDisk(new Random(1));
      VolumeStore store = TestNeedles.openWithVolume(disk);
      append(store, 1, 2);
      long at = store.ends().getFirst().offsetBytes();
      append(store, 3);
      SimulatedDisk killed = disk.afterKill();
      killed.flipBit("7.dat", at + inside, 1);
      for (int round = 0; round < 3; round++) {
        try (VolumeStore after = TestNeedles.open(killed)) {
          assertThrows(CorruptNeedleException.class, () -> TestNeedles.read(after, 3));
          Scanned scanned = TestNeedles.scanAll(after);
          if (inside < 600) {
            DamagedNeedle damaged = scanned.damaged().getFirst();
            assertEquals(3, damaged.key());
            assertEquals(CommitSequence.of(1, 3), damaged.sequence());
            assertEquals(Optional.of(NeedleKind.COMMIT), damaged.kind());
            assertEquals(TestNeedles.subjectHash(3), damaged.subjectHash());
          }
          assertEquals(Presence.LIVE, after.presence(7, 3));
          append(after, 10 + round);
        }
      }
    }
  }

  @Test
  void theRetryOfATornNeedleSurvivesEveryRestart() throws IOException {
    int voided = 0;
    for (int seed = 0; seed < 60; seed++) {
      SimulatedDisk disk = new SimulatedDisk(new Random(seed));
      VolumeStore store = TestNeedles.openWithVolume(disk);
      append(store, 1);
      for (long key = 2; key <= 9; key++) {
        store.append(TestNeedles.draft(key, TestNeedles.bytes(key, 700), Durability.OS)).join();
      }
      SimulatedDisk cut = disk.afterPowerCut();
      List<Long> left;
      try (VolumeStore after = TestNeedles.open(cut)) {
        assertEquals(List.of(), TestNeedles.scanAll(after).damaged(), "seed " + seed);
        left = TestNeedles.scan(after);
        for (long key = 2; key <= 9; key++) {
          if (!left.contains(key)) {
            voided += left.stream().anyMatch(other -> other > 2) ? 1 : 0;
            store(after, key);
          }
        }
      }
      for (String lost : List.of("", "7.map", "7.idx", "7.dead")) {
        if (!lost.isEmpty()) {
          cut.delete(lost);
        }
        cut = cut.afterKill();
        try (VolumeStore after = TestNeedles.open(cut)) {
          for (long key = 1; key <= 9; key++) {
            assertArrayEquals(TestNeedles.bytes(key, key == 1 ? 900 : 700), TestNeedles.read(after, key),
                "seed " + seed + " needle " + key + " without " + lost);
          }
          assertEquals(List.of(), TestNeedles.scanAll(after).damaged(), "seed " + seed + " without " + lost);
        }
      }
    }
    assertTrue(voided > 0, "no needle was torn before a whole one");
  }

  private static void store(VolumeStore store, long key) {
    store.append(TestNeedles.draft(key, TestNeedles.bytes(key, 700), Durability.FSYNC)).join();
  }

  @Test
  void aStoreThatCannotBeOpenedLeavesNothingOpen() throws IOException {
    SimulatedDisk disk = withNeedles(1);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.create(new VolumeSpec(8, "", TestNeedles.SPEC.placement(), "", 1 << 20));
      store.create(new VolumeSpec(9, "", TestNeedles.SPEC.placement(), "", 1 << 20));
    }
    disk.delete("8.dat");
    int threads = writers();
    assertThrows(IOException.class, () -> TestNeedles.open(disk));
    assertEquals(threads, writers());
  }

  private static int writers() {
    return (int) Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().endsWith("-writer"))
        .count();
  }

  @Test
  void creatingAVolumeNeverDeletesWhatIsThere() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.open(disk)) {
      put(disk, "7.dead", new byte[160]);
      put(disk, "7.idx", new byte[5]);
      store.create(TestNeedles.SPEC);
      assertEquals(160, bytesOf(disk, "7.dead.given-up").length);
      append(store, 1);
    }
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(List.of(1L), TestNeedles.scan(store));
    }
  }

  // Index

  @Test
  void aNeedleThatTheMapLacksIsFoundAndCompactionKeepsIt() throws IOException {
    SimulatedDisk disk = withNeedles(LongStream.rangeClosed(1, 30).toArray());
    byte[] map = bytesOf(disk, "7.map");
    ByteBuffer slots = ByteBuffer.wrap(map).order(ByteOrder.nativeOrder());
    int removed = 0;
    for (int at = 4096; at + 4096 <= map.length; at += 4096) { // a map that lost a slot and does not know it
      for (int slot = at; slot < at + 4080 && removed == 0; slot += 16) {
        if (slots.getLong(slot) == 17) {
          slots.putLong(slot, 0).putLong(slot + 8, 0);
          removed++;
        }
      }
      CRC32C crc = new CRC32C();
      crc.update(map, at, 4080);
      slots.putInt(at + 4080, (int) crc.getValue());
    }
    assertEquals(1, removed);
    byte[] bad = slots.array();
    for (int way = 0; way < 4; way++) {
      SimulatedDisk copy = disk.afterKillOf();
      put(copy, "7.map", bad);
      try (VolumeStore store = TestNeedles.open(copy)) {
        assertTrue(TestNeedles.isAbsent(store, 17), "the map is believed where it is whole");
        switch (way) {
          case 0 -> assertTrue(store.search(TestNeedles.id(17)));
          case 1 -> assertEquals(30, TestNeedles.scan(store).size());
          case 2 -> store.scrub(7, new hayloft.volume.compaction.Pace(1L << 40), new SilentWatcher());
          default -> assertTrue(store.compact(7));
        }
        assertArrayEquals(TestNeedles.bytes(17, 900), TestNeedles.read(store, 17), "way " + way);
        assertFalse(store.search(TestNeedles.id(99)));
        assertFalse(store.search(TestNeedles.id(99)));
      }
    }
  }

  private static final class SilentWatcher implements hayloft.volume.scrub.Scrubber.Watcher {
    @Override
    public void read(long doneBytes, long totalBytes) {}

    @Override
    public void damaged(hayloft.volume.scrub.Damage damage) {}
  }

  @Test
  void aDamagedPageOfTheMapIsMadeAgainByWhoeverMeetsIt() throws IOException {
    SimulatedDisk disk = withNeedles(LongStream.rangeClosed(1, 300).toArray());
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 3, List.of(8L, 9L));
    }
    for (int way = 0; way < 6; way++) {
      SimulatedDisk copy = disk.afterKillOf();
      byte[] map = bytesOf(copy, "7.map");
      for (int at = 4096 + 1000; at < map.length; at += 4096) {
        map[at] ^= 4;
      }
      put(copy, "7.map", map);
      try (VolumeStore store = TestNeedles.open(copy)) {
        switch (way) {
          case 0 -> assertEquals(Presence.LIVE, store.presence(7, 5));
          case 1 -> append(store, 301);
          case 2 -> store.markDead(7, 4, List.of(10L));
          case 3 -> assertThrows(IOException.class, () -> store.compact(7));
          case 4 -> store.readNow(TestNeedles.id(5), 0, 1);
          default -> assertEquals(298, TestNeedles.scan(store).size());
        }
        for (long key = 1; key <= 300; key++) {
          if (key == 8 || key == 9 || (key == 10 && way == 2)) {
            assertEquals(Presence.DEAD, store.presence(7, key), "way " + way);
          } else {
            assertArrayEquals(TestNeedles.bytes(key, 900), TestNeedles.read(store, key), "way " + way);
          }
        }
        assertTrue(store.compact(7));
      }
    }
  }

  @Test
  void presenceTellsLiveFromDeadFromGone() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 1, List.of(2L));
      assertEquals(Presence.LIVE, store.presence(7, 1));
      assertEquals(Presence.DEAD, store.presence(7, 2));
      assertEquals(Presence.GONE, store.presence(7, 3));
      assertEquals(Presence.GONE, store.presence(8, 1));
      assertTrue(store.compact(7));
      assertEquals(Presence.GONE, store.presence(7, 2));
      store.markDead(8, 1, List.of(2L)); // there is no such volume: nothing happens
    }
  }

  @Test
  void onlyWhatACompactionHasCertainlyTakenIsSaidToBeGone() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2, 3);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 1, List.of(2L));
      assertFalse(store.isCompactedAway(7, 2), "dead, and still there");
      assertTrue(store.compact(7));
      assertTrue(store.isCompactedAway(7, 2));
      assertFalse(store.isCompactedAway(7, 1), "it lives");
      assertFalse(store.isCompactedAway(7, 4), "never used, or used since and lost");
      assertFalse(store.isCompactedAway(8, 2), "there is no such volume");
    }
    for (String doubt : List.of("none", "head", "end")) {
      SimulatedDisk copy = disk.afterKillOf();
      copy.delete("7.map");
      byte[] file = bytesOf(copy, "7.dat");
      switch (doubt) {
        case "none" -> copy.delete("7.idx");
        case "head" -> {
          copy.delete("7.idx"); // so nobody knows which needle that was
          file[Superblock.MOST_BYTES + 10] ^= 1;
          put(copy, "7.dat", file);
        }
        default -> put(copy, "7.dat", Arrays.copyOf(file, file.length - 100));
      }
      try (VolumeStore store = TestNeedles.open(copy)) {
        assertEquals(Presence.GONE, store.presence(7, 2), doubt);
        assertEquals(doubt.equals("none"), store.isCompactedAway(7, 2), doubt);
      }
    }
  }

  @Test
  void whatACompactionCopiedWithoutKnowingItIsADoubt() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2, 3);
    disk.delete("7.map");
    disk.delete("7.idx");
    byte[] file = bytesOf(disk, "7.dat");
    file[Superblock.MOST_BYTES + 10] ^= 1;
    put(disk, "7.dat", file);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 1, List.of(2L));
      assertTrue(store.compact(7));
      assertFalse(store.isCompactedAway(7, 2));
      assertFalse(store.isCompactedAway(7, 1));
    }
  }

  // Books

  @Test
  void booksAreFoundByTheIndexAndWithoutIt() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      append(store, 1, 2);
      appendBook(store, 3);
      append(store, 4);
      appendBook(store, 5);
      appendBook(store, 6);
      store.forget(7, List.of(5L));
      assertEquals(List.of(3L, 6L), TestNeedles.scanBooks(store).live());
    }
    disk.delete("7.idx");
    long place;
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(List.of(3L, 6L), TestNeedles.scanBooks(store).live());
      place = TestNeedles.placeOf(store, 6);
    }
    disk.flipBit("7.dat", place + 48, 1);
    try (VolumeStore store = TestNeedles.open(disk)) {
      Scanned scanned = TestNeedles.scanBooks(store);
      assertEquals(List.of(3L), scanned.live());
      assertEquals(6, scanned.damaged().getFirst().key());
      assertEquals(Optional.of(NeedleKind.BOOK), scanned.damaged().getFirst().kind());
    }
  }

  // Retirement

  @Test
  void aSealedVolumeIsEmptyOnceItsBooksAreForgotten() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      append(store, 1);
      appendBook(store, 2);
      store.markDead(7, 1, List.of(1L));
      assertEquals(List.of(), store.emptied());
      store.seal(7);
      assertEquals(List.of(), store.emptied());
      store.forget(7, List.of(2L));
      assertEquals(List.of(7), store.emptied());
      assertFalse(store.compact(7), "there is nothing that a compaction could do");
      store.retire(7);
      store.retire(7);
      assertEquals(List.of(), store.volumes());
      assertTrue(disk.list().stream().noneMatch(name -> name.startsWith("7.")), () -> "left: " + left(disk));
    }
  }

  private static String left(SimulatedDisk disk) {
    try {
      return disk.list().toString();
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Test
  void everyStepOfRetiringAndOfPuttingAsideMayBeTheLast() throws IOException {
    for (boolean retire : new boolean[]{true, false}) {
      boolean completed = false;
      for (int steps = 1; !completed; steps++) {
        for (int variant = 0; variant < 3; variant++) {
          SimulatedDisk disk = new SimulatedDisk(new Random(steps * 3L + variant));
          VolumeStore store = TestNeedles.openWithVolume(disk);
          append(store, 1);
          if (retire) {
            store.markDead(7, 1, List.of(1L));
          }
          store.seal(7);
          disk.cutPowerAfter(steps);
          try {
            if (retire) {
              store.retire(7);
            } else {
              store.putAside(7);
            }
            completed = true;
            store.close();
          } catch (IOException e) {
            assertTrue(disk.isOff(), () -> "it failed by itself: " + e);
          }
          SimulatedDisk left = variant == 0 ? disk.afterKill() : disk.afterPowerCut();
          String where = (retire ? "retired" : "put aside") + ", cut at step " + steps + " variant " + variant;
          boolean there;
          try (VolumeStore after = TestNeedles.open(left)) {
            there = !after.volumes().isEmpty();
            if (there) {
              if (retire) {
                after.markDead(7, 1, List.of(1L));
                after.retire(7);
              } else {
                assertArrayEquals(TestNeedles.bytes(1, 900), TestNeedles.read(after, 1), where);
                after.putAside(7);
              }
            }
            assertTrue(after.volumes().isEmpty(), where);
          }
          List<String> names = left.list().stream().filter(name -> name.startsWith("7.")).toList();
          if (retire) {
            assertEquals(List.of(), names, where);
          } else {
            assertTrue(names.contains("7.dat.given-up") && names.contains("7.json.given-up"), where + names);
            assertTrue(names.stream().allMatch(name -> name.endsWith(".given-up")), where + names);
          }
        }
      }
    }
  }

  @Test
  void aRetiredVolumeInWhichSomethingLivesIsPutAsideAndNotDeleted() throws IOException {
    SimulatedDisk disk = withNeedles(1);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.seal(7);
      store.retire(7);
      assertEquals(List.of(), store.volumes());
      assertTrue(disk.list().contains("7.dat.given-up"));
    }
  }

  // Sealing

  @Test
  void theRunningChecksumIsTheSameHoweverOftenTheVolumeWasOpened() throws IOException {
    List<Long> sums = new ArrayList<>();
    for (int kills = 0; kills < 3; kills++) {
      SimulatedDisk disk = new SimulatedDisk(new Random(1));
      TestNeedles.openWithVolume(disk).close();
      put(disk, "7.json", bytesOf(disk, "7.json"));
      if (kills == 0) {
        first = disk.afterKillOf();
      }
      disk = first.afterKillOf();
      for (long key = 1; key <= 12; key++) {
        VolumeStore store = TestNeedles.open(disk);
        append(store, key);
        if (kills == 2 || (kills == 1 && key % 2 == 0)) {
          disk = disk.afterKill();
        } else {
          store.close();
        }
      }
      try (VolumeStore store = TestNeedles.open(disk)) {
        store.seal(7);
        assertEquals(VolumeState.SEALED, store.volumes().getFirst().state());
      }
      Descriptor sealed = Descriptor.read(disk, "7.json");
      assertEquals(bytesOf(disk, "7.dat").length, sealed.sealedLength());
      sums.add(sealed.sealedChecksum());
    }
    assertEquals(1, sums.stream().distinct().count(), () -> "sums " + sums);
    assertTrue(sums.getFirst() != 0);
  }

  private SimulatedDisk first = new SimulatedDisk(new Random(1));

  // Epochs

  @Test
  void theHighestEpochIsThatOfAnyFenceOrNeedleEvenIfOtherFilesAreGone() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      append(store, 1);
      store.append(TestNeedles.draft(2, 9, new byte[10], Durability.FSYNC)).join();
      assertEquals(9, store.highestEpoch());
      store.markDead(7, 1, List.of(2L));
      assertTrue(store.compact(7));
    }
    for (String lost : List.of("", "7.map", "7.idx")) {
      if (!lost.isEmpty()) {
        disk.delete(lost);
      }
      try (VolumeStore store = TestNeedles.open(disk)) {
        assertEquals(9, store.highestEpoch(), "the needle was compacted away; without " + lost);
        assertThrows(CompletionException.class, () -> append(store, 3), "fenced by a needle");
        store.fence(9);
      }
    }
    for (byte[] bad : new byte[][]{new byte[0], "garbage".getBytes(), "{\"epoch\":3".getBytes()}) {
      put(disk, "fence", bad);
      try (VolumeStore store = TestNeedles.open(disk)) {
        assertEquals(9, store.highestEpoch());
        store.fence(12);
      }
      try (VolumeStore store = TestNeedles.open(disk)) {
        assertEquals(12, store.highestEpoch());
        disk.delete("fence");
      }
    }
  }

  @Test
  void aLostFenceIsWrittenAgainWithTheSameEpoch() throws IOException {
    SimulatedDisk disk = withNeedles(1);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.fence(1);
    }
    disk.delete("fence");
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.fence(1);
    }
    assertTrue(disk.exists("fence"));
  }

  @Test
  void aFenceThatIsPreparedRefusesNobodyAndNeedsNoDiskToBeRaised() throws IOException {
    SimulatedDisk disk = withNeedles(1);
    try (VolumeStore store = TestNeedles.open(disk)) {
      disk.failWrites(true);
      assertThrows(NoWritableVolumeException.class, () -> store.prepareFence(5));
      disk.failWrites(false);
      store.prepareFence(5);
      append(store, 2);
      disk.failWrites(true);
      store.fence(5);
      disk.failWrites(false);
      assertThrows(CompletionException.class, () -> append(store, 3));
    }
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(5, store.highestEpoch());
    }
  }

  @Test
  void aFenceThatCannotBeWrittenIsNamedAndFencesNobody() throws IOException {
    SimulatedDisk disk = withNeedles(1);
    try (VolumeStore store = TestNeedles.open(disk)) {
      disk.failWrites(true);
      var failing = assertThrows(NoWritableVolumeException.class, () -> store.fence(5));
      assertTrue(failing.isPassing());
      assertTrue(String.valueOf(failing.getMessage()).contains("simulated/fence"), failing.getMessage());
      disk.failWrites(false);
      disk.useUpQuota(true);
      assertFalse(assertThrows(NoWritableVolumeException.class, () -> store.fence(5)).isPassing(), "full");
      disk.useUpQuota(false);
      append(store, 2);
      store.fence(5);
      assertThrows(CompletionException.class, () -> append(store, 3));
    }
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(5, store.highestEpoch());
    }
  }

  // Compaction

  @Test
  void whatADeadMarkNamedCannotComeBackThroughMarksThatWereNotDropped() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2, 3);
    try (VolumeStore store = TestNeedles.open(disk)) {
      store.markDead(7, 1, List.of(2L));
      disk.refuseToRename("7.dead");
      assertTrue(store.compact(7));
      CompletionException refused = assertThrows(CompletionException.class, () -> append(store, 2));
      assertTrue(refused.getCause() instanceof hayloft.common.volume.KeyReusedException, refused.toString());
      disk.refuseToRename("");
      append(store, 4);
    }
    try (VolumeStore store = TestNeedles.open(disk)) {
      assertEquals(List.of(1L, 3L, 4L), TestNeedles.scan(store));
    }
  }

  @Test
  void aFaultBehindTheRenameLeavesTheVolumeFailedAndNothingIsLost() throws IOException {
    for (String refused : List.of("7.idx", "7.map")) {
      for (boolean sealed : new boolean[]{false, true}) {
        SimulatedDisk disk = withNeedles(1, 2, 3);
        VolumeStore store = TestNeedles.open(disk);
        store.markDead(7, 1, List.of(2L));
        if (sealed) {
          store.seal(7);
        }
        disk.refuseToRename(refused);
        assertThrows(IOException.class, () -> store.compact(7));
        disk.refuseToRename("");
        assertArrayEquals(TestNeedles.bytes(3, 900), TestNeedles.read(store, 3));
        assertFalse(store.compact(7), "it is not known which file a crash leaves");
        if (!sealed) {
          assertEquals(VolumeUnwritableException.Reason.FAILED, refusal(store, 4));
        }
        store.close();
        try (VolumeStore after = TestNeedles.open(disk)) {
          assertEquals(1, after.marks().getFirst().generation());
          assertEquals(List.of(1L, 3L), TestNeedles.scan(after));
          assertTrue(after.compact(7));
        }
      }
    }
  }

  @Test
  void positionsOfAnotherGenerationBeginAtTheFirstNeedle() throws IOException {
    SimulatedDisk disk = withNeedles(1, 2, 3);
    try (VolumeStore store = TestNeedles.open(disk)) {
      VolumePosition end = store.ends().getFirst();
      store.markDead(7, 1, List.of(2L));
      assertTrue(store.compact(7));
      List<Long> seen = new ArrayList<>();
      VolumePosition next = store.scan(end, new hayloft.common.volume.NeedleVisitor() {
        @Override
        public void needle(hayloft.common.FileId id, NeedleKind kind, long sequence, io.netty.buffer.ByteBuf meta,
            int dataBytes) {
          seen.add(id.key());
        }

        @Override
        public void damaged(DamagedNeedle needle) {}
      });
      assertEquals(List.of(1L, 3L), seen);
      assertEquals(store.ends().getFirst(), next);
    }
  }
}

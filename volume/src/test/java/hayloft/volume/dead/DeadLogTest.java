package hayloft.volume.dead;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.NewerFormatException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

class DeadLogTest {
  private static final String NAME = "7.dead";
  private static final long GONE = 40;

  private static final class Keys implements DeadLog.Visitor {
    private final List<Long> marks = new ArrayList<>();
    private final List<Long> byRule = new ArrayList<>();
    private long damagedBytes;

    @Override
    public void mark(long key) {
      marks.add(key);
    }

    @Override
    public void byRule(long key) {
      byRule.add(key);
    }

    @Override
    public void damage(long offset, long lengthBytes) {
      damagedBytes += lengthBytes;
    }
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

  private static DeadLog.Opened open(Disk disk, DeadLog.Visitor visitor) throws IOException {
    return DeadLog.open(disk, NAME, 7, GONE, false, visitor);
  }

  /// Marks 1 to 3 up to sequence 50, mark 4 and book 100 up to 60, then book 101.
  private static byte[] written() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (DeadLog log = DeadLog.create(disk, NAME, 7, GONE)) {
      log.append(List.of(1L, 2L, 3L), 50);
      log.forget(List.of(100L));
      log.append(List.of(4L), 60);
      log.append(List.of(4L), 60);
      log.append(List.of(9L), 55);
      log.forget(List.of(101L));
      log.sync();
    }
    return content(disk);
  }

  /// As level 1 wrote it.
  private static byte[] version1(long... keys) {
    ByteBuffer log = ByteBuffer.allocate(16 * (keys.length + 1)).order(ByteOrder.LITTLE_ENDIAN);
    putVersion1(log, 0x4459_4148L | 1L << 32);
    LongStream.of(keys).forEach(key -> putVersion1(log, key));
    return log.array();
  }

  private static void putVersion1(ByteBuffer log, long value) {
    int at = log.position();
    log.putLong(value).putInt(7);
    CRC32C crc = new CRC32C();
    crc.update(log.slice(at, 12));
    log.putInt((int) crc.getValue());
  }

  @Test
  void saysWhatItWasToldAndHowFar() throws IOException {
    Keys keys = new Keys();
    DeadLog.Opened opened = open(diskWith(written()), keys);
    assertEquals("", opened.damage());
    assertEquals(60, opened.log().completeSequence());
    assertEquals(List.of(1L, 2L, 3L, 4L), keys.marks);
    assertEquals(List.of(100L, 101L), keys.byRule);
    assertNull(opened.log().legacy());
  }

  /// What it names is true, and what it says it is complete up to is.
  private static void requireTrue(byte[] content, String condition) throws IOException {
    Keys keys = new Keys();
    SimulatedDisk disk = diskWith(content);
    DeadLog.Opened opened = open(disk, keys);
    long complete = opened.log().completeSequence();
    assertTrue(List.of(GONE, 50L, 60L).contains(complete), condition + " " + complete);
    assertTrue(List.of(1L, 2L, 3L, 4L).containsAll(keys.marks) && List.of(100L, 101L).containsAll(keys.byRule),
        condition);
    assertTrue(complete < 50 || keys.marks.containsAll(List.of(1L, 2L, 3L)), condition);
    assertTrue(complete < 60 || keys.marks.contains(4L), condition);
    assertEquals(0, keys.damagedBytes, condition);
    opened.log().append(List.of(5L), 70);
    opened.log().close();
    Keys again = new Keys();
    DeadLog.Opened reopened = open(disk, again);
    assertEquals("", reopened.damage(), condition);
    assertEquals(70, reopened.log().completeSequence(), condition);
    keys.marks.add(5L);
    assertEquals(keys.marks, again.marks, condition);
  }

  @Test
  void aFlippedBitNeverHidesAMarkThatItCountsAsTold() throws IOException {
    byte[] content = written();
    for (int bit = 0; bit < content.length * Byte.SIZE; bit++) {
      byte[] damaged = content.clone();
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      requireTrue(damaged, "bit " + bit);
    }
  }

  @Test
  void aCutNeverHidesAMarkThatItCountsAsTold() throws IOException {
    byte[] content = written();
    for (int length = 0; length <= content.length; length++) {
      requireTrue(Arrays.copyOf(content, length), "length " + length);
    }
  }

  @Test
  void damageThrowsEverythingAwayAndIsTold() throws IOException {
    byte[] content = written();
    content[2 * DeadLog.RECORD_BYTES] ^= 1;
    DeadLog.Opened opened = open(diskWith(content), new Keys());
    assertTrue(opened.damage().contains("simulated/7.dead at 32"), opened.damage());
    assertEquals(GONE, opened.log().completeSequence());
    SimulatedDisk empty = new SimulatedDisk(new Random(1));
    assertEquals(GONE, open(empty, new Keys()).log().completeSequence());
  }

  @Test
  void whatIsGoneCountsAsTold() throws IOException {
    DeadLog.Opened opened = DeadLog.open(diskWith(written()), NAME, 7, 90, false, new Keys());
    assertEquals(90, opened.log().completeSequence());
  }

  @Test
  void aLogOfANewerProgramIsRefusedAndStays() throws IOException {
    ByteBuffer newer = ByteBuffer.wrap(written()).order(ByteOrder.LITTLE_ENDIAN);
    newer.put(3 * DeadLog.RECORD_BYTES + 8, (byte) 9);
    sum(newer, 3 * DeadLog.RECORD_BYTES);
    SimulatedDisk disk = diskWith(newer.array());
    assertThrows(NewerFormatException.class, () -> open(disk, new Keys()));
    assertArrayEquals(newer.array(), content(disk));
    ByteBuffer header = ByteBuffer.wrap(written()).order(ByteOrder.LITTLE_ENDIAN).putInt(4, 3);
    sum(header, 0);
    assertThrows(NewerFormatException.class, () -> open(diskWith(header.array()), new Keys()));
  }

  private static void sum(ByteBuffer log, int at) {
    CRC32C crc = new CRC32C();
    crc.update(new byte[]{7, 0, 0, 0});
    crc.update(log.slice(at, 12));
    log.putInt(at + 12, (int) crc.getValue());
  }

  @Test
  void afterACompactionWhatIsBehindItsBeginningStays() throws IOException {
    SimulatedDisk disk = diskWith(written());
    DeadLog log = open(disk, new Keys()).log();
    DeadLog.Position began = log.position();
    assertEquals(60, began.completeSequence());
    log.append(List.of(5L), 70);
    log.forget(List.of(102L));
    Keys since = new Keys();
    log.visitFrom(began, since);
    assertEquals(List.of(5L), since.marks);
    assertEquals(List.of(102L), since.byRule);
    log.dropBefore(began);
    log.append(List.of(6L), 80);
    log.close();
    Keys keys = new Keys();
    DeadLog.Opened opened = DeadLog.open(disk, NAME, 7, 60, false, keys);
    assertEquals("", opened.damage());
    assertEquals(80, opened.log().completeSequence());
    assertEquals(List.of(5L, 6L), keys.marks);
    assertEquals(List.of(102L), keys.byRule);
    assertFalse(disk.exists(NAME + DeadLog.NEXT));
  }

  @Test
  void whatAFullDiskDoesNotTakeIsWrittenWithTheNext() throws IOException {
    SimulatedDisk disk = diskWith(written());
    DeadLog log = open(disk, new Keys()).log();
    DeadLog.Position before = log.position();
    disk.failWrites(true);
    log.append(List.of(5L), 70);
    log.forget(List.of(102L));
    assertThrows(IOException.class, log::sync);
    Keys since = new Keys();
    log.visitFrom(before, since);
    assertEquals(List.of(5L), since.marks, "it is known all the same");
    disk.failWrites(false);
    log.append(List.of(6L), 80);
    log.sync();
    log.close();
    Keys keys = new Keys();
    assertEquals(80, open(disk, keys).log().completeSequence());
    assertEquals(List.of(1L, 2L, 3L, 4L, 5L, 6L), keys.marks);
  }

  @Test
  void aLogThatLostRecordsSaysNoMoreThanItHas() throws IOException {
    SimulatedDisk disk = diskWith(written());
    DeadLog log = open(disk, new Keys()).log();
    disk.failWrites(true);
    for (int round = 0; round < 3; round++) {
      log.append(LongStream.range(1000, 41_000).boxed().toList(), 70 + round);
    }
    disk.failWrites(false);
    log.append(List.of(6L), 80);
    assertEquals(80, log.completeSequence(), "the volume was told");
    assertThrows(IOException.class, log::sync);
    assertThrows(IOException.class, () -> log.dropBefore(log.position()));
    log.close();
    Keys keys = new Keys();
    assertEquals(60, open(disk, keys).log().completeSequence());
    assertEquals(List.of(1L, 2L, 3L, 4L), keys.marks);
  }

  @Test
  void aPowerCutLeavesNoMoreThanWasTold() throws IOException {
    for (long seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      SimulatedDisk disk = new SimulatedDisk(random);
      DeadLog log = DeadLog.create(disk, NAME, 7, 0);
      log.sync();
      disk.sync();
      disk.cutPowerAfter(1 + random.nextInt(60));
      try {
        for (long key = 1; !disk.isOff(); key++) {
          log.append(List.of(key), key);
          if (random.nextInt(4) == 0) {
            log.sync();
          } else if (random.nextInt(5) == 0) {
            log.dropBefore(log.position());
          }
        }
      } catch (IOException e) {
        assertTrue(disk.isOff(), "seed " + seed);
      }
      Keys keys = new Keys();
      DeadLog.Opened opened = DeadLog.open(disk.afterPowerCut(), NAME, 7, 0, false, keys);
      long complete = opened.log().completeSequence();
      for (long first = keys.marks.isEmpty() ? complete + 1 : keys.marks.getFirst(); first <= complete; first++) {
        assertTrue(keys.marks.contains(first), "seed " + seed + ": " + keys.marks + " up to " + complete);
      }
    }
  }

  @Test
  void marksOfLevelOneStayUntilTheCatalogHasToldThemAll() throws IOException {
    byte[] old = version1(11, 12, 13, 12);
    SimulatedDisk disk = diskWith(old);
    Keys keys = new Keys();
    DeadLog log = DeadLog.open(disk, NAME, 7, 0, true, keys).log();
    assertEquals(List.of(11L, 12L, 13L, 12L), keys.marks);
    assertEquals(List.of(11L, 12L, 13L), legacy(log).keys());
    assertThrows(IllegalStateException.class, () -> log.dropBefore(log.position()));
    log.append(List.of(12L, 20L), 50);
    log.forget(List.of(100L));
    assertArrayEquals(old, content(disk));
    assertEquals(50, log.completeSequence());
    log.append(List.of(13L, 11L), 51);
    assertNull(log.legacy());
    log.append(List.of(21L), 52);
    log.close();
    Keys again = new Keys();
    DeadLog.Opened opened = DeadLog.open(disk, NAME, 7, 0, true, again);
    assertEquals("", opened.damage());
    assertNull(opened.log().legacy());
    assertEquals(52, opened.log().completeSequence());
    assertEquals(new TreeSet<>(List.of(11L, 12L, 13L, 20L, 21L)), new TreeSet<>(again.marks));
    assertEquals(List.of(100L), again.byRule);
  }

  private static LegacyMarks legacy(DeadLog log) {
    LegacyMarks marks = log.legacy();
    assertNotNull(marks);
    return marks;
  }

  @Test
  void anEmptyLogOfLevelOneEndsWithTheFirstMark() throws IOException {
    SimulatedDisk disk = diskWith(version1());
    DeadLog log = DeadLog.open(disk, NAME, 7, 0, true, new Keys()).log();
    assertEquals(List.of(), legacy(log).keys());
    log.append(List.of(5L), 70);
    assertNull(log.legacy());
    log.close();
    assertEquals(70, open(disk, new Keys()).log().completeSequence());
  }

  @Test
  void aDamagedMarkOfLevelOneIsToldAndCostsNoOther() throws IOException {
    for (int record = 0; record < 3; record++) {
      byte[] old = version1(11, 12, 13);
      old[16 * record + 3] ^= 1;
      Keys keys = new Keys();
      DeadLog log = DeadLog.open(diskWith(old), NAME, 7, 0, true, keys).log();
      assertEquals(16, keys.damagedBytes, "record " + record);
      assertEquals(record == 0 ? 3 : 2, legacy(log).keys().size());
    }
  }

  @Test
  void theTruthOfLevelOneMustBeThere() throws IOException {
    for (SimulatedDisk disk : List.of(new SimulatedDisk(new Random(1)), diskWith(new byte[0]),
        diskWith(new byte[64]))) {
      IOException refused = assertThrows(IOException.class, () -> DeadLog.open(disk, NAME, 7, 0, true, new Keys()));
      assertTrue(String.valueOf(refused.getMessage()).contains("simulated/7.dead"), refused.getMessage());
    }
  }

  @Test
  void aLookChangesNothing() throws IOException {
    byte[] content = written();
    content[3 * DeadLog.RECORD_BYTES] ^= 1;
    SimulatedDisk disk = diskWith(content);
    Keys keys = new Keys();
    DeadLog.LogFacts facts = DeadLog.look(disk, NAME, 7, keys);
    assertEquals(2, facts.version());
    assertEquals(60, facts.completeSequence());
    assertFalse(facts.damage().isEmpty());
    assertEquals(16, keys.damagedBytes);
    assertEquals(List.of(1L, 3L, 4L), keys.marks);
    assertArrayEquals(content, content(disk));
    assertEquals(1, DeadLog.look(diskWith(version1(1)), NAME, 7, new Keys()).version());
    assertFalse(DeadLog.look(diskWith(new byte[50]), NAME, 7, new Keys()).isThere());
    assertFalse(DeadLog.look(new SimulatedDisk(new Random(1)), NAME, 7, new Keys()).isThere());
  }

  @Test
  void version2IsStillWrittenAsItWas() throws IOException {
    try (InputStream in = DeadLogTest.class.getResourceAsStream("dead-v2")) {
      assertNotNull(in);
      assertArrayEquals(in.readAllBytes(), written());
    }
  }
}

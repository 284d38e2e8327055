package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.Durability;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Does what a killed process leaves in a folder go at the next start, and nothing else?
class LeftoversTest {

  private static byte[] bytesOf(SimulatedDisk disk, String name) throws IOException {
    try (DiskFile file = disk.open(name)) {
      ByteBuffer bytes = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(bytes, 0);
      return bytes.array();
    }
  }

  private static void put(SimulatedDisk disk, String name, byte[] bytes) throws IOException {
    try (DiskFile file = disk.open(name)) {
      file.truncate(0);
      file.write(new ByteBuffer[]{ByteBuffer.wrap(bytes)}, 0);
      file.force();
    }
    disk.sync();
  }

  private static List<String> ofVolume(SimulatedDisk disk) throws IOException {
    return disk.list().stream().filter(name -> name.startsWith("7.")).toList();
  }

  @Test
  void everyStepOfACreationMayBeTheLastAndAHalfOneIsGoneAfterTheNextStart() throws IOException {
    int halves = 0;
    boolean completed = false;
    for (int steps = 1; !completed; steps++) {
      for (int variant = 0; variant < 4; variant++) {
        SimulatedDisk disk = new SimulatedDisk(new Random(steps * 4L + variant));
        VolumeStore store = TestNeedles.open(disk);
        disk.cutPowerAfter(steps);
        try {
          store.create(TestNeedles.SPEC);
          completed = true;
          store.close();
        } catch (IOException e) {
          assertTrue(disk.isOff(), () -> "it failed by itself: " + e);
        }
        SimulatedDisk left = variant == 0 ? disk.afterKill() : disk.afterPowerCut();
        String where = "cut at step " + steps + " variant " + variant + ": " + ofVolume(left);
        boolean described = left.exists("7.json");
        halves += !described && !ofVolume(left).isEmpty() ? 1 : 0;
        try (VolumeStore after = TestNeedles.open(left)) {
          assertEquals(described ? 1 : 0, after.volumes().size(), where);
          if (!described) {
            assertEquals(List.of(), ofVolume(left), where);
          }
        }
      }
    }
    assertTrue(halves > 5, "only " + halves + " halves were seen");
  }

  private static byte[] superblock(UUID store) {
    return Superblock.first(7, store, 5, 6, 7).encode().array();
  }

  private static SimulatedDisk withData(byte[] data) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    put(disk, "7.dat", data);
    return disk;
  }

  private static void assertStays(SimulatedDisk disk) throws IOException {
    List<String> names = disk.list();
    byte[] data = bytesOf(disk, "7.dat");
    TestNeedles.open(disk).close();
    assertEquals(names, ofVolume(disk));
    assertArrayEquals(data, bytesOf(disk, "7.dat"));
  }

  @Test
  void whatMayBeMoreThanAHalfCreationStays() throws IOException {
    byte[] first = superblock(TestNeedles.STORE);
    assertStays(withData(superblock(new UUID(9, 9))));
    assertStays(withData(Superblock.first(8, TestNeedles.STORE, 5, 6, 7).encode().array()));
    assertStays(withData(Superblock.first(7, TestNeedles.STORE, 5, 6, 7).withNextGeneration(1, 0, 4, 3, 2).encode()
        .array()));
    assertStays(withData(Superblock.first(7, TestNeedles.STORE, 5, 6, 7).withSealed(512, 0).encode().array()));
    byte[] rotten = first.clone();
    rotten[34] ^= 1;
    assertStays(withData(rotten));
    for (String other : List.of("7.dat.compact", "7.json.leaving", "7.txt")) {
      SimulatedDisk disk = withData(first);
      put(disk, other, new byte[10]);
      assertStays(disk);
    }
    SimulatedDisk withLog = withData(first);
    put(withLog, "7.idx", new byte[80]);
    assertStays(withLog);
    SimulatedDisk ofLevelOne = withData(first);
    put(ofLevelOne, "7.dead", legacyMarks());
    assertStays(ofLevelOne);
    SimulatedDisk unreadable = withData(first);
    unreadable.makeUnreadable("7.dat", 0, 512);
    assertThrows(IOException.class, () -> TestNeedles.open(unreadable));
    assertEquals(List.of("7.dat"), ofVolume(unreadable));
  }

  /// A first record and one mark.
  private static byte[] legacyMarks() {
    ByteBuffer records = ByteBuffer.allocate(32).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : new long[]{0x1_4459_4148L, 4711}) {
      CRC32C crc = new CRC32C();
      int at = records.position();
      records.putLong(value).putInt(7);
      crc.update(records.array(), at, 12);
      records.putInt((int) crc.getValue());
    }
    return records.array();
  }

  @Test
  void aVolumeInUseThatLostItsDescriptorStaysHoweverLittleIsInIt() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (VolumeStore store = TestNeedles.openWithVolume(disk)) {
      store.append(TestNeedles.draft(1, new byte[1], Durability.FSYNC)).join();
    }
    byte[] data = bytesOf(disk, "7.dat");
    disk.delete("7.json");
    SimulatedDisk cut = disk.afterKillOf();
    IOException refused = assertThrows(IOException.class, () -> TestNeedles.open(disk));
    assertTrue(refused.toString().contains("7.json is missing"), refused.toString());
    assertArrayEquals(data, bytesOf(disk, "7.dat"));
    put(cut, "7.dat", Arrays.copyOf(data, 512)); // the index log knows what it held
    assertStays(cut);
  }

  @Test
  void aHalfCreationBesideVolumesThatWerePutAsideLeavesTheseAlone() throws IOException {
    SimulatedDisk disk = withData(superblock(TestNeedles.STORE));
    put(disk, "7.dat.given-up", new byte[3]);
    TestNeedles.open(disk).close();
    assertEquals(List.of("7.dat.given-up"), ofVolume(disk));
  }
}

package hayloft.volume.store;

import static hayloft.volume.disk.TestFiles.bytesOf;
import static hayloft.volume.disk.TestFiles.put;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.VolumeSpec;
import hayloft.volume.compaction.CompactionConfig;
import hayloft.volume.compaction.PackingConfig;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.Superblock;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;

/// Does what a killed process leaves in a folder go at the next start, and nothing else?
class LeftoversTest {
  private static final VolumeStoreConfig PACKING = TestNeedles.CONFIG.withCompaction(new CompactionConfig(0.3, 0,
      1L << 40, Duration.ZERO, new PackingConfig(2, 6, 1 << 20, 1 << 20, 0)));
  private static final Pattern LASTING = Pattern.compile(
      "[0-9]+\\.(dat|idx|map|dead|json)|fence|scrub\\.json|pack-1(\\.gone)?|packs-up-to-1");

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

  /// Volumes are made, written, sealed, marked, compacted, retired, packed and changed again.
  private static void live(VolumeStore store) throws IOException {
    store.fence(3);
    for (int volume = 7; volume <= 10; volume++) {
      store.create(new VolumeSpec(volume, "", ReplicaPlacement.NONE, "", VolumeSpec.MAX_LIMIT_BYTES));
      for (long key = 1; key <= 3; key++) {
        append(store, volume, key);
      }
      store.seal(volume);
    }
    store.markDead(7, 1, List.of(1L));
    store.compact(7);
    store.markDead(8, 2, List.of(1L, 2L, 3L));
    store.retire(8);
    store.pack();
    store.markDead(9, 3, List.of(2L)); // it leaves the pack
    store.fence(4);
  }

  private static void append(VolumeStore store, int volume, long key) throws IOException {
    try {
      store.append(new NeedleDraft(new FileId(volume, key, 1), NeedleKind.COMMIT, CommitSequence.of(3, key),
          Unpooled.EMPTY_BUFFER, Unpooled.copiedBuffer(TestNeedles.bytes(key, 700)), Durability.FSYNC)).join();
    } catch (CompletionException e) {
      throw new IOException(e);
    }
  }

  @Test
  void everyStepMayBeTheLastAndNoFileOnItsWayIsLeftAfterTheNextStart() throws IOException {
    Set<String> seen = new TreeSet<>();
    boolean completed = false;
    for (int steps = 1; !completed; steps++) {
      for (int variant = 0; variant < 2; variant++) {
        SimulatedDisk disk = new SimulatedDisk(new Random(steps * 2L + variant));
        disk.cutPowerAfter(steps);
        try (VolumeStore store = TestNeedles.open(disk, PACKING)) {
          live(store);
          completed = true;
        } catch (IOException e) {
          assertTrue(disk.isOff(), () -> "it failed by itself: " + e);
        }
        SimulatedDisk left = variant == 0 ? disk.afterKill() : disk.afterPowerCut();
        List<String> names = left.list();
        TestNeedles.open(left, PACKING).close();
        names.stream().filter(name -> isLeftover(name, names))
            .forEach(name -> seen.add(name.replaceFirst("^[0-9]+", "N")));
        List<String> after = left.list();
        assertEquals(List.of(), after.stream().filter(name -> isLeftover(name, after)).toList(),
            "cut at step " + steps + " variant " + variant + " of " + names);
      }
    }
    assertTrue(seen.containsAll(List.of("N.json.new", "fence.new", "pack-1.new")), seen.toString());
  }

  private static boolean isLeftover(String name, List<String> names) {
    return !LASTING.matcher(name).matches()
        || !name.startsWith("pack") && name.contains(".dat") && !names.contains(name.replace(".dat", ".json"));
  }
}

package hayloft.volume.inspect;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.VolumeSpec;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.OverlayDisk;
import hayloft.volume.needle.NeedleHead;
import hayloft.volume.needle.NeedleReader;
import hayloft.volume.needle.NeedleScanner;
import hayloft.volume.store.VolumeStore;
import hayloft.volume.store.VolumeStoreConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A volume of ten needles, of which the third is dead, looked at in every condition.
class VolumeFileTest {
  private static final UUID STORE = new UUID(1, 2);
  private static final int NEEDLES = 10;
  private static final int DATA_BYTES = 70_000;
  private static final long DEAD_KEY = 3;

  @TempDir
  Path temp;

  private Path folder = Path.of("");
  private final List<NeedleHead> heads = new ArrayList<>();
  private final List<Long> offsets = new ArrayList<>();
  private final List<Damage> damages = new ArrayList<>();
  private long passedBytes;

  private static VolumeStore open(Disk disk) throws IOException {
    return VolumeStore.open(VolumeStoreConfig.DEFAULTS.withMinFreeBytes(0), List.of(new VolumeStore.Folder(disk, "")),
        new NodeAddress("n", "localhost:1", "localhost:1", "dc", "rack"), STORE, InstantSource.system(),
        ByteBufAllocator.DEFAULT);
  }

  private static FileId id(long key) {
    return new FileId(7, key, 31);
  }

  private static byte[] data(long key) {
    byte[] bytes = new byte[DATA_BYTES];
    new Random(key).nextBytes(bytes);
    return bytes;
  }

  private static void append(VolumeStore store, long key) {
    store.append(new NeedleDraft(id(key), NeedleKind.COMMIT, CommitSequence.of(1, key),
        Unpooled.copiedBuffer(new byte[]{(byte) key}), Unpooled.copiedBuffer(data(key)), Durability.FSYNC)).join();
  }

  @BeforeEach
  void fill() throws IOException {
    folder = Files.createTempDirectory(temp, "volumes");
    try (VolumeStore store = open(new FileDisk(folder))) {
      store.create(new VolumeSpec(7, "", ReplicaPlacement.NONE, "", 1L << 30));
      for (long key = 1; key <= NEEDLES; key++) {
        append(store, key);
      }
      store.markDead(7, 1, List.of(DEAD_KEY));
    }
  }

  private VolumeFile look() throws IOException {
    heads.clear();
    offsets.clear();
    damages.clear();
    try (VolumeFile file = VolumeFile.open(folder.resolve("7.dat"))) {
      file.look(NeedleScanner.Depth.DATA, new VolumeFile.Visitor() {
        @Override
        public void needle(NeedleHead head, long offset, ByteBuffer meta) {
          heads.add(head);
          offsets.add(offset);
        }

        @Override
        public void damage(Damage damage) {
          damages.add(damage);
        }

        @Override
        public void passed(long bytes) {
          passedBytes += bytes;
        }
      });
      return file;
    }
  }

  private void flip(long offset) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("7.dat"));
    bytes[(int) offset] ^= 0x10;
    Files.write(folder.resolve("7.dat"), bytes);
  }

  /// Every file with its bytes: what must not change.
  private Map<String, String> contents() throws IOException {
    Map<String, String> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        contents.put(file.getFileName() + " " + Files.getLastModifiedTime(file),
            HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
    return contents;
  }

  @Test
  void aWholeVolumeIsSeenWholeAndStaysAsItIs() throws IOException {
    Map<String, String> before = contents();
    VolumeFile file = look();
    assertEquals(NEEDLES, heads.size());
    assertEquals(List.of(), damages);
    assertTrue(file.closedCleanly());
    assertEquals(1, file.dead().size());
    assertTrue(file.dead().contains(DEAD_KEY) && !file.dead().contains(4), "only the third is dead");
    assertEquals(file.endBytes(), passedBytes);
    assertEquals(before, contents());
  }

  @Test
  void aFlippedBitOfDataIsALossThatItsNeedleStillNames() throws IOException {
    look();
    flip(offsets.get(4) + heads.get(4).dataOffset() + 66_000);
    VolumeFile file = look();
    assertEquals(1, damages.size());
    Damage damage = damages.getFirst();
    assertEquals(Damage.Weight.LOST, damage.weight(), damage.what());
    assertEquals(5, damage.key());
    assertTrue(damage.what().contains("block 1"), damage.what());
    try (VolumeFile again = VolumeFile.open(file.path())) {
      NeedleHead head = assertNotNullHead(damage);
      NeedleReader.Front front = again.front(head, damage.offset());
      assertArrayEquals(new byte[]{5}, ByteBufUtil.getBytes(front.meta()));
      front.meta().release();
    }
  }

  private static NeedleHead assertNotNullHead(Damage damage) {
    NeedleHead head = damage.head();
    assertNotNull(head);
    return head;
  }

  @Test
  void theIndexLogNamesANeedleWhoseHeadIsUnreadable() throws IOException {
    look();
    flip(offsets.get(6) + 9);
    look();
    assertEquals(1, damages.size());
    assertEquals(7, damages.getFirst().key());
    assertEquals(Damage.Weight.LOST, damages.getFirst().weight());
    assertEquals(null, damages.getFirst().head());
    assertEquals(NEEDLES - 1, heads.size());
  }

  @Test
  void withoutIndexLogTheLossHasNoName() throws IOException {
    look();
    flip(offsets.get(6) + 9);
    Files.delete(folder.resolve("7.idx"));
    look();
    assertEquals(0, damages.getFirst().key());
  }

  @Test
  void aDamagedNeedleThatIsDeadIsNoLoss() throws IOException {
    look();
    flip(offsets.get((int) DEAD_KEY - 1) + heads.get(2).dataOffset());
    look();
    assertEquals(Damage.Weight.DEAD, damages.getFirst().weight());
  }

  @Test
  void theTornEndOfACrashIsNoLossButTheSameInAVolumeThatWasClosedIs() throws IOException {
    Path data = folder.resolve("7.dat");
    byte[] bytes = Files.readAllBytes(data);
    Path log = folder.resolve("7.idx");
    byte[] entries = Files.readAllBytes(log);
    Files.write(data, java.util.Arrays.copyOf(bytes, bytes.length - 5000)); // the map no longer fits: as after a crash
    Files.delete(log);
    assertFalse(look().closedCleanly());
    assertEquals(1, damages.size());
    assertEquals(Damage.Weight.TORN, damages.getFirst().weight());

    Files.write(log, entries);
    Files.write(data, bytes);
    flip(bytes.length - 1000);
    assertTrue(look().closedCleanly());
    assertEquals(Damage.Weight.LOST, damages.getFirst().weight());
  }

  @Test
  void whatTheIndexLogKnowsBehindTheEndOfAFileThatWasCutIsLost() throws IOException {
    Path data = folder.resolve("7.dat");
    byte[] bytes = Files.readAllBytes(data);
    for (int cutNeedles = 1; cutNeedles <= 3; cutNeedles++) {
      Files.write(data, java.util.Arrays.copyOf(bytes, bytes.length - (cutNeedles - 1) * (DATA_BYTES + 64) - 5000));
      look();
      assertEquals(cutNeedles, damages.size());
      for (int i = 0; i < cutNeedles; i++) {
        assertEquals(Damage.Weight.LOST, damages.get(i).weight(), damages.get(i).what());
        assertEquals(NEEDLES - cutNeedles + 1 + i, damages.get(i).key());
      }
    }
  }

  @Test
  void aDamagedSuperblockIsToldAndNoObstacle() throws IOException {
    flip(20);
    VolumeFile file = look();
    assertTrue(file.superblockFault().orElse("").contains("superblock crc"), file.superblockFault().toString());
    assertEquals(NEEDLES, heads.size());
  }

  @Test
  void anOverlayIsRecoveredAndReadAndLeavesTheFolderAsItIs() throws IOException {
    Path data = folder.resolve("7.dat");
    byte[] bytes = Files.readAllBytes(data);
    Files.write(data, java.util.Arrays.copyOf(bytes, bytes.length - 5000));
    flip(20);
    Map<String, String> before = contents();
    Path scratch = Files.createDirectory(temp.resolve("scratch"));
    try (VolumeStore store = open(new OverlayDisk(folder, scratch))) {
      for (long key = 1; key < NEEDLES; key++) {
        ReadResult read = store.read(id(key), 0, Integer.MAX_VALUE);
        if (key == DEAD_KEY) {
          assertInstanceOf(ReadResult.Absent.class, read);
        } else {
          ByteBuf found = assertInstanceOf(ReadResult.Found.class, read, "needle " + key).data();
          assertArrayEquals(data(key), ByteBufUtil.getBytes(found));
          found.release();
        }
      }
      assertThrows(CorruptNeedleException.class, () -> store.read(id(NEEDLES), 0, 1),
          "the file was longer once: what is behind its end is lost, and not deleted");
    }
    assertEquals(before, contents());
  }

  @Test
  void anOverlayShowsNoVolumeThatWasBeingTakenAwayAndLeavesTheFolderAsItIs() throws IOException {
    for (boolean retired : new boolean[]{true, false}) {
      HookedDisk disk = new HookedDisk(new FileDisk(folder));
      try (VolumeStore store = open(disk)) {
        if (retired) {
          store.markDead(7, 2, LongStream.rangeClosed(1, NEEDLES).boxed().toList());
        }
        disk.hook((call, name) -> {
          if (name.equals("7.dat") && (call == HookedDisk.Call.DELETE || call == HookedDisk.Call.RENAME)) {
            throw new IOException("killed here");
          }
        });
        assertThrows(IOException.class, () -> takeAway(store, retired));
      }
      assertTrue(Files.exists(folder.resolve("7.dat")));
      Map<String, String> before = contents();
      try (
          VolumeStore store = open(new OverlayDisk(folder, Files.createDirectory(temp.resolve("scratch" + retired))))) {
        assertEquals(List.of(), store.volumes());
      }
      assertEquals(before, contents());
      fill();
    }
  }

  private static void takeAway(VolumeStore store, boolean retired) throws IOException {
    if (retired) {
      store.retire(7);
    } else {
      store.putAside(7);
    }
  }
}

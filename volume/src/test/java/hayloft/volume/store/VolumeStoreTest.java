package hayloft.volume.store;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.CommitSequence;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.placement.NodeAddress;
import hayloft.common.placement.ReplicaPlacement;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.KeyReusedException;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.ReadResult;
import hayloft.common.volume.StaleEpochException;
import hayloft.common.volume.VolumeMarks;
import hayloft.common.volume.VolumePosition;
import hayloft.common.volume.VolumeSpec;
import hayloft.common.volume.VolumeUnwritableException;
import hayloft.volume.disk.FileDisk;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class VolumeStoreTest {
  private static final UUID STORE = new UUID(1, 2);
  private static final VolumeSpec SPEC = new VolumeSpec(7, "", ReplicaPlacement.NONE, "", 1L << 30);
  private static final long SEQUENCE = CommitSequence.of(1, 1);

  @TempDir
  Path temp;

  private VolumeStore open(Path folder) throws IOException {
    return VolumeStore.open(VolumeStoreConfig.DEFAULTS.withMinFreeBytes(0),
        List.of(new VolumeStore.Folder(new FileDisk(folder), "")),
        new NodeAddress("n", "localhost:1", "localhost:1", "dc", "rack"), STORE, InstantSource.system(),
        ByteBufAllocator.DEFAULT);
  }

  private VolumeStore openWithVolume(Path folder) throws IOException {
    VolumeStore store = open(folder);
    store.create(SPEC);
    return store;
  }

  private static NeedleDraft draft(long key, byte[] data) {
    return new NeedleDraft(new FileId(7, key, (int) key * 31), NeedleKind.COMMIT, SEQUENCE,
        Unpooled.copiedBuffer(("meta" + key).getBytes(java.nio.charset.StandardCharsets.UTF_8)),
        Unpooled.copiedBuffer(data), Durability.FSYNC);
  }

  private static byte[] bytes(long seed, int size) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  private static byte[] read(VolumeStore store, long key) throws IOException {
    ReadResult result = store.read(new FileId(7, key, (int) key * 31), 0, Integer.MAX_VALUE);
    ByteBuf data = assertInstanceOf(ReadResult.Found.class, result, "needle " + key).data();
    try {
      return ByteBufUtil.getBytes(data);
    } finally {
      data.release();
    }
  }

  private static List<Long> scanned(VolumeStore store) throws IOException {
    List<Long> keys = new ArrayList<>();
    store.scan(VolumePosition.start(7), new NeedleVisitor() {
      @Override
      public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) {
        assertEquals("meta" + id.key(), meta.toString(java.nio.charset.StandardCharsets.UTF_8));
        keys.add(id.key());
      }

      @Override
      public void damaged(hayloft.common.volume.DamagedNeedle needle) {}
    });
    return keys;
  }

  /// What a kill leaves: the files as they are, with nothing closed.
  private Path copyOf(Path folder, String name) throws IOException {
    Path copy = Files.createDirectory(temp.resolve(name));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    return copy;
  }

  @Test
  void needlesComeBackAsTheyWentInAnyRange() throws IOException {
    try (VolumeStore store = openWithVolume(temp.resolve("a"))) {
      int[] sizes = {0, 1, 7, 8, 65_535, 65_536, 65_537, 200_000, 5_000_000};
      for (int i = 0; i < sizes.length; i++) {
        store.append(draft(i + 1, bytes(i, sizes[i]))).join();
      }
      Random random = new Random(5);
      for (int i = 0; i < sizes.length; i++) {
        byte[] data = bytes(i, sizes[i]);
        assertArrayEquals(data, read(store, i + 1));
        for (int n = 0; n < 20 && sizes[i] > 0; n++) {
          int from = random.nextInt(sizes[i]);
          int length = random.nextInt(300_000);
          ReadResult.Found found = (ReadResult.Found) store.read(new FileId(7, i + 1, (i + 1) * 31), from, length);
          assertArrayEquals(java.util.Arrays.copyOfRange(data, from, Math.min(sizes[i], from + length)),
              ByteBufUtil.getBytes(found.data()), "size " + sizes[i] + " from " + from + " length " + length);
          found.data().release();
        }
      }
      assertInstanceOf(ReadResult.Absent.class, store.read(new FileId(7, 1, 5), 0, 1), "another cookie");
      assertInstanceOf(ReadResult.Absent.class, store.read(new FileId(7, 99, 5), 0, 1), "another key");
    }
  }

  @Test
  void aStoreThatWasClosedOpensWithEverything() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      for (int key = 1; key <= 3000; key++) {
        CompletableFuture<Void> done = store.append(draft(key, bytes(key, key % 700)));
        if (key == 3000) {
          done.join();
        }
      }
      TestNeedles.markDead(store, List.of(3L, 5L));
    }
    for (int round = 0; round < 2; round++) {
      try (VolumeStore store = open(folder)) {
        for (int key = 1; key <= 3000; key++) {
          if (key != 3 && key != 5) {
            assertArrayEquals(bytes(key, key % 700), read(store, key));
          }
        }
        assertInstanceOf(ReadResult.Absent.class, store.read(new FileId(7, 3, 93), 0, 1));
        assertEquals(2998, scanned(store).size());
        assertEquals(2998, store.volumes().getFirst().liveNeedles());
        assertEquals(2, store.volumes().getFirst().deadNeedles());
        assertEquals(3000, store.volumes().getFirst().highestKey());
        assertTrue(store.volumes().getFirst().deadBytes() > 0);
      }
    }
  }

  @Test
  void everyCacheMayBeMissingTornStaleOrForeign() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      for (int key = 1; key <= 500; key++) {
        store.append(draft(key, bytes(key, 300)));
      }
      store.append(draft(501, bytes(501, 300))).join();
      TestNeedles.markDead(store, List.of(4L));
      Path killed = copyOf(folder, "killed");
      check(killed);
    }
    byte[] index = Files.readAllBytes(folder.resolve("7.idx"));
    Path missing = copyOf(folder, "missing");
    Files.delete(missing.resolve("7.idx"));
    Files.delete(missing.resolve("7.map"));
    check(missing);
    Path noMap = copyOf(folder, "no-map");
    Files.delete(noMap.resolve("7.map"));
    check(noMap);
    Path noLog = copyOf(folder, "no-log");
    Files.delete(noLog.resolve("7.idx"));
    check(noLog);
    Path torn = copyOf(folder, "torn");
    Files.write(torn.resolve("7.idx"), java.util.Arrays.copyOf(index, index.length / 2 + 5));
    Files.delete(torn.resolve("7.map"));
    check(torn);
    Path flipped = copyOf(folder, "flipped");
    byte[] bad = index.clone();
    bad[2000] ^= 1;
    Files.write(flipped.resolve("7.idx"), bad);
    Files.delete(flipped.resolve("7.map"));
    check(flipped);
    Path foreign = copyOf(folder, "foreign");
    Files.write(foreign.resolve("7.idx"), bytes(1, 4800));
    Files.write(foreign.resolve("7.map"), bytes(2, 65536));
    check(foreign);
  }

  private void check(Path folder) throws IOException {
    for (int round = 0; round < 2; round++) {
      try (VolumeStore store = open(folder)) {
        for (int key = 1; key <= 501; key++) {
          if (key == 4) {
            assertInstanceOf(ReadResult.Absent.class, store.read(new FileId(7, 4, 4 * 31), 0, 1));
          } else {
            assertArrayEquals(bytes(key, 300), read(store, key), folder + " needle " + key);
          }
        }
        assertEquals(500, scanned(store).size());
        assertEquals(500, store.volumes().getFirst().liveNeedles());
      }
    }
  }

  @Test
  void aVolumeWhoseFileOrDescriptorIsMissingIsRefusedByName() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      store.append(draft(1, bytes(1, 100))).join();
    }
    Path noData = copyOf(folder, "no-data");
    Files.delete(noData.resolve("7.dat"));
    IOException missing = assertThrows(IOException.class, () -> open(noData).close());
    assertTrue(missing.toString().contains("7.dat is missing"), missing.toString());
    assertFalse(Files.exists(noData.resolve("7.dat")), "nothing is made up");
    Path noDescriptor = copyOf(folder, "no-descriptor");
    Files.delete(noDescriptor.resolve("7.json"));
    IOException orphan = assertThrows(IOException.class, () -> open(noDescriptor).close());
    assertTrue(orphan.toString().contains("7.json is missing"), orphan.toString());
  }

  @Test
  void aTornTailIsCutAndWritingGoesOn() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      for (int key = 1; key <= 9; key++) {
        store.append(draft(key, bytes(key, 1000))).join();
      }
      Path copy = copyOf(folder, "torn");
      Files.delete(copy.resolve("7.idx")); // which knows that the last needle was acknowledged
      try (RandomAccessFile file = new RandomAccessFile(copy.resolve("7.dat").toFile(), "rw")) {
        file.setLength(file.length() - 100);
      }
      try (VolumeStore recovered = open(copy)) {
        assertEquals(8, scanned(recovered).size());
        assertInstanceOf(ReadResult.Absent.class, recovered.read(new FileId(7, 9, 9 * 31), 0, 1));
        recovered.append(draft(10, bytes(10, 50))).join();
        assertArrayEquals(bytes(10, 50), read(recovered, 10));
      }
      Path garbage = copyOf(folder, "garbage");
      try (RandomAccessFile file = new RandomAccessFile(garbage.resolve("7.dat").toFile(), "rw")) {
        file.seek(file.length());
        file.write(bytes(3, 5000));
        file.write(new byte[5000]);
      }
      try (VolumeStore recovered = open(garbage)) {
        assertEquals(9, scanned(recovered).size());
        recovered.append(draft(10, bytes(10, 50))).join();
        assertEquals(10, scanned(recovered).size());
      }
    }
  }

  @Test
  void aFlippedBitCostsItsNeedleAlone() throws IOException {
    Path folder = temp.resolve("a");
    long[] starts = new long[11];
    try (VolumeStore store = openWithVolume(folder)) {
      for (int key = 1; key <= 10; key++) {
        starts[key] = store.ends().getFirst().offsetBytes();
        store.append(draft(key, bytes(key, 100_000))).join();
      }
    }
    int[] insideNeedle = {4, 20, 38, 49, 70_000}; // volume, sequence, data length, meta, data
    for (int inside : insideNeedle) {
      for (boolean caches : new boolean[]{true, false}) {
        Path copy = copyOf(folder, "flip-" + inside + caches);
        try (RandomAccessFile file = new RandomAccessFile(copy.resolve("7.dat").toFile(), "rw")) {
          file.seek(starts[5] + inside);
          int old = file.read();
          file.seek(starts[5] + inside);
          file.write(old ^ 0x10);
        }
        if (!caches) {
          Files.delete(copy.resolve("7.idx"));
          Files.delete(copy.resolve("7.map"));
        }
        try (VolumeStore store = open(copy)) {
          for (int key = 1; key <= 10; key++) {
            if (key != 5) {
              assertArrayEquals(bytes(key, 100_000), read(store, key), "flip at " + inside);
            }
          }
          if (caches) {
            assertThrows(CorruptNeedleException.class, () -> read(store, 5));
          }
          assertEquals(inside == 70_000 ? 10 : 9, scanned(store).size(), "flip at " + inside + " caches " + caches);
        }
      }
    }
  }

  @Test
  void bytesThatLookLikeANeedleAreNotTakenForOne() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      store.append(draft(1, bytes(1, 1000))).join();
    }
    byte[] volume = Files.readAllBytes(folder.resolve("7.dat"));
    byte[] needle = java.util.Arrays.copyOfRange(volume, 512, volume.length);
    Path other = temp.resolve("b");
    try (VolumeStore store = openWithVolume(other)) { // another salt
      store.append(draft(2, needle)).join();
      store.append(draft(3, bytes(3, 10))).join();
    }
    try (RandomAccessFile file = new RandomAccessFile(other.resolve("7.dat").toFile(), "rw")) {
      file.seek(512);
      file.write(new byte[8]); // the magic of needle 2 is gone: a scan looks for the next head inside its data
    }
    Files.delete(other.resolve("7.idx"));
    Files.delete(other.resolve("7.map"));
    try (VolumeStore store = open(other)) {
      assertEquals(List.of(3L), scanned(store));
    }
  }

  @Test
  void olderEpochsAreRefusedAfterAFenceAlsoAfterARestart() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      store.append(draft(1, new byte[10])).join();
      store.fence(2);
      Throwable refusal = assertThrows(CompletionException.class, () -> store.append(draft(2, new byte[10])).join());
      assertInstanceOf(StaleEpochException.class, refusal.getCause());
    }
    try (VolumeStore store = open(folder)) {
      assertEquals(2, store.highestEpoch());
      Throwable refusal = assertThrows(CompletionException.class, () -> store.append(draft(2, new byte[10])).join());
      assertInstanceOf(StaleEpochException.class, refusal.getCause());
    }
  }

  @Test
  void fullAndSealedVolumesRefuse() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = open(folder)) {
      store.create(new VolumeSpec(7, "", ReplicaPlacement.NONE, "", 4096));
      store.append(draft(1, new byte[2000])).join();
      assertEquals(VolumeUnwritableException.Reason.FULL, refusal(store, draft(2, new byte[3000])));
      store.seal(7);
      store.seal(7);
      assertEquals(VolumeUnwritableException.Reason.SEALED, refusal(store, draft(3, new byte[1])));
      assertArrayEquals(new byte[2000], read(store, 1));
      TestNeedles.markDead(store, List.of(1L));
      assertFalse(scanned(store).contains(1L));
    }
    try (VolumeStore store = open(folder)) {
      assertEquals(VolumeUnwritableException.Reason.SEALED, refusal(store, draft(3, new byte[1])));
    }
  }

  @Test
  void aFullVolumeStillTakesNeedlesWithoutData() throws IOException {
    try (VolumeStore store = open(temp.resolve("a"))) {
      store.create(new VolumeSpec(7, "", ReplicaPlacement.NONE, "", 1 << 20));
      long key = 1;
      while (store.append(draft(key, new byte[20_000])).handle((_, fault) -> fault == null).join()) {
        key++;
      }
      long limit = (1 << 20) - (1 << 16);
      assertTrue(store.ends().getFirst().offsetBytes() <= limit, "held back");
      int more = 0;
      while (store.append(draft(++key, new byte[0])).handle((_, fault) -> fault == null).join()) {
        more++;
      }
      assertTrue(more > 500, "needles without data: " + more);
      assertEquals(VolumeUnwritableException.Reason.FULL, refusal(store, draft(++key, new byte[0])));
    }
  }

  @Test
  void aLogOfDeadMarksThatIsMissingOrDamagedBeginsAnewAndIsToldEverything() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      store.append(draft(1, new byte[10]));
      store.append(draft(2, new byte[10])).join();
      store.markDead(7, 11, List.of(1L));
      store.markDead(7, 12, List.of(99L));
      store.markDead(7, 12, List.of(2L)); // known already, as far as the volume is told
      assertEquals(new VolumeMarks(7, 0, 0, 12, false), store.marks().getFirst());
      assertEquals(List.of(2L), scanned(store));
    }
    Path log = folder.resolve("7.dead");
    byte[] marks = Files.readAllBytes(log);
    byte[] flipped = marks.clone();
    flipped[32] ^= 1;
    for (byte[] bad : new byte[][]{null, new byte[0], bytes(1, 100), flipped, java.util.Arrays.copyOf(marks, 40)}) {
      if (bad == null) {
        Files.delete(log);
      } else {
        Files.write(log, bad);
      }
      try (VolumeStore store = open(folder)) {
        assertEquals(0, store.marks().getFirst().completeSequence());
        assertEquals(List.of(1L, 2L), scanned(store), "the map must not know more than the log");
        store.markDead(7, 11, List.of(1L));
        store.markDead(7, 12, List.of(99L));
        assertEquals(List.of(2L), scanned(store));
      }
    }
    try (VolumeStore store = open(folder)) {
      assertEquals(new VolumeMarks(7, 0, 0, 12, false), store.marks().getFirst());
      assertEquals(List.of(2L), scanned(store));
    }
  }

  @Test
  void aKeyThatIsMarkedDeadIsRefused() throws IOException {
    Path folder = temp.resolve("a");
    try (VolumeStore store = openWithVolume(folder)) {
      for (long key = 1; key <= 3000; key++) {
        store.append(draft(key, new byte[10]));
      }
      store.append(draft(3001, new byte[10])).join();
      TestNeedles.markDead(store, List.of(5L));
      assertReused(store, 5);
      for (long key = 4000; key <= 7000; key++) {
        store.append(draft(key, new byte[10])); // the map grows over it
      }
      store.append(draft(7001, new byte[10])).join();
      assertReused(store, 5);
    }
    try (VolumeStore store = open(folder)) {
      assertReused(store, 5);
    }
    Files.delete(folder.resolve("7.map"));
    try (VolumeStore store = open(folder)) {
      assertReused(store, 5);
    }
  }

  private static void assertReused(VolumeStore store, long key) {
    Throwable refusal = assertThrows(CompletionException.class, () -> store.append(draft(key, new byte[10])).join());
    assertInstanceOf(KeyReusedException.class, refusal.getCause());
  }

  private static VolumeUnwritableException.Reason refusal(VolumeStore store, NeedleDraft draft) {
    Throwable refusal = assertThrows(CompletionException.class, () -> store.append(draft).join()).getCause();
    return assertInstanceOf(VolumeUnwritableException.class, refusal).reason();
  }

  @Test
  void whatIsInThePageCacheIsReadWithoutWaiting() throws IOException {
    try (VolumeStore store = openWithVolume(temp.resolve("a"))) {
      store.append(draft(1, bytes(1, 4096))).join();
      switch (store.readNow(new FileId(7, 1, 31), 0, 4096)) {
        case ReadResult.Found(ByteBuf data) -> {
          assertArrayEquals(bytes(1, 4096), ByteBufUtil.getBytes(data));
          data.release();
        }
        case ReadResult.NotCached() -> {
        }
        case ReadResult.Absent() -> throw new AssertionError("absent");
      }
    }
  }

  /// Such a needle once kept every start from succeeding.
  @Test
  void aKeyThatNoMasterGaveIsReadAndCountsForNothing() throws IOException {
    Path folder = Files.createDirectory(temp.resolve("stray"));
    long[] strays = {Long.MAX_VALUE, FileId.HIGHEST_KEY + 1, -1, Long.MIN_VALUE};
    try (VolumeStore store = openWithVolume(folder)) {
      store.append(draft(5, bytes(5, 10))).join();
      for (long stray : strays) {
        store.append(draft(stray, bytes(stray, 10))).join();
      }
      assertEquals(5, store.volumes().getFirst().highestKey());
    }
    for (int round = 0; round < 3; round++) {
      try (VolumeStore store = open(folder)) {
        assertEquals(5 + round, store.volumes().getFirst().highestKey());
        for (long stray : strays) {
          assertArrayEquals(bytes(stray, 10), read(store, stray));
        }
        store.append(draft(6 + round, bytes(6, 10))).join();
      }
    }
  }
}

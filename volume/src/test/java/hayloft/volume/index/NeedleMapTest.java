package hayloft.volume.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.FileId;
import hayloft.common.volume.Presence;
import hayloft.volume.LoggedLines;
import hayloft.volume.disk.Disk;
import hayloft.volume.disk.DiskFile;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.HookedDisk;
import hayloft.volume.disk.NoSpaceException;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeedleMapTest {
  private static final Superblock VOLUME = Superblock.first(7, new UUID(1, 2), 3, 4, 0).withNextGeneration(2, 0, 0, 0,
      0);

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void holdsWhatAPlainMapHolds(long seed) throws IOException {
    Random random = new Random(seed);
    SimulatedDisk disk = new SimulatedDisk(random);
    NeedleMap map = NeedleMap.create(disk, "7.map", VOLUME, 0);
    Map<Long, Long> model = new HashMap<>();
    List<Long> everPut = new ArrayList<>();
    for (int step = 0; step < 30_000; step++) {
      if (random.nextInt(4) > 0 || everPut.isEmpty()) {
        long key = random.nextBoolean() ? everPut.size() + 1 : random.nextLong(1, FileId.HIGHEST_KEY);
        if (!model.containsKey(key)) {
          long place = NeedlePlace.of((1L + random.nextInt(1 << 28)) * 8, (1 + random.nextInt(1000)) * 8);
          map.put(key, place, key >>> 1);
          model.put(key, place);
          everPut.add(key);
        }
      } else {
        long key = everPut.get(random.nextInt(everPut.size()));
        assertEquals(model.remove(key) != null, map.remove(key), "seed " + seed);
      }
      if (random.nextInt(5000) == 0) {
        map.close(step, 9);
        map.free();
        assertNull(NeedleMap.openClean(disk, "7.map", VOLUME.withNextGeneration(3, 0, 0, 0, 0), step, 9),
            "another generation");
        assertNull(NeedleMap.openClean(disk, "7.map", VOLUME, step + 8, 9), "another length");
        assertNull(NeedleMap.openClean(disk, "7.map", VOLUME, step, 10), "another dead log");
        map = assertNotNull2(NeedleMap.openClean(disk, "7.map", VOLUME, step, 9));
        assertNull(NeedleMap.openClean(disk, "7.map", VOLUME, step, 9), "in use, so not clean");
      }
    }
    assertEquals(model.size(), map.liveNeedles(), "seed " + seed);
    for (long key : everPut) {
      OptionalLong found = map.find(key);
      assertEquals(model.get(key), found.isPresent() ? (Long) found.getAsLong() : null, "seed " + seed + " key " + key);
    }
    for (int i = 0; i < 1000; i++) {
      long key = random.nextLong();
      assertEquals(model.containsKey(key), map.find(key).isPresent());
    }
  }

  private static <T> T assertNotNull2(@org.jspecify.annotations.Nullable T value) {
    assertNotNull(value);
    return value;
  }

  @Test
  void readersFindEverythingWhileItGrows(@TempDir Path folder) throws Exception {
    NeedleMap map = NeedleMap.create(new FileDisk(folder), "7.map", VOLUME, 0);
    int needles = 400_000;
    AtomicLong published = new AtomicLong();
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Long>> readers = new ArrayList<>();
      for (int reader = 0; reader < 2; reader++) {
        Random random = new Random(reader);
        readers.add(threads.submit(() -> {
          long lookups = 0;
          for (long known = 0; known < needles;) {
            known = published.get();
            for (int i = 0; i < 200 && known > 0; i++, lookups++) {
              long key = random.nextInt(3) == 0 ? known : 1 + random.nextLong(known);
              OptionalLong place = map.find(key);
              if (place.isEmpty() || place.getAsLong() != NeedlePlace.of(key * 8, 64)) {
                throw new AssertionError("key " + key + " of " + known + ": " + place);
              }
            }
          }
          return lookups;
        }));
      }
      for (long key = 1; key <= needles; key++) {
        map.put(key, NeedlePlace.of(key * 8, 64), key);
        published.set(key);
      }
      for (Future<Long> reader : readers) {
        assertTrue(reader.get() > 0);
      }
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    }
    assertTrue(map.mappedBytes() <= 24L * needles * 2, "both tables while moving");
  }

  @Test
  void atRestANeedleCostsAtMost24Bytes(@TempDir Path folder) throws IOException {
    NeedleMap map = NeedleMap.create(new FileDisk(folder), "7.map", VOLUME, 0);
    double worst = 0;
    long before = 0;
    for (long key = 1; key <= 300_000; key++) {
      map.put(key * 0x9e3779b97f4a7c15L | 1, NeedlePlace.of(key * 8, 64), key);
      if (key > 20_000 && map.mappedBytes() == before) {
        worst = Math.max(worst, map.isGrowing() ? 0 : (double) map.mappedBytes() / key);
      }
      before = map.mappedBytes();
    }
    assertTrue(worst > 16 && worst <= 24, "bytes a needle: " + worst);
  }

  /// A map of 600 needles, of which every seventh is dead, closed cleanly.
  private static byte[] closedMap() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    NeedleMap map = NeedleMap.create(disk, "7.map", VOLUME, 0);
    for (long key = 1; key <= 600; key++) {
      map.put(key, NeedlePlace.of(key * 64, 64), key + 5);
    }
    for (long key = 7; key <= 600; key += 7) {
      map.remove(key);
    }
    map.close(1 << 20, 44);
    map.free();
    return content(disk, "7.map");
  }

  private static byte[] content(Disk disk, String name) throws IOException {
    try (DiskFile file = disk.open(name)) {
      ByteBuffer content = ByteBuffer.allocate((int) file.sizeBytes());
      file.read(content, 0);
      return content.array();
    }
  }

  private static SimulatedDisk diskWith(byte[] content) throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    try (DiskFile file = disk.open("7.map")) {
      file.write(new ByteBuffer[]{ByteBuffer.wrap(content)}, 0);
    }
    return disk;
  }

  /// Either the map is not trusted, or it says that it is damaged, or what it says is true.
  private static boolean isTrueOrDamaged(byte[] content, String condition) throws IOException {
    NeedleMap map = NeedleMap.openClean(diskWith(content), "7.map", VOLUME, 1 << 20, 44);
    if (map == null) {
      return false;
    }
    try {
      assertEquals(600 - 85, map.liveNeedles(), condition);
      assertEquals(85, map.deadNeedles(), condition);
      assertEquals(600, map.highestKey(), condition);
      assertEquals(605, map.highestSequence(), condition);
      for (long key = 1; key <= 700; key++) {
        Presence expected = key > 600 ? Presence.GONE : key % 7 == 0 ? Presence.DEAD : Presence.LIVE;
        assertEquals(expected, map.presence(key), condition);
        assertEquals(expected == Presence.LIVE ? OptionalLong.of(NeedlePlace.of(key * 64, 64)) : OptionalLong.empty(),
            map.find(key), condition);
      }
      return true;
    } catch (DamagedMapException e) {
      return false;
    } finally {
      map.free();
    }
  }

  @Test
  void aDamagedMapNeverSaysWhatIsNotSo() throws IOException {
    byte[] content = closedMap();
    assertTrue(isTrueOrDamaged(content, "whole"));
    Random random = new Random(7);
    int told = 0;
    for (int round = 0; round < 1500; round++) {
      byte[] damaged = content.clone();
      int bit = round < 800 ? round : random.nextInt(content.length * Byte.SIZE); // of the header each
      damaged[bit / 8] ^= (byte) (1 << bit % 8);
      told += isTrueOrDamaged(damaged, "bit " + bit) ? 0 : 1;
    }
    assertTrue(told > 1450, "flips that were noticed: " + told); // what stands behind the sums is nobody's
    for (int length = 0; length < content.length; length += 1 + random.nextInt(300)) {
      assertFalse(isTrueOrDamaged(java.util.Arrays.copyOf(content, length), "length " + length));
    }
    for (int from = 4096; from < content.length; from += 4096) { // a page that a power cut has lost
      byte[] damaged = content.clone();
      java.util.Arrays.fill(damaged, from, from + 4096, (byte) 0);
      assertFalse(isTrueOrDamaged(damaged, "page at " + from));
    }
  }

  @Test
  void aDamagedPageIsToldToTheWriterAndWhenItGrows() throws IOException {
    byte[] content = closedMap();
    for (int from = 4096; from < content.length; from += 4096) {
      byte[] damaged = content.clone();
      damaged[from + 100] ^= 1;
      NeedleMap map = assertNotNull2(NeedleMap.openClean(diskWith(damaged), "7.map", VOLUME, 1 << 20, 44));
      assertThrows(DamagedMapException.class, () -> {
        for (long key = 1000; key < 6000; key++) {
          map.put(key, NeedlePlace.of(key * 64, 64), key);
        }
      });
      map.free();
    }
  }

  @Test
  void pagesThatNobodyTouchedKeepTheirSums() throws IOException {
    SimulatedDisk disk = diskWith(closedMap());
    for (int round = 0; round < 20; round++) {
      NeedleMap map = assertNotNull2(NeedleMap.openClean(disk, "7.map", VOLUME, 1 << 20, 44));
      map.put(1000 + round, NeedlePlace.of((1000 + round) * 64, 64), 1);
      map.close(1 << 20, 44);
      map.free();
    }
    NeedleMap map = assertNotNull2(NeedleMap.openClean(disk, "7.map", VOLUME, 1 << 20, 44));
    map.verify();
    for (int round = 0; round < 20; round++) {
      assertEquals(Presence.LIVE, map.presence(1000 + round));
    }
    map.free();
  }

  @Test
  void readersOfAnOpenedMapVerifyBesideItsWriter(@TempDir Path folder) throws Exception {
    FileDisk disk = new FileDisk(folder);
    int needles = 50_000;
    NeedleMap made = NeedleMap.create(disk, "7.map", VOLUME, 2 * needles);
    for (long key = 1; key <= needles; key++) {
      made.put(key, NeedlePlace.of(key * 8, 64), key);
    }
    made.close(8, 0);
    made.free();
    NeedleMap map = assertNotNull2(NeedleMap.openClean(disk, "7.map", VOLUME, 8, 0));
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      Future<?> reader = threads.submit(() -> {
        Random random = new Random(1);
        for (int i = 0; i < 200_000; i++) {
          long key = 1 + random.nextInt(needles);
          assertEquals(NeedlePlace.of(key * 8, 64), map.find(key).orElse(0));
        }
        return null;
      });
      for (long key = needles + 1; key <= 2L * needles; key++) {
        map.put(key, NeedlePlace.of(key * 8, 64), key);
      }
      reader.get();
    }
    map.free();
  }

  /// As on Btrfs, where a store into a shared mapping may end in a SIGBUS.
  @Test
  void aPrivateMappingReachesTheFileWhenItIsClosed(@TempDir Path folder) throws IOException {
    FileDisk disk = new FileDisk(folder, true);
    NeedleMap map = NeedleMap.create(disk, "7.map", VOLUME, 0);
    for (int round = 0; round < 3; round++) {
      for (long key = 1000L * round + 1; key <= 1000L * (round + 1); key++) {
        map.put(key, NeedlePlace.of(key * 8, 64), key);
      }
      assertNull(NeedleMap.openClean(disk, "7.map", VOLUME, 8, 0), "in use");
      map.close(8, 0);
      map.free();
      map = assertNotNull2(NeedleMap.openClean(round == 1 ? new FileDisk(folder, false) : disk, "7.map", VOLUME, 8, 0));
      assertEquals(1000L * (round + 1), map.liveNeedles());
      for (long key = 1; key <= 1000L * (round + 1); key++) {
        assertEquals(NeedlePlace.of(key * 8, 64), map.find(key).orElse(0));
      }
      if (round == 1) { // a shared mapping goes on as a private one
        map.close(8, 0);
        map.free();
        map = assertNotNull2(NeedleMap.openClean(disk, "7.map", VOLUME, 8, 0));
      }
    }
    map.free();
  }

  /// A quota that is used up: the page that says that the map is in use cannot be written.
  @Test
  void aMapThatCannotBeMarkedAsInUseHasNoFileUntilItIsClosed(@TempDir Path folder) throws IOException {
    FileDisk real = new FileDisk(folder, true);
    NeedleMap made = NeedleMap.create(real, "7.map", VOLUME, 0);
    made.put(1, NeedlePlace.of(8, 64), 1);
    made.close(8, 0);
    made.free();
    boolean[] full = {true};
    HookedDisk disk = new HookedDisk(real);
    disk.hook((call, name) -> {
      if (call == HookedDisk.Call.FORCE_MAPPED && full[0]) {
        throw new NoSpaceException("simulated EDQUOT");
      }
    });
    NeedleMap map = assertNotNull2(NeedleMap.openClean(disk, "7.map", VOLUME, 8, 0));
    assertFalse(Files.exists(folder.resolve("7.map")), "the next start would trust it");
    map.put(2, NeedlePlace.of(16, 64), 2);
    map.moveTo("8.map");
    full[0] = false;
    map.close(24, 0);
    map.free();
    NeedleMap again = assertNotNull2(NeedleMap.openClean(real, "8.map", VOLUME, 24, 0));
    assertEquals(2, again.liveNeedles());
    again.free();
  }

  @Test
  void aTableThatWasOutgrownIsUnmapped(@TempDir Path folder) throws IOException {
    Assumptions.assumeTrue(Files.exists(MAPS));
    NeedleMap map = NeedleMap.create(new FileDisk(folder), "7.map", VOLUME, 0);
    for (long key = 1; key <= 100_000 || map.isGrowing(); key++) {
      map.put(key, NeedlePlace.of(key * 8, 64), key);
    }
    assertEquals(1, mappings(folder), "the table in use, and no deleted one");
    map.close(8, 0);
    map.free();
    map.free();
    assertEquals(0, mappings(folder));
    assertTrue(Files.exists(folder.resolve("7.map")));
    assertThrows(IllegalStateException.class, () -> map.find(1));
  }

  @Test
  void whatIsNotTrustedIsNotMapped(@TempDir Path folder) throws IOException {
    Assumptions.assumeTrue(Files.exists(MAPS));
    NeedleMap map = NeedleMap.create(new FileDisk(folder), "7.map", VOLUME, 0);
    map.close(8, 0);
    map.free();
    assertNull(NeedleMap.openClean(new FileDisk(folder), "7.map", VOLUME, 16, 0));
    assertEquals(0, mappings(folder));
  }

  private static final Path MAPS = Path.of("/proc/self/maps");

  private static long mappings(Path folder) throws IOException {
    try (var lines = Files.lines(MAPS)) {
      return lines.filter(line -> line.contains(folder + "/7.map")).count();
    }
  }

  @Test
  void aMapThatMeetsAnErrorWhenItIsOpenedIsUnmapped(@TempDir Path folder) throws IOException {
    Assumptions.assumeTrue(Files.exists(MAPS));
    HookedDisk disk = new HookedDisk(new FileDisk(folder));
    NeedleMap map = NeedleMap.create(disk, "7.map", VOLUME, 0);
    map.close(8, 0);
    map.free();
    disk.hook((call, name) -> {
      if (call == HookedDisk.Call.FORCE_MAPPED) {
        throw new OutOfMemoryError("simulated");
      }
    });
    assertThrows(OutOfMemoryError.class, () -> NeedleMap.openClean(disk, "7.map", VOLUME, 8, 0));
    assertEquals(0, mappings(folder));
  }

  private static long putMany(NeedleMap map, long firstKey, int needles) throws IOException {
    for (long key = firstKey; key < firstKey + needles; key++) {
      map.put(key, NeedlePlace.of(key * 8, 64), key);
    }
    return firstKey + needles;
  }

  @Test
  void aDiskWithoutSpaceIsToldOnceAndAgainWhenThereWasSome() throws IOException {
    SimulatedDisk disk = new SimulatedDisk(new Random(1));
    NeedleMap map = NeedleMap.create(disk, "7.map", VOLUME, 0);
    try (LoggedLines lines = new LoggedLines(NeedleMap.class)) {
      disk.refuseToMap(true);
      long key = 1;
      while (map.hasRoomFor(40)) {
        key = putMany(map, key, 1);
      }
      assertEquals(List.of("needleMap.notGrown"), lines.events());
      disk.refuseToMap(false);
      disk.refuseToRename("7.map");
      while (!map.isGrowing()) {
        key = putMany(map, key, 1);
      }
      key = putMany(map, key, 120); // it has moved all that there is, and cannot go on
      assertEquals(List.of("needleMap.notGrown", "needleMap.notRenamed"), lines.events());
      disk.refuseToRename("");
      disk.refuseToMap(true);
      putMany(map, key, 40);
      assertFalse(map.isGrowing());
      assertEquals(List.of("needleMap.notGrown", "needleMap.notRenamed", "needleMap.notGrown"), lines.events());
    } finally {
      map.free();
    }
  }

  @Test
  void aSecondWriterIsNoticed() throws IOException {
    SimulatedDisk real = new SimulatedDisk(new Random(1));
    AtomicReference<@Nullable NeedleMap> intruded = new AtomicReference<>();
    Disk disk = (Disk) Proxy.newProxyInstance(Disk.class.getClassLoader(), new Class<?>[]{Disk.class},
        (proxy, method, arguments) -> {
          NeedleMap map = method.getName().equals("map") ? intruded.get() : null;
          if (map != null) { // another changes it while its writer makes it grow
            map.put(1, NeedlePlace.of(8, 64), 1);
          }
          return method.invoke(real, arguments);
        });
    NeedleMap map = NeedleMap.create(disk, "7.map", VOLUME, 0);
    intruded.set(map);
    assertThrows(AssertionError.class, () -> {
      for (long key = 1; key < 5000; key++) {
        map.put(key, NeedlePlace.of(key * 8, 64), key);
      }
    });
    map.free();
  }
}

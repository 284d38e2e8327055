package hayloft.volume.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.volume.disk.FileDisk;
import hayloft.volume.disk.SimulatedDisk;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NeedleMapTest {
  private static final Superblock VOLUME = Superblock.first(7, new UUID(1, 2), 3, 4, 0).withNextGeneration(2, 0, 0, 0, 0);

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
        long key = random.nextBoolean() ? everPut.size() + 1 : random.nextLong(1, Long.MAX_VALUE);
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
}

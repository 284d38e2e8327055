package hayloft.jmh.volume;

import hayloft.common.volume.NeedleKind;
import hayloft.volume.disk.FileDisk;
import hayloft.volume.index.IndexLog;
import hayloft.volume.index.NeedleMap;
import hayloft.volume.index.NeedlePlace;
import hayloft.volume.needle.Superblock;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;

/// Fills a needle map and its index log, looks needles up, and makes the map again from the log.
///
///     java -Xmx64m -cp ... hayloft.jmh.volume.NeedleMapFill DIR [NEEDLES]
final class NeedleMapFill {
  private static final int RECORD_BYTES = 1072;
  private static final int LOOKUPS = 5_000_000;

  private NeedleMapFill() {}

  public static void main(String[] args) throws IOException {
    FileDisk disk = new FileDisk(Path.of(args[0]));
    long needles = args.length > 1 ? Long.parseLong(args[1]) : 30_000_000;
    Superblock volume = Superblock.first(1, new UUID(1, 2), 3, 0, 1);
    long volumeBytes = NeedlePlace.offsetBytes(placeOf(needles + 1));

    NeedleMap map = NeedleMap.create(disk, "1.map", volume, 0);
    long longestPutNanos = 0;
    long start = System.nanoTime();
    try (IndexLog log = IndexLog.create(disk, "1.idx", volume)) {
      for (long n = 1; n <= needles; n++) {
        long before = System.nanoTime();
        map.put(keyOf(n), placeOf(n), n);
        longestPutNanos = Math.max(longestPutNanos, System.nanoTime() - before);
        log.add(new IndexLog.Entry(keyOf(n), placeOf(n), n, n, NeedleKind.COMMIT));
      }
      log.checkpoint(volumeBytes, needles, 0);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf("fill: %d needles, %.0f/s, %.1f B/needle%s, longest put %.1f ms%n", needles, needles / seconds,
        (double) map.mappedBytes() / needles, map.isGrowing() ? " (both tables, it is growing)" : "",
        longestPutNanos / 1e6);
    lookUp(map, needles);
    Runtime runtime = Runtime.getRuntime();
    System.gc();
    System.out.printf("heap: %.1f MB used of at most %.0f MB%n", (runtime.totalMemory() - runtime.freeMemory()) / 1e6,
        runtime.maxMemory() / 1e6);
    start = System.nanoTime();
    map.close(volumeBytes, 0);
    System.out.printf("close: %.2f s, %.1f B/needle at rest%n", (System.nanoTime() - start) / 1e9,
        (double) map.mappedBytes() / needles);
    map.free();
    start = System.nanoTime();
    NeedleMap clean = NeedleMap.openClean(disk, "1.map", volume, volumeBytes, 0);
    if (clean == null) {
      throw new IllegalStateException("the map that was just closed is not clean");
    }
    System.out.printf("open a clean map: %.1f ms%n", (System.nanoTime() - start) / 1e6);
    start = System.nanoTime();
    clean.verify();
    System.out.printf("verify all of it: %.1f ms%n", (System.nanoTime() - start) / 1e6);
    lookUp(clean, needles);
    clean.free();

    NeedleMap rebuilt = NeedleMap.create(disk, "1.map", volume,
        IndexLog.expectedNeedles(disk, "1.idx"));
    start = System.nanoTime();
    IndexLog.open(disk, "1.idx", volume, volumeBytes,
        entry -> rebuilt.put(entry.key(), entry.place(), entry.sequence())).log().close();
    seconds = (System.nanoTime() - start) / 1e9;
    System.out.printf("rebuild from .idx: %.1f s, %.0f needles/s%n", seconds, rebuilt.liveNeedles() / seconds);
    rebuilt.free();
    for (String name : disk.list()) {
      disk.delete(name);
    }
  }

  /// As the master leases them: ranges of keys, not all of which go to one volume.
  private static long keyOf(long n) {
    return n + (n >>> 10) * 3000;
  }

  private static long placeOf(long n) {
    return NeedlePlace.of(Superblock.MOST_BYTES + (n - 1) * RECORD_BYTES, RECORD_BYTES);
  }

  private static void lookUp(NeedleMap map, long needles) throws IOException {
    Random random = new Random(1);
    for (boolean hit : new boolean[]{true, false}) {
      long start = System.nanoTime();
      long wrong = 0;
      for (int i = 0; i < LOOKUPS; i++) {
        long n = 1 + random.nextLong(needles);
        OptionalLong place = map.find(hit ? keyOf(n) : -n);
        wrong += place.isPresent() == hit && (!hit || place.getAsLong() == placeOf(n)) ? 0 : 1;
      }
      double nanos = (double) (System.nanoTime() - start) / LOOKUPS;
      System.out.printf("lookups that %s: %.0f ns, %.1f M/s, %d wrong%n", hit ? "hit" : "miss", nanos, 1e3 / nanos,
          wrong);
    }
  }
}

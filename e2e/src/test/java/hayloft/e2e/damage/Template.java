package hayloft.e2e.damage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A store with every kind of needle and file, made from a seed, as it lies on disk after a kill and after a clean
/// stop, with copies of its files from earlier moments. Cases of one family copy it. Immutable once it is made.
///
/// @param killed the files after a kill
/// @param clean the files after a clean stop; the same was acknowledged
/// @param moments the files at earlier moments, the oldest first
/// @param truth what was acknowledged; copied by who changes it
/// @param now the clock at the end
record Template(Path killed, Path clean, List<Path> moments, StoreUnderTest.Shape shape, Truth truth,
    Instant now, String tag, Anatomy ofKilled, Anatomy ofClean) {

  private static final int PHASES = 5;
  private static final int STEPS_A_PHASE = 30;

  static Template make(long seed, Path directory) throws IOException {
    var random = new Random(seed);
    String tag = "f" + seed + "-";
    var shape = StoreUnderTest.Shape.SMALL.on(random.nextInt(4) == 0 ? 2 : 1);
    var clock = new HandClock();
    var truth = new Truth();
    var work = new RandomWork(random, truth, clock, tag);
    List<Path> moments = new ArrayList<>();
    Path root = Files.createDirectories(directory.resolve("made"));
    StoreUnderTest store = StoreUnderTest.open(root, shape, clock);
    try {
      work.begin(store);
      for (int phase = 0; phase < PHASES; phase++) {
        for (int step = 0; step < STEPS_A_PHASE; step++) {
          work.step(store);
          upkeep(store, random);
        }
        if (phase < PHASES - 1) {
          Path moment = directory.resolve("moment-" + phase);
          boolean cleanly = random.nextInt(3) == 0;
          if (cleanly) {
            store.close();
            StoreUnderTest.copy(root, moment);
            store = StoreUnderTest.open(root, shape, clock);
          } else {
            store.copyTo(moment);
            if (random.nextBoolean()) { // and the next process goes on with what the kill left
              store.close();
              StoreUnderTest.delete(root);
              StoreUnderTest.copy(moment, root);
              store = StoreUnderTest.open(root, shape, clock);
            }
          }
          moments.add(moment);
        }
      }
      verify(store, truth, seed, random);
      Path killed = directory.resolve("killed");
      store.copyTo(killed);
      store.close();
      return new Template(killed, root, List.copyOf(moments), shape, truth, clock.instant().plus(Duration.ofHours(1)),
          tag, Anatomy.of(killed), Anatomy.of(root));
    } catch (IOException | RuntimeException | Error e) {
      store.close();
      throw new IOException("family " + seed + " could not be made: " + e + ", last steps " + work.history(), e);
    }
  }

  private static void upkeep(StoreUnderTest store, Random random) throws IOException {
    switch (random.nextInt(30)) {
      case 0, 1 -> store.collect();
      case 2 -> store.compact();
      case 3 -> store.checkpoint();
      case 4, 5 -> {
        List<Integer> writable = store.writableVolumes();
        if (!writable.isEmpty()) {
          store.seal(writable.get(random.nextInt(writable.size())));
        }
      }
      case 6 -> store.scrub();
      default -> {
        // most steps follow one another
      }
    }
  }

  private static void verify(StoreUnderTest store, Truth truth, long seed, Random random) throws IOException {
    List<Violation> wrong = new Comparison(store, truth, new Hits(), Anatomy.none(), _ -> false, random).run();
    if (!wrong.isEmpty()) {
      throw new IOException("family " + seed + " is wrong before any damage: " + wrong);
    }
  }
}

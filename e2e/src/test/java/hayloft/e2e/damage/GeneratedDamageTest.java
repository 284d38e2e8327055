package hayloft.e2e.damage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// One random place of a store damaged, or one file or folder lost, emptied, cut or old, or a pair that the documents
/// call independent: everything that was acknowledged is right afterwards, or a named error for what was hit and
/// nothing else.
///
/// `-Dhayloft.damage.cases=N` sets how many, `-Dhayloft.damage.first=SEED` the first of them (a failing case prints
/// its seed),
/// `-Dhayloft.damage.threads=N` how many at a time, `-Dhayloft.damage.directory=DIR` where (memory, if `/dev/shm` is
/// there),
/// `-Dhayloft.damage.most=N` how many failures end the run, `-Dhayloft.damage.shown=N` how many of a kind are told,
/// `-Dhayloft.damage.log=true` whether with what the log said.
final class GeneratedDamageTest {

  private static final int CASES = Integer.getInteger("hayloft.damage.cases", 300);
  private static final long FIRST = Long.getLong("hayloft.damage.first", 1);
  private static final int THREADS = Integer.getInteger("hayloft.damage.threads", 2);
  private static final int MOST_FAILURES = Integer.getInteger("hayloft.damage.most", 1000);
  private static final int SHOWN_A_KIND = Integer.getInteger("hayloft.damage.shown", 2);
  private static final boolean SHOWS_LOG = Boolean.getBoolean("hayloft.damage.log");
  /// Cases that share a template.
  private static final int FAMILY = 100;

  private final Map<String, List<String>> failures = new TreeMap<>();
  private final Map<String, Integer> counts = new TreeMap<>();
  private final Map<String, int[]> casesByDamage = new TreeMap<>();
  private final AtomicInteger failed = new AtomicInteger();
  private final AtomicInteger done = new AtomicInteger();
  private final AtomicLong madeNanos = new AtomicLong();

  @Test
  void whatWasAcknowledgedIsRightOrANamedErrorForWhatWasHit() throws Exception {
    Path directory = StoreUnderTest.temporary("damage");
    long started = System.nanoTime();
    try (var log = new NamedInLog(); ExecutorService threads = Executors.newFixedThreadPool(THREADS)) {
      List<Future<?>> families = new ArrayList<>();
      for (long family = Math.floorDiv(FIRST, FAMILY); family * FAMILY < FIRST + CASES; family++) {
        long number = family;
        families.add(threads.submit(() -> {
          family(number, directory.resolve("family-" + number), log);
          return null;
        }));
      }
      for (Future<?> family : families) {
        family.get();
      }
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    } finally {
      StoreUnderTest.delete(directory);
      report((System.nanoTime() - started) / 1e9);
    }
    assertEquals(Map.of(), counts, () -> "failed cases: " + failed + " of " + done + ", see the output for seeds");
  }

  private void family(long number, Path directory, NamedInLog log) throws IOException {
    if (failed.get() >= MOST_FAILURES) {
      return;
    }
    Files.createDirectories(directory);
    try {
      long begun = System.nanoTime();
      Template template = Template.make(number, directory);
      madeNanos.addAndGet(System.nanoTime() - begun);
      long from = Math.max(FIRST, number * FAMILY);
      long to = Math.min(FIRST + CASES, (number + 1) * FAMILY);
      for (long seed = from; seed < to && failed.get() < MOST_FAILURES; seed++) {
        var damage = new DamageCase(seed, template, directory, log);
        damage.run();
        note(damage);
      }
    } finally {
      StoreUnderTest.delete(directory);
    }
  }

  private synchronized void note(DamageCase damage) {
    done.incrementAndGet();
    int[] tally = casesByDamage.computeIfAbsent(damage.kind(), _ -> new int[2]);
    tally[0]++;
    if (damage.violations().isEmpty()) {
      return;
    }
    failed.incrementAndGet();
    tally[1]++;
    Violation first = damage.violations().getFirst();
    String kind = first.kind() + " <- " + damage.kind();
    counts.merge(kind, 1, Integer::sum);
    System.out.println("damage: case " + done + " fails: " + kind + ", seed " + damage.seed() + ": "
        + first.getMessage()); // now: a long run may be ended
    List<String> shown = failures.computeIfAbsent(kind, _ -> new ArrayList<>());
    if (shown.size() < SHOWN_A_KIND) {
      var text = new StringBuilder(damage.toString());
      damage.violations().stream().limit(4).forEach(one -> text.append("\n      ").append(one.getMessage())
          .append(one.getCause() == null ? "" : "\n        " + trace(one.getCause())));
      if (SHOWS_LOG) {
        damage.said().forEach(line -> text.append("\n      log: ").append(line));
      }
      shown.add(text.toString());
    }
  }

  private static String trace(Throwable cause) {
    var text = new StringBuilder(cause.toString());
    for (StackTraceElement frame : cause.getStackTrace()) {
      if (text.length() > 700) {
        break;
      }
      text.append(" < ").append(frame.getFileName()).append(':').append(frame.getLineNumber());
    }
    return text.toString();
  }

  private synchronized void report(double seconds) {
    System.out.printf("damage: seeds %d to %d, %d cases in %.1f s (%.1f a second, templates took %.1f s), %d failed%n",
        FIRST, FIRST + CASES - 1, done.get(), seconds, done.get() / seconds, madeNanos.get() / 1e9, failed.get());
    casesByDamage.forEach((kind, tally) -> System.out.printf("  %-50s %6d cases, %d failed%n", kind, tally[0],
        tally[1]));
    failures.forEach((kind, shown) -> {
      System.out.printf("%n%d x %s%n", counts.getOrDefault(kind, 0), kind);
      shown.forEach(one -> System.out.println("    " + one));
    });
  }
}

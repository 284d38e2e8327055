package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Strangers, and then one user with keys of her own, take all they can get of a server with 512 MiB, while another
/// user puts and gets small objects: she waits longer than before, but not long, nothing of hers fails, and the process
/// stays within its memory.
///
/// A second an attack; `-Dhayloft.hostile.seconds=N` makes them N, `-Dhayloft.hostile.attack=WORDS` takes those
/// alone whose names match. Prints a line for each attack, as a table.
@Tag("alone")
@Timeout(7200)
class ExhaustionIT {

  private static final double SECONDS = Double.parseDouble(System.getProperty("hayloft.hostile.seconds", "1"));
  private static final Pattern CHOSEN = Pattern.compile(System.getProperty("hayloft.hostile.attack", ""));
  /// Short runs see a few dozen requests, so the slowest is looked at, and machines do other things too.
  private static final double MOST_TIMES = 20;
  private static final double LEAST_MILLIS = 1_500;
  private static final int MOST_HALF_SECONDS_TO_RECOVER = 60;
  /// Programs and libraries that are mapped, and what the plan estimates and does not bound.
  private static final long SLACK_BYTES = 64 << 20;
  private static final int DESCRIPTORS_KEPT = 1_000;
  private static final int SCRAPES = 3;
  private static final int LARGE_ROWS = 500;
  private static final String[] LARGE = {"cache-control", "c".repeat(15_000), "content-disposition",
      "d".repeat(14_000)};
  private static final Pattern REFUSED = Pattern
      .compile("(?m)^hayloft_http_refused_total\\{port=\"[a-z0-9]+\",reason=\"([a-z_]+)\"\\} ([0-9.E]+)$");

  @TempDir
  Path temp;

  @Test
  void nobodyTakesTheServerFromTheOthers() throws Exception {
    int mostConnections = mostConnections();
    List<String> faults = new ArrayList<>();
    try (Store store = Store.start(temp)) {
      prepare(store);
      System.out
          .println("| attack | by | connections | made anew | closed, refused | p99 before | p99 during | requests "
              + "| tried again | RSS | heap | buffers |\n|---|---|---|---|---|---|---|---|---|---|---|---|");
      for (Attack attack : Attacks.against(store)) {
        if (CHOSEN.matcher(attack.name()).find()) {
          faults.addAll(survive(store, attack, Math.min(attack.connections(), mostConnections)));
          assertTrue(store.server().isAlive(), () -> attack + " ended the server:\n" + log(store));
        }
      }
      assertEquals(List.of(), store.oddLines());
      assertEquals(0, store.server().stop());
    }
    assertTrue(faults.isEmpty(), () -> String.join("\n", faults));
  }

  private static void prepare(Store store) throws Exception {
    byte[] big = new byte[8 << 20];
    assertEquals(200, store.ann().put("/ann", new byte[0]).statusCode());
    assertEquals(200, store.ann().put("/canary", new byte[0]).statusCode());
    assertEquals(200, store.server().client().put("/public", new byte[0]).statusCode());
    assertEquals(200,
        store.server().client().put("/public/small", new byte[1024], "x-amz-acl", "public-read").statusCode());
    assertEquals(200, store.server().client().put("/public/big", big, "x-amz-acl", "public-read").statusCode());
    assertEquals(200, store.eve().put("/own", new byte[0]).statusCode());
    assertEquals(200, store.eve().put("/own/big", big).statusCode());
    for (int i = 0; i < 300; i++) {
      assertEquals(200, store.eve().put("/own/" + Integer.toHexString(i * 2477) + "/k" + i, new byte[0]).statusCode());
    }
    assertEquals(200, store.eve().put("/rows", new byte[0], "x-amz-acl", "public-read").statusCode());
    for (int i = 0; i < LARGE_ROWS; i++) {
      assertEquals(200, store.eve().put("/rows/k" + i, new byte[0], LARGE).statusCode());
      assertEquals(200,
          store.eve().send("POST", "/rows/k" + i, Map.of("uploads", ""), new byte[0], LARGE).statusCode());
    }
  }

  /// @return what should not have happened
  private static List<String> survive(Store store, Attack attack, int connections) throws Exception {
    List<String> faults = new ArrayList<>();
    AtomicLong peakKib = new AtomicLong();
    try (Bystander ann = new Bystander(store)) {
      for (int i = 0; ann.take().requests() == 0; i++) { // until what the last attack has left is gone
        if (i > MOST_HALF_SECONDS_TO_RECOVER) {
          return List.of("before " + attack.name() + ": nobody is served any more");
        }
        pass(0.5, store, peakKib);
      }
      pass(SECONDS / 3, store, peakKib);
      Bystander.Figures before = ann.take();
      peakKib.set(0);
      String refusedBefore = metrics(store);
      Bystander.Figures during;
      String figures;
      long opened;
      long closed;
      long slowedDown;
      try (Crowd crowd = new Crowd(attack, connections)) {
        pass(SECONDS, store, peakKib);
        during = ann.take();
        opened = crowd.opened();
        closed = crowd.closed();
        slowedDown = crowd.slowedDown();
        figures = metrics(store);
        if (!isScraped(store)) {
          faults.add(attack.name() + ": the admin port answered none of " + SCRAPES + " scrapes");
        }
      }
      String refused = refused(refusedBefore, figures);
      System.out.println(String.format(Locale.ROOT,
          "| %s | %s | %,d | %,d | %,d, %s | %.1f ms | %.1f ms | %,d | %d | %d MiB | %d MiB | %d MiB |", attack.name(),
          attack.sender(),
          connections, Math.max(0, opened - connections), closed, refused.isEmpty() ? slowedDown + " 503" : refused,
          before.p99Millis(), during.p99Millis(), during.requests(), during.retried(), peakKib.get() >> 10,
          mib(figures, "used_bytes{budget=\"heap\"}"), mib(figures, "used_bytes{budget=\"buffers\"}")));
      if (!(during.p99Millis() <= Math.max(MOST_TIMES * before.p99Millis(), LEAST_MILLIS))) {
        faults.add(attack.name() + ": p99 " + before.p99Millis() + " ms before, " + during.p99Millis() + " ms during");
      }
      if (peakKib.get() << 10 > Store.MEMORY_BYTES + SLACK_BYTES) {
        faults.add(attack.name() + ": " + (peakKib.get() >> 10) + " MiB resident");
      }
      if (mib(figures, "used_bytes{budget=\"buffers\"}") > mib(figures, "budget_bytes{budget=\"buffers\"}")) {
        faults.add(attack.name() + ": more buffers than there may be");
      }
      ann.failures().forEach(failure -> faults.add(attack.name() + ": " + failure));
    }
    return faults;
  }

  private static void pass(double seconds, Store store, AtomicLong peakKib) throws InterruptedException {
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end) {
      peakKib.accumulateAndGet(residentKib(store.server().pid()), Math::max);
      Thread.sleep(50); // the sampling rate
    }
  }

  private static long residentKib(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException _) {
      // it has ended, which is seen elsewhere
    }
    return 0;
  }

  private static boolean isScraped(Store store) {
    for (int i = 0; i < SCRAPES; i++) {
      try (var in = store.server().adminPort().resolve("/metrics").toURL().openStream()) {
        return in.readAllBytes().length > 0;
      } catch (IOException _) {
        // 503, or closed for others: the next one
      }
    }
    return false;
  }

  /// From the one port that is not attacked.
  private static String metrics(Store store) throws IOException {
    URI page = store.server().filerPort().resolve("/metrics");
    try (var in = page.toURL().openStream()) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static long mib(String page, String figure) {
    String name = "\nhayloft_memory_" + figure + " ";
    int at = page.indexOf(name) + name.length();
    return (long) Double.parseDouble(page.substring(at, page.indexOf('\n', at))) >> 20;
  }

  /// What grew of the ports' own refusals, over all ports.
  private static String refused(String before, String after) {
    Map<String, Long> counts = new TreeMap<>();
    REFUSED.matcher(after).results()
        .forEach(m -> counts.merge(m.group(1), (long) Double.parseDouble(m.group(2)), Long::sum));
    REFUSED.matcher(before).results()
        .forEach(m -> counts.merge(m.group(1), -(long) Double.parseDouble(m.group(2)), Long::sum));
    counts.values().removeIf(count -> count == 0);
    return counts.toString().replaceAll("[{}]", "").replace('=', ' ');
  }

  /// What this process may open, less what it needs.
  private static int mostConnections() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
        ? (int) Math.min(Integer.MAX_VALUE, Math.max(100, system.getMaxFileDescriptorCount() - DESCRIPTORS_KEPT))
        : 100;
  }

  private static String log(Store store) {
    try {
      return store.server().log();
    } catch (IOException e) {
      return e.toString();
    }
  }
}

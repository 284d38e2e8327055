package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.health.Readiness;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ServiceNoticesTest {

  @TempDir
  private Path directory = Path.of("");

  @Test
  void aFileIsToldEveryStepOfALife() throws IOException {
    tellsEveryStep(directory.resolve("notify").toString());
  }

  @Test
  void soIsANameInTheAbstractNamespace() throws IOException {
    tellsEveryStep("@hayloft/" + UUID.randomUUID());
  }

  private static void tellsEveryStep(String name) throws IOException {
    try (var manager = new ServiceManager(name)) {
      var notices = ServiceNotices.of(Map.of("NOTIFY_SOCKET", name));
      var readiness = new Readiness();
      readiness.onChange(notices::tell);
      readiness.starting("rebuilding the catalog: 3.0 %\nREADY=1");
      assertEquals(List.of("EXTEND_TIMEOUT_USEC=600000000", "STATUS=rebuilding the catalog: 3.0 % READY=1"),
          manager.next());
      readiness.ready();
      assertEquals(List.of("STATUS=ready"), manager.next());
      notices.ready(readiness.state());
      assertEquals(List.of("READY=1", "STATUS=ready"), manager.next());
      long before = System.nanoTime() / 1000;
      notices.reloading();
      List<String> reloading = manager.next();
      assertEquals("RELOADING=1", reloading.getFirst());
      long at = Long.parseLong(reloading.get(1).substring("MONOTONIC_USEC=".length()));
      assertTrue(at >= before && at <= System.nanoTime() / 1000, reloading::toString);
      readiness.stopping();
      assertEquals(List.of("STOPPING=1", "STATUS=stopping"), manager.next());
    }
  }

  /// As of a manager that hangs: a start has many steps, and none of them waits.
  @Test
  void aQueueThatIsFullHoldsNoStartAndNoStopUp() throws IOException {
    String name = "@hayloft/" + UUID.randomUUID();
    try (var manager = new ServiceManager(name)) {
      var notices = ServiceNotices.of(Map.of("NOTIFY_SOCKET", name));
      var readiness = new Readiness();
      readiness.onChange(notices::tell);
      long began = System.nanoTime();
      for (int step = 0; step < 3000; step++) { // more than any queue has places
        readiness.starting("step " + step);
      }
      readiness.stopping();
      notices.ready(readiness.state()); // gives up, too
      assertTrue(System.nanoTime() - began < Duration.ofSeconds(4).toNanos(), "waited");
      assertEquals("STATUS=step 0", manager.next().get(1));
    }
  }

  @Test
  void theEndOfAStartWaitsForAPlaceInTheQueue() throws Exception {
    String name = "@hayloft/" + UUID.randomUUID();
    try (var manager = new ServiceManager(name)) {
      var notices = ServiceNotices.of(Map.of("NOTIFY_SOCKET", name));
      var readiness = new Readiness();
      readiness.onChange(notices::tell);
      for (int step = 0; step < 3000; step++) {
        readiness.starting("step " + step);
      }
      Thread ready = Thread.ofPlatform().start(() -> notices.ready(readiness.state()));
      assertEquals("READY=1", manager.until("READY=1").getFirst());
      ready.join();
    }
  }

  @Test
  void theLongestNameIsReachedAndALongerOneReachesNobody() throws IOException {
    String longest = ("@hayloft/" + UUID.randomUUID() + "n".repeat(108)).substring(0, 107);
    try (var manager = new ServiceManager(longest)) {
      ServiceNotices.of(Map.of("NOTIFY_SOCKET", longest + "n")).ready(new Readiness().state());
      assertTrue(manager.isEmpty());
      ServiceNotices.of(Map.of("NOTIFY_SOCKET", longest)).ready(new Readiness().state());
      assertEquals("READY=1", manager.next().getFirst());
    }
  }

  @Test
  void withoutASocketOrWithOneThatNobodyReadsLifeGoesOn() {
    for (Map<String, String> environment : List.of(Map.<String, String>of(), Map.of("NOTIFY_SOCKET", ""),
        Map.of("NOTIFY_SOCKET", "vsock:2:1234"),
        Map.of("NOTIFY_SOCKET", directory.resolve("nobody").toString()))) {
      var notices = ServiceNotices.of(environment);
      notices.reloading();
      notices.ready(new Readiness().state());
    }
  }
}

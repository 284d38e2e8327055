package hayloft.cli.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.health.Readiness;
import java.io.IOException;
import java.nio.file.Path;
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

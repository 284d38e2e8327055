package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A quota that is used up (EDQUOT) on a file system with space, under the whole server. Skipped where none can be set
/// up.
class QuotaIT {
  private static final String[] SMALL = {"--volume-limit", "8MiB", "--collect-after", "1", "--compact-every", "1",
      "--min-free", "1MiB"};
  private static final int OBJECT_BYTES = 500_000;
  private static final int SMALL_BYTES = 3000;
  private static final Duration LONG_ENOUGH_TO_FLUSH = Duration.ofSeconds(30);
  private static final long DEADLINE_NANOS = Duration.ofSeconds(90).toNanos();

  @TempDir
  Path temp;

  private final long seed = Long.getLong("hayloft.seed", System.nanoTime());
  private final ObjectLedger ledger = new ObjectLedger("quota", seed);

  @Test
  void aQuotaThatIsUsedUpIsSurvivedWithoutARestart() throws Exception {
    System.out.println("QuotaIT seed " + seed);
    try (QuotaDisk disk = QuotaDisk.mount(temp, 64)) {
      Path data = disk.path().resolve("data");
      Path log = temp.resolve("log");
      try (ServerProcess server = ServerProcess.startLogging(log, data, SMALL)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/quota", new byte[0]).statusCode());
        for (int i = 0; i < 40; i++) {
          assertEquals(200, ledger.put(client, OBJECT_BYTES).statusCode());
        }
        for (String key : ledger.keys().subList(0, 10)) {
          ledger.delete(client, key); // garbage, for which the catalog is flushed while the quota is used up
        }
        for (int bytes : new int[]{OBJECT_BYTES, SMALL_BYTES}) {
          fill(client, server, bytes);
        }
        assertTrue(disk.freeBytes() > 100_000_000, "the file system itself has space: " + disk.freeBytes());
        ledger.verify(client, "with the quota used up");
        useFor(client, server, LONG_ENOUGH_TO_FLUSH);
        ledger.verify(client, "after a while");

        disk.limit(160);
        untilTaken(client, server);
        for (int i = 0; i < 40; i++) {
          assertEquals(200, ledger.put(client, OBJECT_BYTES).statusCode(), server::logOrWhy);
        }
        ledger.delete(client, ledger.keys().getFirst());
        ledger.verify(client, "with a larger quota");
        assertFalse(server.log().contains("stopped"), server::logOrWhy);
        server.kill();
      }
      try (ServerProcess server = ServerProcess.startLogging(log, data, SMALL)) {
        ledger.verify(server.client(), "after the kill");
        assertFalse(server.log().contains("volume.frozen"), server::logOrWhy);
        assertEquals(200, ledger.put(server.client(), OBJECT_BYTES).statusCode());
        assertEquals(0, server.stop(), "exit code");
      }
    }
  }

  /// Puts until it is refused again and again.
  private void fill(S3Requests client, ServerProcess server, int bytes) throws Exception {
    for (int refused = 0; refused < 5;) {
      HttpResponse<byte[]> answer = ledger.put(client, bytes);
      if (answer.statusCode() != 200) {
        assertRefused(answer, server);
        refused++;
      }
    }
  }

  /// Deletes and puts while neither may have room, until the catalog had to flush what was collected.
  private void useFor(S3Requests client, ServerProcess server, Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      if (ledger.size() > 20) {
        HttpResponse<byte[]> deleted = ledger.tryToDelete(client, ledger.keys().getLast());
        if (deleted.statusCode() != 204) {
          assertRefused(deleted, server);
        }
      }
      HttpResponse<byte[]> answer = ledger.put(client, SMALL_BYTES);
      if (answer.statusCode() != 200) {
        assertRefused(answer, server);
      }
      Thread.sleep(50);
    }
  }

  private static void assertRefused(HttpResponse<byte[]> answer, ServerProcess server) {
    assertEquals(507, answer.statusCode(), () -> ObjectLedger.text(answer) + "\n" + server.logOrWhy());
    assertTrue(ObjectLedger.text(answer).contains("<Code>InsufficientStorage</Code>"),
        () -> ObjectLedger.text(answer));
  }

  private void untilTaken(S3Requests client, ServerProcess server) throws Exception {
    long end = System.nanoTime() + DEADLINE_NANOS;
    HttpResponse<byte[]> answer = ledger.put(client, OBJECT_BYTES);
    while (answer.statusCode() != 200) {
      assertRefused(answer, server);
      assertTrue(System.nanoTime() < end, server::logOrWhy);
      answer = ledger.put(client, OBJECT_BYTES);
    }
  }
}

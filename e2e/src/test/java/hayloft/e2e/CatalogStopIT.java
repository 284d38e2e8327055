package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The catalog's disk fails for a while: the catalog stops, reads go on, and the server gets over it within the process, on the ports
/// that its clients know.
class CatalogStopIT {
  private static final int OBJECT_BYTES = 20_000;
  private static final long DEADLINE_NANOS = Duration.ofSeconds(120).toNanos();

  @TempDir
  Path temp;

  private final ObjectLedger ledger = new ObjectLedger("kept", Long.getLong("hayloft.seed", System.nanoTime()));

  @Test
  void aCatalogThatStoppedGoesOnByItself() throws Exception {
    Path data = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(data, "--memory", "256MiB")) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/kept", new byte[0]).statusCode());
      assertEquals(200, client.put("/rows", new byte[0]).statusCode());
      for (int i = 0; i < 100; i++) {
        assertEquals(200, ledger.put(client, OBJECT_BYTES).statusCode());
      }
      Path catalog = data.resolve("catalog");
      Path aside = temp.resolve("catalog");
      Files.move(catalog, aside);
      Files.createFile(catalog); // its next table file cannot be made: ENOTDIR
      untilStopped(client, server);
      Files.delete(catalog);
      Files.move(aside, catalog);

      ledger.putUntilTaken(client, OBJECT_BYTES, server);
      ledger.verify(client, "after it went on");
      assertTrue(server.log().contains("server.startedAgain"), server::logOrWhy);
      server.kill();
    }
    try (ServerProcess server = ServerProcess.start(data)) {
      ledger.verify(server.client(), "after the kill");
      assertEquals(0, server.stop(), "exit code");
    }
  }

  /// Makes rows until they have to be flushed.
  private static void untilStopped(S3Requests client, ServerProcess server) throws Exception {
    String metadata = "m".repeat(2000);
    long end = System.nanoTime() + DEADLINE_NANOS;
    for (int i = 0; !server.log().contains("catalog stopped"); i++) {
      assertTrue(System.nanoTime() < end, server::logOrWhy);
      client.put("/rows/" + i, new byte[0], "x-amz-meta-m", metadata);
    }
  }
}

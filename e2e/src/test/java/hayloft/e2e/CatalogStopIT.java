package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The disk of catalog or master fails for a while: it stops, which probes are told; reads go on, and the server gets
/// over it within the process, on the ports that its clients know.
class CatalogStopIT {
  private static final int OBJECT_BYTES = 20_000;
  private static final long DEADLINE_NANOS = Duration.ofSeconds(120).toNanos();

  @TempDir
  Path temp;

  private final HttpClient http = HttpClient.newHttpClient();
  private final ObjectLedger ledger = new ObjectLedger("kept", Long.getLong("hayloft.seed", System.nanoTime()));

  @Test
  void aCatalogThatStoppedGoesOnByItself() throws Exception {
    Path data = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(data, "--memory", "256MiB")) {
      S3Requests client = server.client();
      begin(client, 100, "/rows");
      Path catalog = data.resolve("catalog");
      Path aside = temp.resolve("catalog");
      Files.move(catalog, aside);
      Files.createFile(catalog); // its next table file cannot be made: ENOTDIR
      untilStopped(client, server);
      assertOnlyReads(server, "the catalog has stopped after a fault");
      ledger.verify(client, "while it has stopped");
      Files.delete(catalog);
      Files.move(aside, catalog);

      ledger.putUntilTaken(client, OBJECT_BYTES, server);
      ledger.verify(client, "after it went on");
      assertTrue(server.log().contains("server.startedAgain"), server::logOrWhy);
      assertAllIsServed(server);
      server.kill();
    }
    try (ServerProcess server = ServerProcess.start(data)) {
      ledger.verify(server.client(), "after the kill");
      assertEquals(0, server.stop(), "exit code");
    }
  }

  @Test
  void aCatalogThatWasTakenAwayIsMadeAnew() throws Exception {
    Path data = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(data, "--memory", "256MiB")) {
      S3Requests client = server.client();
      begin(client, 100, "/rows");
      Files.move(data.resolve("catalog"), temp.resolve("catalog"));
      untilStopped(client, server);
      ledger.putUntilTaken(client, OBJECT_BYTES, server);
      ledger.verify(client, "after it went on");
      assertTrue(server.log().contains("server.startedAgain"), server::logOrWhy);
      assertAllIsServed(server);
    }
  }

  @Test
  void theFirstMutationOfAStartMeetsTheFault() throws Exception {
    Path data = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(data)) {
      begin(server.client(), 20);
      assertEquals(0, server.stop(), "exit code");
    }
    FailingDisk disk = FailingDisk.compile(temp);
    try (ServerProcess server = startOn(disk)) {
      disk.fail();
      HttpResponse<byte[]> first = ledger.put(server.client(), OBJECT_BYTES);
      assertEquals(503, first.statusCode(), () -> ObjectLedger.text(first)); // before anything was done
      assertStopsAndGoesOn(server, disk);
    }
  }

  @Test
  void aCollectionMeetsTheFaultWhileNobodyChangesAnything() throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    try (ServerProcess server = startOn(disk, "--collect-after", "1")) {
      S3Requests client = server.client();
      begin(client, 20);
      disk.fail();
      ledger.tryToDelete(client, ledger.keys().getFirst()); // garbage: rows are flushed before it is collected
      long end = System.nanoTime() + DEADLINE_NANOS;
      while (ask(server.endpoint(), "/readyz").statusCode() == 200) {
        assertTrue(System.nanoTime() < end, server::logOrWhy);
        Thread.onSpinWait();
      }
      assertStopsAndGoesOn(server, disk);
    }
  }

  /// RocksDB writes its manifest at the first flush, and a new one when it is opened.
  @ParameterizedTest
  @ValueSource(strings = {"write,sync */catalog/MANIFEST*", "write */catalog/[MO]*"})
  void readsGoOnWhileAStartWouldNotOpenTheCatalog(String fault) throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    String[] words = fault.split(" ");
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), temp.resolve("log"),
        disk.environment(words[0], words[1]), "--collect-after", "1")) {
      S3Requests client = server.client();
      begin(client, 20);
      disk.fail();
      ledger.tryToDelete(client, ledger.keys().getFirst());
      long end = System.nanoTime() + DEADLINE_NANOS;
      while (!server.log().contains("server.waitsForDisk")) {
        assertTrue(System.nanoTime() < end, server::logOrWhy);
        ledger.verify(client, "while no start would help");
      }
      assertOnlyReads(server, "the catalog has stopped after a fault");
      assertFalse(server.log().contains("server.startingAgain"), server::logOrWhy);
      disk.recover();
      ledger.putUntilTaken(client, OBJECT_BYTES, server);
      assertAllIsServed(server);
      ledger.verify(client, "after it went on");
    }
  }

  /// Objects that have to outlast what follows, and buckets for others.
  private void begin(S3Requests client, int objects, String... otherBuckets) throws Exception {
    assertEquals(200, client.put("/kept", new byte[0]).statusCode());
    for (String bucket : otherBuckets) {
      assertEquals(200, client.put(bucket, new byte[0]).statusCode());
    }
    for (int i = 0; i < objects; i++) {
      assertEquals(200, ledger.put(client, OBJECT_BYTES).statusCode());
    }
  }

  private ServerProcess startOn(FailingDisk disk, String... flags) throws Exception {
    return ServerProcess.start(temp.resolve("data"), temp.resolve("log"),
        disk.environment("write,sync", "*/catalog/*.sst"), flags);
  }

  private void assertStopsAndGoesOn(ServerProcess server, FailingDisk disk) throws Exception {
    S3Requests client = server.client();
    assertOnlyReads(server, "the catalog has stopped after a fault");
    HttpResponse<byte[]> refused = ledger.put(client, OBJECT_BYTES);
    assertEquals(503, refused.statusCode(), () -> ObjectLedger.text(refused));
    assertEquals(2, server.log().split("catalog\\.stopped", -1).length, server::logOrWhy); // told once
    ledger.verify(client, "while it has stopped");
    disk.recover();
    ledger.putUntilTaken(client, OBJECT_BYTES, server);
    assertTrue(server.log().contains("server.startedAgain"), server::logOrWhy);
    assertAllIsServed(server);
    ledger.verify(client, "after it went on");
  }

  @Test
  void aMasterThatStoppedIsToldToo() throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), temp.resolve("log"),
        disk.environment("sync", "*/master/*"), "--volume-limit", "8MiB")) {
      S3Requests client = server.client();
      begin(client, 20, "/more");
      assertAllIsServed(server);
      disk.fail();
      long end = System.nanoTime() + DEADLINE_NANOS;
      // its volumes fill up, and others have to be made
      for (int i = 0; !server.log().contains("master.stopped"); i++) {
        assertTrue(System.nanoTime() < end, server::logOrWhy);
        client.put("/more/" + i, new byte[1_000_000]);
      }
      assertOnlyReads(server, "the master has stopped after a fault of its disk");
      ledger.verify(client, "while it has stopped");
      disk.recover();
      ledger.putUntilTaken(client, OBJECT_BYTES, server);
      assertAllIsServed(server);
      ledger.verify(client, "after it went on");
    }
  }

  private void assertOnlyReads(ServerProcess server, String reason) throws Exception {
    HttpResponse<String> s3 = ask(server.endpoint(), "/readyz");
    assertEquals(503, s3.statusCode());
    assertTrue(s3.body().startsWith("not ready: " + reason), s3::body);
    HttpResponse<String> role = ask(server.volumePort(), "/readyz");
    assertEquals(503, role.statusCode());
    assertTrue(role.body().contains("\"status\":\"read_only\",\"detail\":\"" + reason), role::body);
    for (HttpResponse<String> told : List.of(s3, role)) {
      assertFalse(told.body().contains(temp.toString()), "strangers read it: " + told.body());
    }
    assertEquals(503, ask(server.endpoint(), "/minio/health/ready").statusCode());
    for (URI port : List.of(server.endpoint(), server.volumePort())) {
      assertEquals(200, ask(port, "/healthz").statusCode());
    }
    assertTrue(ask(server.adminPort(), "/metrics").body().contains("\nhayloft_ready 0.0\n"));
  }

  private void assertAllIsServed(ServerProcess server) throws Exception {
    for (URI port : List.of(server.endpoint(), server.volumePort())) {
      assertEquals(200, ask(port, "/readyz").statusCode());
    }
    assertTrue(ask(server.adminPort(), "/metrics").body().contains("\nhayloft_ready 1.0\n"));
  }

  private HttpResponse<String> ask(URI port, String path) throws Exception {
    return http.send(HttpRequest.newBuilder(port.resolve(path)).build(), BodyHandlers.ofString());
  }

  /// Makes rows until they have to be flushed.
  private static void untilStopped(S3Requests client, ServerProcess server) throws Exception {
    String metadata = "m".repeat(2000);
    long end = System.nanoTime() + DEADLINE_NANOS;
    for (int i = 0; !server.log().contains("catalog.stopped"); i++) {
      assertTrue(System.nanoTime() < end, server::logOrWhy);
      client.put("/rows/" + i, new byte[0], "x-amz-meta-m", metadata);
    }
  }
}

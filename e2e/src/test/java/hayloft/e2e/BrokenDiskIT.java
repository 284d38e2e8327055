package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A disk that answers EIO, or does not answer, under the whole server: what it failed on is never trusted again, and
/// nothing acknowledged is lost. Skipped where there is no C compiler.
class BrokenDiskIT {
  private static final String[] QUICK = {"--volume-limit", "8MiB", "--collect-after", "1", "--compact-every", "1"};

  @TempDir
  Path temp;

  private final long seed = Long.getLong("hayloft.seed", System.nanoTime());
  private final ObjectLedger ledger = new ObjectLedger("broken", seed);

  @BeforeEach
  void tellSeed() {
    System.out.println("BrokenDiskIT seed " + seed);
  }

  private ServerProcess start(FailingDisk disk, String calls, String pattern, String... flags) throws Exception {
    String[] all = new String[QUICK.length + flags.length];
    System.arraycopy(QUICK, 0, all, 0, QUICK.length);
    System.arraycopy(flags, 0, all, QUICK.length, flags.length);
    return ServerProcess.start(temp.resolve("a"), temp.resolve("log"), disk.environment(calls, pattern), all);
  }

  private void fill(S3Requests client, int objects) throws Exception {
    for (int i = 0; i < objects; i++) {
      HttpResponse<byte[]> answer = ledger.put(client, i % 10 == 0 ? 5_000_000 : 3000);
      assertEquals(200, answer.statusCode(), () -> ObjectLedger.text(answer));
    }
  }

  /// With `write`, writes of volume files of one of two directories fail, with `sync` their fdatasync, with both
  /// everything that is written to that directory.
  @ParameterizedTest
  @ValueSource(strings = {"write *.dat", "sync *.dat", "write,sync *"})
  void ofTwoDirectoriesOneMayFail(String fault) throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    Path b = temp.resolve("b");
    String calls = fault.split(" ")[0];
    String pattern = b + "/volumes/" + fault.split(" ")[1];
    try (ServerProcess server = start(disk, calls, pattern, "--dir", b.toString())) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/broken", new byte[0]).statusCode());
      fill(client, 40);
      assertTrue(volumesIn(b) >= 1 && volumesIn(temp.resolve("a")) >= 1, "volumes lie in both directories");
      disk.fail();
      fill(client, 40);
      assertTrue(server.log().contains("volume.failed"), "told in the log");
      assertTrue(server.log().contains("disk.failing folder=" + b), "told in the log");
      for (String key : ledger.keys().subList(0, 20)) {
        ledger.delete(client, key);
      }
      ledger.verify(client, "with a failing disk");
      server.kill();
    }
    disk.recover();
    try (ServerProcess server = start(disk, calls, pattern, "--dir", b.toString())) {
      ledger.verify(server.client(), "after the kill");
      fill(server.client(), 20);
      ledger.verify(server.client(), "written on");
      assertEquals(0, server.stop(), "exit code");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"write", "sync"})
  void ifTheOnlyDirectoryFailsWritesAreRefusedClearlyAndReadsGoOn(String calls) throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    try (ServerProcess server = start(disk, calls, "*/volumes/*.dat")) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/broken", new byte[0]).statusCode());
      fill(client, 40);
      disk.fail();
      for (int i = 0; i < 20; i++) {
        HttpResponse<byte[]> answer = ledger.put(client, 3000);
        assertTrue(answer.statusCode() == 503 || answer.statusCode() == 507, () -> ObjectLedger.text(answer));
      }
      ledger.verify(client, "with a failing disk");
      disk.recover();
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (ledger.put(client, 3000).statusCode() != 200) {
        assertTrue(System.nanoTime() < end, "no other volume took the writes: " + server.log());
      }
      fill(client, 20);
      ledger.verify(client, "in other volumes");
      server.kill();
    }
    try (ServerProcess server = start(disk, calls, "*/volumes/*.dat")) {
      ledger.verify(server.client(), "after the kill");
      fill(server.client(), 20);
    }
  }

  @Test
  void ifTheCatalogsFilesFailNothingAcknowledgedIsLost() throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    try (ServerProcess server = start(disk, "write,sync", "*/catalog/*.sst")) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/broken", new byte[0]).statusCode());
      fill(client, 40);
      disk.fail();
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      HttpResponse<byte[]> answer = ledger.put(client, 3000);
      while (answer.statusCode() < 500 && System.nanoTime() < end) {
        answer = ledger.tryToDelete(client, ledger.keys().getLast()); // garbage makes the catalog flush
        if (answer.statusCode() < 500) {
          answer = ledger.put(client, 3000);
        }
      }
      HttpResponse<byte[]> refused = answer;
      assertTrue(refused.statusCode() >= 500, () -> ObjectLedger.text(refused));
      ledger.verify(client, "with failing catalog files");
      server.kill();
    }
    disk.recover();
    try (ServerProcess server = start(disk, "write,sync", "*/catalog/*.sst")) {
      ledger.verify(server.client(), "after the kill");
      fill(server.client(), 20);
    }
  }

  /// Volumes, master and catalog lose their disk at once, as under a file system that has become read-only.
  @Test
  void ifAllOfTheOnlyDirectoryFailsChangesAreRefusedUntilARestartAndReadsGoOn() throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    String pattern = temp.resolve("a") + "/*";
    try (ServerProcess server = start(disk, "write,sync", pattern)) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/broken", new byte[0]).statusCode());
      fill(client, 40);
      disk.fail();
      for (int i = 0; i < 20; i++) {
        HttpResponse<byte[]> answer = ledger.put(client, i % 10 == 0 ? 5_000_000 : 3000);
        assertEquals(503, answer.statusCode(), () -> ObjectLedger.text(answer));
      }
      assertEquals(503, ledger.tryToDelete(client, ledger.keys().getFirst()).statusCode());
      assertEquals(503, client.put("/another", new byte[0]).statusCode());
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (!server.log().contains("master.stopped") && System.nanoTime() < end) { // once it has to write something
        assertEquals(503, ledger.put(client, 5_000_000).statusCode());
      }
      assertTrue(server.log().contains("master.stopped"), "told in the log");
      ledger.verify(client, "with a failing disk");
      server.kill();
    }
    disk.recover();
    try (ServerProcess server = start(disk, "write,sync", pattern)) {
      ledger.verify(server.client(), "after the kill");
      fill(server.client(), 20);
      assertEquals(0, server.stop(), "exit code");
    }
  }

  @Test
  void whileSyncsHangReadsGoOnAndWritesAreAnsweredOnceTheyReturn() throws Exception {
    FailingDisk disk = FailingDisk.compile(temp);
    try (ServerProcess server = start(disk, "hang", "*/volumes/*.dat");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/broken", new byte[0]).statusCode());
      assertEquals(200, client.put("/hung", new byte[0]).statusCode());
      fill(client, 40);
      disk.fail();
      List<Future<HttpResponse<byte[]>>> writes = IntStream.range(0, 40)
          .mapToObj(i -> threads.submit(() -> client.put("/hung/" + i, new byte[i % 10 == 0 ? 5_000_000 : 3000])))
          .toList();
      ledger.verify(client, "while syncs hang");
      for (Future<HttpResponse<byte[]>> write : writes) {
        assertFalse(write.isDone() && write.get().statusCode() < 300, "acknowledged without a sync");
      }
      disk.recover();
      for (Future<HttpResponse<byte[]>> write : writes) {
        HttpResponse<byte[]> answer = write.get(30, TimeUnit.SECONDS);
        assertEquals(200, answer.statusCode(), () -> ObjectLedger.text(answer));
      }
      fill(client, 20);
      ledger.verify(client, "afterwards");
      assertEquals(0, server.stop(), "exit code");
    }
  }

  private static long volumesIn(Path directory) throws java.io.IOException {
    try (var files = java.nio.file.Files.list(directory.resolve("volumes"))) {
      return files.filter(file -> file.toString().endsWith(".dat")).count();
    }
  }
}

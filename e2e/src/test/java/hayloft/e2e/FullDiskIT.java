package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A disk that is really full, under the whole server: writing is refused, everything else goes on, and deleting makes
/// writing resume. Skipped where no small file system can be mounted.
class FullDiskIT {
  private static final String[] SMALL = {"--volume-limit", "8MiB", "--collect-after", "1", "--compact-every", "1",
      "--compact-min", "1MiB"};
  private static final int OBJECT_BYTES = 500_000;
  private static final long DEADLINE_NANOS = Duration.ofSeconds(90).toNanos();
  private static final Pattern UPLOAD_ID = Pattern.compile("<UploadId>([^<]+)</UploadId>");

  @TempDir
  Path temp;

  private final long seed = Long.getLong("hayloft.seed", System.nanoTime());
  private final ObjectLedger ledger = new ObjectLedger("full", seed);

  @Test
  void deletingFreesAFullDiskAndWritingResumes() throws Exception {
    System.out.println("FullDiskIT seed " + seed);
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("disk"), 96)) {
      Path data = disk.path().resolve("data");
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data, SMALL)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/full", new byte[0]).statusCode());
        Upload kept = Upload.begin(client, "kept");
        Upload aborted = Upload.begin(client, "aborted");
        int stored = fill(client);
        assertTrue(disk.freeBytes() > 2_000_000, "the reserve holds: " + disk.freeBytes() + " bytes free");
        ledger.verify(client, "full");
        assertRefused(ledger.put(client, OBJECT_BYTES));

        kept.complete(client);
        assertEquals(204, aborted.abort(client).statusCode(), "abort");
        List<String> keys = ledger.keys();
        for (int i = 0; i < keys.size() / 2; i++) {
          ledger.delete(client, keys.get(i * 2));
        }
        ledger.deleteTogether(client, ledger.keys().subList(0, keys.size() / 4));
        untilTaken(client, OBJECT_BYTES, server);
        for (int i = 0; i < stored / 3; i++) {
          untilTaken(client, OBJECT_BYTES, server);
        }
        kept.verifyAndDelete(client);
        server.kill();
      }
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data, SMALL)) {
        ledger.verify(server.client(), "after the kill");
        assertEquals(200, ledger.put(server.client(), OBJECT_BYTES).statusCode());
        assertEquals(0, server.stop(), "exit code");
      }
    }
  }

  /// Dead marks, too, must find their place then.
  @Test
  void deletingFreesADiskThatOthersFilledBelowTheReserve() throws Exception {
    System.out.println("FullDiskIT seed " + seed);
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("disk"), 96)) {
      Path data = disk.path().resolve("data");
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data, SMALL)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/full", new byte[0]).statusCode());
        for (int i = 0; i < 60; i++) {
          assertEquals(200, ledger.put(client, OBJECT_BYTES).statusCode());
        }
        disk.fill(1_500_000);
        untilRefused(client, server);
        for (String key : List.copyOf(ledger.keys())) {
          ledger.delete(client, key);
        }
        untilTaken(client, OBJECT_BYTES, server);
        ledger.verify(client, "after the deletes");
      }
    }
  }

  /// A needle that is too large for what is left opens no volume after the other on the same disk.
  @Test
  void whatDoesNotFitOpensNoVolumes() throws Exception {
    System.out.println("FullDiskIT seed " + seed);
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("disk"), 96)) {
      Path data = disk.path().resolve("data");
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/full", new byte[0]).statusCode());
        while (ledger.put(client, OBJECT_BYTES).statusCode() == 200) {
          // until it does not fit any more
        }
        int before = volumeFiles(data);
        for (int i = 0; i < 10; i++) {
          assertRefused(ledger.put(client, 8 << 20));
        }
        assertTrue(volumeFiles(data) <= before + 4, () -> "volumes opened for nothing in " + data);
      }
    }
  }

  private static int volumeFiles(Path data) throws IOException {
    try (Stream<Path> files = Files.list(data.resolve("volumes"))) {
      return (int) files.filter(file -> file.toString().endsWith(".dat")).count();
    }
  }

  @Test
  void whatWasFilledFromOutsideToTheLastByteIsSurvivedWithoutARestart() throws Exception {
    System.out.println("FullDiskIT seed " + seed);
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("disk"), 96)) {
      Path data = disk.path().resolve("data");
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data, SMALL)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/full", new byte[0]).statusCode());
        for (int i = 0; i < 400; i++) {
          assertEquals(200, ledger.put(client, i % 20 == 0 ? OBJECT_BYTES : 2000).statusCode());
        }
        Path foreign = fillUntilTheCatalogFindsNoSpace(disk, server);
        ledger.verify(client, "full to the last byte");

        Files.delete(foreign);
        untilTaken(client, OBJECT_BYTES, server);
        for (int i = 0; i < 50; i++) {
          untilTaken(client, 2000, server);
        }
        ledger.delete(client, ledger.keys().getFirst());
        ledger.verify(client, "space again");
        disk.fill();
        for (int i = 0; i < 20; i++) {
          ledger.put(client, 2000);
        }
        server.kill();
        Files.delete(foreign);
      }
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data, SMALL)) {
        ledger.verify(server.client(), "after the kill");
        assertEquals(200, ledger.put(server.client(), OBJECT_BYTES).statusCode());
      }
    }
  }

  @Test
  void withoutAReserveTheLastByteIsUsedAndNothingIsLost() throws Exception {
    System.out.println("FullDiskIT seed " + seed);
    String[] flags = {"--min-free", "0", "--volume-limit", "8MiB", "--collect-after", "1", "--compact-every", "1"};
    try (SmallDisk disk = SmallDisk.mount(temp.resolve("disk"), 64)) {
      Path data = disk.path().resolve("data");
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data, flags)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/full", new byte[0]).statusCode());
        for (int bytes : new int[]{OBJECT_BYTES, 50_000, 3000, 100}) {
          for (int refused = 0; refused < 5;) {
            HttpResponse<byte[]> answer = ledger.put(client, bytes);
            if (answer.statusCode() != 200) {
              assertRefused(answer);
              refused++;
            }
          }
        }
        ledger.verify(client, "no byte left");
        server.kill();
      }
      disk.resize(66); // a start needs some room of its own
      try (ServerProcess server = ServerProcess.startLogging(temp.resolve("log"), data, flags)) {
        ledger.verify(server.client(), "after the kill");
      }
    }
  }

  /// Deletes and fills the disk at once, so that the flush which the garbage asks for finds no space; puts meanwhile.
  private Path fillUntilTheCatalogFindsNoSpace(SmallDisk disk, ServerProcess server) throws Exception {
    S3Requests client = server.client();
    long deadline = System.nanoTime() + DEADLINE_NANOS;
    int refused = 0;
    while (true) {
      for (String key : ledger.keys().subList(1, 6)) {
        ledger.delete(client, key);
      }
      Path foreign = disk.fill();
      long end = System.nanoTime() + Duration.ofSeconds(4).toNanos();
      while (System.nanoTime() < end) {
        HttpResponse<byte[]> answer = ledger.put(client, 2000);
        if (answer.statusCode() != 200) {
          assertRefused(answer);
          refused++;
        }
        disk.fill();
      }
      assertTrue(refused > 0, "nothing was refused");
      if (server.log().contains(" has no space: ")) {
        return foreign;
      }
      assertTrue(System.nanoTime() < deadline, "the catalog was never flushed while the disk was full");
      Files.delete(foreign);
      untilTaken(client, 2000, server);
    }
  }

  /// Puts until it is refused for good; the number of objects.
  private int fill(S3Requests client) throws Exception {
    for (int refused = 0; refused < 5;) {
      HttpResponse<byte[]> answer = ledger.put(client, OBJECT_BYTES);
      if (answer.statusCode() != 200) {
        assertRefused(answer);
        refused++;
      }
    }
    assertTrue(ledger.size() > 60, "stored: " + ledger.size());
    return ledger.size();
  }

  private static void assertRefused(HttpResponse<byte[]> answer) {
    assertEquals(507, answer.statusCode(), () -> ObjectLedger.text(answer));
    assertTrue(ObjectLedger.text(answer).contains("<Code>InsufficientStorage</Code>"),
        () -> ObjectLedger.text(answer));
  }

  /// Puts until it is taken: dead marks, compaction or the look at free space may still be on their way.
  private void untilRefused(S3Requests client, ServerProcess server) throws Exception {
    long end = System.nanoTime() + DEADLINE_NANOS;
    HttpResponse<byte[]> answer;
    do {
      answer = ledger.put(client, OBJECT_BYTES);
      assertTrue(System.nanoTime() < end, server::logOrWhy);
    } while (answer.statusCode() == 200);
    assertRefused(answer);
  }

  private void untilTaken(S3Requests client, int bytes, ServerProcess server) throws Exception {
    long end = System.nanoTime() + DEADLINE_NANOS;
    for (HttpResponse<byte[]> answer = ledger.put(client, bytes); answer.statusCode() != 200; answer = ledger.put(
        client,
        bytes)) {
      assertRefused(answer);
      HttpResponse<byte[]> last = answer;
      BooleanSupplier inTime = () -> System.nanoTime() < end;
      String log = inTime.getAsBoolean() ? "" : server.log();
      assertTrue(inTime.getAsBoolean(), () -> "writing did not resume: " + ObjectLedger.text(last) + "\n" + log);
    }
  }

  /// A multipart upload with one part.
  private record Upload(String path, String id, String etag) {
    private static final byte[] PART = new byte[300_000];

    static Upload begin(S3Requests client, String key) throws IOException, InterruptedException {
      String path = "/full/" + key;
      HttpResponse<byte[]> begun = client.send("POST", path, Map.of("uploads", ""), new byte[0]);
      Matcher id = UPLOAD_ID.matcher(ObjectLedger.text(begun));
      assertTrue(id.find(), () -> ObjectLedger.text(begun));
      HttpResponse<byte[]> part = client.send("PUT", path, Map.of("uploadId", id.group(1), "partNumber", "1"), PART);
      assertEquals(200, part.statusCode(), () -> ObjectLedger.text(part));
      return new Upload(path, id.group(1), part.headers().firstValue("etag").orElseThrow());
    }

    void complete(S3Requests client) throws IOException, InterruptedException {
      byte[] xml = ("<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>" + etag
          + "</ETag></Part></CompleteMultipartUpload>").getBytes(StandardCharsets.UTF_8);
      HttpResponse<byte[]> answer = client.send("POST", path, Map.of("uploadId", id), xml);
      assertEquals(200, answer.statusCode(), () -> ObjectLedger.text(answer));
    }

    HttpResponse<byte[]> abort(S3Requests client) throws IOException, InterruptedException {
      return client.send("DELETE", path, Map.of("uploadId", id), new byte[0]);
    }

    void verifyAndDelete(S3Requests client) throws IOException, InterruptedException {
      assertEquals(PART.length, client.get(path).body().length);
      assertEquals(204, client.delete(path).statusCode());
    }
  }
}

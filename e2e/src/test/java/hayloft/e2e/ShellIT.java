package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.e2e.ShellProcess.Run;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every command of the shell, given to a real server by the real program.
@Timeout(600)
class ShellIT {

  @TempDir
  Path temp;
  private ServerProcess server;
  private ShellProcess shell;

  @BeforeEach
  void start() throws IOException {
    server = ServerProcess.start(temp.resolve("data"), "--collect-after", "0", "--compact-every", "0", "--min-free",
        "0");
    shell = ShellProcess.of(server);
  }

  @AfterEach
  void stop() throws IOException, InterruptedException {
    try (var _ = server) {
      shell.close();
    }
  }

  private void restart() throws IOException, InterruptedException {
    shell.close();
    assertEquals(0, server.stop());
    start();
  }

  private void put(String path, int size) throws IOException, InterruptedException {
    byte[] body = new byte[size];
    new Random(size).nextBytes(body);
    assertEquals(200, server.client().put(path, body).statusCode(), path);
  }

  private static List<String> texts(JsonNode rows, String field) {
    List<String> texts = new ArrayList<>();
    rows.forEach(row -> texts.add(row.path(field).asText()));
    return texts;
  }

  @Test
  void theStoreIsLookedAt() throws Exception {
    shell.run("s3.bucket.create barn").succeeded();
    put("/barn/a/one", 100);
    put("/barn/a/two", 5_000_000);
    put("/barn/b", 300);

    JsonNode status = shell.ask("cluster.status");
    assertEquals(1, status.path("catalog").path("buckets").asInt());
    assertFalse(status.path("catalog").path("stopped").asBoolean());
    assertTrue(texts(status.path("endpoints"), "role").containsAll(List.of("s3", "admin")), status.toString());
    assertEquals(1, status.path("disks").size());
    assertEquals(0, shell.ask("cluster.check").path("errors").asInt());
    JsonNode volumes = shell.ask("volume.list").path("volumes");
    assertEquals(new TreeSet<>(List.of("small", "bulk")), new TreeSet<>(texts(volumes, "purpose")));
    assertEquals(volumes.size(), shell.ask("collection.list").path("collections").path(0).path("volumes").asInt());

    assertEquals(List.of("barn/"), texts(shell.ask("fs.ls").path("entries"), "name"));
    assertEquals(List.of("a/", "b"), texts(shell.ask("fs.ls /barn").path("entries"), "name"));
    assertEquals(List.of("a/one", "a/two", "b"), texts(shell.ask("fs.ls -R /barn").path("entries"), "name"));
    assertEquals("5.0 MB", shell.run("fs.ls -l /barn/a").succeeded().out().lines().skip(2).findFirst().orElse("")
        .strip().substring(0, 6));
    JsonNode du = shell.ask("fs.du /barn");
    assertEquals(3, du.path("objects").asInt());
    assertEquals(5_000_400, du.path("bytes").asLong());
    assertEquals(List.of("a/", "b"), texts(du.path("branches"), "name"));
    String tree = shell.run("fs.tree /").succeeded().out();
    assertEquals("/\n`-- barn/\n    |-- a/\n    |   |-- one  100 B\n    |   `-- two  5.0 MB\n    `-- b  300 B\n", tree);
    JsonNode meta = shell.ask("fs.meta.cat /barn/a/two");
    assertEquals(5_000_000, meta.path("sizeBytes").asLong());
    assertEquals("root", meta.path("owner").asText());
    assertTrue(meta.path("needles").path("pieces").size() > 1, meta.toString());
    JsonNode verified = shell.ask("fs.verify /barn");
    assertEquals(3, verified.path("objects").asInt());
    assertEquals(0, verified.path("damaged").size());
    assertTrue(shell.ask("catalog.check").path("clean").asBoolean());
    assertTrue(shell.ask("volume.fsck").path("clean").asBoolean());

    for (String missing : List.of("volume.list -volumeId 99", "volume.list -collection none")) {
      Run run = shell.run(missing);
      assertEquals(1, run.exitCode(), run.toString());
      assertTrue(
          run.err().matches("hayloft: there is no (volume 99; there are 1, 2|collection none, nor any other .*)\\R"),
          run.err());
    }
    for (String missing : List.of("fs.ls /nowhere", "fs.ls /barn/c", "fs.meta.cat /barn/c", "volume.list -x",
        "volume.fsck -volumeId 99")) {
      Run run = shell.run(missing);
      assertTrue(run.exitCode() == 1 || run.exitCode() == 2, missing + run);
      assertFalse(run.err().isEmpty(), missing);
      assertFalse(run.err().contains("\tat "), run.err());
    }
  }

  /// Only a terminal gets the prompt, and Java has none to give.
  @Test
  void aPersonAtATerminalIsHelped() throws Exception {
    assumeTrue(hasPython(), "python3 is not installed: nobody types at the shell");
    Path home = Path.of(System.getProperty("hayloft.home"));
    Path said = temp.resolve("said");
    var builder = new ProcessBuilder("python3", home.resolve("e2e/src/test/scripts/shell_terminal.py").toString(),
        home.resolve("hayloft").toString(), server.adminPort().toString(), temp.toString()).redirectErrorStream(true)
        .redirectOutput(said.toFile());
    builder.environment().putAll(Map.of("HAYLOFT_ROOT_USER", ServerProcess.ACCESS_KEY, "HAYLOFT_ROOT_PASSWORD",
        ServerProcess.SECRET_KEY));
    assertEquals(0, builder.start().waitFor(), () -> {
      try {
        return Files.readString(said);
      } catch (IOException e) {
        return e.toString();
      }
    });
  }

  private static boolean hasPython() throws InterruptedException {
    try {
      return new ProcessBuilder("python3", "--version").redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException _) { // it is not installed
      return false;
    }
  }

  @Test
  void volumesAreGrownMarkedAndCompacted() throws Exception {
    shell.run("s3.bucket.create barn").succeeded();
    for (int i = 0; i < 20; i++) {
      put("/barn/k" + i, 40_000);
    }
    int small = 0;
    for (JsonNode volume : shell.ask("volume.list").path("volumes")) {
      small = volume.path("liveNeedles").asInt() > 10 ? volume.path("volume").asInt() : small;
    }
    assertTrue(small > 0);
    int grown = shell.ask("volume.grow -purpose small").path("volumes").path(0).asInt();
    assertTrue(grown > small);

    long before = needles(small);
    shell.run("volume.mark -volumeId " + small + " -readonly").succeeded();
    for (int i = 0; i < 10; i++) {
      put("/barn/more" + i, 100);
    }
    assertEquals(before, needles(small), "it takes nothing");
    Run check = shell.run("cluster.check");
    assertTrue(check.exitCode() == 0 && check.out().contains("it was marked read-only"), check.toString());
    shell.run("volume.mark -volumeId " + small + " -writable").succeeded();
    assertEquals(1, shell.run("volume.mark -volumeId 99 -writable").exitCode());

    for (int i = 0; i < 18; i++) {
      assertEquals(204, server.client().delete("/barn/k" + i).statusCode());
    }
    awaitGarbage(small);
    JsonNode plan = shell.ask("volume.vacuum -volumeId " + small);
    assertTrue(plan.path("dryRun").asBoolean());
    assertEquals(0, volume(small).path("generation").asInt(), "a plan does nothing");
    assertTrue(shell.run("volume.vacuum").succeeded().out().contains("Nothing was changed. Add -apply to do it."));
    JsonNode done = shell.ask("volume.vacuum -volumeId " + small + " -apply");
    assertTrue(done.path("volumes").path(0).path("compacted").asBoolean(), done.toString());
    assertTrue(done.path("freedBytes").asLong() > 17 * 40_000, done.toString());
    assertEquals(1, volume(small).path("generation").asInt());
    assertTrue(shell.ask("volume.fsck").path("clean").asBoolean());
    assertEquals(200, server.client().get("/barn/k19").statusCode());
  }

  private JsonNode volume(int id) throws Exception {
    return shell.ask("volume.list -volumeId " + id).path("volumes").path(0);
  }

  private long needles(int id) throws Exception {
    return volume(id).path("liveNeedles").asLong() + volume(id).path("deadNeedles").asLong();
  }

  /// The collector marks what was deleted within its own time, here 18 of 20 objects.
  private void awaitGarbage(int id) throws Exception {
    long until = System.nanoTime() + 120_000_000_000L;
    while (volume(id).path("garbage").asDouble() < 0.85) {
      assertTrue(System.nanoTime() < until, "nothing was collected: " + volume(id));
    }
  }

  @Test
  void bucketsUsersAndKeysAreManaged() throws Exception {
    JsonNode alice = shell.ask("s3.user.create alice -displayName 'Alice A.'");
    S3Requests first = client(alice);
    assertEquals(200, first.put("/hers", new byte[0]).statusCode());
    JsonNode second = shell.ask("s3.accesskey.create alice");
    assertEquals(200, client(second).put("/hers/k", new byte[9]).statusCode());
    assertEquals(1, shell.run("s3.user.create alice").exitCode());

    assertTrue(shell.ask("s3.accesskey.rotate " + second.path("accessKey").asText()).path("dryRun").asBoolean());
    JsonNode third = shell.ask("s3.accesskey.rotate -apply " + second.path("accessKey").asText());
    assertEquals(403, client(second).get("/hers/k").statusCode());
    assertEquals(200, client(third).get("/hers/k").statusCode());
    shell.run("s3.accesskey.delete -apply " + alice.path("accessKey").asText()).succeeded();
    assertEquals(403, first.get("/hers/k").statusCode());
    Run last = shell.run("s3.accesskey.delete -apply " + third.path("accessKey").asText());
    assertTrue(last.exitCode() == 1 && last.err().contains("the only one of user alice"), last.err());
    assertEquals(1, shell.run("s3.accesskey.rotate -apply " + ServerProcess.ACCESS_KEY).exitCode());

    Run plain = shell.as(third.path("accessKey").asText(), third.path("secretKey").asText()).run("volume.list");
    assertTrue(plain.exitCode() == 1 && plain.err().contains("is no administrator of"), plain.err());
    Run wrong = shell.as(ServerProcess.ACCESS_KEY, "not-the-secret").run("volume.list");
    assertTrue(wrong.exitCode() == 1 && wrong.err().contains("is not the one that"), wrong.err());
    JsonNode admin = shell.ask("s3.user.create carol -admin");
    shell.as(admin.path("accessKey").asText(), admin.path("secretKey").asText()).run("volume.list").succeeded();

    shell.run("s3.bucket.create barn -owner alice -versioning").succeeded();
    JsonNode buckets = shell.ask("s3.bucket.list -owner alice").path("buckets");
    assertEquals(List.of("barn", "hers"), texts(buckets, "name"));
    assertEquals("enabled", buckets.path(0).path("versioning").asText());
    assertEquals(2, shell.run("s3.bucket.create Barn!").exitCode());
    Run locked = shell.run("s3.bucket.create vault -objectLock");
    assertTrue(locked.exitCode() == 1 && locked.err().contains("object lock is not there yet"), locked.err());
    assertEquals(2, shell.ask("s3.bucket.list -owner alice").path("buckets").size(), "none was made");
    assertEquals(1, shell.run("s3.user.delete alice -apply").exitCode(), "she owns buckets");
    assertTrue(shell.ask("s3.bucket.owner hers -owner carol").path("dryRun").asBoolean());
    assertEquals(200, client(third).get("/hers/k").statusCode());
    shell.run("s3.bucket.owner hers -owner carol -apply").succeeded();
    assertEquals(403, client(third).get("/hers/k").statusCode());
    assertEquals(200, client(admin).get("/hers/k").statusCode());

    assertEquals(1, shell.ask("s3.bucket.delete hers").path("versions").asInt());
    assertEquals(1, shell.run("s3.bucket.delete hers -apply").exitCode(), "it is not empty");
    shell.run("s3.bucket.delete hers -includeObjects -apply; s3.bucket.delete barn -apply").succeeded();
    assertEquals(0, shell.ask("s3.bucket.list").path("buckets").size());
    assertTrue(shell.ask("s3.user.delete alice").path("dryRun").asBoolean());
    shell.run("s3.user.delete alice -apply").succeeded();
    assertEquals(List.of("carol", "root"), texts(shell.ask("s3.user.list").path("users"), "id"));
    assertEquals(1, shell.run("s3.user.delete root -apply").exitCode());
    assertEquals(1, shell.run("s3.bucket.quota barn").exitCode(), "it is gone");

    restart();
    assertEquals(List.of("carol", "root"), texts(shell.ask("s3.user.list").path("users"), "id"));
    assertSecretsAreNowhere(List.of(alice, second, third, admin));
  }

  private S3Requests client(JsonNode key) {
    return new S3Requests(server.endpoint(), key.path("accessKey").asText(), key.path("secretKey").asText());
  }

  private void assertSecretsAreNowhere(List<JsonNode> keys) throws IOException {
    String log = Files.readString(temp.resolve("data/admin.log"));
    for (JsonNode key : keys) {
      assertFalse((log + server.log()).contains(key.path("secretKey").asText()));
    }
    List<String> outcomes = new ArrayList<>();
    for (String line : log.lines().toList()) {
      JsonNode entry = new ObjectMapper().readTree(line);
      if (entry.path("action").asText().equals("s3.bucket.owner")) {
        outcomes.add(entry.path("who").asText() + " " + entry.path("outcome").asText());
      }
    }
    assertEquals(List.of("root planned", "root begun", "root done"), outcomes);
    assertTrue(log.contains("\"outcome\":\"denied: NotAnAdministrator\"") || log.contains("furtherDenials"), log);
  }

  @Test
  void aBucketMayHoldSoMuch() throws Exception {
    shell.run("s3.bucket.create small; s3.bucket.quota small -size 100KiB -objects 2 -apply").succeeded();
    S3Requests client = server.client();
    assertEquals(200, client.put("/small/a", new byte[60_000]).statusCode());
    HttpResponse<byte[]> tooMuch = client.put("/small/b", new byte[60_000]);
    assertEquals(403, tooMuch.statusCode());
    assertTrue(new String(tooMuch.body(), UTF_8).contains("<Code>QuotaExceeded</Code>"));
    assertEquals(404, client.get("/small/b").statusCode());
    assertEquals(200, client.put("/small/b", new byte[10]).statusCode());
    assertEquals(403, client.put("/small/c", new byte[0]).statusCode(), "a third object");

    restart();
    client = server.client();
    JsonNode shown = shell.ask("s3.bucket.quota small"); // which counts
    assertEquals(60_010, shown.path("usage").path("bytes").asLong());
    assertEquals(2, shown.path("quota").path("objects").asLong());
    assertEquals(403, client.put("/small/c", new byte[0]).statusCode());
    assertEquals(204, client.delete("/small/b").statusCode());
    shell.run("s3.bucket.quota small").succeeded();
    assertEquals(200, client.put("/small/c", new byte[0]).statusCode(), "counted anew");
    assertTrue(shell.ask("s3.bucket.quota small -remove").path("dryRun").asBoolean());
    shell.run("s3.bucket.quota small -remove -apply").succeeded();
    assertEquals(200, client.put("/small/d", new byte[200_000]).statusCode());
  }

  @Test
  void damageIsFoundAndNamed() throws Exception {
    shell.run("s3.bucket.create barn").succeeded();
    put("/barn/good", 200_000);
    put("/barn/bad", 200_001);
    assertEquals(0, shell.ask("volume.scrub").path("damages").size());
    Path volume = flipABitOf(temp.resolve("data/volumes"), 200_001);
    Run scrub = shell.run("volume.scrub");
    assertEquals(1, scrub.exitCode(), scrub.toString());
    assertTrue(scrub.out().contains("damaged: object barn/bad: " + volume), scrub.out());
    assertFalse(scrub.out().contains("barn/good"), scrub.out());
    JsonNode status = shell.ask("cluster.status").path("scrub");
    assertEquals("object barn/bad", status.path("damages").path(0).path("objects").path(0).asText());
    Run check = shell.run("cluster.check");
    assertTrue(check.exitCode() == 1 && check.out().contains("object barn/bad: damaged on the disk"), check.toString());
    Run verify = shell.run("fs.verify /barn");
    assertTrue(verify.exitCode() == 1 && verify.out().contains("damaged: /barn/bad"), verify.toString());
    assertTrue(server.log().contains("scrub.damaged what=\"object barn/bad\""), server.log());
    assertEquals(204, server.client().delete("/barn/bad").statusCode());
    assertEquals(0, shell.ask("fs.verify /barn").path("damaged").size());
  }

  /// In the data of the object with that size: its bytes are known, so they are found.
  private static Path flipABitOf(Path volumes, int size) throws IOException {
    byte[] body = new byte[size];
    new Random(size).nextBytes(body);
    String needle = new String(body, 100_000, 64, StandardCharsets.ISO_8859_1);
    try (var files = Files.list(volumes)) {
      for (Path file : files.filter(one -> one.toString().endsWith(".dat")).toList()) {
        int at = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).indexOf(needle);
        if (at >= 0) {
          try (var open = new RandomAccessFile(file.toFile(), "rw")) {
            open.seek(at);
            open.write(body[100_000] ^ 1);
          }
          return file;
        }
      }
    }
    throw new AssertionError("the object lies in no volume");
  }

  @Test
  void theLockKeepsOthersOut() throws Exception {
    Run inOne = shell.run("lock -reason repairs; s3.bucket.create one; unlock; s3.bucket.create two");
    inOne.succeeded();
    shell.run("lock -lease 600 -reason repairs").succeeded();
    Run other = shell.run("s3.bucket.create three");
    assertTrue(other.exitCode() == 1 && other.err().contains("the admin lock is held by root"), other.err());
    assertEquals("repairs", shell.ask("cluster.status").path("lock").path("reason").asText());
    assertEquals(1, shell.run("unlock").exitCode());
    shell.run("unlock -force; s3.bucket.create three").succeeded();
    assertFalse(shell.ask("cluster.status").has("lock"));
    shell.run("lock").succeeded();
    assertFalse(shell.ask("cluster.status").has("lock"), "given back at the end of the shell");
  }

  @Test
  void linesArePipedInAndTheFirstFailureEndsThem() throws Exception {
    Run piped = shell
        .pipe("# a script\ns3.bucket.create one\n\ns3.bucket.list; fs.ls\ns3.bucket.create one\nfs.tree\n");
    assertEquals(1, piped.exitCode());
    assertTrue(piped.out().contains("one/") && !piped.out().contains("`-- one"), piped.out());
    assertTrue(piped.err().contains("there is a bucket one already"), piped.err());
  }

  @Test
  void aRebuildIsMarkedAndDoneByTheNextStart() throws Exception {
    shell.run("s3.bucket.create barn").succeeded();
    put("/barn/k", 100);
    assertTrue(shell.run("level.raise -apply").succeeded().out().contains("nothing to raise"));
    assertTrue(shell.run("catalog.rebuild").succeeded().out().contains("Nothing was changed"));
    shell.run("catalog.rebuild -apply").succeeded();
    restart();
    assertTrue(server.log().contains("catalog.distrusted"), server.log());
    assertEquals(200, server.client().get("/barn/k").statusCode());
    assertTrue(shell.ask("catalog.check").path("clean").asBoolean());
  }

  @Test
  void anInterruptedCommandCancelsItsJob() throws Exception {
    shell.run("s3.bucket.create barn").succeeded();
    put("/barn/k", 3_000_000);
    Path out = temp.resolve("out");
    Process scrub = shell.begin("volume.scrub -rate 1", out, temp.resolve("err"));
    try {
      while (shell.ask("cluster.status").path("jobs").isEmpty()) {
        assertTrue(scrub.isAlive(), () -> read(temp.resolve("err")));
      }
      scrub.destroy(); // as ^C
      assertTrue(scrub.waitFor() != 0);
      while (!shell.ask("cluster.status").path("jobs").isEmpty()) {
        assertTrue(ProcessHandle.of(server.pid()).isPresent());
      }
      assertTrue(Files.readString(temp.resolve("data/admin.log")).contains("\"outcome\":\"cancelled"));
    } finally {
      scrub.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}

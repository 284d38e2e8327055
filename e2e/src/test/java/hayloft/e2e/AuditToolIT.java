package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `hayloft audit` against a server that is killed with SIGKILL under its load: the certificate says WHOLE; and BROKEN
/// once an acknowledged object is taken away behind the log's back.
class AuditToolIT {

  private static final Pattern ACK = Pattern.compile(" ack ");
  private static final Pattern PREFIX = Pattern.compile(" run 1 \\d+ (\\S+) (\\S+) ");
  private static final int ACKS_BEFORE_KILL = 300;

  @TempDir
  Path temp;

  @Test
  void aKilledServerIsProvedWholeAndAThinnedOneBroken() throws Exception {
    Path directory = temp.resolve("data");
    Path logFolder = Files.createDirectory(temp.resolve("log"));
    Path log = logFolder.resolve("acks.log");
    try (ServerProcess server = ServerProcess.start(directory);
        WatchService changes = logFolder.getFileSystem().newWatchService()) {
      logFolder.register(changes, StandardWatchEventKinds.ENTRY_CREATE, StandardWatchEventKinds.ENTRY_MODIFY);
      Process audit = ToolProcess.start("audit", "--log", log.toString(), "--endpoint", server.endpoint().toString(),
          "--clients", "6", "--keys", "20", "--seconds", "120");
      awaitAcks(changes, log, audit);
      server.kill();
      ToolProcess written = ToolProcess.ended(audit);
      assertEquals(1, written.exitCode(), written.output());
      assertTrue(written.output().contains("the store stopped answering"), written.output());
    }
    try (ServerProcess server = ServerProcess.start(directory)) {
      ToolProcess proof = verify(log, server);
      System.out.println(proof.output());
      assertEquals(0, proof.exitCode(), proof.output());
      assertTrue(proof.output().contains("WHOLE"), proof.output());

      List<String> lost = takeTwoAway(server, Files.readString(log));
      ToolProcess broken = verify(log, server);
      assertEquals(1, broken.exitCode(), broken.output());
      assertTrue(lost.stream().anyMatch(key -> broken.output().contains(key + ": expected "))
          && broken.output().contains("BROKEN"), broken.output());
    }
  }

  private static ToolProcess verify(Path log, ServerProcess server) throws IOException, InterruptedException {
    return ToolProcess.run("audit", "--verify", "--log", log.toString(), "--endpoint", server.endpoint().toString());
  }

  /// Looks at the log whenever it has changed, until it has enough acknowledgements.
  private static void awaitAcks(WatchService changes, Path log, Process audit)
      throws IOException, InterruptedException {
    for (long acks = 0; acks < ACKS_BEFORE_KILL;) {
      WatchKey change = changes.poll(20, TimeUnit.SECONDS);
      if (change == null || !audit.isAlive()) {
        throw new IOException("the audit does not write: alive " + audit.isAlive() + ", " + acks + " acknowledgements");
      }
      change.pollEvents();
      change.reset();
      acks = Files.exists(log) ? ACK.matcher(Files.readString(log)).results().count() : 0;
    }
  }

  /// Deletes two objects that are there, of which the log does not know. Returns their keys. Of one the kill may have
  /// left a request without an answer, so that it may be absent; a client has one at a time.
  private static List<String> takeTwoAway(ServerProcess server, String log) throws IOException, InterruptedException {
    Matcher run = PREFIX.matcher(log);
    assertTrue(run.find(), log.lines().findFirst().orElse(""));
    S3Requests client = server.client();
    List<String> taken = new ArrayList<>();
    for (int key = 0; key < 20; key++) {
      String name = run.group(2) + "/c0/k" + key;
      HttpResponse<byte[]> answer = client.get("/" + run.group(1) + "/" + name);
      if (answer.statusCode() == 200) {
        assertEquals(204, client.delete("/" + run.group(1) + "/" + name).statusCode());
        taken.add(name);
        if (taken.size() == 2) {
          return taken;
        }
      }
    }
    throw new AssertionError("client 0 left " + taken);
  }
}

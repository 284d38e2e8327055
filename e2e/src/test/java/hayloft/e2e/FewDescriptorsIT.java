package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process with few file descriptors (prlimit(1)), of which idle clients take all that they get. Skipped where there
/// is no prlimit.
class FewDescriptorsIT {
  private static final String[] SMALL = {"--volume-limit", "8MiB", "--collect-after", "1", "--compact-every", "1",
      "--compact-min", "1MiB"};
  private static final int OBJECT_BYTES = 500_000;
  private static final int DESCRIPTORS = 320;
  private static final List<String> FEW = List.of("prlimit", "--nofile=" + DESCRIPTORS + ":" + DESCRIPTORS);
  private static final Duration LONG_ENOUGH_TO_FLUSH = Duration.ofSeconds(15);

  @TempDir
  Path temp;

  private final long seed = Long.getLong("hayloft.seed", System.nanoTime());
  private final ObjectLedger ledger = new ObjectLedger("few", seed);

  @Test
  void idleClientsDoNotTakeTheLastDescriptors() throws Exception {
    System.out.println("FewDescriptorsIT seed " + seed);
    Path data = temp.resolve("data");
    assumeTrue(isThere("prlimit"), "no prlimit here (util-linux): nothing was tested");
    try (ServerProcess server = ServerProcess.startWithin(FEW, data, "", SMALL)) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/few", new byte[0]).statusCode());
      for (int i = 0; i < 60; i++) {
        assertEquals(200, ledger.put(client, OBJECT_BYTES).statusCode());
      }
      List<RawConnection> idle = new ArrayList<>();
      while (isTaken(server, idle)) {
        assertTrue(idle.size() < DESCRIPTORS, "more connections than descriptors");
      }
      assertTrue(idle.size() > DESCRIPTORS / 8, () -> "only " + idle.size() + " connections");

      useFor(client, server, LONG_ENOUGH_TO_FLUSH);
      for (RawConnection connection : idle) {
        connection.close();
      }

      ledger.putUntilTaken(client, OBJECT_BYTES, server);
      ledger.verify(client, "with descriptors again");
      for (int i = 0; i < 40; i++) {
        assertEquals(200, ledger.put(client, OBJECT_BYTES).statusCode(), server::logOrWhy);
      }
      assertFalse(server.log().contains("stopped"), server::logOrWhy);
      server.kill();
    }
    try (ServerProcess server = ServerProcess.startWithin(FEW, data, "", SMALL)) {
      ledger.verify(server.client(), "after the kill");
      assertFalse(server.log().contains("volume.frozen"), server::logOrWhy);
      assertEquals(200, ledger.put(server.client(), OBJECT_BYTES).statusCode());
      assertEquals(0, server.stop(), "exit code");
    }
  }

  /// Deletes, puts and reads while hardly anything can be opened.
  private void useFor(S3Requests client, ServerProcess server, Duration time) throws Exception {
    long end = System.nanoTime() + time.toNanos();
    while (System.nanoTime() < end) {
      if (ledger.size() > 20) {
        request(204, server, () -> ledger.tryToDelete(client, ledger.keys().getLast()));
      }
      request(200, server, () -> ledger.put(client, OBJECT_BYTES));
      List<String> keys = ledger.keys();
      String read = keys.get((int) (System.nanoTime() % keys.size()));
      request(200, server, () -> client.get("/few/" + read));
    }
  }

  private interface Request {
    HttpResponse<byte[]> send() throws IOException, InterruptedException;
  }

  /// Done, put off, or broken off: never out of space, never a fault.
  private static void request(int status, ServerProcess server, Request request) throws InterruptedException {
    HttpResponse<byte[]> answer;
    try {
      answer = request.send();
    } catch (IOException _) {
      // The client opened another connection, which is closed, or the volume of an answer under way could not be opened
      // again.
      assertFalse(server.awaitDeath(0), server::logOrWhy);
      return;
    }
    assertTrue(answer.statusCode() == status || answer.statusCode() == 503,
        () -> ObjectLedger.text(answer) + "\n" + server.logOrWhy());
  }

  private static boolean isTaken(ServerProcess server, List<RawConnection> idle) throws IOException {
    RawConnection next = new RawConnection(server.endpoint());
    try {
      if (next.send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n").some().startsWith("HTTP/1.1 200 ")) {
        idle.add(next);
        return true;
      }
    } catch (IOException _) {
      // reset: refused as well
    }
    next.close();
    return false;
  }

  private static boolean isThere(String program) throws InterruptedException {
    try {
      return new ProcessBuilder(program, "--version").redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
          .waitFor() == 0;
    } catch (IOException _) {
      return false;
    }
  }
}

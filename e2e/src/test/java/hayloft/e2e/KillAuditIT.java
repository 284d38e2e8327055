package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Writers log every acknowledgement, the server is killed with SIGKILL after a random number of acks, and after the restart
/// everything that was acknowledged is there, and of what was under way each is there whole or not at all.
///
/// `-Dhayloft.rounds=200` runs longer, `-Dhayloft.seed=N` replays.
class KillAuditIT {
  private static final int WRITERS = 8;
  private static final int KEYS_PER_WRITER = 12;

  @TempDir
  Path temp;

  @Test
  void nothingAcknowledgedIsLostWhenTheServerIsKilled() throws Exception {
    int rounds = Integer.getInteger("hayloft.rounds", 20);
    LongSupplier fresh = System::nanoTime;
    long seed = Long.getLong("hayloft.seed", fresh.getAsLong());
    System.out.println("KillAuditIT seed " + seed + ", " + rounds + " rounds");
    Random random = new Random(seed);
    Path directory = temp.resolve("data");
    List<Writer> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new Writer(i, random.nextLong()));
    }
    for (int round = 0; round < rounds; round++) {
      try (ServerProcess server = ServerProcess.start(directory)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/audit", new byte[0]).statusCode(), "bucket");
        for (Writer writer : writers) {
          writer.verify(client, "seed " + seed + " round " + round);
        }
        runUntilKilled(server, writers, 20 + random.nextInt(400));
      }
    }
    try (ServerProcess server = ServerProcess.start(directory)) {
      for (Writer writer : writers) {
        writer.verify(server.client(), "seed " + seed + " at the end");
      }
      assertEquals(0, server.stop(), "exit code of a graceful stop");
    }
    long acks = writers.stream().mapToLong(w -> w.acks).sum();
    System.out.println("KillAuditIT " + acks + " acknowledged mutations in " + rounds + " rounds, none lost");
    assertTrue(acks > rounds, "the writers hardly wrote: " + acks);
  }

  private static void runUntilKilled(ServerProcess server, List<Writer> writers, int acksBeforeKill) throws Exception {
    AtomicLong acks = new AtomicLong();
    CountDownLatch enough = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (Writer writer : writers) {
      threads.add(Thread.ofVirtual().start(() -> writer.writeUntilItFails(server.client(), () -> {
        if (acks.incrementAndGet() >= acksBeforeKill) {
          enough.countDown();
        }
      })));
    }
    enough.await();
    server.kill();
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /// One client with keys of its own, so that it knows what each key must hold.
  private static final class Writer {
    private static final byte[] NOTHING = new byte[0];

    private final int number;
    private final Random random;
    /// What was acknowledged; a missing key means "deleted or never written".
    private final Map<String, byte[]> acknowledged = new HashMap<>();
    private String keyUnderWay = "";
    private byte[] bodyUnderWay = NOTHING;
    private boolean deleteUnderWay;
    private long acks;

    Writer(int number, long seed) {
      this.number = number;
      this.random = new Random(seed);
    }

    void writeUntilItFails(S3Requests client, Runnable onAck) {
      try {
        while (step(client)) {
          acks++;
          onAck.run();
        }
      } catch (IOException e) {
        // The kill: whatever was under way is judged by verify().
        return;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private boolean step(S3Requests client) throws IOException, InterruptedException {
      keyUnderWay = "/audit/w" + number + "/k" + random.nextInt(KEYS_PER_WRITER);
      deleteUnderWay = random.nextInt(5) == 0;
      if (deleteUnderWay) {
        HttpResponse<byte[]> answer = client.delete(keyUnderWay);
        assertEquals(204, answer.statusCode(), "delete");
        acknowledged.remove(keyUnderWay);
      } else {
        bodyUnderWay = new byte[sizeOfNext()];
        random.nextBytes(bodyUnderWay);
        HttpResponse<byte[]> answer = client.put(keyUnderWay, bodyUnderWay);
        assertEquals(200, answer.statusCode(), () -> "put: " + new String(answer.body()));
        acknowledged.put(keyUnderWay, bodyUnderWay);
      }
      keyUnderWay = "";
      return true;
    }

    private int sizeOfNext() {
      return switch (random.nextInt(20)) {
        case 0 -> 0;
        case 1 -> 5_000_000 + random.nextInt(5_000_000);
        case 2, 3 -> random.nextInt(300_000);
        default -> random.nextInt(8_000);
      };
    }

    /// Compares every key with what was acknowledged, and takes over whatever came of the mutation that was under way.
    void verify(S3Requests client, String where) throws IOException, InterruptedException {
      for (int i = 0; i < KEYS_PER_WRITER; i++) {
        String key = "/audit/w" + number + "/k" + i;
        HttpResponse<byte[]> answer = client.get(key);
        byte[] expected = acknowledged.getOrDefault(key, NOTHING);
        boolean expectsObject = acknowledged.containsKey(key);
        boolean asAcknowledged = matches(answer, expectsObject, expected);
        if (key.equals(keyUnderWay) && !asAcknowledged) {
          assertTrue(matches(answer, !deleteUnderWay, bodyUnderWay),
              where + ": " + key + " holds neither its old nor its new state, status " + answer.statusCode());
          if (deleteUnderWay) {
            acknowledged.remove(key);
          } else {
            acknowledged.put(key, bodyUnderWay);
          }
        } else {
          assertTrue(asAcknowledged, where + ": " + key + " expected "
              + (expectsObject ? expected.length + " bytes" : "nothing") + ", got status " + answer.statusCode()
              + " with " + answer.body().length + " bytes");
        }
      }
      keyUnderWay = "";
    }

    private static boolean matches(HttpResponse<byte[]> answer, boolean expectsObject, byte[] expected) {
      return expectsObject
          ? answer.statusCode() == 200 && java.util.Arrays.equals(answer.body(), expected)
          : answer.statusCode() == 404;
    }
  }
}

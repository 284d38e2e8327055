package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Writers log every acknowledgement, the server is killed with SIGKILL after a random number of acks, and after the
/// restart everything that was acknowledged is there, and of what was under way each is there whole or not at all.
///
/// `-Dhayloft.rounds=200` runs longer, `-Dhayloft.seed=N` replays.
class KillAuditIT {
  private static final int WRITERS = 8;

  @TempDir
  Path temp;

  @Test
  void nothingAcknowledgedIsLostWhenTheServerIsKilled() throws Exception {
    int rounds = Integer.getInteger("hayloft.rounds", 10);
    LongSupplier fresh = System::nanoTime;
    long seed = Long.getLong("hayloft.seed", fresh.getAsLong());
    System.out.println("KillAuditIT seed " + seed + ", " + rounds + " rounds");
    Random random = new Random(seed);
    Path directory = temp.resolve("data");
    List<AuditingWriter> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new AuditingWriter(i, random.nextLong()));
    }
    for (int round = 0; round < rounds; round++) {
      try (ServerProcess server = ServerProcess.start(directory)) {
        S3Requests client = server.client();
        assertEquals(200, client.put("/audit", new byte[0]).statusCode(), "bucket");
        for (AuditingWriter writer : writers) {
          writer.verify(client, "seed " + seed + " round " + round);
        }
        runUntilKilled(server, writers, 20 + random.nextInt(400));
      }
    }
    try (ServerProcess server = ServerProcess.start(directory)) {
      for (AuditingWriter writer : writers) {
        writer.verify(server.client(), "seed " + seed + " at the end");
      }
      assertEquals(0, server.stop(), "exit code of a graceful stop");
    }
    long acks = writers.stream().mapToLong(AuditingWriter::acks).sum();
    System.out.println("KillAuditIT " + acks + " acknowledged mutations in " + rounds + " rounds, none lost");
    assertTrue(acks > rounds, "the writers hardly wrote: " + acks);
  }

  private static void runUntilKilled(ServerProcess server, List<AuditingWriter> writers, int acksBeforeKill)
      throws Exception {
    AtomicLong acks = new AtomicLong();
    CountDownLatch enough = new CountDownLatch(1);
    List<Thread> threads = new ArrayList<>();
    for (AuditingWriter writer : writers) {
      threads.add(Thread.ofVirtual().start(() -> writer.writeUntilItFails(server.client(), () -> {
        if (acks.incrementAndGet() >= acksBeforeKill) {
          enough.countDown();
        }
      }, () -> true)));
    }
    enough.await();
    server.kill();
    for (Thread thread : threads) {
      thread.join();
    }
  }
}

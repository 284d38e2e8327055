package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The server halts at each named point of the durable path in turn, under load, with collection and compaction at work
/// all the time; after each restart everything acknowledged is there. Every third round the catalog is thrown away
/// besides, so that what is verified is a rebuild from the volumes.
///
/// `-Dhayloft.rounds=200` runs longer, `-Dhayloft.seed=N` replays the choices.
class KillMatrixIT {
  private static final int WRITERS = 6;
  private static final long MOST_ACKS = 1500;
  private static final String[] POINTS = {"volume.beforeAppend", "volume.afterAppend", "volume.afterSync",
      "filer.beforeAppend", "filer.afterAppend", "filer.afterApply", "filer.beforeCheckpoint", "filer.afterCheckpoint",
      "filer.beforeMark", "volume.beforeDeadMark", "volume.afterDeadMark", "filer.afterMark", "filer.afterRowsDeleted",
      "volume.compact.begin", "volume.compact.copied", "volume.compact.beforeRename", "volume.compact.afterRename",
      "volume.compact.beforeDeadLog", "volume.compact.afterCaches", "volume.compact.beforeTruncate",
      "volume.compact.done"};
  private static final String[] BUSY_UPKEEP = {"--volume-limit", "32MiB", "--collect-after", "1", "--compact-every",
      "1",
      "--compact-min", "256KiB", "--compact-dead", "10"};

  @TempDir
  Path temp;

  @Test
  void nothingAcknowledgedIsLostWhereverTheServerDies() throws Exception {
    long seed = Long.getLong("hayloft.seed", System.nanoTime());
    int rounds = Integer.getInteger("hayloft.rounds", POINTS.length);
    System.out.println("KillMatrixIT seed " + seed + ", " + rounds + " rounds");
    Random random = new Random(seed);
    Path directory = temp.resolve("data");
    List<AuditingWriter> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new AuditingWriter(i, random.nextLong()));
    }
    int died = 0;
    for (int round = 0; round < rounds; round++) {
      String point = POINTS[round % POINTS.length];
      boolean often = point.startsWith("volume.") && !point.contains("compact") && !point.contains("Dead")
          || point.startsWith("filer.") && point.endsWith("Append") || point.equals("filer.afterApply");
      String crashAt = point + ":" + (1 + random.nextInt(often ? 300 : 3));
      try (ServerProcess server = ServerProcess.startToCrash(directory, crashAt, BUSY_UPKEEP)) {
        String where = "seed " + seed + " round " + round + " at " + crashAt;
        S3Requests client = server.client();
        verify(client, writers, where);
        writeUntilDeath(server, writers);
        if (server.awaitDeath(5)) {
          died++;
        } else {
          System.out.println("KillMatrixIT " + crashAt + " was not passed in " + MOST_ACKS + " acks; killed");
          server.kill();
        }
      } catch (java.io.IOException e) {
        // The point was passed while the server started, or while what it holds was verified: also a place to die.
        System.out.println("KillMatrixIT died early at " + crashAt + ": " + e.getClass().getSimpleName());
        died++;
      }
      if (round % 3 == 2) {
        deleteTree(directory.resolve("catalog"));
      }
    }
    try (ServerProcess server = ServerProcess.start(directory)) {
      verify(server.client(), writers, "seed " + seed + " at the end");
      assertEquals(0, server.stop(), "exit code of a graceful stop");
    }
    long acks = writers.stream().mapToLong(AuditingWriter::acks).sum();
    System.out.println("KillMatrixIT " + acks + " acknowledged mutations, " + died + " of " + rounds
        + " rounds died at their point, nothing lost");
    assertTrue(died * 2 > rounds, "most points were never passed: " + died + " of " + rounds);
  }

  private static void verify(S3Requests client, List<AuditingWriter> writers, String where) throws Exception {
    // each time: the first server may have died before it was there
    int made = client.put("/audit", new byte[0]).statusCode();
    assertTrue(made == 200 || made == 409, where + ": bucket: " + made);
    for (AuditingWriter writer : writers) {
      writer.verify(client, where);
    }
  }

  private static void writeUntilDeath(ServerProcess server, List<AuditingWriter> writers) throws InterruptedException {
    AtomicLong acks = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (AuditingWriter writer : writers) {
      threads.add(Thread.ofVirtual().start(() -> writer.writeUntilItFails(server.client(), acks::incrementAndGet,
          () -> acks.get() < MOST_ACKS)));
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  private static void deleteTree(Path tree) throws java.io.IOException {
    try (Stream<Path> files = Files.walk(tree)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}

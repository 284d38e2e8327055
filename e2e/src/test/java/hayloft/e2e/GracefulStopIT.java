package hayloft.e2e;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// SIGTERM: requests under way are answered or cleanly refused, nothing acknowledged is lost, and the next start has
/// nothing to replay.
@Timeout(120)
class GracefulStopIT {
  private static final Duration STOP_WITHIN = Duration.ofSeconds(10);
  private static final int WRITERS = 8;
  private static final Pattern REPLAYED = Pattern.compile("catalog\\.replay .*\\bneedles=[1-9]");

  @TempDir
  Path temp;

  @Test
  void aServerUnderLoadStopsInTimeAndLosesNothing() throws Exception {
    long seed = Long.getLong("hayloft.seed", new Random().nextLong());
    System.out.println("GracefulStopIT seed " + seed);
    Random random = new Random(seed);
    Path directory = temp.resolve("data");
    List<AuditingWriter> writers = new ArrayList<>();
    try (ServerProcess server = ServerProcess.start(directory)) {
      assertEquals(200, server.client().put("/audit", new byte[0]).statusCode(), "bucket");
      AtomicLong acks = new AtomicLong();
      CountDownLatch enough = new CountDownLatch(1);
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < WRITERS; i++) {
        AuditingWriter writer = new AuditingWriter(i, random.nextLong());
        writers.add(writer);
        threads.add(Thread.ofVirtual().start(() -> writer.writeUntilItFails(server.client(), () -> {
          if (acks.incrementAndGet() >= 300) {
            enough.countDown();
          }
        }, () -> true)));
      }
      enough.await();
      assertStopsInTime(server);
      for (Thread thread : threads) {
        thread.join();
      }
    }
    try (ServerProcess server = ServerProcess.start(directory)) {
      assertNothingWasReplayed(server);
      for (AuditingWriter writer : writers) {
        writer.verify(server.client(), "seed " + seed);
      }
    }
  }

  @Test
  void anUploadThatIsUnderWayIsFinishedAndAcknowledged() throws Exception {
    Path directory = temp.resolve("data");
    byte[] body = new byte[6_000_000];
    new Random(1).nextBytes(body);
    try (ServerProcess server = ServerProcess.start(directory)) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      HeldBody held = new HeldBody(body);
      CompletableFuture<HttpResponse<byte[]>> upload = client.putHeld("/barn/k", held);
      held.awaitHalf();
      try (Socket idle = idleConnection(server.endpoint())) {
        server.terminate();
        // ends when the server closes what is idle, after it has stopped listening
        idle.getInputStream().readAllBytes();
      }
      held.goOn();
      assertEquals(200, upload.get().statusCode(), () -> "server log:\n" + logOf(server));
      assertStopsInTime(server);
    }
    try (ServerProcess server = ServerProcess.start(directory)) {
      assertArrayEquals(body, server.client().get("/barn/k").body());
      assertNothingWasReplayed(server);
    }
  }

  @Test
  void aClientThatStallsDoesNotHoldUpTheStop() throws Exception {
    Path directory = temp.resolve("data");
    try (ServerProcess server = ServerProcess.start(directory)) {
      S3Requests client = server.client();
      assertEquals(200, client.put("/barn", new byte[0]).statusCode());
      HeldBody held = new HeldBody(new byte[6_000_000]);
      CompletableFuture<HttpResponse<byte[]>> upload = client.putHeld("/barn/k", held);
      held.awaitHalf();
      assertStopsInTime(server);
      held.goOn();
      assertTrue(assertThrows(ExecutionException.class, upload::get).getCause() instanceof IOException);
    }
    try (ServerProcess server = ServerProcess.start(directory)) {
      assertEquals(404, server.client().get("/barn/k").statusCode());
      assertNothingWasReplayed(server);
    }
  }

  private static void assertStopsInTime(ServerProcess server) throws InterruptedException {
    long start = System.nanoTime();
    assertEquals(0, server.stop(), () -> "server log:\n" + logOf(server));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(took.compareTo(STOP_WITHIN) < 0, "stopping took " + took);
  }

  /// A start that takes long tells how far it is, even if there is nothing to replay; needles are what counts.
  private static void assertNothingWasReplayed(ServerProcess server) throws IOException {
    assertFalse(REPLAYED.matcher(server.log()).find(), server.log());
  }

  /// A connection whose request is being answered, or was.
  private static Socket idleConnection(URI endpoint) throws IOException {
    Socket socket = new Socket(endpoint.getHost(), endpoint.getPort());
    socket.getOutputStream().write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
    assertEquals('H', socket.getInputStream().read(), "the first letter of HTTP/1.1");
    return socket;
  }

  private static String logOf(ServerProcess server) {
    try {
      return server.log();
    } catch (IOException e) {
      return e.toString();
    }
  }
}

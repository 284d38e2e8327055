package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The whole server within 512 MiB, whatever goes through it. Where the machine lets tests make a control group, the
/// kernel holds it to that, page cache included; everywhere the process's own memory is looked at.
///
/// With `-Dhayloft.long=true` the objects are as large as S3 allows, and mixed load goes on for minutes.
@Tag("alone")
class BoundedMemoryIT {

  private static final boolean LONG = Boolean.getBoolean("hayloft.long");
  private static final long MIB = 1 << 20;
  private static final long LIMIT_BYTES = 512 * MIB;
  /// What is left of the limit is for the page cache: executables, indexes, the data on its way.
  private static final long OWN_KB = 400 << 10;
  private static final int TRIES = 100;

  @TempDir
  Path temp;

  private final long seed = Long.getLong("hayloft.seed", System.nanoTime());
  private final Pattern pattern = new Pattern(seed);
  private final AtomicInteger slowedDown = new AtomicInteger();
  private final AtomicInteger brokenOff = new AtomicInteger();
  private final AtomicLong peakKb = new AtomicLong();
  private Optional<MemoryLimit> limit = Optional.empty();
  private ServerProcess server;
  private S3Requests client;
  private Thread sampler;

  @BeforeEach
  void start() throws Exception {
    limit = MemoryLimit.tryToMake(LIMIT_BYTES);
    System.out.println("BoundedMemoryIT seed=" + seed + " controlGroup=" + limit.isPresent());
    server = ServerProcess.startWithin(limit.map(MemoryLimit::entering).orElse(List.of()), temp.resolve("data"), "",
        limit.isPresent() ? new String[0] : new String[]{"--memory", "512MiB"});
    client = server.client();
    assertEquals(200, client.put("/barn", new byte[0]).statusCode());
    long pid = server.pid();
    sampler = Thread.ofPlatform().daemon().start(() -> sample(pid));
  }

  @AfterEach
  void stop() throws Exception {
    String log;
    try (ServerProcess ending = server) {
      log = ending.log();
      assertEquals(0, ending.stop(), () -> "seed " + seed + "\n" + log);
    }
    sampler.join();
    if (limit.isPresent()) {
      limit.get().close();
    }
    System.out.println("own memory at most " + peakKb.get() + " kB, 503 " + slowedDown.get() + ", broken off "
        + brokenOff.get());
    assertFalse(log.contains(" ERROR ") || log.contains("out of buffers"), () -> "seed " + seed + "\n" + log);
    assertTrue(peakKb.get() > 0 && peakKb.get() < OWN_KB, () -> peakKb.get() + " kB of its own");
  }

  private void sample(long pid) {
    Path status = Path.of("/proc/" + pid + "/status");
    try {
      while (true) {
        for (String line : Files.readAllLines(status)) {
          if (line.startsWith("RssAnon:")) {
            peakKb.accumulateAndGet(Long.parseLong(line.replaceAll("[^0-9]", "")), Math::max);
          }
        }
        Thread.sleep(50); // the sampling rate
      }
    } catch (IOException | InterruptedException _) {
      // the process has ended
    }
  }

  @Test
  void oneHugeObjectGoesUpAndDown() throws Exception {
    long bytes = LONG ? 5120 * MIB : 640 * MIB;
    put("/barn/huge", Map.of(), bytes);
    get("/barn/huge", bytes);
  }

  @Test
  void sixteenPartsComeAtOnce() throws Exception {
    long partBytes = LONG ? 320 * MIB : 20 * MIB;
    String created = new String(client.send("POST", "/barn/parts", Map.of("uploads", ""), new byte[0]).body(), "UTF-8");
    String upload = created.replaceAll("(?s).*<UploadId>(.*)</UploadId>.*", "$1");
    List<Callable<String>> parts = new ArrayList<>();
    for (int i = 1; i <= 16; i++) {
      Map<String, String> query = Map.of("partNumber", "" + i, "uploadId", upload);
      parts.add(() -> put("/barn/parts", query, partBytes));
    }
    StringBuilder document = new StringBuilder("<CompleteMultipartUpload>");
    int number = 0;
    for (String etag : atOnce(parts)) {
      document.append("<Part><PartNumber>").append(++number).append("</PartNumber><ETag>").append(etag)
          .append("</ETag></Part>");
    }
    document.append("</CompleteMultipartUpload>");
    assertEquals(200,
        client.send("POST", "/barn/parts", Map.of("uploadId", upload), document.toString().getBytes("UTF-8"))
            .statusCode());
    assertEquals(16 * partBytes, Long.parseLong(
        client.send("HEAD", "/barn/parts", Map.of(), new byte[0]).headers().firstValue("content-length")
            .orElseThrow()));
  }

  @Test
  void eightLargeObjectsGoBothWaysAtOnce() throws Exception {
    long bytes = LONG ? 1024 * MIB : 96 * MIB;
    List<Callable<String>> up = new ArrayList<>();
    List<Callable<String>> down = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      String path = "/barn/large" + i;
      up.add(() -> put(path, Map.of(), bytes));
      down.add(() -> get(path, bytes));
    }
    atOnce(up);
    atOnce(down);
  }

  @Test
  void sixtyFourMixedClientsAllGetThrough() throws Exception {
    long largeBytes = LONG ? 64 * MIB : 16 * MIB;
    long endNanos = System.nanoTime() + (LONG ? 240 : 10) * 1_000_000_000L;
    List<Callable<String>> clients = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      String folder = "/barn/" + i + "/";
      Random random = new Random(seed + i);
      clients.add(() -> {
        boolean[] there = new boolean[2];
        do {
          int large = random.nextInt(10) < 3 ? 1 : 0;
          long bytes = large == 1 ? largeBytes : 4096;
          if (there[large] && random.nextBoolean()) {
            get(folder + large, bytes);
          } else {
            put(folder + large, Map.of(), bytes);
            there[large] = true;
          }
        } while (System.nanoTime() < endNanos);
        return "";
      });
    }
    atOnce(clients);
  }

  private static List<String> atOnce(List<Callable<String>> tasks) throws Exception {
    List<String> results = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (Future<String> future : threads.invokeAll(tasks)) {
        results.add(future.get());
      }
    }
    return results;
  }

  private String put(String path, Map<String, String> query, long bytes) throws Exception {
    return untilItGetsThrough("PUT " + path, () -> {
      HttpResponse<byte[]> response = client.putPattern(path, query, pattern, bytes);
      return new Answer(response.statusCode(), response.headers().firstValue("etag").orElse(""));
    });
  }

  private String get(String path, long bytes) throws Exception {
    return untilItGetsThrough("GET " + path, () -> new Answer(client.getPattern(path, pattern, bytes), ""));
  }

  private record Answer(int status, String etag) {}

  /// As S3's clients do: again after a 503, or after a connection that was broken off while its body was under way.
  private String untilItGetsThrough(String what, Callable<Answer> request) throws Exception {
    for (int i = 1; i <= TRIES; i++) {
      try {
        Answer answer = request.call();
        if (answer.status() == 200) {
          return answer.etag();
        }
        assertEquals(503, answer.status(), () -> what + ", seed " + seed);
        slowedDown.incrementAndGet();
      } catch (IOException e) {
        assertFalse(String.valueOf(e.getMessage()).contains("bytes"), () -> what + ", seed " + seed + ": " + e);
        brokenOff.incrementAndGet();
      }
      Thread.sleep(Math.min(1000, 20L << Math.min(i, 6))); // a client's pause between tries
    }
    throw new AssertionError(what + " did not get through in " + TRIES + " tries, seed " + seed);
  }
}

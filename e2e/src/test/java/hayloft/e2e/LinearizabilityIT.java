package hayloft.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Single keys behave as if each request happened at one instant between its start and its answer.
class LinearizabilityIT {
  private static final int CLIENTS = 6;
  private static final int STEPS = 60;

  @TempDir
  Path temp;

  @Test
  void concurrentHistoriesOfOneKeyAreLinearizable() throws Exception {
    long seed = Long.getLong("hayloft.seed", System.nanoTime());
    int histories = Integer.getInteger("hayloft.rounds", 20);
    System.out.println("LinearizabilityIT seed " + seed + ", " + histories + " histories");
    Random random = new Random(seed);
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"), "--durability", "os");
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      assertEquals(200, server.client().put("/line", new byte[0]).statusCode());
      for (int h = 0; h < histories; h++) {
        String path = "/line/key-" + h;
        List<Future<List<RegisterHistory.Step>>> clients = new ArrayList<>();
        for (int c = 0; c < CLIENTS; c++) {
          long clientSeed = random.nextLong();
          int client = c;
          clients.add(threads.submit(() -> oneClient(server.client(), path, client, new Random(clientSeed))));
        }
        List<RegisterHistory.Step> steps = new ArrayList<>();
        for (Future<List<RegisterHistory.Step>> client : clients) {
          steps.addAll(client.get());
        }
        assertTrue(new RegisterHistory(steps).isLinearizable(), "seed " + seed + ", history " + h + ": " + steps);
      }
    }
  }

  private static List<RegisterHistory.Step> oneClient(S3Requests s3, String path, int client, Random random)
      throws IOException, InterruptedException {
    List<RegisterHistory.Step> steps = new ArrayList<>();
    String seen = "\"0123456789abcdef0123456789abcdef\"";
    for (int i = 0; i < STEPS; i++) {
      String value = client + "." + i;
      byte[] body = value.getBytes(StandardCharsets.UTF_8);
      String etag = S3Requests.etagOf(body);
      long start = System.nanoTime();
      switch (random.nextInt(6)) {
        case 0 -> {
          HttpResponse<byte[]> answer = s3.put(path, body);
          assertEquals(200, answer.statusCode());
          steps.add(RegisterHistory.put(start, System.nanoTime(), etag));
        }
        case 1 -> {
          HttpResponse<byte[]> answer = s3.put(path, body, "If-None-Match", "*");
          steps.add(RegisterHistory.create(start, System.nanoTime(), etag, answer.statusCode()));
        }
        case 2 -> {
          HttpResponse<byte[]> answer = s3.put(path, body, "If-Match", seen);
          steps.add(RegisterHistory.replace(start, System.nanoTime(), seen, etag, answer.statusCode()));
        }
        case 3 -> {
          assertEquals(204, s3.delete(path).statusCode());
          steps.add(RegisterHistory.delete(start, System.nanoTime()));
        }
        default -> {
          HttpResponse<byte[]> answer = s3.get(path);
          long end = System.nanoTime();
          if (answer.statusCode() == 200) {
            seen = answer.headers().firstValue("etag").orElseThrow();
            assertEquals(S3Requests.etagOf(answer.body()), seen, "a body and the ETag it came with");
          }
          steps.add(RegisterHistory.get(start, end, answer.statusCode() == 200 ? seen : RegisterHistory.ABSENT));
        }
      }
    }
    return steps;
  }

  @Test
  void ofAThousandConcurrentCreatesExactlyOneWins() throws Exception {
    int contenders = 1000;
    try (ServerProcess server = ServerProcess.start(temp.resolve("data"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      S3Requests s3 = server.client();
      assertEquals(200, s3.put("/line", new byte[0]).statusCode());
      CyclicBarrier gate = new CyclicBarrier(contenders);
      List<Future<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < contenders; i++) {
        byte[] body = ("contender " + i).getBytes(StandardCharsets.UTF_8);
        Callable<Integer> contender = () -> {
          gate.await();
          return s3.put("/line/prize", body, "If-None-Match", "*").statusCode();
        };
        answers.add(threads.submit(contender));
      }
      int winner = -1;
      for (int i = 0; i < contenders; i++) {
        int status = answers.get(i).get();
        if (status == 200) {
          assertEquals(-1, winner, "a second winner: " + i);
          winner = i;
        } else {
          assertEquals(412, status, "a loser's status");
        }
      }
      assertEquals("contender " + winner, new String(s3.get("/line/prize").body(), StandardCharsets.UTF_8));
    }
  }
}

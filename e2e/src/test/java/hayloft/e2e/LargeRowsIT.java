package hayloft.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A server with little memory lists objects and uploads with large headers to many at once: it lives, refuses some for
/// a while, and the pages of each walk give every key exactly once.
@Timeout(180)
class LargeRowsIT {

  private static final int ROWS = 600;
  private static final int CONNECTIONS = 40;
  private static final int WRITERS = 8;
  private static final long DEADLINE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final String[] LARGE = {"cache-control", "c".repeat(15_000), "content-disposition",
      "d".repeat(14_000)};
  private static final Pattern KEY = Pattern.compile("<Key>([^<]*)</Key>");

  @TempDir
  Path temp;

  private final HttpClient strangers = HttpClient.newHttpClient();
  private ServerProcess server;
  private S3Requests owner;
  private URI endpoint;

  @BeforeEach
  void start() throws IOException {
    server = ServerProcess.start(temp.resolve("data"), "--memory", "256MiB");
    owner = server.client();
    endpoint = server.endpoint();
  }

  @AfterEach
  void stop() throws Exception {
    try (ServerProcess ending = server) {
      String log = ending.log();
      assertEquals(0, ending.stop(), log);
    }
  }

  @Test
  void manyListLargeRowsAndEachGetsAllOfThem() throws Exception {
    assertEquals(200, owner.put("/barn", new byte[0], "x-amz-acl", "public-read").statusCode());
    List<String> keys = IntStream.range(1000, 1000 + ROWS).mapToObj(i -> "key" + i).toList();
    atOnce(WRITERS, keys, key -> {
      assertEquals(200, owner.put("/barn/" + key, new byte[0], LARGE).statusCode());
      assertEquals(200, owner.send("POST", "/barn/" + key, Map.of("uploads", ""), new byte[0], LARGE).statusCode());
      return key;
    });
    List<String> walks = List.of("list-type=2", "versions", "", "uploads");
    List<Integer> numbers = IntStream.range(0, CONNECTIONS).boxed().toList();
    for (List<String> walked : atOnce(CONNECTIONS, numbers,
        number -> walk(number % 2 == 0, walks.get(number / 2 % walks.size())))) {
      assertEquals(keys, walked);
    }
    assertTrue(server.isAlive(), server.log());
  }

  @FunctionalInterface
  private interface Work<T, R> {
    R of(T what) throws Exception;
  }

  private static <T, R> List<R> atOnce(int threads, List<T> all, Work<T, R> work) throws Exception {
    List<Callable<R>> tasks = new ArrayList<>();
    all.forEach(one -> tasks.add(() -> work.of(one)));
    List<R> results = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(threads)) {
      for (Future<R> future : pool.invokeAll(tasks)) {
        results.add(future.get());
      }
    }
    return results;
  }

  /// All keys of a listing, page by page, as a stranger or the owner.
  private List<String> walk(boolean signed, String listing) throws Exception {
    List<String> keys = new ArrayList<>();
    String next = "";
    while (true) {
      String page = page(signed, listing, next);
      keys.addAll(KEY.matcher(page).results().map(found -> found.group(1)).toList());
      if (page.contains("<IsTruncated>false")) {
        return keys;
      }
      next = switch (listing) {
        case "list-type=2" -> "continuation-token=" + element(page, "NextContinuationToken");
        case "versions" -> "key-marker=" + element(page, "NextKeyMarker") + "&version-id-marker="
            + element(page, "NextVersionIdMarker");
        case "uploads" -> "key-marker=" + element(page, "NextKeyMarker") + "&upload-id-marker="
            + element(page, "NextUploadIdMarker");
        default -> "marker=" + keys.getLast();
      };
    }
  }

  private static String element(String page, String name) {
    return Pattern.compile("<" + name + ">([^<]*)</").matcher(page).results().map((MatchResult found) -> found.group(1))
        .findFirst().orElseThrow(() -> new AssertionError("no " + name));
  }

  private String page(boolean signed, String listing, String next) throws Exception {
    long end = System.nanoTime() + DEADLINE_NANOS;
    HttpResponse<byte[]> answer = ask(signed, listing, next);
    while (answer.statusCode() != 200) {
      String refusal = new String(answer.body(), UTF_8);
      assertEquals(503, answer.statusCode(), refusal);
      assertTrue(System.nanoTime() < end, () -> "still refused: " + listing + " " + next + "\n" + refusal);
      answer = ask(signed, listing, next);
    }
    return new String(answer.body(), UTF_8);
  }

  private HttpResponse<byte[]> ask(boolean signed, String listing, String next)
      throws IOException, InterruptedException {
    return signed ? signed(listing, next) : stranger(listing, next);
  }

  private HttpResponse<byte[]> signed(String listing, String next) throws IOException, InterruptedException {
    Map<String, String> query = new TreeMap<>();
    for (String pair : (listing + "&" + next).split("&")) {
      if (!pair.isEmpty()) {
        int equals = pair.indexOf('=');
        query.put(equals < 0 ? pair : pair.substring(0, equals), equals < 0 ? "" : pair.substring(equals + 1));
      }
    }
    return owner.send("GET", "/barn", query, new byte[0]);
  }

  private HttpResponse<byte[]> stranger(String listing, String next) throws IOException, InterruptedException {
    return strangers.send(HttpRequest.newBuilder(URI.create(endpoint + "/barn?" + listing + "&" + next))
        .timeout(Duration.ofSeconds(60)).build(), HttpResponse.BodyHandlers.ofByteArray());
  }
}

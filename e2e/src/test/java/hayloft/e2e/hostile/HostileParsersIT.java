package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import hayloft.e2e.RawConnection;
import hayloft.e2e.hostile.Grammar.Door;
import hayloft.e2e.hostile.Grammar.Sentence;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Every parser against nonsense, over real connections: at most one answer to a request, no 5xx that says that the
/// server did not know what to do, no line in the log that a client wrote, and nothing of anybody else's touched.
///
/// A few hundred requests a parser; `-Dhayloft.hostile.requests=N` makes them N. The seed that is printed,
/// as `-Dhayloft.seed`, makes the same requests again.
@Timeout(7200)
class HostileParsersIT {

  private static final int REQUESTS = Integer.getInteger("hayloft.hostile.requests", 400);
  private static final int CLIENTS = 4;
  private static final int PATIENCE_MILLIS = 15_000;
  private static final Set<Integer> WITH_A_REASON = Set.of(501, 503, 505, 507);
  private static final Pattern NAME = Pattern.compile("(?:<Bucket><Name>|<Key>)([^<]*)<");
  private static final int MOST_TOLD = 10;

  @TempDir
  Path temp;

  private final long seed = Long.getLong("hayloft.seed", System.nanoTime());
  private final List<String> faults = Collections.synchronizedList(new ArrayList<>());
  private final Map<Integer, AtomicLong> statuses = new ConcurrentHashMap<>();

  @Test
  void nonsenseIsAnsweredOnceAndChangesNothing() throws Exception {
    System.out.println("HostileParsersIT seed=" + seed + " requests=" + REQUESTS);
    byte[] bytes = new byte[100_000];
    new Random(seed).nextBytes(bytes);
    Path accessLog = temp.resolve("access.log");
    try (Store store = Store.start(temp, "--access-log", accessLog.toString(), "--access-log-format", "json")) {
      assertEquals(200, store.ann().put("/canary", new byte[0]).statusCode());
      assertEquals(200, store.ann().put("/canary/key", bytes).statusCode());
      assertEquals(200, store.eve().put("/own", new byte[0]).statusCode());
      String annsBuckets = names(store.ann().get("/"));
      String evesBuckets = names(store.eve().get("/"));
      for (Door door : Door.values()) {
        fuzz(store, door, false);
      }
      assertEquals(evesBuckets, names(store.eve().get("/")), "buckets that strangers made");
      assertEquals("", names(store.eve().get("/own")), "objects that strangers made");
      for (Door door : Door.values()) {
        fuzz(store, door, true);
      }
      assertEquals(annsBuckets, names(store.ann().get("/")), "buckets that somebody else made");
      assertEquals("key", names(store.ann().get("/canary")), "objects that somebody else made");
      HttpResponse<byte[]> canary = store.ann().get("/canary/key");
      assertArrayEquals(bytes, canary.body(), "seed " + seed);
      assertTrue(store.server().isAlive(), "the server has ended");
      assertEquals(List.of(), store.oddLines(), () -> "seed " + seed);
      assertEquals(0, store.server().stop(), "seed " + seed);
      eachLineIsOneRequest(accessLog);
    }
    System.out.println("answers by status: " + new TreeMap<>(statuses));
    assertTrue(faults.isEmpty(), () -> "seed " + seed + ", " + faults.size() + " faults:\n"
        + String.join("\n\n", faults.subList(0, Math.min(MOST_TOLD, faults.size()))));
  }

  /// Of the buckets or keys that a listing tells.
  private static String names(HttpResponse<byte[]> listing) {
    assertEquals(200, listing.statusCode());
    return NAME.matcher(new String(listing.body(), UTF_8)).results().map(m -> m.group(1))
        .collect(Collectors.joining(" "));
  }

  private void fuzz(Store store, Door door, boolean credentials) throws Exception {
    try (ExecutorService clients = Executors.newFixedThreadPool(CLIENTS)) {
      for (int client = 0; client < CLIENTS; client++) {
        long own = seed * 31 + door.ordinal() * 1_000L + client * 2 + (credentials ? 1 : 0);
        clients.submit(() -> {
          Random random = new Random(own);
          Grammar grammar = new Grammar(random, store.server(), credentials);
          Mutator mutator = new Mutator(random);
          for (int i = 0; i < REQUESTS / CLIENTS; i++) {
            Sentence right = grammar.sentence(door);
            ask(door, random.nextInt(4) == 0 ? right : new Sentence(right.to(), mutator.mutate(right.bytes())), random);
          }
          return null;
        });
      }
    }
  }

  private void ask(Door door, Sentence sentence, Random random) {
    byte[] bytes = sentence.bytes();
    Framing framing = Framing.of(bytes);
    Answers answers;
    try (RawConnection connection = new RawConnection(sentence.to())) {
      connection.socket().setSoTimeout(PATIENCE_MILLIS);
      int cut = bytes.length < 2 || random.nextBoolean() ? bytes.length : random.nextInt(1, bytes.length);
      try {
        connection.send(Arrays.copyOf(bytes, cut));
        if (cut < bytes.length) {
          connection.send(Arrays.copyOfRange(bytes, cut, bytes.length));
        }
        connection.socket().shutdownOutput();
      } catch (IOException _) { // closed meanwhile, which is its right: what was answered counts
      }
      answers = Answers.read(connection.socket().getInputStream(), framing.methods());
    } catch (IOException e) {
      faults.add(door + ": " + e + " for\n" + Answers.readable(bytes));
      return;
    }
    answers.statuses().forEach(status -> statuses.computeIfAbsent(status, _ -> new AtomicLong()).incrementAndGet());
    if (answers.statuses().size() > framing.methods().size()) {
      faults.add(door + ": " + answers.statuses() + " to " + framing.methods().size() + " requests:\n"
          + Answers.readable(bytes));
    } else if (!answers.fault().isEmpty()) {
      faults.add(door + ": " + answers.fault() + " after " + answers.statuses() + " to\n" + Answers.readable(bytes));
    } else if (answers.statuses().stream().anyMatch(status -> status >= 500 && !WITH_A_REASON.contains(status))) {
      faults.add(door + ": " + answers.statuses() + " to\n" + Answers.readable(bytes));
    }
  }

  private void eachLineIsOneRequest(Path accessLog) throws IOException {
    ObjectMapper json = new ObjectMapper();
    for (String line : Files.readAllLines(accessLog)) {
      assertTrue(json.readTree(line).isObject(), () -> "seed " + seed + ": " + line);
    }
  }
}

package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.volume.VolumeUnwritableException;
import hayloft.common.volume.VolumeUnwritableException.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Many clients at once, with checkpoints, flushes and collections between them and volumes that refuse now and then:
/// after a kill everything acknowledged is there, and a rebuild gives the same rows.
final class CatalogConcurrencyTest {

  private static final int CLIENTS = 6;
  private static final int STEPS = 150;

  @TempDir
  Path directory;

  /// What a client knows of the keys that are its own: content by key, as acknowledged.
  private Map<String, String> client(TestStore store, Bucket bucket, String name, long seed) throws IOException {
    var random = new Random(seed);
    var acknowledged = new HashMap<String, String>();
    for (int step = 0; step < STEPS; step++) {
      boolean shared = random.nextInt(4) == 0;
      String key = shared ? "shared/" + random.nextInt(3) : name + "/" + random.nextInt(10);
      if (random.nextInt(4) == 0) {
        assertInstanceOf(DeleteOutcome.Deleted.class,
            store.catalog().delete(bucket, key, VersionSelector.LATEST, Precondition.NONE));
        acknowledged.remove(key);
      } else {
        String content = name + step + "x".repeat(random.nextInt(10) == 0 ? 3 * TestStore.CHUNK_BYTES : 5);
        store.put(bucket, key, content);
        acknowledged.put(key, content);
      }
    }
    acknowledged.keySet().removeIf(key -> key.startsWith("shared"));
    return acknowledged;
  }

  private void disturb(TestStore store, Bucket bucket, Random random) throws IOException {
    switch (random.nextInt(4)) {
      case 0 -> store.catalog().checkpointNow();
      case 1 -> store.catalog().flushNow();
      case 2 -> store.catalog().collectNow();
      default -> assertEquals(0, listedTwice(store, bucket));
    }
  }

  private static int listedTwice(TestStore store, Bucket bucket) throws IOException {
    Set<String> keys = new HashSet<>();
    int twice = 0;
    Optional<String> after = Optional.empty();
    do {
      ObjectPage page = store.catalog().list(bucket, new ListQuery("", "", after, 7));
      for (ListedVersion version : page.objects()) {
        twice += keys.add(version.key()) ? 0 : 1;
      }
      after = page.next();
    } while (after.isPresent());
    return twice;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everythingAcknowledgedSurvives(long seed) throws Exception {
    var random = new Random(seed);
    Map<String, String> acknowledged = new HashMap<>();
    try (ExecutorService writers = Executors.newFixedThreadPool(3);
        ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
      var store = new TestStore(directory, new MemoryVolumes(200, writers), TestStore.COLLECT_AT_ONCE);
      store.volumes.failAppends(draft -> draft.id().key() % 37 == 0
          ? new VolumeUnwritableException(draft.id().volume(), Reason.NO_SPACE, "now and then")
          : null);
      Bucket bucket = assertInstanceOf(BucketCreation.Created.class,
          store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain)).bucket();
      List<Future<Map<String, String>>> running = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        String name = "client" + i;
        long clientSeed = random.nextLong();
        Callable<Map<String, String>> client = () -> client(store, bucket, name, clientSeed);
        running.add(clients.submit(client));
      }
      while (running.stream().anyMatch(future -> !future.isDone())) {
        disturb(store, bucket, random);
      }
      for (Future<Map<String, String>> future : running) {
        acknowledged.putAll(future.get());
      }
      check(store, bucket, acknowledged, seed);
      store.crash();
      check(store, bucket, acknowledged, seed);
      store.catalog().collectNow();
      Map<String, String> rows = store.dump();
      store.rebuild();
      store.catalog().collectNow();
      assertEquals(rows, store.dump(), "seed " + seed);
      check(store, bucket, acknowledged, seed);
      store.catalog().close();
    }
  }

  private static void check(TestStore store, Bucket bucket, Map<String, String> acknowledged, long seed)
      throws IOException {
    var found = new HashMap<String, String>();
    for (ListedVersion version : store.catalog().list(bucket, new ListQuery("client", "", Optional.empty(), 10_000))
        .objects()) {
      ObjectVersion whole = assertInstanceOf(Lookup.Found.class,
          store.catalog().find(bucket, version.key(), VersionSelector.LATEST)).version();
      found.put(version.key(), new String(store.read(whole), StandardCharsets.UTF_8));
    }
    assertEquals(acknowledged, found, "seed " + seed);
    assertTrue(store.catalog().list(bucket, new ListQuery("shared", "", Optional.empty(), 10)).objects().size() <= 3);
  }
}

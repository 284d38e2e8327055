package hayloft.cli.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class WatchesTest {

  private static final Caller ALICE = new Caller("alice", "1");

  private static final class Shown implements Watches.Source {
    private final CountDownLatch closed = new CountDownLatch(1);

    @Override
    public JsonNode fetch(long waitMillis) {
      return JsonNodeFactory.instance.numberNode(waitMillis);
    }

    @Override
    public void close() {
      closed.countDown();
    }

    boolean isClosed() {
      return closed.getCount() == 0;
    }
  }

  private static String refused(Watches watches, Shown source) {
    return assertThrows(AdminRefusal.class, () -> watches.begin(ALICE, "trace", source)).code();
  }

  @Test
  void fourMayWatch() {
    List<Shown> sources = new ArrayList<>();
    try (var watches = new Watches()) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < Watches.MOST; i++) {
        sources.add(new Shown());
        names.add(watches.begin(ALICE, "trace", sources.getLast()));
      }
      var fifth = new Shown();
      assertEquals("TooManyWatchers", refused(watches, fifth));
      assertTrue(fifth.isClosed());
      watches.end(names.getFirst(), "alice");
      assertTrue(sources.getFirst().isClosed());
      watches.begin(ALICE, "top", new Shown());
    }
    assertTrue(sources.stream().allMatch(Shown::isClosed));
  }

  @Test
  void aWatchIsShownToWhoeverBeganItOnly() throws IOException {
    try (var watches = new Watches()) {
      String name = watches.begin(ALICE, "trace", new Shown());
      assertEquals(7, watches.fetch(name, "alice", 7).asInt());
      assertEquals(404, assertThrows(AdminRefusal.class, () -> watches.fetch(name, "bob", 7)).status());
      assertEquals(404, assertThrows(AdminRefusal.class, () -> watches.end(name, "bob")).status());
      watches.end(name, "alice");
      assertEquals("NoSuchWatch", assertThrows(AdminRefusal.class, () -> watches.fetch(name, "alice", 7)).code());
    }
  }

  /// Its watcher was killed.
  @Test
  void aWatchThatNobodyAsksEnds() throws InterruptedException {
    try (var watches = new Watches(Duration.ofMillis(20))) {
      var source = new Shown();
      watches.begin(ALICE, "trace", source);
      source.closed.await();
      assertEquals(0, watches.size());
    }
  }

  @Test
  void whoComesWhileTheServerStopsIsRefused() {
    var watches = new Watches();
    watches.close();
    assertEquals("Stopping", refused(watches, new Shown()));
  }
}

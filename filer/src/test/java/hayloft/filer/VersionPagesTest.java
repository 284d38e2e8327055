package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.filer.VersionPage.Entry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Is every version listed by whoever goes from page to page, whatever is deleted, written and collected in between?
final class VersionPagesTest {

  private static final List<String> KEYS = List.of("a", "a/1", "a/2", "a/2/x", "b", "c/1");
  private static final int STORES = 12;
  private static final int WALKS = 30;

  @TempDir
  Path directory;
  private TestStore store;
  private Bucket bucket;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
    store.catalog().createBucket("bucket", "owner", "us-east-1", false, plain -> plain);
    bucket = store.catalog().findBucket("bucket").orElseThrow();
  }

  @AfterEach
  void close() throws IOException {
    store.catalog().close();
  }

  private void turn(Versioning versioning) throws IOException {
    bucket = store.catalog().updateBucket("bucket", now -> now.withVersioning(versioning)).orElseThrow();
  }

  private void erase(String key, String versionId) throws IOException {
    store.catalog().delete(bucket, key, new VersionSelector.Exactly(versionId), Precondition.NONE);
  }

  private VersionPage page(Optional<VersionPage.Next> after, int limit) throws IOException {
    return store.catalog().listVersions(bucket, new VersionQuery("", "", after.map(VersionPage.Next::key),
        after.flatMap(VersionPage.Next::versionId), limit));
  }

  private record Named(String key, String versionId) {}

  private static Named named(Entry entry) {
    return switch (entry) {
      case Entry.Version(ListedVersion version, boolean _) -> new Named(version.key(), version.versionId());
      case Entry.Marker marker -> new Named(marker.key(), marker.versionId());
    };
  }

  private static long sequence(Entry entry) {
    return entry instanceof Entry.Version(ListedVersion version, boolean _) ? version.sequence() : 0;
  }

  @Test
  void nothingIsPassedOverWhenTheNullVersionThatEndedAPageIsGone() throws IOException {
    turn(Versioning.ENABLED);
    store.put(bucket, "k", "oldest");
    store.put(bucket, "k", "older");
    turn(Versioning.SUSPENDED);
    store.put(bucket, "k", "null");
    VersionPage first = page(Optional.empty(), 1);
    assertEquals(new Named("k", "null"), named(first.entries().getFirst()));
    erase("k", "null");
    assertEquals(2, page(first.next(), 10).entries().size());
    store.catalog().collectNow();
    VersionPage second = page(first.next(), 10);
    assertEquals(2, second.entries().size());
    assertTrue(second.entries().getFirst().latest(), "everything above it is gone");
  }

  @Test
  void aNewNullVersionDoesNotMoveThePlace() throws IOException {
    turn(Versioning.ENABLED);
    store.put(bucket, "k", "oldest");
    turn(Versioning.SUSPENDED);
    store.put(bucket, "k", "null");
    turn(Versioning.ENABLED);
    store.put(bucket, "k", "newest");
    VersionPage first = page(Optional.empty(), 2);
    turn(Versioning.SUSPENDED);
    store.put(bucket, "k", "null again");
    VersionPage rest = page(first.next(), 10);
    assertEquals(1, rest.entries().size(), "neither is the new one repeated nor the old one skipped");
    assertFalse(rest.entries().getFirst().latest());
  }

  @Test
  void theIdNullIsUnderstoodAsAMarkerAndRepeatsRatherThanSkips() throws IOException {
    turn(Versioning.ENABLED);
    store.put(bucket, "k", "oldest");
    turn(Versioning.SUSPENDED);
    store.put(bucket, "k", "null");
    var marker = Optional.of(new VersionPage.Next("k", Optional.of("null")));
    assertEquals(1, page(marker, 10).entries().size());
    erase("k", "null");
    assertEquals(1, page(marker, 10).entries().size());
    store.catalog().collectNow();
    assertEquals(1, page(marker, 10).entries().size(), "nothing is left of the null version");
    var unknown = Optional.of(new VersionPage.Next("k", Optional.of("no id of ours")));
    assertEquals(1, page(unknown, 10).entries().size());
  }

  /// A version that is found by going on from another one's id, below a null version that this page has not seen.
  @Test
  void aNullVersionBelowAPlainMarkerIsHiddenByANewerOne() throws IOException {
    store.put(bucket, "k", "old null");
    turn(Versioning.ENABLED);
    String version = store.put(bucket, "k", "version").versionId();
    var marker = Optional.of(new VersionPage.Next("k", Optional.of(version)));
    assertEquals(1, page(marker, 10).entries().size());
    turn(Versioning.SUSPENDED);
    store.put(bucket, "k", "new null");
    assertEquals(0, page(marker, 10).entries().size());
    turn(Versioning.ENABLED);
    erase("k", "null");
    assertEquals(0, page(marker, 10).entries().size(), "what was hidden stays hidden");
  }

  @Test
  void pagesWithDeletesInBetweenListWhatStaysExactlyOnce() throws IOException {
    long seed = new Random().nextLong();
    System.out.println("VersionPagesTest seed " + seed);
    var random = new Random(seed);
    for (int i = 0; i < STORES; i++) {
      close();
      directory = directory.resolve("store-" + i);
      open();
      for (int walk = 0; walk < WALKS; walk++) {
        for (int change = random.nextInt(12); change > 0; change--) {
          change(random);
        }
        walk(random, random.nextBoolean() ? "" : "a", random.nextBoolean() ? "" : "/", random.nextInt(3) == 0);
      }
    }
  }

  private void change(Random random) throws IOException {
    String key = KEYS.get(random.nextInt(KEYS.size()));
    switch (random.nextInt(10)) {
      case 0, 1, 2, 3 -> store.put(bucket, key, "x");
      case 4 -> store.catalog().delete(bucket, key, VersionSelector.LATEST, Precondition.NONE);
      case 5 -> erase(key, "null");
      case 6, 7 -> {
        List<Entry> all = page(Optional.empty(), 1000).entries();
        if (!all.isEmpty()) {
          Named doomed = named(all.get(random.nextInt(all.size())));
          erase(doomed.key(), doomed.versionId());
        }
      }
      case 8 -> turn(random.nextInt(4) == 0 && bucket.versioning() == Versioning.UNVERSIONED
          ? Versioning.UNVERSIONED
          : random.nextBoolean() ? Versioning.ENABLED : Versioning.SUSPENDED);
      default -> store.catalog().collectNow();
    }
  }

  /// @param plain whether the client makes its markers from the last entry, as some do
  private void walk(Random random, String prefix, String delimiter, boolean plain) throws IOException {
    Set<Named> stay = new HashSet<>();
    Set<Long> staySequences = new HashSet<>();
    for (Entry entry : everything(prefix, delimiter)) {
      stay.add(named(entry));
      staySequences.add(sequence(entry));
    }
    List<Named> listed = new ArrayList<>();
    Optional<String> key = Optional.empty();
    Optional<String> versionId = Optional.empty();
    for (int pages = 0;; pages++) {
      assertTrue(pages < 1000, "it ends");
      VersionPage page = store.catalog().listVersions(bucket,
          new VersionQuery(prefix, delimiter, key, versionId, 1 + random.nextInt(3)));
      for (Entry entry : page.entries()) {
        listed.add(named(entry));
        Named current = currentOf(named(entry).key());
        assertEquals(current.equals(named(entry)), entry.latest(), "is it the latest? " + entry);
      }
      for (int change = random.nextInt(3); change > 0; change--) {
        change(random);
      }
      Set<Named> left = new HashSet<>();
      for (Entry entry : everything(prefix, delimiter)) {
        if (entry instanceof Entry.Marker || staySequences.contains(sequence(entry))) {
          left.add(named(entry));
        }
      }
      stay.retainAll(left);
      if (page.next().isEmpty()) {
        break;
      }
      VersionPage.Next next = page.next().get();
      key = Optional.of(next.key());
      versionId = plain && next.versionId().isPresent()
          ? Optional.of(named(page.entries().getLast()).versionId())
          : next.versionId();
    }
    Set<Named> found = new HashSet<>(listed);
    stay.removeIf(named -> named.versionId().equals("null") && wasRewritten(named, staySequences));
    stay.removeAll(found);
    assertEquals(Set.of(), stay, "passed over; plain=" + plain);
    if (!plain) {
      List<Named> versions = listed.stream().filter(named -> !named.versionId().equals("null")).toList();
      assertEquals(versions.size(), new HashSet<>(versions).size(), "listed twice");
    }
  }

  /// A null version that was replaced during the walk may lie before it now.
  private boolean wasRewritten(Named named, Set<Long> sequences) {
    try {
      return !(store.catalog().find(bucket, named.key(),
          new VersionSelector.Exactly("null")) instanceof Lookup.Found(ObjectVersion version))
          || !sequences.contains(version.sequence());
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Entry> everything(String prefix, String delimiter) throws IOException {
    return store.catalog().listVersions(bucket,
        new VersionQuery(prefix, delimiter, Optional.empty(), Optional.empty(), 10_000)).entries();
  }

  private Named currentOf(String key) throws IOException {
    return switch (store.catalog().find(bucket, key, VersionSelector.LATEST)) {
      case Lookup.Found(ObjectVersion version) -> new Named(key, version.versionId());
      case Lookup.DeleteMarker marker -> new Named(key, marker.versionId());
      case Lookup.Absent _ -> throw new AssertionError("listed and absent: " + key);
    };
  }
}

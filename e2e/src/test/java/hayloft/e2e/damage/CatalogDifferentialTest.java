package hayloft.e2e.damage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.FileId;
import hayloft.e2e.damage.Truth.BucketTruth;
import hayloft.e2e.damage.Truth.OpenUpload;
import hayloft.filer.Bucket;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.filer.Precondition;
import hayloft.filer.UploadPage;
import hayloft.filer.UploadQuery;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionPage.Entry;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// After random mutations, a store that lives, one that was killed and one whose catalog was lost show the same: row
/// by row, and page by page of every listing while versions and uploads are deleted between two pages, as clients do
/// it that delete everything they see.
///
/// `-Dhayloft.differential.seeds=N` sets how many, `-Dhayloft.differential.first=SEED` the first.
final class CatalogDifferentialTest {

  private static final int ROUNDS = Integer.getInteger("hayloft.differential.rounds", 5);
  private static final int STEPS = Integer.getInteger("hayloft.differential.steps", 60);
  private static final int PAGINGS = 12;
  private static final String[] PREFIXES = {"", "", "", "a", "a/", "zz", "zz/", "none"};
  private static final String[] DELIMITERS = {"", "", "/", "/", "b"};

  private final HandClock clock = new HandClock();
  private final Truth truth = new Truth();
  private Random random = new Random();
  /// The one that lives, the one that was killed, the one whose catalog was lost.
  private final Map<String, StoreUnderTest> stores = new LinkedHashMap<>();

  static LongStream seeds() {
    long first = Long.getLong("hayloft.differential.first", 1);
    return LongStream.range(first, first + Integer.getInteger("hayloft.differential.seeds", 4));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void aKilledAndARebuiltCatalogShowWhatTheLivingShows(long seed) throws IOException {
    random = new Random(seed);
    var work = new RandomWork(random, truth, clock, "d-");
    var shape = StoreUnderTest.Shape.SMALL;
    Path directory = StoreUnderTest.temporary("differential");
    Path root = directory.resolve("living");
    StoreUnderTest living = StoreUnderTest.open(root, shape, clock);
    String when = "begin";
    try (var _ = new NamedInLog()) {
      work.begin(living);
      for (int round = 0; round < ROUNDS; round++) {
        for (int step = 0; step < STEPS; step++) {
          work.step(living);
          upkeep(living);
        }
        when = "round " + round;
        Path killed = directory.resolve("killed-" + round);
        Path lost = directory.resolve("lost-" + round);
        living.copyTo(killed);
        living.copyTo(lost);
        StoreUnderTest.delete(lost.resolve("d0/catalog"));
        try (StoreUnderTest fromKill = StoreUnderTest.open(killed, shape, clock);
            StoreUnderTest rebuilt = StoreUnderTest.open(lost, shape, clock)) {
          stores.put("living", living);
          stores.put("killed", fromKill);
          stores.put("rebuilt", rebuilt);
          Set<String> rows = sameRows(when, null).keySet();
          for (int i = 0; i < PAGINGS; i++) {
            page(work.anyBucket());
          }
          pageVersions(truth.buckets.getOrDefault("d-paused", work.anyBucket())); // null versions among others
          sameRows(when + ", after paging", rows);
          for (StoreUnderTest store : stores.values()) {
            store.collect();
          }
          sameRowsButSettled(when + ", after a collection", rows);
          for (int i = 0; i < PAGINGS; i++) {
            page(work.anyBucket());
          }
          for (Map.Entry<String, StoreUnderTest> store : stores.entrySet()) {
            String whose = when + ", " + store.getKey();
            assertEquals(List.of(), new Comparison(store.getValue(), truth, new Hits(), Anatomy.none(), _ -> false,
                random).run(), whose);
          }
        }
        StoreUnderTest.delete(killed);
        StoreUnderTest.delete(lost);
      }
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError("seed " + seed + ", " + when + ": " + e.getMessage() + ", last steps " + work.history(),
          e);
    } finally {
      living.close();
      StoreUnderTest.delete(directory);
    }
  }

  private void upkeep(StoreUnderTest store) throws IOException {
    switch (random.nextInt(25)) {
      case 0 -> store.collect();
      case 1 -> store.compact();
      case 2 -> store.checkpoint();
      case 3 -> {
        List<Integer> writable = store.writableVolumes();
        if (!writable.isEmpty()) {
          store.seal(writable.get(random.nextInt(writable.size())));
        }
      }
      default -> {
        // most steps follow one another
      }
    }
  }

  // Rows

  /// Compares the rows of live needles. A killed process may have lost deletions of rows whose needles were marked
  /// dead; the next collection repeats them.
  ///
  /// @param known only these: since they were there each store has written needles of its own; null for all
  private Map<String, String> sameRows(String when, @Nullable Set<String> known) throws IOException {
    Map<String, Map<String, String>> rows = allLiveRows(known);
    Map<String, String> living = rows.getOrDefault("living", Map.of());
    rows.forEach((who, found) -> assertTrue(found.equals(living),
        () -> when + ": " + who + " lacks rows " + less(living, found) + " and has rows " + less(found, living)));
    return living;
  }

  /// The same, but that the one that lives may still have killers, settled when nothing hid them yet, that a catalog
  /// which sees them first when something newer hides them marks at once; and the other way round, where one that was
  /// killed before a killer went finds it waiting for what has died since.
  private void sameRowsButSettled(String when, Set<String> known) throws IOException {
    Map<String, Map<String, String>> rows = allLiveRows(known);
    Map<String, String> living = rows.getOrDefault("living", Map.of());
    Map<String, Long> settled = new HashMap<>();
    for (Map.Entry<String, StoreUnderTest> store : stores.entrySet()) {
      settled.put(store.getKey(), store.getValue().catalog().rowCounts().getOrDefault('Z', 0L));
    }
    long settledLiving = settled.getOrDefault("living", 0L);
    rows.forEach((who, found) -> {
      Map<String, String> extra = less(found, living);
      Map<String, String> lacking = less(living, found);
      long settledHere = settled.getOrDefault(who, 0L);
      assertTrue(extra.size() <= settledHere && lacking.size() <= settledLiving, () -> when + ": " + who + " has rows "
          + extra + " where " + settledHere + " are settled, and lacks rows " + lacking + " where " + settledLiving
          + " are settled");
    });
  }

  private Map<String, Map<String, String>> allLiveRows(@Nullable Set<String> known) throws IOException {
    Map<String, Map<String, String>> rows = new LinkedHashMap<>();
    for (Map.Entry<String, StoreUnderTest> store : stores.entrySet()) {
      Map<String, String> live = liveRows(store.getValue());
      if (known != null) {
        live.keySet().retainAll(known);
      }
      rows.put(store.getKey(), live);
    }
    return rows;
  }

  private static Map<String, String> less(Map<String, String> rows, Map<String, String> others) {
    Map<String, String> left = new TreeMap<>(rows);
    left.entrySet().removeAll(others.entrySet());
    return left;
  }

  private static Map<String, String> liveRows(StoreUnderTest store) throws IOException {
    Map<String, String> rows = store.dump();
    rows.values().removeIf(value -> !store.volumes().holds(
        new FileId(Integer.parseUnsignedInt(value, 0, 8, 16), Long.parseUnsignedLong(value, 8, 24, 16), 0)));
    return rows;
  }

  // Pages

  private StoreUnderTest living() {
    return Objects.requireNonNull(stores.get("living"));
  }

  private <T> T any(T[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  private void page(BucketTruth bucket) throws IOException {
    switch (random.nextInt(4)) {
      case 0 -> pageObjects(bucket);
      case 1, 2 -> pageVersions(bucket);
      default -> {
        pageUploads(bucket);
        pageParts(bucket);
      }
    }
  }

  @FunctionalInterface
  private interface Query<T> {
    T of(StoreUnderTest store) throws IOException;
  }

  /// Asks all three the same.
  private <T> T same(String what, Query<T> query) throws IOException {
    Map<String, T> answers = new HashMap<>();
    for (Map.Entry<String, StoreUnderTest> store : stores.entrySet()) {
      answers.put(store.getKey(), query.of(store.getValue()));
    }
    T living = Objects.requireNonNull(answers.get("living"));
    answers.forEach((who, answer) -> assertEquals(living, answer, () -> who + ": " + what));
    return living;
  }

  private void erase(BucketTruth bucket, String key, String versionId) throws IOException {
    same("erasing " + key + " " + versionId, store -> {
      DeleteOutcome outcome = store.catalog().delete(bucket.bucket, key, new VersionSelector.Exactly(versionId),
          Precondition.NONE);
      assertTrue(outcome instanceof DeleteOutcome.Deleted, () -> key + " " + versionId + ": " + outcome);
      return outcome;
    });
    bucket.remove(key, versionId);
  }

  /// Between two pages: mostly the last that was shown, or some other, or nothing.
  private void eraseOneOf(BucketTruth bucket, List<List<String>> shown, Set<List<String>> erased) throws IOException {
    int dice = random.nextInt(6);
    if (shown.isEmpty() || dice > 3) {
      return;
    }
    List<List<String>> chosen = dice == 3 ? shown : List.of(dice < 2 ? shown.getLast() : any(shown));
    for (List<String> one : chosen) {
      if (bucket.exactly(one.getFirst(), one.getLast()) != null) {
        erase(bucket, one.getFirst(), one.getLast());
        erased.add(one);
      }
    }
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private void pageObjects(BucketTruth bucket) throws IOException {
    String prefix = any(PREFIXES);
    String delimiter = any(DELIMITERS);
    int limit = 1 + random.nextInt(5);
    Set<String> expected = new LinkedHashSet<>(living().catalog()
        .list(bucket.bucket, new ListQuery(prefix, delimiter, Optional.empty(), 1000)).objects().stream()
        .map(ListedVersion::key).toList());
    Set<String> found = new LinkedHashSet<>();
    Set<List<String>> erased = new HashSet<>();
    Optional<String> after = Optional.empty();
    do {
      var query = new ListQuery(prefix, delimiter, after, limit);
      ObjectPage page = same("objects of " + bucket.bucket.name() + " " + query,
          store -> store.catalog().list(bucket.bucket, query));
      page.objects().forEach(object -> found.add(object.key()));
      eraseOneOf(bucket, page.objects().stream().map(object -> List.of(object.key(), object.versionId())).toList(),
          erased);
      after = page.next();
    } while (after.isPresent());
    assertTrue(found.containsAll(expected), () -> "objects of " + bucket.bucket.name() + ", prefix " + prefix
        + ", delimiter " + delimiter + ", by " + limit + " while " + erased + " went: expected " + expected
        + ", found " + found);
  }

  private static List<String> nameOf(Entry entry) {
    return switch (entry) {
      case Entry.Version(ListedVersion version, boolean _) -> List.of(version.key(), version.versionId());
      case Entry.Marker marker -> List.of(marker.key(), marker.versionId());
    };
  }

  /// What all have in common: a position is said as a version's or as one before it, depending on whether dead rows lie
  /// behind.
  private record ShownVersions(List<Entry> entries, List<String> commonPrefixes, Optional<String> nextKey,
      Optional<String> nextSequence) {

    ShownVersions(VersionPage page) {
      this(page.entries(), page.commonPrefixes(), page.next().map(VersionPage.Next::key),
          page.next().flatMap(VersionPage.Next::versionId).map(id -> id.substring(0, id.length() / 2)));
    }
  }

  private void pageVersions(BucketTruth bucket) throws IOException {
    Bucket of = bucket.bucket;
    String prefix = any(PREFIXES);
    String delimiter = any(DELIMITERS);
    int limit = 1 + random.nextInt(5);
    List<List<String>> expected = living().catalog()
        .listVersions(of, new VersionQuery(prefix, delimiter, Optional.empty(), Optional.empty(), 10_000)).entries()
        .stream().map(CatalogDifferentialTest::nameOf).toList();
    List<List<String>> found = new ArrayList<>();
    Set<List<String>> erased = new HashSet<>();
    Optional<VersionPage.Next> next = Optional.empty();
    do {
      var query = new VersionQuery(prefix, delimiter, next.map(VersionPage.Next::key),
          next.flatMap(VersionPage.Next::versionId), limit);
      VersionPage page = living().catalog().listVersions(of, query);
      same("versions of " + of.name() + " " + query,
          store -> new ShownVersions(store.catalog().listVersions(of, query)));
      List<List<String>> shown = page.entries().stream().map(CatalogDifferentialTest::nameOf).toList();
      found.addAll(shown);
      eraseOneOf(bucket, shown, erased);
      next = page.next();
    } while (next.isPresent());
    Set<List<String>> skipped = new LinkedHashSet<>(expected);
    skipped.removeAll(new HashSet<>(found));
    assertTrue(skipped.isEmpty(), () -> "versions of " + of.name() + ", prefix " + prefix + ", delimiter " + delimiter
        + ", by " + limit + ": while " + erased + " went, these were passed over: " + skipped);
  }

  private void pageUploads(BucketTruth bucket) throws IOException {
    Bucket of = bucket.bucket;
    String prefix = any(PREFIXES);
    String delimiter = any(DELIMITERS);
    int limit = 1 + random.nextInt(3);
    Set<String> expected = new LinkedHashSet<>(living().catalog()
        .listUploads(of, new UploadQuery(prefix, delimiter, Optional.empty(), Optional.empty(), 1000)).uploads()
        .stream().map(upload -> upload.uploadId()).toList());
    Set<String> found = new HashSet<>();
    Optional<UploadPage.Next> next = Optional.empty();
    do {
      var query = new UploadQuery(prefix, delimiter, next.map(UploadPage.Next::key),
          next.map(UploadPage.Next::uploadId).filter(id -> !id.isEmpty()), limit);
      UploadPage page = same("uploads of " + of.name() + " " + query, store -> store.catalog().listUploads(of, query));
      page.uploads().forEach(upload -> found.add(upload.uploadId()));
      if (!page.uploads().isEmpty() && random.nextInt(3) == 0) {
        var last = page.uploads().getLast();
        same("aborting " + last, store -> store.catalog().abortUpload(of, last.key(), last.uploadId()));
        bucket.endedUploads.add(Objects.requireNonNull(bucket.uploads.remove(last.uploadId())).upload);
      }
      next = page.next();
    } while (next.isPresent());
    assertTrue(found.containsAll(expected),
        () -> "uploads of " + of.name() + ": expected " + expected + ", found " + found);
  }

  private void pageParts(BucketTruth bucket) throws IOException {
    for (OpenUpload open : bucket.uploads.values()) {
      int limit = 1 + random.nextInt(3);
      List<Integer> found = new ArrayList<>();
      List<Part> page;
      do {
        int after = found.isEmpty() ? 0 : found.getLast();
        page = same("parts of " + open.upload, store -> store.catalog().listParts(bucket.bucket, open.upload, after,
            limit));
        page.forEach(part -> found.add(part.number()));
      } while (page.size() == limit);
      assertEquals(List.copyOf(open.parts.keySet()), found);
    }
  }
}

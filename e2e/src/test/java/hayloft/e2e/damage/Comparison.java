package hayloft.e2e.damage;

import hayloft.common.FileId;
import hayloft.common.volume.NoSuchVolumeException;
import hayloft.e2e.damage.Truth.BucketTruth;
import hayloft.e2e.damage.Truth.OpenUpload;
import hayloft.e2e.damage.Truth.Version;
import hayloft.filer.BodyLocation;
import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.filer.Upload;
import hayloft.filer.UploadPage;
import hayloft.filer.UploadQuery;
import hayloft.filer.User;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionPage.Entry;
import hayloft.filer.VersionQuery;
import hayloft.filer.VersionSelector;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Asks a store for everything and compares with what was acknowledged. What was hit may answer an error; it may be
/// absent only if the log named it; it may never be something else. Used once.
///
/// One exception (docs/failures.md, "no index knows what lay there"): where the entry of the index log was hit as well,
/// or there was none since a kill came before the sync, and the catalog was made anew after that, nobody knows whose
/// truth a damaged head was. Then the store tells that it lacks something unknown in that volume, and what is older of
/// what was hit is shown.
final class Comparison {

  private static final int MOST = 8;

  private final StoreUnderTest store;
  private final Truth truth;
  private final Hits hits;
  private final Anatomy anatomy;
  private final Predicate<String> isToldLost;
  private final Random random;
  private final List<Violation> violations = new ArrayList<>();
  private int errors;

  /// @param isToldLost whether the log named a `bucket/key`
  Comparison(StoreUnderTest store, Truth truth, Hits hits, Anatomy anatomy, Predicate<String> isToldLost,
      Random random) {
    this.store = store;
    this.truth = truth;
    this.hits = hits;
    this.anatomy = anatomy;
    this.isToldLost = isToldLost;
    this.random = random;
  }

  /// Some of what is wrong.
  List<Violation> run() {
    buckets();
    users();
    blobs();
    return violations;
  }

  /// Answers that were errors, lawful ones included.
  int errors() {
    return errors;
  }

  private void violation(String kind, boolean isHit, String what) {
    violation(kind, isHit ? " (hit)" : " (not hit)", what);
  }

  private void violation(String kind, String whose, String what) {
    if (violations.size() < MOST) {
      violations.add(new Violation(kind + whose, what.replace("\0", "\\0")));
    }
  }

  /// Nothing but the bytes of a version may suffer when only they were hit.
  private String whose(@Nullable Version expected, boolean hit) {
    return hit ? " (hit)" : expected != null && isBodyHit(expected) ? " (only its bytes hit)" : " (not hit)";
  }

  private void buckets() {
    try {
      for (Bucket found : store.buckets()) {
        if (!truth.buckets.containsKey(found.name())) {
          boolean mayBeOlder = isUnknown(Hits.bucket(found.name()));
          if (!mayBeOlder) {
            violation("bucket resurrected", hits.test(Hits.bucket(found.name())), found.name());
          }
        }
      }
    } catch (IOException e) {
      errors++;
      if (!hits.hasTablesOfMemory()) {
        violation("error", false, "buckets: " + e);
      }
    }
    truth.buckets.forEach(this::namedBucket);
  }

  private void namedBucket(String name, BucketTruth bucket) {
    boolean hit = hits.test(Hits.bucket(name));
    try {
      Optional<Bucket> there = store.findBucket(name);
      if (there.isEmpty()) {
        if (!(hit && (isUnknown(Hits.bucket(name)) || isToldLost.test(name)))) {
          violation("bucket hidden", hit, name);
        }
      } else if (!there.get().equals(bucket.bucket)) {
        if (!(hit && isUnknown(Hits.bucket(name)))) {
          violation("bucket went back", hit, "expected " + bucket.bucket + ", found " + there.get());
        }
      } else {
        bucket(bucket);
      }
    } catch (IOException e) {
      errors++;
      if (!hit) {
        violation("error", false, "bucket " + name + ": " + e);
      }
    }
  }

  private void bucket(BucketTruth bucket) {
    for (String key : bucket.everyKey) {
      if (bucket.uncertain.contains(key)) {
        continue;
      }
      Version current = bucket.current(key);
      lookup(bucket, key, VersionSelector.LATEST, current);
      for (Version version : bucket.keys.getOrDefault(key, List.of())) {
        if (version != current || random.nextInt(4) == 0) {
          lookup(bucket, key, new VersionSelector.Exactly(version.versionId), version);
        }
      }
      for (String erased : bucket.erased.getOrDefault(key, Set.of())) {
        lookup(bucket, key, new VersionSelector.Exactly(erased), null);
      }
    }
    listing(bucket);
    versionListing(bucket);
    uploads(bucket);
  }

  private boolean isHit(BucketTruth bucket, String key, @Nullable Version expected) {
    if (hits.test(Hits.bucket(bucket.bucket.name()))) {
      return true;
    }
    boolean fresh = expected == null ? bucket.freshlyDeleted.contains(key) : expected.isFresh;
    return !fresh && hits.test(Hits.key(bucket.bucket.id(), key));
  }

  private boolean isBodyHit(Version version) {
    if (version.object == null || version.isFresh) {
      return false;
    }
    FileId commit = switch (version.object.body()) {
      case BodyLocation.Inline(FileId needle) -> needle;
      case BodyLocation.Chunks(FileId needle, var _) -> needle;
    };
    return anatomy.closure(commit).stream().anyMatch(hits::test);
  }

  /// Whether the store tells that it lacks something and does not know what, in place of one of the needles by which
  /// these suffer; or has taken one for torn.
  private boolean isUnknown(String... names) {
    return Stream.of(names).flatMap(name -> hits.culprits(name).stream()).filter(this::isKnownToNoIndex)
        .anyMatch(needle -> hits.isForgotten(needle) || store.tellsUnknown(needle));
  }

  private boolean isKnownToNoIndex(FileId needle) {
    return hits.areIndexesLost() || anatomy.isUnindexed(needle);
  }

  private boolean isUnknown(BucketTruth bucket, Upload upload) {
    return isUnknown(Hits.bucket(bucket.bucket.name()), Hits.upload(bucket.bucket.id(), upload.key()));
  }

  private void lookup(BucketTruth bucket, String key, VersionSelector which, @Nullable Version expected) {
    boolean hit = isHit(bucket, key, expected);
    String name = bucket.bucket.name() + "/" + key;
    String what = name + " " + which;
    Lookup answer;
    try {
      answer = store.catalog().find(bucket.bucket, key, which);
    } catch (IOException e) {
      errors++;
      if (!hit) {
        violation("error", false, what + ": " + e);
      }
      return;
    }
    boolean mayBeOlder = hit && isUnknown(Hits.bucket(bucket.bucket.name()), Hits.key(bucket.bucket.id(), key));
    switch (answer) {
      case Lookup.Absent _ -> {
        if (expected != null && !mayBeOlder && !(hit && isToldLost.test(name))) {
          violation("hidden", whose(expected, hit), what);
        }
      }
      case Lookup.DeleteMarker(var versionId, var _, var _) -> {
        if (mayBeOlder) {
          return;
        }
        if (expected == null) {
          violation("marker resurrected", hit, what);
        } else if (expected.object != null || !expected.versionId.equals(versionId)) {
          violation("older truth", whose(expected, hit),
              what + ": marker " + versionId + " instead of " + expected.versionId);
        }
      }
      case Lookup.Found(ObjectVersion version) -> {
        if (!mayBeOlder || expected != null && version.equals(expected.object)) {
          found(version, expected, hit, what);
        }
      }
    }
  }

  private void found(ObjectVersion version, @Nullable Version expected, boolean hit, String what) {
    if (expected == null) {
      violation("resurrected", hit, what + ": " + version);
    } else if (expected.object == null || expected.object.sequence() != version.sequence()) {
      violation("older truth", whose(expected, hit), what + ": " + version);
    } else if (!version.equals(expected.object)) {
      violation("attributes went back", hit, what + ": expected " + expected.object + ", found " + version);
    } else {
      content(version, expected, hit || isBodyHit(expected), what);
    }
  }

  private void content(ObjectVersion version, Version expected, boolean hit, String what) {
    try {
      byte[] bytes = store.read(version);
      if (!Arrays.equals(bytes, expected.bytes)) {
        violation("wrong bytes", hit, what);
      }
      if (!expected.parts.isEmpty() && !store.catalog().parts(version).stream().map(Part::number).toList()
          .equals(expected.parts)) {
        violation("wrong parts", hit, what);
      }
    } catch (IOException e) {
      errors++;
      if (!hit) {
        violation("error", false, "bytes of " + what + ": " + e);
      }
    }
  }

  /// A key that may be listed or not.
  private boolean isDoubtful(BucketTruth bucket, String key) {
    return bucket.uncertain.contains(key) || hits.test(Hits.key(bucket.bucket.id(), key));
  }

  private void listing(BucketTruth bucket) {
    boolean hit = hits.test(Hits.bucket(bucket.bucket.name()));
    Map<String, ListedVersion> expected = new TreeMap<>(Truth.KEY_ORDER);
    bucket.keys.forEach((key, versions) -> {
      ObjectVersion object = versions.getFirst().object;
      if (object != null && !isDoubtful(bucket, key)) {
        expected.put(key, ListedVersion.of(object));
      }
    });
    Map<String, ListedVersion> found = new TreeMap<>(Truth.KEY_ORDER);
    try {
      Optional<String> after = Optional.empty();
      int limit = pageSize();
      do {
        ObjectPage page = store.catalog().list(bucket.bucket, new ListQuery("", "", after, limit));
        page.objects().stream().filter(object -> !isDoubtful(bucket, object.key()))
            .forEach(object -> found.put(object.key(), object));
        after = page.next();
      } while (after.isPresent());
    } catch (IOException e) {
      errors++;
      violation("listing fails", hit, bucket.bucket.name() + ": " + e);
      return;
    }
    if (!expected.equals(found)) {
      violation("listing", hit, bucket.bucket.name() + difference(expected.keySet(), found.keySet()));
    }
  }

  private int pageSize() {
    return random.nextBoolean() ? 1000 : 1 + random.nextInt(7);
  }

  private static String difference(Set<String> expected, Set<String> found) {
    Set<String> missing = new LinkedHashSet<>(expected);
    missing.removeAll(found);
    Set<String> extra = new LinkedHashSet<>(found);
    extra.removeAll(expected);
    return " lacks " + missing + ", has too much " + extra;
  }

  private void versionListing(BucketTruth bucket) {
    boolean hit = hits.test(Hits.bucket(bucket.bucket.name()));
    List<String> expected = new ArrayList<>();
    bucket.keys.forEach((key, versions) -> {
      if (!isDoubtful(bucket, key)) {
        versions.forEach(version -> expected.add(key + " " + version.versionId
            + (version.object == null ? " marker" : "") + (version == versions.getFirst() ? " latest" : "")));
      }
    });
    List<String> found = new ArrayList<>();
    try {
      Optional<String> key = Optional.empty();
      Optional<String> versionId = Optional.empty();
      int limit = pageSize();
      boolean more = true;
      while (more) {
        VersionPage page = store.catalog().listVersions(bucket.bucket,
            new VersionQuery("", "", key, versionId, limit));
        for (Entry entry : page.entries()) {
          String name = switch (entry) {
            case Entry.Version(ListedVersion version, boolean _) -> version.key();
            case Entry.Marker marker -> marker.key();
          };
          if (!isDoubtful(bucket, name)) {
            found.add(shown(entry));
          }
        }
        more = page.next().isPresent();
        key = page.next().map(VersionPage.Next::key);
        versionId = page.next().flatMap(VersionPage.Next::versionId);
      }
    } catch (IOException e) {
      errors++;
      violation("listing fails", hit, "versions of " + bucket.bucket.name() + ": " + e);
      return;
    }
    if (!expected.equals(found)) {
      violation("version listing", hit, bucket.bucket.name()
          + difference(new LinkedHashSet<>(expected), new LinkedHashSet<>(found)));
    }
  }

  static String shown(Entry entry) {
    return switch (entry) {
      case Entry.Version(ListedVersion version, boolean latest) ->
        version.key() + " " + version.versionId() + (latest ? " latest" : "");
      case Entry.Marker(var key, var _, var versionId, var _, var _, var latest) ->
        key + " " + versionId + " marker" + (latest ? " latest" : "");
    };
  }

  /// A newer version of the key says nothing of its uploads.
  private boolean isUploadUncertain(BucketTruth bucket, String key) {
    return bucket.uncertain.contains(key) || hits.isForgotten(bucket.bucket.id(), key);
  }

  private boolean isUploadDoubtful(BucketTruth bucket, String key) {
    return isUploadUncertain(bucket, key) || hits.test(Hits.upload(bucket.bucket.id(), key))
        || hits.test(Hits.bucket(bucket.bucket.name()));
  }

  private void uploads(BucketTruth bucket) {
    Set<String> expected = new TreeSet<>();
    bucket.uploads.values().stream().filter(open -> open.isFresh || !isUploadDoubtful(bucket, open.upload.key()))
        .forEach(open -> expected.add(open.upload.uploadId()));
    Set<String> found = new TreeSet<>();
    try {
      Optional<String> key = Optional.empty();
      Optional<String> id = Optional.empty();
      boolean more = true;
      while (more) {
        UploadPage page = store.catalog().listUploads(bucket.bucket, new UploadQuery("", "", key, id, 3));
        page.uploads().stream().filter(upload -> !isUploadDoubtful(bucket, upload.key())
            || expected.contains(upload.uploadId())).forEach(upload -> found.add(upload.uploadId()));
        more = page.next().isPresent();
        key = page.next().map(UploadPage.Next::key);
        id = page.next().map(UploadPage.Next::uploadId).filter(text -> !text.isEmpty());
      }
    } catch (IOException e) {
      errors++;
      violation("upload listing fails", hits.test(Hits.bucket(bucket.bucket.name())), bucket.bucket.name() + ": " + e);
      return;
    }
    if (!expected.equals(found)) {
      violation("uploads", false, bucket.bucket.name() + difference(expected, found));
    }
    bucket.uploads.values().stream().filter(open -> !isUploadUncertain(bucket, open.upload.key()))
        .forEach(open -> upload(bucket, open));
    bucket.endedUploads.stream().filter(upload -> !isUploadUncertain(bucket, upload.key()))
        .forEach(upload -> endedUpload(bucket, upload));
  }

  private void upload(BucketTruth bucket, OpenUpload open) {
    Upload upload = open.upload;
    boolean hit = !open.isFresh && isUploadDoubtful(bucket, upload.key());
    boolean mayBeOlder = hit && isUnknown(bucket, upload);
    String what = bucket.bucket.name() + "/" + upload.key() + " upload " + upload.uploadId();
    try {
      Optional<Upload> found = store.catalog().findUpload(bucket.bucket, upload.key(), upload.uploadId());
      if (found.isEmpty()) {
        if (!mayBeOlder && !(hit && isToldLost.test(bucket.bucket.name() + "/" + upload.key()))) {
          violation("upload hidden", hit, what);
        }
        return;
      }
      List<String> parts = store.catalog().listParts(bucket.bucket, upload, 0, 100).stream()
          .map(part -> part.number() + " " + part.etag()).toList();
      List<String> expected = open.parts.entrySet().stream()
          .map(part -> part.getKey() + " " + part.getValue().etag()).toList();
      if (!parts.equals(expected) && !mayBeOlder && !(hit && isToldLost.test("of upload"))) {
        violation("parts", hit, what + ": expected " + expected + ", found " + parts);
      }
    } catch (IOException e) {
      errors++;
      if (!hit) {
        violation("error", false, what + ": " + e);
      }
    }
  }

  private void endedUpload(BucketTruth bucket, Upload upload) {
    try {
      if (store.catalog().findUpload(bucket.bucket, upload.key(), upload.uploadId()).isPresent()
          && !isUnknown(bucket, upload)) {
        violation("upload resurrected", isUploadDoubtful(bucket, upload.key()),
            bucket.bucket.name() + "/" + upload.key() + " " + upload.uploadId());
      }
    } catch (IOException e) {
      errors++;
      if (!isUploadDoubtful(bucket, upload.key())) {
        violation("error", false, "ended upload " + upload + ": " + e);
      }
    }
  }

  private void users() {
    Map<String, User> found = new TreeMap<>();
    try {
      store.users().forEach(user -> found.put(user.id(), user));
    } catch (IOException e) {
      errors++;
      if (!hits.hasTablesOfMemory()) {
        violation("error", false, "users: " + e);
      }
      return;
    }
    truth.users.forEach((id, user) -> {
      boolean hit = hits.test(Hits.user(id)) && !truth.freshUsers.contains(id);
      User there = found.remove(id);
      if (there == null) {
        if (!(hit
            && (isUnknown(Hits.user(id)) || isToldLost.test("user " + id) || isError(() -> store.findUser(id))))) {
          violation("user hidden", hit, id);
        }
      } else if ((!there.equals(user) || !there.secretKey().equals(user.secretKey()))
          && !(hit && isUnknown(Hits.user(id)))) {
        violation("user went back", hit, "expected " + user + ", found " + there);
      }
    });
    found.keySet().stream().filter(id -> !isUnknown(Hits.user(id)))
        .forEach(id -> violation("user resurrected", hits.test(Hits.user(id)), id));
  }

  private static boolean isError(Question question) {
    try {
      question.ask();
      return false;
    } catch (IOException _) {
      return true;
    }
  }

  @FunctionalInterface
  private interface Question {
    void ask() throws IOException;
  }

  private void blobs() {
    truth.blobs.forEach((id, bytes) -> {
      boolean hit = hits.test(id);
      try {
        byte[] found = store.readBlob(id);
        if (found == null) {
          if (!(hit && (isKnownToNoIndex(id) || isToldLost.test(id.toString())))) {
            violation("blob hidden", hit, id.toString());
          }
        } else if (!Arrays.equals(found, bytes)) {
          violation("blob has wrong bytes", hit, id.toString());
        }
      } catch (IOException e) {
        errors++;
        if (!hit) {
          violation("error", false, "blob " + id + ": " + e);
        }
      }
    });
    for (FileId id : truth.deadBlobs) {
      try {
        if (store.readBlob(id) != null) {
          violation("blob resurrected", hits.test(id), id.toString());
        }
      } catch (NoSuchVolumeException _) {
        // a volume in which nothing lives may go
      } catch (IOException e) {
        errors++;
        if (!hits.test(id)) {
          violation("error", false, "dead blob " + id + ": " + e);
        }
      }
    }
  }
}

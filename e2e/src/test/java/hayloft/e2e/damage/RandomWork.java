package hayloft.e2e.damage;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.e2e.damage.Truth.BucketTruth;
import hayloft.e2e.damage.Truth.OpenUpload;
import hayloft.e2e.damage.Truth.PartContent;
import hayloft.e2e.damage.Truth.Version;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCreation;
import hayloft.filer.BucketDeletion;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.CompleteOutcome;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.Lookup;
import hayloft.filer.LostTruthException;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.PartChoice;
import hayloft.filer.PartOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.Upload;
import hayloft.filer.User;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Random mutations of every kind against a store, each noted in the [Truth] when it was acknowledged. What is
/// answered at once is checked at once. Confined to one thread.
final class RandomWork {

  private static final int HISTORY = 30;
  private static final String[] KEYS = {"a", "a/", "a/b", "a/b/c", "a/bb", "b", "b\0x", "\u00e4/\u00e9", "\uFFFD",
      "\uD83D\uDE00/x", "zz/1", "zz/2", "zz//", "zz0", "k1", "k2", "k3", "k4", "many"};
  private static final String[] USERS = {"ann", "bob", "cid"};

  private final Random random;
  private final Truth truth;
  private final HandClock clock;
  private final String tag;
  private final boolean isAfterDamage;
  private final Predicate<String> mayFail;
  private final ArrayDeque<String> history = new ArrayDeque<>();

  RandomWork(Random random, Truth truth, HandClock clock, String tag) {
    this(random, truth, clock, tag, false, _ -> false);
  }

  /// @param tag names of buckets begin with it
  /// @param mayFail whether a mutation of what [Hits] calls so may answer an error
  RandomWork(Random random, Truth truth, HandClock clock, String tag, boolean isAfterDamage,
      Predicate<String> mayFail) {
    this.random = random;
    this.truth = truth;
    this.clock = clock;
    this.tag = tag;
    this.isAfterDamage = isAfterDamage;
    this.mayFail = mayFail;
  }

  List<String> history() {
    return List.copyOf(history);
  }

  private void did(String what) {
    if (history.size() == HISTORY) {
      history.removeFirst();
    }
    history.add(what.replace("\0", "\\0"));
  }

  private <T> T any(T[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  String anyKey() {
    return any(KEYS);
  }

  private String anyUser() {
    return tag + any(USERS);
  }

  BucketTruth anyBucket() {
    return any(List.copyOf(truth.buckets.values()));
  }

  /// One bucket of each kind of versioning, and users.
  void begin(StoreUnderTest store) throws IOException {
    for (String name : List.of("plain", "kept", "paused")) {
      createBucket(store, tag + name);
    }
    version(store, tag + "kept", Versioning.ENABLED);
    version(store, tag + "paused", Versioning.ENABLED);
    putUser(store, anyUser());
  }

  void step(StoreUnderTest store) throws IOException {
    clock.advance(Duration.ofMillis(random.nextInt(3)));
    if (truth.buckets.isEmpty()) {
      createBucket(store, tag + "plain");
    }
    int dice = random.nextInt(1000);
    if (dice < 340) {
      put(store, anyBucket(), anyKey(), content(), draft());
    } else if (dice < 440) {
      delete(store, anyBucket(), anyKey());
    } else if (dice < 540) {
      erase(store);
    } else if (dice < 590) {
      setTags(store);
    } else if (dice < 620) {
      setAcl(store);
    } else if (dice < 660) {
      copy(store);
    } else if (dice < 710) {
      createUpload(store);
    } else if (dice < 800) {
      putPart(store);
    } else if (dice < 845) {
      complete(store);
    } else if (dice < 865) {
      abort(store);
    } else if (dice < 900) {
      putBlob(store);
    } else if (dice < 915) {
      deleteBlob(store);
    } else if (dice < 930) {
      putUser(store, anyUser());
    } else if (dice < 935) {
      deleteUser(store);
    } else if (dice < 960) {
      bucketSettings(store);
    } else if (dice < 970) {
      makeBucketAgain(store);
    } else {
      overwriteOften(store);
    }
  }

  @FunctionalInterface
  private interface Mutation {
    void run() throws IOException;
  }

  /// A mutation of a key, which only what was damaged may refuse.
  private void mutate(BucketTruth bucket, String key, Mutation mutation) throws IOException {
    try {
      mutation.run();
    } catch (IOException e) {
      if (!mayFail.test(Hits.key(bucket.bucket.id(), key))) {
        throw new Violation("mutation fails", bucket.bucket.name() + "/" + key + " after " + history.peekLast(), e);
      }
      bucket.uncertain.add(key);
    }
  }

  private void createBucket(StoreUnderTest store, String name) throws IOException {
    did("create bucket " + name);
    boolean lock = random.nextInt(6) == 0;
    Optional<Durability> durability = random.nextInt(3) == 0 ? Optional.of(Durability.OS) : Optional.empty();
    switch (store.catalog().createBucket(name, anyUser(), "us-east-1", lock,
        plain -> plain.withDurability(durability))) {
      case BucketCreation.Created(Bucket bucket) -> {
        truth.issued(bucket.id(), "bucket " + name);
        truth.buckets.put(name, new BucketTruth(bucket));
      }
      case BucketCreation.NameTaken _ -> {
        if (!mayFail.test(Hits.bucket(name))) {
          throw new Violation("bucket resurrected", name + " was deleted, and its name is taken");
        }
      }
    }
  }

  private void version(StoreUnderTest store, String name, Versioning versioning) throws IOException {
    did("versioning of " + name + " " + versioning);
    BucketTruth bucket = truth.buckets.get(name);
    if (bucket != null) {
      change(store, bucket, now -> now.withVersioning(versioning));
    }
  }

  private void change(StoreUnderTest store, BucketTruth bucket, UnaryOperator<Bucket> change)
      throws IOException {
    Optional<Bucket> changed;
    try {
      changed = store.catalog().updateBucket(bucket.bucket.name(), change);
    } catch (LostTruthException e) {
      if (!mayFail.test(Hits.bucket(bucket.bucket.name()))) {
        throw e;
      }
      return; // its newest document is lost: nothing was changed
    }
    if (changed.isPresent()) {
      bucket.bucket = changed.get();
    } else if (!mayFail.test(Hits.bucket(bucket.bucket.name()))) {
      throw new Violation("bucket hidden", bucket.bucket.name());
    }
  }

  private void bucketSettings(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    if (bucket.bucket.name().endsWith("paused")) {
      version(store, bucket.bucket.name(), random.nextBoolean() ? Versioning.ENABLED : Versioning.SUSPENDED);
    } else {
      did("settings of " + bucket.bucket.name());
      Map<String, String> documents = Map.of("tagging", "t" + random.nextInt(9), "cors", "c");
      change(store, bucket, now -> now.withSettings(documents));
    }
  }

  /// Empties a bucket, deletes it, and makes one of the same name.
  private void makeBucketAgain(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    String name = bucket.bucket.name();
    if (mayFail.test(Hits.bucket(name)) || bucket.everyKey.stream()
        .anyMatch(key -> mayFail.test(Hits.key(bucket.bucket.id(), key)) || bucket.uncertain.contains(key))) {
      return;
    }
    for (String key : List.copyOf(bucket.keys.keySet())) {
      for (Version version : List.copyOf(bucket.keys.getOrDefault(key, List.of()))) {
        erase(store, bucket, key, version.versionId);
      }
    }
    did("delete bucket " + name);
    BucketDeletion deletion = store.catalog().deleteBucket(bucket.bucket);
    if (deletion != BucketDeletion.DELETED) {
      throw new Violation("empty bucket not deleted", name + ": " + deletion);
    }
    truth.buckets.remove(name);
    truth.deletedBuckets.add(bucket.bucket);
    createBucket(store, name);
    if (name.endsWith("kept")) {
      version(store, name, Versioning.ENABLED);
    }
  }

  private byte[] content() {
    int size = switch (random.nextInt(10)) {
      case 0 -> 0;
      case 1 -> StoreUnderTest.CHUNK_BYTES + 1;
      case 2 -> random.nextInt(4 * StoreUnderTest.CHUNK_BYTES);
      case 3 -> random.nextInt(14 * StoreUnderTest.CHUNK_BYTES);
      default -> random.nextInt(300);
    };
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private Map<String, String> tags() {
    return random.nextBoolean() ? Map.of() : Map.of("t", "v" + random.nextInt(99));
  }

  private String acl() {
    return random.nextBoolean() ? "" : "READ " + random.nextInt(99);
  }

  private ObjectDraft draft() {
    Map<String, String> headers = random.nextBoolean()
        ? Map.of("content-type", "binary/octet-stream")
        : Map.of("content-type", "text/plain", "cache-control", "no-store");
    Optional<ObjectChecksum> checksum = random.nextInt(4) == 0
        ? Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC32C, "AAECAw==", false))
        : Optional.empty();
    return new ObjectDraft(headers, random.nextBoolean() ? Map.of() : Map.of("m", "\u00fc" + random.nextInt(9)), tags(),
        anyUser(), random.nextBoolean() ? "STANDARD" : "GLACIER", checksum).withAcl(acl());
  }

  private void put(StoreUnderTest store, BucketTruth bucket, String key, byte[] bytes, ObjectDraft draft)
      throws IOException {
    did("put " + bucket.bucket.name() + "/" + key + " " + bytes.length + " bytes");
    mutate(bucket, key, () -> {
      Durability durability = bucket.bucket.durabilityOr(Durability.FSYNC);
      switch (store.catalog().put(bucket.bucket, key, draft, StoreUnderTest.md5(bytes),
          store.body(bucket.bucket, key, bytes), Precondition.NONE, durability)) {
        case PutOutcome.Stored(ObjectVersion version) -> added(bucket, key, version, bytes, List.of());
        case PutOutcome.Refused refused -> throw new Violation("put refused", key + " " + refused);
        case PutOutcome.BucketGone _ -> goneUnless(bucket);
      }
    });
  }

  private void goneUnless(BucketTruth bucket) {
    if (!mayFail.test(Hits.bucket(bucket.bucket.name()))) {
      throw new Violation("bucket hidden", bucket.bucket.name());
    }
  }

  private void added(BucketTruth bucket, String key, ObjectVersion version, byte[] bytes, List<Integer> parts) {
    truth.issued(version.sequence(), "version of " + bucket.bucket.name() + "/" + key);
    boolean expectsNull = bucket.bucket.versioning() != Versioning.ENABLED;
    if (version.versionId().equals("null") != expectsNull && !mayFail.test(Hits.bucket(bucket.bucket.name()))) {
      throw new Violation("bucket went back", bucket.bucket.name() + " gives version id " + version.versionId());
    }
    bucket.add(key, new Version(version.versionId(), version, bytes, parts, isAfterDamage));
    bucket.settle(key);
  }

  private void copy(StoreUnderTest store) throws IOException {
    BucketTruth from = anyBucket();
    String key = anyKey();
    Version version = from.current(key);
    if (version != null && version.object != null && !mayFail.test(Hits.key(from.bucket.id(), key))
        && !from.uncertain.contains(key)) {
      put(store, anyBucket(), anyKey(), version.bytes, version.object.attributes());
    }
  }

  private void overwriteOften(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    for (int i = 2 + random.nextInt(4); i > 0; i--) {
      put(store, bucket, "many", content(), draft());
    }
  }

  private void delete(StoreUnderTest store, BucketTruth bucket, String key) throws IOException {
    did("delete " + bucket.bucket.name() + "/" + key);
    mutate(bucket, key, () -> {
      switch (store.catalog().delete(bucket.bucket, key, VersionSelector.LATEST, Precondition.NONE)) {
        case DeleteOutcome.Refused refused -> throw new Violation("delete refused", key + " " + refused);
        case DeleteOutcome.BucketGone _ -> goneUnless(bucket);
        case DeleteOutcome.Deleted(Optional<String> versionId, boolean marker) -> {
          if (marker) {
            bucket.add(key, new Version(versionId.orElseThrow(), null, new byte[0], List.of(), isAfterDamage));
          } else {
            boolean isCommitted = bucket.keys.containsKey(key); // where nothing is there is nothing to say
            bucket.remove(key, "null");
            bucket.everyKey.add(key);
            if (isAfterDamage && isCommitted) {
              bucket.freshlyDeleted.add(key);
            }
          }
          bucket.settle(key);
        }
      }
    });
  }

  private void erase(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    String key = anyKey();
    List<Version> versions = bucket.keys.getOrDefault(key, List.of());
    if (!versions.isEmpty()) {
      erase(store, bucket, key, any(versions).versionId);
    }
  }

  private void erase(StoreUnderTest store, BucketTruth bucket, String key, String versionId) throws IOException {
    did("erase " + bucket.bucket.name() + "/" + key + " version " + versionId);
    mutate(bucket, key, () -> {
      DeleteOutcome outcome = store.catalog().delete(bucket.bucket, key, new VersionSelector.Exactly(versionId),
          Precondition.NONE);
      if (outcome instanceof DeleteOutcome.Deleted) {
        bucket.remove(key, versionId); // it says nothing of what was below, unlike a plain delete
      } else {
        goneUnless(bucket);
      }
    });
  }

  private void setTags(StoreUnderTest store) throws IOException {
    Map<String, String> tags = tags();
    attributes("tags", (bucket, key, which) -> store.catalog().setTags(bucket, key, which, tags),
        draft -> draft.withTags(tags));
  }

  private void setAcl(StoreUnderTest store) throws IOException {
    String acl = acl();
    attributes("acl", (bucket, key, which) -> store.catalog().setAcl(bucket, key, which, _ -> acl),
        draft -> draft.withAcl(acl));
  }

  @FunctionalInterface
  private interface Setter {
    Lookup set(Bucket bucket, String key, VersionSelector which) throws IOException;
  }

  private void attributes(String what, Setter setter, UnaryOperator<ObjectDraft> change)
      throws IOException {
    BucketTruth bucket = anyBucket();
    String key = anyKey();
    List<Version> objects = bucket.keys.getOrDefault(key, List.of()).stream().filter(one -> one.object != null)
        .toList();
    if (objects.isEmpty() || bucket.uncertain.contains(key)) {
      return;
    }
    Version version = any(objects);
    did(what + " of " + bucket.bucket.name() + "/" + key + " version " + version.versionId);
    mutate(bucket, key, () -> {
      Lookup answer = setter.set(bucket.bucket, key, new VersionSelector.Exactly(version.versionId));
      Version changed = version.showing(changed(version.object, change));
      if (answer instanceof Lookup.Found(ObjectVersion shown) && shown.equals(changed.object)) {
        bucket.replace(key, version, changed);
      } else if (mayFail.test(Hits.key(bucket.bucket.id(), key)) || mayFail.test(Hits.bucket(bucket.bucket.name()))) {
        bucket.uncertain.add(key);
      } else {
        throw new Violation("mutation shows something else", what + " of " + bucket.bucket.name() + "/" + key
            + " version " + version.versionId + ": expected " + changed.object + ", found " + answer);
      }
    });
  }

  private static ObjectVersion changed(@Nullable ObjectVersion object,
      UnaryOperator<ObjectDraft> change) {
    ObjectVersion made = Objects.requireNonNull(object);
    return new ObjectVersion(made.bucketId(), made.key(), made.sequence(), made.versionId(), made.sizeBytes(),
        made.etag(), made.modified(), change.apply(made.attributes()), made.partCount(), made.body());
  }

  private void createUpload(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    String key = anyKey();
    did("create upload " + bucket.bucket.name() + "/" + key);
    mutate(bucket, key, () -> {
      try {
        Upload upload = store.catalog().createUpload(bucket.bucket, key, draft().withChecksum(Optional.empty()),
            Optional.empty(), false);
        bucket.uploads.put(upload.uploadId(), new OpenUpload(upload, isAfterDamage));
        bucket.everyKey.add(key);
      } catch (IOException e) {
        if (!mayFail.test(Hits.bucket(bucket.bucket.name()))) {
          throw e;
        }
      }
    });
  }

  private @Nullable OpenUpload anyUpload(BucketTruth bucket) {
    return bucket.uploads.isEmpty() ? null : any(List.copyOf(bucket.uploads.values()));
  }

  private boolean isHit(BucketTruth bucket, OpenUpload open) {
    return !open.isFresh && mayFail.test(Hits.upload(bucket.bucket.id(), open.upload.key()))
        || mayFail.test(Hits.bucket(bucket.bucket.name()));
  }

  private void putPart(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    OpenUpload open = anyUpload(bucket);
    if (open == null) {
      return;
    }
    String key = open.upload.key();
    int number = 1 + random.nextInt(6);
    byte[] bytes = content();
    did("part " + number + " of " + bucket.bucket.name() + "/" + key + " " + bytes.length + " bytes");
    String etag = StoreUnderTest.md5(bytes);
    try {
      PartOutcome outcome = store.catalog().putPart(bucket.bucket, open.upload, number, etag, Optional.empty(),
          store.body(bucket.bucket, key, bytes), Durability.OS);
      if (outcome instanceof PartOutcome.Stored) {
        open.parts.put(number, new PartContent(bytes, etag));
      } else if (!isHit(bucket, open)) {
        throw new Violation("upload hidden", bucket.bucket.name() + "/" + key + " " + open.upload.uploadId());
      } else {
        bucket.uploads.remove(open.upload.uploadId());
      }
    } catch (IOException e) {
      if (!isHit(bucket, open)) {
        throw new Violation("mutation fails", history.peekLast() + "", e);
      }
      bucket.uploads.remove(open.upload.uploadId());
    }
  }

  private void complete(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    OpenUpload open = anyUpload(bucket);
    if (open == null || open.parts.isEmpty()) {
      return;
    }
    String key = open.upload.key();
    List<PartChoice> choices = new ArrayList<>();
    var whole = new ByteArrayOutputStream();
    open.parts.forEach((number, part) -> {
      if (choices.isEmpty() || random.nextInt(5) > 0) {
        choices.add(new PartChoice(number, part.etag(), Optional.empty()));
        whole.writeBytes(part.bytes());
      }
    });
    did("complete " + bucket.bucket.name() + "/" + key + " with " + choices.size() + " of " + open.parts.size());
    boolean hit = isHit(bucket, open);
    bucket.uploads.remove(open.upload.uploadId());
    try {
      CompleteOutcome outcome = store.catalog().completeUpload(bucket.bucket, key, open.upload.uploadId(), choices,
          Optional.empty(), Precondition.NONE);
      if (outcome instanceof CompleteOutcome.Completed(ObjectVersion version)) {
        bucket.endedUploads.add(open.upload);
        truth.issued(version.sequence(), "version of " + bucket.bucket.name() + "/" + key);
        bucket.add(key, new Version(version.versionId(), version, whole.toByteArray(),
            choices.stream().map(PartChoice::number).toList(), isAfterDamage));
        if (hit) {
          bucket.uncertain.add(key);
        } else {
          bucket.settle(key);
        }
      } else if (!hit) {
        throw new Violation("upload went back", bucket.bucket.name() + "/" + key + " " + outcome);
      }
    } catch (IOException e) {
      if (!hit && !mayFail.test(Hits.key(bucket.bucket.id(), key))) {
        throw new Violation("mutation fails", history.peekLast() + "", e);
      }
      bucket.uncertain.add(key);
    }
  }

  private void abort(StoreUnderTest store) throws IOException {
    BucketTruth bucket = anyBucket();
    OpenUpload open = anyUpload(bucket);
    if (open == null) {
      return;
    }
    did("abort " + bucket.bucket.name() + "/" + open.upload.key());
    bucket.uploads.remove(open.upload.uploadId());
    try {
      if (store.catalog().abortUpload(bucket.bucket, open.upload.key(), open.upload.uploadId())) {
        bucket.endedUploads.add(open.upload);
      } else if (!isHit(bucket, open)) {
        throw new Violation("upload hidden", bucket.bucket.name() + "/" + open.upload.key());
      }
    } catch (IOException e) {
      if (!isHit(bucket, open)) {
        throw new Violation("mutation fails", history.peekLast() + "", e);
      }
    }
  }

  private void putBlob(StoreUnderTest store) throws IOException {
    did("put blob");
    byte[] bytes = content();
    FileId id = store.putBlob(bytes);
    if (truth.blobs.put(id, bytes) != null || truth.deadBlobs.contains(id)) {
      throw new Violation("file id issued twice", id.toString());
    }
  }

  private void deleteBlob(StoreUnderTest store) throws IOException {
    List<FileId> ids = truth.blobs.keySet().stream().filter(id -> !mayFail.test(Hits.blob(id)))
        .sorted(Comparator.comparing(FileId::toString)).toList();
    if (!ids.isEmpty()) {
      FileId id = any(ids);
      did("delete blob " + id);
      store.deleteBlob(id);
      truth.blobs.remove(id);
      truth.deadBlobs.add(id);
    }
  }

  private void putUser(StoreUnderTest store, String id) throws IOException {
    did("put user " + id);
    var user = new User(id, "Name " + random.nextInt(9), "AK-" + id + random.nextInt(3), "s" + random.nextLong(),
        random.nextBoolean());
    store.catalog().putUser(user);
    truth.users.put(id, user);
    truth.deletedUsers.remove(id);
    if (isAfterDamage) {
      truth.freshUsers.add(id);
    }
  }

  private void deleteUser(StoreUnderTest store) throws IOException {
    String id = anyUser();
    did("delete user " + id);
    boolean was;
    try {
      was = store.catalog().deleteUser(id);
    } catch (LostTruthException e) {
      if (!mayFail.test(Hits.user(id)) || truth.freshUsers.contains(id)) {
        throw e;
      }
      return; // the newest state of the user is lost: nothing was changed
    }
    if (was != (truth.users.remove(id) != null) && !mayFail.test(Hits.user(id))) {
      throw new Violation(was ? "user resurrected" : "user hidden", id);
    }
    truth.deletedUsers.add(id);
    if (isAfterDamage) {
      truth.freshUsers.add(id);
    }
  }
}

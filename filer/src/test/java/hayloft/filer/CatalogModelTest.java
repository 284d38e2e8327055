package hayloft.filer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.memory.PageRoom;
import hayloft.common.volume.NeedleDraft;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.ReadResult;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.CatalogModel.ModelBucket;
import hayloft.filer.CatalogModel.OpenUpload;
import hayloft.filer.CatalogModel.PartContent;
import hayloft.filer.CatalogModel.Version;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.Pieces;
import hayloft.filer.rows.RowKeys;
import io.netty.buffer.ByteBufUtil;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random steps against the catalog and against [CatalogModel]: every answer is compared, every listing, and after
/// kills, collections, compactions and rebuilds the rows themselves.
///
/// `-Dhayloft.model.steps=N` sets the steps per seed, `-Dhayloft.model.seeds=N` how many seeds,
/// `-Dhayloft.model.first=S` the first of them, `-Dhayloft.model.compare=N` after how many steps everything is
/// compared.
final class CatalogModelTest {

  private static final int STEPS = Integer.getInteger("hayloft.model.steps", 500);
  private static final int COMPARE_EVERY = Integer.getInteger("hayloft.model.compare", 20);
  private static final int HISTORY = 40;
  private static final String[] KEYS = {"a", "a/", "a/b", "a/b/c", "a/bb", "b\0", "b\0x", "b", "\u00e4/\u00e9",
      "\uFFFD",
      "\uD83D\uDE00/x", "zz/1", "zz/2", "zz//", "zz0"};
  private static final String[] PREFIXES = {"", "", "", "a", "a/", "zz", "zz/", "b\0", "none"};
  private static final String[] DELIMITERS = {"", "", "/", "/", "b", "/b"};
  private static final String[] BUCKETS = {"one", "two", "three"};
  private static final String[] USERS = {"ann", "bob"};

  @TempDir
  Path directory;

  static LongStream seeds() {
    long first = Long.getLong("hayloft.model.first", 1);
    return LongStream.range(first, first + Integer.getInteger("hayloft.model.seeds", 6));
  }

  private Random random = new Random();
  private TestStore store;
  private final CatalogModel model = new CatalogModel();
  private final List<Bucket> deletedBuckets = new ArrayList<>();
  private final ArrayDeque<String> history = new ArrayDeque<>();
  private long done;

  @BeforeEach
  void open() throws IOException {
    store = new TestStore(directory);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theCatalogDoesWhatTheModelSays(long seed) throws IOException {
    random = new Random(seed);
    try {
      for (int step = 0; step < STEPS; step++) {
        store.clock().advance(Duration.ofMillis(random.nextInt(3)));
        step();
        if (step % COMPARE_EVERY == COMPARE_EVERY - 1) {
          compareEverything();
        }
      }
      compareEverything();
      nothingIsLeftOver();
      store.catalog().close();
    } catch (AssertionError | RuntimeException | IOException e) {
      throw new AssertionError("seed " + seed + ", last steps:\n" + String.join("\n", history), e);
    }
  }

  private void did(String what) {
    if (history.size() == HISTORY) {
      history.removeFirst();
    }
    history.add(done++ + " " + what.replace("\0", "\\0"));
  }

  private <T> T any(T[] choices) {
    return choices[random.nextInt(choices.length)];
  }

  private void step() throws IOException {
    int dice = random.nextInt(1000);
    if (model.buckets.isEmpty() || dice < 25) {
      createBucket();
    } else if (dice < 40) {
      deleteBucket();
    } else if (dice < 65) {
      updateBucket();
    } else if (dice < 85) {
      users();
    } else if (dice < 90) {
      emptyAndDeleteBucket();
    } else if (dice < 95) {
      killInTheMiddleOfAPut();
    } else if (dice < 100) {
      killInTheMiddleOfACollection();
    } else if (dice < 110) {
      deleteMany();
    } else if (dice < 345) {
      put();
    } else if (dice < 430) {
      deleteLatest();
    } else if (dice < 500) {
      deleteExactly();
    } else if (dice < 535) {
      setTags();
    } else if (dice < 550) {
      setAcl();
    } else if (dice < 580) {
      copy();
    } else if (dice < 620) {
      createUpload();
    } else if (dice < 700) {
      putPart();
    } else if (dice < 740) {
      complete();
    } else if (dice < 755) {
      abort();
    } else if (dice < 800) {
      compareListings(anyBucket());
    } else if (dice < 850) {
      compareFind(anyBucket(), any(KEYS));
    } else if (dice < 900) {
      did("collect");
      store.catalog().collectNow();
    } else if (dice < 930) {
      did("compact");
      store.volumes.compact(_ -> random.nextBoolean());
    } else if (dice < 940) {
      did("seal");
      store.master.reportUnwritable(1 + random.nextInt(store.volumes.volumeCount()));
    } else if (dice < 960) {
      did("checkpoint");
      store.catalog().checkpointNow();
    } else if (dice < 970) {
      did("flush");
      store.catalog().flushNow();
    } else if (dice < 980) {
      stopAndCompare("restart", store::restart);
    } else if (dice < 992) {
      stopAndCompare("crash", store::crash);
    } else if (dice < 996) {
      stopAndCompare("rebuild", store::rebuild);
    } else {
      loseMarks();
    }
  }

  /// Whatever dead marks are lost, nothing that was deleted is seen again, and nothing that lives is missing.
  private void loseMarks() throws IOException {
    did("marks lost");
    store.volumes.loseMarks(random);
    store.rebuild();
    compareEverything();
  }

  private interface Stop {
    void run() throws IOException;
  }

  /// The invariant: whatever the key store lost, its rows are the same again. A killed process may have lost deletions
  /// of rows whose needles were marked dead already; the next collection repeats them.
  private void stopAndCompare(String how, Stop stop) throws IOException {
    did(how);
    Map<String, String> before = rowsOfLiveNeedles();
    stop.run();
    assertSameRows(before, rowsOfLiveNeedles(), how);
  }

  private Map<String, String> rowsOfLiveNeedles() throws IOException {
    var live = new HashSet<String>();
    store.volumes.live().forEach(needle -> live.add("%08x%016x%08x".formatted(needle.id().volume(), needle.id().key(),
        needle.id().cookie())));
    Map<String, String> rows = store.dump();
    rows.values().removeIf(value -> !live.contains(value.substring(0, 32)));
    return rows;
  }

  private static void assertSameRows(Map<String, String> expected, Map<String, String> found, String when) {
    var lost = new TreeMap<>(expected);
    lost.entrySet().removeAll(found.entrySet());
    var extra = new TreeMap<>(found);
    extra.entrySet().removeAll(expected.entrySet());
    assertTrue(lost.isEmpty() && extra.isEmpty(), () -> when + " lost " + lost + " and brought back " + extra);
  }

  private ModelBucket anyBucket() {
    return model.buckets.values().stream().skip(random.nextInt(model.buckets.size())).findFirst().orElseThrow();
  }

  private void createBucket() throws IOException {
    String name = any(BUCKETS);
    boolean lock = random.nextInt(4) == 0;
    did("create bucket " + name + (lock ? " with lock" : ""));
    ModelBucket existing = model.buckets.get(name);
    Optional<Durability> durability = durability();
    Map<String, String> settings = random.nextBoolean() ? Map.of() : Map.of("acl", "READ " + random.nextInt(9));
    switch (store.catalog().createBucket(name, any(USERS), "us-east-1", lock,
        plain -> plain.withSettings(settings).withDurability(durability))) {
      case BucketCreation.Created(var bucket) -> {
        assertTrue(existing == null, "name was taken");
        assertEquals(settings, bucket.settings());
        assertEquals(durability, bucket.durability());
        model.buckets.put(name, new ModelBucket(bucket));
      }
      case BucketCreation.NameTaken(var bucket) -> {
        assertTrue(existing != null, "name was free");
        assertEquals(existing.bucket, bucket);
      }
    }
  }

  private Optional<Durability> durability() {
    return switch (random.nextInt(3)) {
      case 0 -> Optional.empty();
      case 1 -> Optional.of(Durability.FSYNC);
      default -> Optional.of(Durability.OS);
    };
  }

  private void deleteBucket() throws IOException {
    if (!deletedBuckets.isEmpty() && random.nextInt(3) == 0) {
      Bucket gone = deletedBuckets.get(random.nextInt(deletedBuckets.size()));
      did("delete bucket " + gone.name() + " again");
      assertEquals(BucketDeletion.NO_SUCH_BUCKET, store.catalog().deleteBucket(gone));
      intoADeletedBucket(gone);
    } else {
      delete(anyBucket());
    }
  }

  private void delete(ModelBucket bucket) throws IOException {
    did("delete bucket " + bucket.bucket.name());
    BucketDeletion expected = bucket.keys.isEmpty() ? BucketDeletion.DELETED : BucketDeletion.NOT_EMPTY;
    assertEquals(expected, store.catalog().deleteBucket(bucket.bucket));
    if (expected == BucketDeletion.DELETED) {
      model.buckets.remove(bucket.bucket.name());
      deletedBuckets.add(bucket.bucket);
    }
  }

  /// Whoever still holds a bucket that was deleted can do nothing to it, nor to one of the same name.
  private void intoADeletedBucket(Bucket gone) throws IOException {
    String key = any(KEYS);
    assertInstanceOf(PutOutcome.BucketGone.class,
        store.put(gone, key, content(), draft(), Precondition.NONE));
    assertInstanceOf(DeleteOutcome.BucketGone.class,
        store.catalog().delete(gone, key, VersionSelector.LATEST, Precondition.NONE));
    assertFalse(store.catalog().setTags(gone, key, VersionSelector.LATEST, tags()) instanceof Lookup.Found found
        && model.buckets.values().stream().anyMatch(bucket -> bucket.bucket.id() == found.version().bucketId()));
  }

  /// With uploads under way left in it, and mostly made again soon under the same name.
  private void emptyAndDeleteBucket() throws IOException {
    ModelBucket bucket = anyBucket();
    did("empty bucket " + bucket.bucket.name());
    for (String key : List.copyOf(bucket.keys.keySet())) {
      for (Version version : List.copyOf(bucket.keys.getOrDefault(key, List.of()))) {
        assertInstanceOf(DeleteOutcome.Deleted.class, store.catalog().delete(bucket.bucket, key,
            new VersionSelector.Exactly(version.versionId), Precondition.NONE));
        bucket.removeExactly(key, version.versionId);
      }
    }
    delete(bucket);
  }

  private void deleteMany() throws IOException {
    for (int i = random.nextInt(6); i > 0; i--) {
      if (random.nextBoolean()) {
        deleteLatest();
      } else {
        deleteExactly();
      }
    }
  }

  /// One of the put's appends ends without telling how, which stops the catalog, and the process is killed. If it was
  /// the last one, and its needle is there, so is the object, whole; else nothing of it is.
  private void killInTheMiddleOfAPut() throws IOException {
    ModelBucket bucket = anyBucket();
    String key = any(KEYS);
    byte[] bytes = content();
    ObjectDraft draft = draft();
    boolean there = random.nextBoolean();
    int fatal = random.nextInt(4); // so many chunks may be written before
    var appends = new AtomicInteger();
    var committed = new AtomicBoolean();
    Function<NeedleDraft, @Nullable Exception> fault = needle -> {
      if (needle.kind() == NeedleKind.CHUNK && appends.getAndIncrement() < fatal) {
        return null;
      }
      committed.set(there && needle.kind() == NeedleKind.COMMIT);
      return new IllegalStateException("killed");
    };
    if (there) {
      store.volumes.failAppendsLate(fault);
    } else {
      store.volumes.failAppends(fault);
    }
    assertThrows(IOException.class, () -> store.put(bucket.bucket, key, bytes, draft, Precondition.NONE));
    assertTrue(store.catalog().isStopped());
    store.volumes.failAppends(_ -> null);
    store.volumes.failAppendsLate(_ -> null);
    did("killed putting " + bucket.bucket.name() + " " + key + " " + bytes.length + " bytes, committed " + committed);
    store.crash();
    if (committed.get()) {
      ObjectVersion version = assertInstanceOf(Lookup.Found.class,
          store.catalog().find(bucket.bucket, key, VersionSelector.LATEST)).version();
      assertEquals(draft, version.attributes());
      added(bucket, key, version, bytes, List.of());
      compareContent(bucket.keys.getOrDefault(key, List.of()).getFirst());
    }
  }

  private void killInTheMiddleOfACollection() throws IOException {
    did("killed while collecting");
    store.volumes.failMarksAfter(random.nextInt(10));
    try {
      store.catalog().collectNow();
    } catch (IOException e) {
      assertEquals("killed between two marks", e.getMessage());
    }
    store.catalog().crash();
    store.volumes.failMarksAfter(Integer.MAX_VALUE);
    store.reopen();
  }

  private void updateBucket() throws IOException {
    ModelBucket bucket = anyBucket();
    if (random.nextInt(4) == 0) {
      Optional<Durability> durability = durability();
      did("bucket " + bucket.bucket.name() + " durability " + durability);
      bucket.bucket = store.catalog().updateBucket(bucket.bucket.name(), now -> now.withDurability(durability))
          .orElseThrow();
      assertEquals(durability, bucket.bucket.durability());
      return;
    }
    boolean settings = random.nextInt(3) == 0;
    Versioning next = random.nextBoolean() ? Versioning.ENABLED : Versioning.SUSPENDED;
    if (bucket.bucket.versioning() == Versioning.UNVERSIONED && random.nextInt(3) > 0) {
      return; // stays unversioned for a while
    }
    Map<String, String> documents = Map.of("tagging", "t" + random.nextInt(9), "cors", "c");
    did("bucket " + bucket.bucket.name() + (settings ? " settings" : " versioning " + next));
    bucket.bucket = store.catalog()
        .updateBucket(bucket.bucket.name(), now -> settings ? now.withSettings(documents) : now.withVersioning(next))
        .orElseThrow();
    assertEquals(settings ? documents : bucket.bucket.settings(), bucket.bucket.settings());
  }

  private void users() throws IOException {
    String id = any(USERS);
    if (random.nextInt(3) == 0) {
      did("delete user " + id);
      assertEquals(model.users.remove(id) != null, store.catalog().deleteUser(id));
    } else {
      did("put user " + id);
      var user = new User(id, "Name " + random.nextInt(9), "AK-" + id + random.nextInt(3), "s" + random.nextLong(),
          random.nextBoolean());
      store.catalog().putUser(user);
      model.users.put(id, user);
    }
  }

  private byte[] content() {
    int size = switch (random.nextInt(8)) {
      case 0 -> 0;
      case 1 -> TestStore.CHUNK_BYTES;
      case 2 -> TestStore.CHUNK_BYTES + 1;
      case 3 -> random.nextInt(4 * TestStore.CHUNK_BYTES);
      case 4 -> random.nextInt(14 * TestStore.CHUNK_BYTES);
      default -> random.nextInt(300);
    };
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return bytes;
  }

  private Map<String, String> tags() {
    return random.nextBoolean() ? Map.of() : Map.of("t", "v" + random.nextInt(9));
  }

  private ObjectDraft draft() {
    Map<String, String> headers = switch (random.nextInt(3)) {
      case 0 -> Map.of();
      case 1 -> Map.of("content-type", "binary/octet-stream");
      default -> Map.of("content-type", "text/plain", "cache-control", "no-store");
    };
    Optional<ObjectChecksum> checksum = switch (random.nextInt(4)) {
      case 0 -> Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC32C, "AAECAw==", false));
      case 1 -> Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC64NVME, "not base64!", random.nextBoolean()));
      default -> Optional.empty();
    };
    return new ObjectDraft(headers, random.nextBoolean() ? Map.of() : Map.of("m", "\u00fc" + random.nextInt(9)), tags(),
        any(USERS), random.nextBoolean() ? "STANDARD" : "GLACIER", checksum).withAcl(acl());
  }

  private Precondition condition(ModelBucket bucket, String key) {
    return switch (random.nextInt(12)) {
      case 2 -> {
        ObjectVersion current = bucket.currentObject(key);
        yield current == null || random.nextBoolean()
            ? new Precondition(Optional.empty(), Optional.empty(),
                Optional.of(store.clock().instant().plusSeconds(1)), Optional.empty())
            : new Precondition(Optional.empty(), Optional.empty(), Optional.of(current.modified()),
                Optional.of(current.sizeBytes()));
      }
      case 0 -> new Precondition(Optional.empty(), Optional.of("*"), Optional.empty(), Optional.empty());
      case 1 -> {
        ObjectVersion current = bucket.currentObject(key);
        String etag = current == null || random.nextInt(3) == 0 ? "0".repeat(32) : current.etag();
        yield new Precondition(Optional.of(etag), Optional.empty(), Optional.empty(), Optional.empty());
      }
      default -> Precondition.NONE;
    };
  }

  private void put() throws IOException {
    put(anyBucket(), any(KEYS), content(), draft());
  }

  private void put(ModelBucket bucket, String key, byte[] bytes, ObjectDraft draft) throws IOException {
    Precondition condition = condition(bucket, key);
    did("put " + bucket.bucket.name() + " " + key + " " + bytes.length + " bytes "
        + (condition == Precondition.NONE ? "" : condition));
    Precondition.Verdict verdict = condition.judge(bucket.currentObject(key));
    switch (store.put(bucket.bucket, key, bytes, draft, condition)) {
      case PutOutcome.Stored(var version) -> {
        assertEquals(Precondition.Verdict.HOLDS, verdict);
        assertEquals(draft, version.attributes());
        assertEquals(bytes.length, version.sizeBytes());
        assertEquals(TestStore.md5(bytes), version.etag());
        added(bucket, key, version, bytes, List.of());
      }
      case PutOutcome.Refused(var refused) -> assertEquals(verdict, refused);
      case PutOutcome.BucketGone _ -> throw new AssertionError("the bucket is there");
    }
  }

  private void added(ModelBucket bucket, String key, ObjectVersion version, byte[] bytes, List<PartChoice> parts) {
    assertEquals(bucket.bucket.versioning() != Versioning.ENABLED, version.versionId().equals("null"));
    bucket.add(key, new Version(version.versionId(), version, bytes, parts));
  }

  private void copy() throws IOException {
    ModelBucket from = anyBucket();
    String key = any(KEYS);
    if (store.catalog().find(from.bucket, key, VersionSelector.LATEST) instanceof Lookup.Found(var version)) {
      put(anyBucket(), any(KEYS), store.read(version), version.attributes());
    }
  }

  private void deleteLatest() throws IOException {
    ModelBucket bucket = anyBucket();
    String key = any(KEYS);
    Precondition condition = condition(bucket, key);
    did("delete " + bucket.bucket.name() + " " + key + " " + (condition == Precondition.NONE ? "" : condition));
    Precondition.Verdict verdict = condition.judge(bucket.currentObject(key));
    switch (store.catalog().delete(bucket.bucket, key, VersionSelector.LATEST, condition)) {
      case DeleteOutcome.Refused(var refused) -> assertEquals(verdict, refused);
      case DeleteOutcome.BucketGone _ -> throw new AssertionError("the bucket is there");
      case DeleteOutcome.Deleted(var versionId, var marker) -> {
        assertEquals(Precondition.Verdict.HOLDS, verdict);
        assertEquals(bucket.bucket.versioning() != Versioning.UNVERSIONED, marker);
        if (marker) {
          bucket.add(key, new Version(versionId.orElseThrow(), null, new byte[0], List.of()));
        } else {
          bucket.removeNull(key);
        }
      }
    }
  }

  private String anyVersionId(ModelBucket bucket, String key) {
    List<Version> versions = bucket.keys.getOrDefault(key, List.of());
    return switch (random.nextInt(versions.isEmpty() ? 3 : 9)) {
      case 0 -> "null";
      case 1 -> "garbage";
      case 2 -> "0".repeat(32);
      default -> versions.get(random.nextInt(versions.size())).versionId;
    };
  }

  private void deleteExactly() throws IOException {
    ModelBucket bucket = anyBucket();
    String key = any(KEYS);
    String versionId = anyVersionId(bucket, key);
    did("delete " + bucket.bucket.name() + " " + key + " version " + versionId);
    Version expected = bucket.exactly(key, versionId);
    Precondition condition = condition(bucket, key);
    Precondition.Verdict verdict = condition
        .judge(expected == null || expected.object == null ? null : expected.shown());
    DeleteOutcome outcome = store.catalog().delete(bucket.bucket, key, new VersionSelector.Exactly(versionId),
        condition);
    if (verdict != Precondition.Verdict.HOLDS) {
      assertEquals(new DeleteOutcome.Refused(verdict), outcome);
      return;
    }
    boolean wasMarker = expected != null && expected.object == null;
    assertEquals(new DeleteOutcome.Deleted(bucket.bucket.versioning() == Versioning.UNVERSIONED
        ? Optional.empty()
        : Optional.of(versionId), wasMarker), outcome);
    bucket.removeExactly(key, versionId);
  }

  private void setTags() throws IOException {
    ModelBucket bucket = anyBucket();
    String key = any(KEYS);
    String versionId = anyVersionId(bucket, key);
    boolean latest = random.nextBoolean();
    Map<String, String> tags = tags();
    did("tag " + bucket.bucket.name() + " " + key + " " + (latest ? "latest" : versionId) + " " + tags);
    Version version = latest ? bucket.current(key) : bucket.exactly(key, versionId);
    Lookup answer = store.catalog().setTags(bucket.bucket, key,
        latest ? VersionSelector.LATEST : new VersionSelector.Exactly(versionId), tags);
    if (version == null) {
      assertEquals(new Lookup.Absent(), answer);
    } else if (version.object == null) {
      assertInstanceOf(Lookup.DeleteMarker.class, answer);
    } else {
      version.tags = tags;
      assertEquals(new Lookup.Found(version.shown()), answer);
    }
  }

  private void setAcl() throws IOException {
    ModelBucket bucket = anyBucket();
    String key = any(KEYS);
    String versionId = anyVersionId(bucket, key);
    boolean latest = random.nextBoolean();
    String acl = acl();
    did("acl " + bucket.bucket.name() + " " + key + " " + (latest ? "latest" : versionId) + " " + acl);
    Version version = latest ? bucket.current(key) : bucket.exactly(key, versionId);
    Lookup answer = store.catalog().setAcl(bucket.bucket, key,
        latest ? VersionSelector.LATEST : new VersionSelector.Exactly(versionId), _ -> acl);
    if (version == null) {
      assertEquals(new Lookup.Absent(), answer);
    } else if (version.object == null) {
      assertInstanceOf(Lookup.DeleteMarker.class, answer);
    } else {
      version.acl = acl;
      assertEquals(new Lookup.Found(version.shown()), answer);
    }
  }

  private String acl() {
    return random.nextBoolean() ? "" : "READ " + random.nextInt(9);
  }

  private void createUpload() throws IOException {
    ModelBucket bucket = anyBucket();
    String key = any(KEYS);
    did("create upload " + bucket.bucket.name() + " " + key);
    ObjectDraft draft = draft().withChecksum(Optional.empty());
    Upload upload = store.catalog().createUpload(bucket.bucket, key, draft,
        random.nextBoolean() ? Optional.empty() : Optional.of(ChecksumAlgorithm.SHA256), random.nextBoolean());
    assertEquals(Optional.of(ListedUpload.of(upload)),
        store.catalog().findUpload(bucket.bucket, key, upload.uploadId()).map(ListedUpload::of));
    bucket.uploads.add(new OpenUpload(upload));
  }

  private Optional<OpenUpload> anyUpload(ModelBucket bucket) {
    return bucket.uploads.isEmpty()
        ? Optional.empty()
        : Optional.of(bucket.uploads.get(random.nextInt(bucket.uploads.size())));
  }

  private void putPart() throws IOException {
    ModelBucket bucket = anyBucket();
    Optional<OpenUpload> open = anyUpload(bucket);
    if (open.isEmpty()) {
      return;
    }
    Upload upload = open.get().upload;
    int number = 1 + random.nextInt(5);
    byte[] bytes = content();
    did("put part " + bucket.bucket.name() + " " + upload.key() + " " + upload.uploadId() + " " + number + " "
        + bytes.length + " bytes");
    String etag = TestStore.md5(bytes);
    Optional<ObjectChecksum> checksum = random.nextBoolean()
        ? Optional.empty()
        : Optional.of(new ObjectChecksum(
            random.nextBoolean() ? ChecksumAlgorithm.CRC32 : ChecksumAlgorithm.XXHASH3, "AAAAAA==", false));
    Optional<ObjectChecksum> defaultSum = random.nextBoolean()
        ? Optional.empty()
        : Optional.of(new ObjectChecksum(ChecksumAlgorithm.CRC64NVME, "rosUhgp5mIg=", false));
    PartOutcome outcome = store.catalog().putPart(bucket.bucket, upload, number, etag, checksum, defaultSum,
        store.body(bucket.bucket, upload.key(), bytes), Durability.OS);
    Part part = assertInstanceOf(PartOutcome.Stored.class, outcome).part();
    assertEquals(new Part(number, bytes.length, etag, part.modified(), checksum, defaultSum), part);
    open.get().parts.put(number, new PartContent(bytes, etag));
  }

  private void complete() throws IOException {
    ModelBucket bucket = anyBucket();
    Optional<OpenUpload> open = anyUpload(bucket);
    if (open.isEmpty()) {
      return;
    }
    Upload upload = open.get().upload;
    var choices = new ArrayList<PartChoice>();
    var whole = new ByteArrayOutputStream();
    open.get().parts.forEach((number, content) -> {
      if (random.nextInt(5) > 0) {
        choices.add(new PartChoice(number, content.etag(), Optional.empty()));
        whole.writeBytes(content.bytes());
      }
    });
    boolean wrong = random.nextInt(6) == 0;
    if (wrong) {
      choices.add(new PartChoice(9, "f".repeat(32), Optional.empty()));
    }
    Precondition condition = condition(bucket, upload.key());
    did("complete " + bucket.bucket.name() + " " + upload.key() + " " + upload.uploadId() + " with " + choices.size()
        + " of " + open.get().parts.size());
    CompleteOutcome outcome = store.catalog().completeUpload(bucket.bucket, upload.key(), upload.uploadId(), choices,
        Optional.empty(), condition);
    Precondition.Verdict verdict = condition.judge(bucket.currentObject(upload.key()));
    if (wrong || choices.isEmpty()) {
      assertEquals(new CompleteOutcome.InvalidPart(wrong ? 9 : 0), outcome);
    } else if (verdict != Precondition.Verdict.HOLDS) {
      assertEquals(new CompleteOutcome.Refused(verdict), outcome);
    } else {
      ObjectVersion version = assertInstanceOf(CompleteOutcome.Completed.class, outcome).version();
      assertEquals(choices.size(), version.partCount());
      assertEquals(whole.size(), version.sizeBytes());
      assertEquals(upload.attributes(), version.attributes());
      added(bucket, upload.key(), version, whole.toByteArray(), choices);
      bucket.uploads.remove(open.get());
      assertEquals(outcome, store.catalog().completeUpload(bucket.bucket, upload.key(), upload.uploadId(), choices,
          Optional.empty(), Precondition.NONE));
      assertFalse(store.catalog().abortUpload(bucket.bucket, upload.key(), upload.uploadId()));
    }
  }

  private void abort() throws IOException {
    ModelBucket bucket = anyBucket();
    Optional<OpenUpload> open = anyUpload(bucket);
    if (open.isEmpty()) {
      return;
    }
    Upload upload = open.get().upload;
    did("abort " + bucket.bucket.name() + " " + upload.key() + " " + upload.uploadId());
    assertTrue(store.catalog().abortUpload(bucket.bucket, upload.key(), upload.uploadId()));
    bucket.uploads.remove(open.get());
    byte[] late = content();
    assertInstanceOf(PartOutcome.NoSuchUpload.class, store.catalog().putPart(bucket.bucket, upload, 1,
        TestStore.md5(late), Optional.empty(), store.body(bucket.bucket, upload.key(), late), Durability.FSYNC));
  }

  private void compareFind(ModelBucket bucket, String key) throws IOException {
    String versionId = anyVersionId(bucket, key);
    boolean latest = random.nextBoolean();
    Version version = latest ? bucket.current(key) : bucket.exactly(key, versionId);
    VersionSelector which = latest ? VersionSelector.LATEST : new VersionSelector.Exactly(versionId);
    Lookup answer = store.catalog().find(bucket.bucket, key, which);
    Optional<Lookup> now = store.catalog().findNow(bucket.bucket, key, which);
    assertTrue(now.isEmpty() || now.get().equals(answer));
    if (version == null) {
      assertEquals(new Lookup.Absent(), answer);
    } else if (version.object == null) {
      Lookup.DeleteMarker marker = assertInstanceOf(Lookup.DeleteMarker.class, answer);
      assertEquals(version.versionId, marker.versionId());
      assertEquals(version == bucket.current(key), marker.latest());
    } else {
      assertEquals(new Lookup.Found(version.shown()), answer);
      compareContent(version);
    }
  }

  private void compareContent(Version version) throws IOException {
    ObjectVersion object = version.shown();
    assertArrayEquals(version.bytes, store.read(object));
    int from = random.nextInt(version.bytes.length + 1);
    int to = from + random.nextInt(version.bytes.length - from + 1);
    byte[] range = Arrays.copyOfRange(version.bytes, from, to);
    assertArrayEquals(range, store.read(object, new ByteRange(from, to)));
    assertArrayEquals(range, store.readPolling(object, new ByteRange(from, to)));
    List<Part> parts = store.catalog().parts(object);
    assertEquals(version.parts.stream().map(PartChoice::number).toList(), parts.stream().map(Part::number).toList());
    assertEquals(version.parts.stream().map(PartChoice::etag).toList(), parts.stream().map(Part::etag).toList());
  }

  private void compareListings(ModelBucket bucket) throws IOException {
    String prefix = any(PREFIXES);
    String delimiter = any(DELIMITERS);
    Optional<String> after = random.nextBoolean() ? Optional.empty() : Optional.of(any(KEYS));
    var query = new ListQuery(prefix, delimiter, after, random.nextInt(6));
    assertEquals(bucket.list(query), store.catalog().list(bucket.bucket, query), query.toString().replace("\0", "\\0"));
    var all = new ListQuery(prefix, delimiter, after, 1000);
    assertEquals(bucket.list(all), walkObjects(bucket, all), all.toString().replace("\0", "\\0"));
    assertEquals(bucket.listVersions(prefix, delimiter), walkVersions(bucket, prefix, delimiter));
    assertEquals(bucket.listUploads(prefix, delimiter), walkUploads(bucket, prefix, delimiter));
  }

  /// Room for one row at least.
  private PageRoom anyRoom() {
    int[] rows = {1 + random.nextInt(5)};
    return (_, _) -> rows[0]-- > 0;
  }

  /// All pages of a listing, which end where their room does, joined.
  private ObjectPage walkObjects(ModelBucket bucket, ListQuery query) throws IOException {
    var objects = new ArrayList<ListedVersion>();
    var prefixes = new ArrayList<String>();
    Optional<String> after = query.after();
    while (true) {
      ObjectPage page = store.catalog().list(bucket.bucket,
          new ListQuery(query.prefix(), query.delimiter(), after, query.limit(), anyRoom()));
      objects.addAll(page.objects());
      prefixes.addAll(page.commonPrefixes());
      if (page.next().isEmpty()) {
        return new ObjectPage(objects, prefixes, Optional.empty());
      }
      after = page.next();
    }
  }

  /// All pages of a version listing, joined.
  private List<String> walkVersions(ModelBucket bucket, String prefix, String delimiter) throws IOException {
    var entries = new ArrayList<String>();
    Optional<String> key = Optional.empty();
    Optional<String> versionId = Optional.empty();
    while (true) {
      VersionPage page = store.catalog().listVersions(bucket.bucket,
          new VersionQuery(prefix, delimiter, key, versionId, 1 + random.nextInt(4), anyRoom()));
      merge(entries, page.entries().stream().map(CatalogModel::describe).toList(), page.commonPrefixes());
      if (page.next().isEmpty()) {
        return entries;
      }
      key = Optional.of(page.next().get().key());
      versionId = page.next().get().versionId();
    }
  }

  private List<String> walkUploads(ModelBucket bucket, String prefix, String delimiter) throws IOException {
    var entries = new ArrayList<String>();
    Optional<String> key = Optional.empty();
    Optional<String> uploadId = Optional.empty();
    while (true) {
      UploadPage page = store.catalog().listUploads(bucket.bucket,
          new UploadQuery(prefix, delimiter, key, uploadId, 1 + random.nextInt(4), anyRoom()));
      merge(entries, page.uploads().stream().map(upload -> upload.key() + " " + upload.uploadId()).toList(),
          page.commonPrefixes());
      if (page.next().isEmpty()) {
        return entries;
      }
      key = Optional.of(page.next().get().key());
      uploadId = Optional.of(page.next().get().uploadId()).filter(id -> !id.isEmpty());
    }
  }

  /// Both lists of a page are in key order; together they are too.
  private static void merge(List<String> into, List<String> entries, List<String> prefixes) {
    int e = 0;
    int p = 0;
    while (e < entries.size() || p < prefixes.size()) {
      boolean entryNext = p == prefixes.size() || e < entries.size()
          && CatalogModel.KEY_ORDER.compare(entries.get(e).substring(0, entries.get(e).indexOf(' ')),
              prefixes.get(p)) < 0;
      into.add(entryNext ? entries.get(e++) : "prefix " + prefixes.get(p++));
    }
  }

  private void compareEverything() throws IOException {
    assertEquals(model.buckets.values().stream().map(bucket -> bucket.bucket).toList(), store.catalog().buckets());
    assertEquals(List.copyOf(model.users.values()), store.catalog().users());
    for (User user : model.users.values()) {
      assertEquals(Optional.of(user), store.catalog().findUserByAccessKey(user.accessKey()));
    }
    for (ModelBucket bucket : model.buckets.values()) {
      assertEquals(Optional.of(bucket.bucket), store.catalog().findBucket(bucket.bucket.name()));
      compareListings(bucket);
      for (Map.Entry<String, List<Version>> entry : bucket.keys.entrySet()) {
        for (Version version : entry.getValue()) {
          if (version.object != null) {
            assertEquals(new Lookup.Found(version.shown()), store.catalog().find(bucket.bucket, entry.getKey(),
                new VersionSelector.Exactly(version.versionId)));
            compareContent(version);
          }
        }
      }
      for (OpenUpload open : bucket.uploads) {
        assertEquals(open.parts.keySet().stream().toList(), store.catalog()
            .listParts(bucket.bucket, open.upload, 0, 100).stream().map(Part::number).toList());
      }
    }
  }

  /// After a restart and a collection every needle that is not dead belongs to a row, and every row to such a needle.
  private void nothingIsLeftOver() throws IOException {
    did("final collection");
    store.collectAndCompact();
    store.restart();
    store.collectAndCompact();
    assertEquals(Map.of(), store.table(RowKeys.REMAINS), "remains");
    assertEquals(Map.of(), store.table(RowKeys.SETTLED), "settled killers");
    assertEquals(Map.of(), store.table(RowKeys.GARBAGE), "notes");
    Map<String, String> rows = store.dump();
    store.rebuild();
    assertSameRows(rows, store.dump(), "a rebuild");
    store.catalog().collectNow();
    assertSameRows(rows, store.dump(), "a collection after a rebuild");
    Set<FileId> referenced = new HashSet<>();
    List<MemoryVolumes.Needle> needles = store.liveTruths();
    for (MemoryVolumes.Needle needle : needles) {
      Mutation mutation = MutationCodec.decode(needle.meta(), "");
      if (!(mutation instanceof Mutation.Chunk)) {
        referenced.add(needle.id());
        reach(Envelope.read(needle.meta()).outline().pieces(), referenced);
        if (mutation instanceof Mutation.PutVersion put && put.body().partsNeedle().isPresent()) {
          referenced.add(put.body().partsNeedle().get().needle());
        }
      }
    }
    Set<FileId> live = new HashSet<>();
    needles.forEach(needle -> live.add(needle.id()));
    assertEquals(live, referenced);
  }

  private void reach(List<Piece> pieces, Set<FileId> into) throws IOException {
    for (Piece piece : pieces) {
      into.add(piece.needle());
      if (piece.isList()
          && store.volumes.read(piece.needle(), 0, 1 << 20) instanceof ReadResult.Found(var data)) {
        reach(Pieces.decode(ByteBufUtil.getBytes(data)), into);
        data.release();
      }
    }
  }
}

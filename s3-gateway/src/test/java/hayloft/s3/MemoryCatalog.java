package hayloft.s3;

import hayloft.common.ByteRange;
import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.memory.Claims;
import hayloft.filer.BodyLocation;
import hayloft.filer.BodyReader;
import hayloft.filer.BodyWriter;
import hayloft.filer.Bucket;
import hayloft.filer.BucketCreation;
import hayloft.filer.BucketDeletion;
import hayloft.filer.Catalog;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.CompleteOutcome;
import hayloft.filer.DeleteOutcome;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedUpload;
import hayloft.filer.ListedVersion;
import hayloft.filer.Lookup;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectPage;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.filer.PartChoice;
import hayloft.filer.PartOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.StoredBody;
import hayloft.filer.Upload;
import hayloft.filer.UploadPage;
import hayloft.filer.UploadQuery;
import hayloft.filer.User;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionQuery;
import hayloft.filer.uploads.BucketGoneException;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.objects.VersionIds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A catalog of maps: what the gateway's tests talk to. Guarded by itself.
final class MemoryCatalog implements Catalog {

  private static final Comparator<String> UTF8 = (a, b) -> Arrays.compareUnsigned(a.getBytes(StandardCharsets.UTF_8),
      b.getBytes(StandardCharsets.UTF_8));
  private static final int ROW_BYTES = 300;
  static final int SMALL_PIECE_BYTES = 1000; // small, so that small bodies come in several

  /// Thrown by the next reads, if there is one.
  @Nullable
  IOException readFault;
  /// Thrown by the next mutations, if there is one.
  @Nullable
  IOException writeFault;
  /// Whether memory holds what [#findNow] and [BodyReader#poll] ask for.
  boolean warm = true;
  /// Bodies that were begun and neither committed nor discarded.
  int openBodies;
  /// Called with the key before each delete.
  Consumer<String> beforeDelete = _ -> {};
  /// The least size of a part before the last.
  long minPartBytes = 5;

  /// Of buckets, so far.
  int mutations;
  /// What another client does just before a list is replaced.
  Runnable beforeChange = () -> {};
  /// What another client does just before an object is put.
  Runnable beforePut = () -> {};

  private final InstantSource clock;
  private final NavigableMap<String, State> buckets = new TreeMap<>();
  private final Map<String, User> users = new LinkedHashMap<>();
  private long sequence;

  MemoryCatalog(InstantSource clock) {
    this.clock = clock;
  }

  private static final class State {
    Bucket bucket;
    final NavigableMap<String, List<Row>> objects = new TreeMap<>(UTF8);
    final NavigableMap<Long, Pending> uploads = new TreeMap<>();
    final Map<String, ObjectVersion> completed = new HashMap<>();

    State(Bucket bucket) {
      this.bucket = bucket;
    }
  }

  /// Newest first in its list. No version means a delete marker.
  private record Row(String versionId, @Nullable ObjectVersion version, byte[] bytes, List<Part> parts,
      VersionPage.Entry.Marker marker) {}

  private static final class Pending {
    final Upload upload;
    final NavigableMap<Integer, Part> parts = new TreeMap<>();
    final Map<Integer, byte[]> bytes = new HashMap<>();

    Pending(Upload upload) {
      this.upload = upload;
    }
  }

  // Buckets

  @Override
  public synchronized BucketCreation createBucket(String name, String ownerId, String region, boolean objectLock,
      UnaryOperator<Bucket> settings) throws IOException {
    mayWrite();
    State state = buckets.get(name);
    if (state != null) {
      return new BucketCreation.NameTaken(state.bucket);
    }
    mutations++;
    Bucket bucket = settings.apply(new Bucket(++sequence, name, ownerId, region, clock.instant(),
        Versioning.UNVERSIONED, objectLock, Map.of()));
    buckets.put(name, new State(bucket));
    return new BucketCreation.Created(bucket);
  }

  @Override
  public synchronized Optional<Bucket> findBucket(String name) {
    return Optional.ofNullable(buckets.get(name)).map(state -> state.bucket);
  }

  @Override
  public synchronized List<Bucket> buckets() {
    return buckets.values().stream().map(state -> state.bucket).toList();
  }

  @Override
  public synchronized BucketDeletion deleteBucket(Bucket bucket) {
    State state = buckets.get(bucket.name());
    if (state == null) {
      return BucketDeletion.NO_SUCH_BUCKET;
    }
    if (!state.objects.isEmpty()) {
      return BucketDeletion.NOT_EMPTY;
    }
    buckets.remove(bucket.name());
    return BucketDeletion.DELETED;
  }

  @Override
  public synchronized Optional<Bucket> updateBucket(String name, UnaryOperator<Bucket> change) {
    State state = buckets.get(name);
    if (state == null) {
      return Optional.empty();
    }
    mutations++;
    state.bucket = change.apply(state.bucket);
    return Optional.of(state.bucket);
  }

  // Objects

  @Override
  public synchronized Lookup find(Bucket bucket, String key, VersionSelector which) throws IOException {
    mayRead();
    List<Row> rows = rows(bucket, key);
    for (Row row : rows) {
      if (which instanceof VersionSelector.Exactly(String id) && !id.equals(row.versionId())) {
        continue;
      }
      return row.version() == null
          ? new Lookup.DeleteMarker(row.versionId(), row.marker().modified(), row == rows.getFirst())
          : new Lookup.Found(row.version());
    }
    return new Lookup.Absent();
  }

  @Override
  public Optional<Lookup> findNow(Bucket bucket, String key, VersionSelector which) throws IOException {
    return warm ? Optional.of(find(bucket, key, which)) : Optional.empty();
  }

  @Override
  public synchronized BodyWriter writeBody(Bucket bucket, String key, Durability durability, Claims claims) {
    openBodies++;
    return new BodyWriter() {
      private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

      @Override
      public void write(ByteBuf piece) throws IOException {
        try {
          mayWrite();
          piece.readBytes(bytes, piece.readableBytes());
        } finally {
          piece.release();
        }
      }

      @Override
      public StoredBody finish() {
        return new StoredBody.InMemory(Unpooled.wrappedBuffer(bytes.toByteArray()));
      }

      @Override
      public void discard() {
        openBodies--;
      }
    };
  }

  @Override
  public Optional<CompletableFuture<PutOutcome>> putNow(Bucket bucket, String key, ObjectDraft draft, String etag,
      StoredBody body, Precondition condition, Durability durability, Executor rest) {
    var outcome = new CompletableFuture<PutOutcome>();
    rest.execute(() -> {
      try {
        outcome.complete(put(bucket, key, draft, etag, body, condition, durability));
      } catch (IOException | RuntimeException e) {
        outcome.completeExceptionally(e);
      }
    });
    return Optional.of(outcome);
  }

  @Override
  public synchronized PutOutcome put(Bucket bucket, String key, ObjectDraft draft, String etag, StoredBody body,
      Precondition condition, Durability durability) throws IOException {
    beforePut.run();
    byte[] bytes = take(body);
    mayWrite();
    State state = state(bucket);
    if (state == null) {
      return new PutOutcome.BucketGone();
    }
    Precondition.Verdict verdict = condition.judge(current(bucket, key));
    return verdict == Precondition.Verdict.HOLDS
        ? new PutOutcome.Stored(store(state, key, draft, etag, bytes, List.of()))
        : new PutOutcome.Refused(verdict);
  }

  private ObjectVersion store(State state, String key, ObjectDraft draft, String etag, byte[] bytes,
      List<Part> parts) {
    long number = ++sequence;
    String id = state.bucket.versioning() == Versioning.ENABLED ? VersionIds.of(number) : "null";
    ObjectVersion version = new ObjectVersion(state.bucket.id(), key, number, id, bytes.length, etag, clock.instant(),
        draft, parts.size(), new BodyLocation.Inline(new FileId(1, number, 0)));
    insert(state, key, new Row(id, version, bytes, parts,
        new VersionPage.Entry.Marker(key, number, id, version.modified(), draft.ownerId(), false)));
    return version;
  }

  private static void insert(State state, String key, Row row) {
    List<Row> rows = state.objects.computeIfAbsent(key, _ -> new ArrayList<>());
    rows.removeIf(old -> old.versionId().equals(row.versionId()));
    rows.addFirst(row);
  }

  @Override
  public synchronized DeleteOutcome delete(Bucket bucket, String key, VersionSelector which, Precondition condition)
      throws IOException {
    beforeDelete.accept(key);
    mayWrite();
    State state = state(bucket);
    if (state == null) {
      return new DeleteOutcome.BucketGone();
    }
    Lookup found = find(bucket, key, which);
    ObjectVersion judged = found instanceof Lookup.Found(ObjectVersion version) ? version : null;
    Precondition.Verdict verdict = condition.judge(judged);
    if (verdict != Precondition.Verdict.HOLDS) {
      return new DeleteOutcome.Refused(verdict);
    }
    return switch (which) {
      case VersionSelector.Exactly(String id) -> {
        remove(state, key, id);
        yield new DeleteOutcome.Deleted(Optional.of(id), found instanceof Lookup.DeleteMarker);
      }
      case VersionSelector.Latest _ -> {
        if (state.bucket.versioning() == Versioning.UNVERSIONED) {
          remove(state, key, "null");
          yield new DeleteOutcome.Deleted(Optional.empty(), false);
        }
        long number = ++sequence;
        String id = state.bucket.versioning() == Versioning.ENABLED ? VersionIds.of(number) : "null";
        insert(state, key, new Row(id, null, new byte[0], List.of(),
            new VersionPage.Entry.Marker(key, number, id, clock.instant(), state.bucket.ownerId(), false)));
        yield new DeleteOutcome.Deleted(Optional.of(id), true);
      }
    };
  }

  private static void remove(State state, String key, String versionId) {
    List<Row> rows = state.objects.getOrDefault(key, new ArrayList<>());
    rows.removeIf(row -> row.versionId().equals(versionId));
    if (rows.isEmpty()) {
      state.objects.remove(key);
    }
  }

  @Override
  public synchronized Lookup setTags(Bucket bucket, String key, VersionSelector which, Map<String, String> tags)
      throws IOException {
    return change(bucket, key, which, draft -> draft.withTags(tags));
  }

  @Override
  public synchronized Lookup setAcl(Bucket bucket, String key, VersionSelector which,
      Function<ObjectVersion, String> acl) throws IOException {
    beforeChange.run();
    if (find(bucket, key, which) instanceof Lookup.Found(ObjectVersion version)) {
      String next = acl.apply(version);
      return change(bucket, key, which, draft -> draft.withAcl(next));
    }
    return find(bucket, key, which);
  }

  private Lookup change(Bucket bucket, String key, VersionSelector which, UnaryOperator<ObjectDraft> change)
      throws IOException {
    mayWrite();
    if (!(find(bucket, key, which) instanceof Lookup.Found(ObjectVersion old))) {
      return find(bucket, key, which);
    }
    ObjectVersion changed = new ObjectVersion(old.bucketId(), key, old.sequence(), old.versionId(), old.sizeBytes(),
        old.etag(), old.modified(), change.apply(old.attributes()), old.partCount(), old.body());
    rows(bucket, key).replaceAll(row -> row.versionId().equals(old.versionId())
        ? new Row(row.versionId(), changed, row.bytes(), row.parts(), row.marker())
        : row);
    return new Lookup.Found(changed);
  }

  @Override
  public BodyReader read(ObjectVersion version, ByteRange range) {
    byte[] bytes = row(version).bytes();
    return new BodyReader() {
      private int at = (int) range.from();

      @Override
      public @Nullable ByteBuf poll() throws IOException {
        mayRead();
        return warm ? next() : null;
      }

      @Override
      public void close() {}

      @Override
      public @Nullable ByteBuf next() throws IOException {
        mayRead();
        int length = (int) Math.min(SMALL_PIECE_BYTES, range.to() - at);
        if (length == 0) {
          return null;
        }
        at += length;
        return Unpooled.copiedBuffer(bytes, at - length, length);
      }
    };
  }

  @Override
  public List<Part> parts(ObjectVersion version) {
    return row(version).parts();
  }

  @Override
  public synchronized ObjectPage list(Bucket bucket, ListQuery query) throws IOException {
    mayRead();
    List<ListedVersion> objects = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    String last = "";
    for (String key : stateOf(bucket).objects.keySet()) {
      ObjectVersion version = current(bucket, key);
      String rolled = rollUp(key, query.prefix(), query.delimiter());
      String name = rolled == null ? key : rolled;
      if (version == null || !key.startsWith(query.prefix())
          || query.after().isPresent() && UTF8.compare(name, query.after().get()) <= 0
          || rolled != null && prefixes.contains(rolled)) {
        continue;
      }
      if (objects.size() + prefixes.size() == query.limit() || !query.room().takes(name, ROW_BYTES)) {
        return new ObjectPage(objects, prefixes, query.limit() == 0 ? Optional.empty() : Optional.of(last));
      }
      last = name;
      if (rolled == null) {
        objects.add(ListedVersion.of(version));
      } else {
        prefixes.add(rolled);
      }
    }
    return new ObjectPage(objects, prefixes, Optional.empty());
  }

  private static @Nullable String rollUp(String key, String prefix, String delimiter) {
    int at = delimiter.isEmpty() || !key.startsWith(prefix) ? -1 : key.indexOf(delimiter, prefix.length());
    return at < 0 ? null : key.substring(0, at + delimiter.length());
  }

  @Override
  public synchronized VersionPage listVersions(Bucket bucket, VersionQuery query) throws IOException {
    mayRead();
    List<VersionPage.Entry> entries = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    VersionPage.Next last = new VersionPage.Next("", Optional.empty());
    for (Map.Entry<String, List<Row>> group : stateOf(bucket).objects.entrySet()) {
      String key = group.getKey();
      String rolled = rollUp(key, query.prefix(), query.delimiter());
      int order = query.afterKey().isEmpty() ? 1 : UTF8.compare(rolled == null ? key : rolled, query.afterKey().get());
      if (!key.startsWith(query.prefix()) || order < 0 || order == 0 && query.afterVersionId().isEmpty()
          || rolled != null && prefixes.contains(rolled)) {
        continue;
      }
      boolean passed = order > 0;
      for (Row row : group.getValue()) {
        if (!passed) {
          passed = query.afterVersionId().equals(Optional.of(row.versionId()));
          continue;
        }
        if (entries.size() + prefixes.size() == query.limit()
            || !query.room().takes(rolled == null ? key : rolled, ROW_BYTES)) {
          return new VersionPage(entries, prefixes, query.limit() == 0 ? Optional.empty() : Optional.of(last));
        }
        if (rolled != null) {
          prefixes.add(rolled);
          last = new VersionPage.Next(rolled, Optional.empty());
          break;
        }
        boolean latest = row == group.getValue().getFirst();
        entries.add(row.version() == null
            ? new VersionPage.Entry.Marker(key, row.marker().sequence(), row.versionId(), row.marker().modified(),
                row.marker().ownerId(), latest)
            : new VersionPage.Entry.Version(ListedVersion.of(row.version()), latest));
        last = new VersionPage.Next(key, Optional.of(row.versionId()));
      }
    }
    return new VersionPage(entries, prefixes, Optional.empty());
  }

  // Multipart uploads

  @Override
  public synchronized Upload createUpload(Bucket bucket, String key, ObjectDraft draft,
      Optional<ChecksumAlgorithm> checksum, boolean composite) throws IOException {
    if (state(bucket) == null) {
      throw new BucketGoneException(bucket.name());
    }
    Upload upload = new Upload(VersionIds.of(++sequence), bucket.id(), key, clock.instant(), draft, checksum,
        composite);
    stateOf(bucket).uploads.put(sequence, new Pending(upload));
    return upload;
  }

  private Optional<Pending> pending(Bucket bucket, String key, String uploadId) {
    return stateOf(bucket).uploads.values().stream()
        .filter(one -> one.upload.uploadId().equals(uploadId) && one.upload.key().equals(key)).findFirst();
  }

  @Override
  public synchronized Optional<Upload> findUpload(Bucket bucket, String key, String uploadId) {
    return pending(bucket, key, uploadId).map(one -> one.upload);
  }

  @Override
  public synchronized PartOutcome putPart(Bucket bucket, Upload upload, int number, String etag,
      Optional<ObjectChecksum> checksum, Optional<ObjectChecksum> defaultSum, StoredBody body, Durability durability)
      throws IOException {
    byte[] bytes = take(body);
    mayWrite();
    Optional<Pending> pending = pending(bucket, upload.key(), upload.uploadId());
    if (pending.isEmpty()) {
      return new PartOutcome.NoSuchUpload();
    }
    Part part = new Part(number, bytes.length, etag, clock.instant(), checksum, defaultSum);
    pending.get().parts.put(number, part);
    pending.get().bytes.put(number, bytes);
    return new PartOutcome.Stored(part);
  }

  @Override
  public synchronized List<Part> listParts(Bucket bucket, Upload upload, int afterNumber, int limit) {
    return pending(bucket, upload.key(), upload.uploadId())
        .map(one -> one.parts.tailMap(afterNumber, false).values().stream().limit(limit).toList()).orElse(List.of());
  }

  @Override
  public synchronized CompleteOutcome completeUpload(Bucket bucket, String key, String uploadId,
      List<PartChoice> choices, Optional<ObjectChecksum> checksum, Precondition condition) {
    ObjectVersion before = stateOf(bucket).completed.get(uploadId);
    if (before != null) {
      return new CompleteOutcome.Completed(before);
    }
    Optional<Pending> pending = pending(bucket, key, uploadId);
    if (pending.isEmpty()) {
      return new CompleteOutcome.NoSuchUpload();
    }
    List<Part> chosen = new ArrayList<>();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    ByteArrayOutputStream sums = new ByteArrayOutputStream();
    for (PartChoice choice : choices) {
      if (!chosen.isEmpty() && chosen.getLast().number() >= choice.number()) {
        return new CompleteOutcome.InvalidPartOrder();
      }
      Part part = pending.get().parts.get(choice.number());
      if (part == null || !part.etag().equals(choice.etag()) || choice.checksum().isPresent()
          && !choice.checksum().equals(part.checksum()) && !choice.checksum().equals(part.defaultSum())) {
        return new CompleteOutcome.InvalidPart(choice.number());
      }
      chosen.add(part);
      bytes.writeBytes(pending.get().bytes.getOrDefault(choice.number(), new byte[0]));
      sums.writeBytes(ByteBufUtil.decodeHexDump(part.etag()));
    }
    for (Part part : chosen.subList(0, chosen.size() - 1)) {
      if (part.sizeBytes() < minPartBytes) {
        return new CompleteOutcome.PartTooSmall(part);
      }
    }
    Precondition.Verdict verdict = condition.judge(current(bucket, key));
    if (verdict != Precondition.Verdict.HOLDS) {
      return new CompleteOutcome.Refused(verdict);
    }
    stateOf(bucket).uploads.values().remove(pending.get());
    ObjectVersion version = store(stateOf(bucket), key, pending.get().upload.attributes().withChecksum(checksum),
        md5(sums.toByteArray()) + "-" + chosen.size(), bytes.toByteArray(),
        chosen.stream().map(part -> new Part(part.number(), part.sizeBytes(), part.etag(), part.modified(),
            part.checksum())).toList());
    stateOf(bucket).completed.put(uploadId, version);
    return new CompleteOutcome.Completed(version);
  }

  @Override
  public synchronized boolean abortUpload(Bucket bucket, String key, String uploadId) {
    return pending(bucket, key, uploadId).map(one -> stateOf(bucket).uploads.values().remove(one)).orElse(false);
  }

  @Override
  public synchronized UploadPage listUploads(Bucket bucket, UploadQuery query) throws IOException {
    List<Upload> all = new ArrayList<>();
    stateOf(bucket).uploads.values().forEach(one -> all.add(one.upload));
    Collections.sort(all, Comparator.comparing(Upload::key, UTF8));
    List<ListedUpload> page = new ArrayList<>();
    List<String> prefixes = new ArrayList<>();
    boolean passed = query.afterUploadId().isEmpty();
    for (Upload upload : all) {
      if (!passed) {
        passed = query.afterUploadId().equals(Optional.of(upload.uploadId()));
        continue;
      }
      if (!upload.key().startsWith(query.prefix())) {
        continue;
      }
      String rolled = rollUp(upload.key(), query.prefix(), query.delimiter());
      if (rolled != null) {
        if (!prefixes.contains(rolled)) {
          prefixes.add(rolled);
        }
        continue;
      }
      if (query.limit() == 0) {
        break;
      }
      if (page.size() == query.limit() || !query.room().takes(upload.key(), ROW_BYTES)) {
        return new UploadPage(page, prefixes,
            Optional.of(new UploadPage.Next(page.getLast().key(), page.getLast().uploadId())));
      }
      page.add(ListedUpload.of(upload));
    }
    return new UploadPage(page, prefixes, Optional.empty());
  }

  // Users

  @Override
  public synchronized Optional<User> findUserByAccessKey(String accessKey) {
    return users.values().stream().filter(user -> user.accessKey().equals(accessKey)).findFirst();
  }

  @Override
  public synchronized Optional<User> findUserById(String id) {
    return Optional.ofNullable(users.get(id));
  }

  @Override
  public synchronized List<User> users() {
    return List.copyOf(users.values());
  }

  @Override
  public synchronized void putUser(User user) {
    users.put(user.id(), user);
  }

  @Override
  public synchronized boolean deleteUser(String id) {
    return users.remove(id) != null;
  }

  static String md5(byte[] bytes) {
    try {
      return ByteBufUtil.hexDump(MessageDigest.getInstance("MD5").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private @Nullable State state(Bucket bucket) {
    State state = buckets.get(bucket.name());
    return state != null && state.bucket.id() == bucket.id() ? state : null;
  }

  /// An empty one if the bucket is gone.
  private State stateOf(Bucket bucket) {
    State state = state(bucket);
    return state == null ? new State(bucket) : state;
  }

  private List<Row> rows(Bucket bucket, String key) {
    return stateOf(bucket).objects.getOrDefault(key, new ArrayList<>());
  }

  private @Nullable ObjectVersion current(Bucket bucket, String key) {
    List<Row> rows = rows(bucket, key);
    return rows.isEmpty() ? null : rows.getFirst().version();
  }

  private Row row(ObjectVersion version) {
    for (State state : buckets.values()) {
      for (Row row : state.objects.getOrDefault(version.key(), List.of())) {
        if (state.bucket.id() == version.bucketId() && row.versionId().equals(version.versionId())) {
          return row;
        }
      }
    }
    throw new IllegalStateException("no such version: " + version);
  }

  private byte[] take(StoredBody body) {
    openBodies--;
    return switch (body) {
      case StoredBody.InMemory(ByteBuf bytes) -> {
        byte[] copy = ByteBufUtil.getBytes(bytes);
        bytes.release();
        yield copy;
      }
      case StoredBody.InChunks _ -> throw new IllegalStateException("this catalog makes no chunks");
    };
  }

  private void mayRead() throws IOException {
    if (readFault != null) {
      throw readFault;
    }
  }

  private void mayWrite() throws IOException {
    if (writeFault != null) {
      throw writeFault;
    }
  }
}

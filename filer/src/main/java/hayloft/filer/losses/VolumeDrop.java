package hayloft.filer.losses;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleVisitor;
import hayloft.common.volume.VolumeClient;
import hayloft.common.volume.VolumePosition;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import hayloft.filer.audit.NeedleAt;
import hayloft.filer.audit.RowNames;
import hayloft.filer.audit.RowNeedles;
import hayloft.filer.body.Bodies;
import hayloft.filer.buckets.BucketTable;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.DeadMarks;
import hayloft.filer.commit.KeyStripes;
import hayloft.filer.commit.VolumeStates;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.mutation.AclBody;
import hayloft.filer.mutation.BucketBody;
import hayloft.filer.mutation.DeadKeys;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.MutationKind;
import hayloft.filer.mutation.TagsBody;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.objects.VersionIds;
import hayloft.filer.rows.DerivedRows;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RemainsRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import hayloft.filer.users.UserTable;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Gives a volume up so that nothing comes back which something in it hides. Used once, by one thread; the volume takes no needles any more.
///
/// All that is in it is known by rows, which hold what the needles say, so its files may be gone. What is only said there and can be said
/// again is committed anew in other volumes: tombstones, erasures, ends of uploads, documents of buckets and users, tags, books, and objects
/// whose bytes lie elsewhere. The rest is named as lost; what a lost version hid is erased by name.
public final class VolumeDrop {

  /// Is told what happens.
  public interface Watcher {

    /// It is not there any more.
    void lost(String what, NeedleAt needle);

    /// It was in the volume and is now in another one.
    void kept(String what);
  }

  private static final int BATCH_BYTES = 256 << 10;

  private final int volume;
  private final KeyStore store;
  private final VolumeClient volumes;
  private final Committer committer;
  private final KeyStripes stripes;
  private final BucketTable bucketTable;
  private final UserTable users;
  private final DeadMarks marks;
  private final VolumeStates states;
  private final LongFunction<Optional<Bucket>> buckets;
  private final RowNeedles needles;
  private final RowNames names;
  private final InstantSource clock;
  private final Watcher watcher;
  /// Ends of uploads whose needles lie in the volume, and whose object and key are not known yet.
  private final Set<Long> endedUploads = new HashSet<>();
  private final Set<Long> aborted = new HashSet<>();
  private final Set<Long> kept = new HashSet<>();
  private final Set<RemainsRow.Subject> subjects = new HashSet<>();
  private boolean onlyLooks;

  public VolumeDrop(int volume, KeyStore store, VolumeClient volumes, Committer committer, KeyStripes stripes,
      DeadMarks marks, VolumeStates states, Bodies bodies, BucketTable buckets, UserTable users, InstantSource clock,
      Watcher watcher) {
    this.volume = volume;
    this.store = store;
    this.volumes = volumes;
    this.committer = committer;
    this.stripes = stripes;
    this.marks = marks;
    this.states = states;
    this.bucketTable = buckets;
    this.buckets = buckets::byId;
    this.users = users;
    this.needles = new RowNeedles(bodies);
    this.names = new RowNames(buckets::byId);
    this.clock = clock;
    this.watcher = watcher;
  }

  /// A row whose needle lies in the volume.
  private record Row(byte[] key, byte[] value) {}

  /// Tells the watcher what [#recommit] would, and changes nothing.
  public void look() throws IOException {
    onlyLooks = true;
    recommit();
  }

  /// On return everything that is to be kept is durable elsewhere.
  public void recommit() throws IOException {
    if (!onlyLooks) {
      books();
    }
    var objects = new TreeMap<String, List<Row>>(); // by bucket and key
    var others = new ArrayList<Row>();
    DerivedRows.Visitor own = (row, value) -> {
      if (RowNeedles.own(row, value).volume() != volume) {
        return;
      }
      if (row[0] == RowKeys.OBJECTS) {
        var object = new ObjectRow(row);
        objects.computeIfAbsent(object.bucketId() + "/" + new String(object.key(), StandardCharsets.UTF_8),
            _ -> new ArrayList<>()).add(new Row(row, value));
      } else {
        others.add(new Row(row, value));
      }
    };
    DerivedRows.forEach(store, (row, value) -> {
      own.row(row, value);
      namePiecesIn(row, value);
    }, own);
    for (List<Row> rows : objects.values()) {
      var object = new ObjectRow(rows.getFirst().key);
      try (KeyStripes.Hold _ = stripes.exclusive(object.bucketId(), new String(object.key(), StandardCharsets.UTF_8))) {
        key(rows);
      }
    }
    for (Row row : others) {
      switch (row.key[0]) {
        case RowKeys.BUCKETS -> bucketDocument(row);
        case RowKeys.USERS -> userDocument(row);
        case RowKeys.UPLOADS -> {
          lost(row);
          abort(RowKeys.lastLong(row.key), ByteBuffer.wrap(row.key).getLong(1), RowKeys.keyOfUpload(row.key));
        }
        case RowKeys.PARTS -> {
          lost(row);
          endedUploads.add(ByteBuffer.wrap(row.key).getLong(1));
        }
        case RowKeys.ENDED_UPLOADS -> endedUploads.add(RowKeys.lastLong(row.key));
        default -> throw new IllegalStateException("no table of needles: " + (char) row.key[0]);
      }
    }
    uploads();
  }

  private void commit(Mutation mutation, String usualOwner) throws IOException {
    if (!onlyLooks) {
      committer.commit(MutationCodec.encode(mutation, true, usualOwner), Durability.FSYNC);
    }
  }

  private void lost(Row row) throws IOException {
    watcher.lost(name(row.key, row.value), NeedleAt.of(RowNeedles.own(row.key, row.value)));
  }

  /// With the version's id if there may be others of the object.
  private String name(byte[] row, byte[] value) throws IOException {
    if (row[0] == RowKeys.OBJECTS) {
      var object = new ObjectRow(row);
      if (object.facet() == Facet.VERSION && !VersionBody.read(RowValue.body(value), "").nullVersion()) {
        return names.of(row) + " (version " + VersionIds.of(object.version()) + ")";
      }
    }
    return names.of(row);
  }

  /// Marks are made anew, which tells them once more; of the states of a volume only the newest counts.
  private void books() throws IOException {
    Map<Integer, List<List<Long>>> keys = new TreeMap<>();
    byte[] table = RowKeys.table(RowKeys.DEAD_MARKS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean found = rows.seek(table); found; found = rows.next()) {
        byte[] value = rows.value();
        if (RowValue.needle(value).volume() == volume && RowKeys.volumeOf(rows.key()) != volume) {
          keys.computeIfAbsent(RowKeys.volumeOf(rows.key()), _ -> new ArrayList<>())
              .add(DeadKeys.ofBody(RowValue.body(value)));
        }
      }
    }
    for (Map.Entry<Integer, List<List<Long>>> entry : keys.entrySet()) {
      for (List<Long> mark : entry.getValue()) {
        marks.mark(entry.getKey(), mark);
      }
    }
    states.moveFrom(volume);
  }

  /// An object of which only some bytes lie here stays, and whoever reads it hears of it.
  private void namePiecesIn(byte[] row, byte[] value) throws IOException {
    FileId missing = RowNeedles.own(row, value).volume() == volume ? null : firstPieceHere(row, value);
    if (missing != null) {
      watcher.lost("bytes of " + name(row, value), NeedleAt.of(missing));
    }
  }

  private @Nullable FileId firstPieceHere(byte[] row, byte[] value) throws IOException {
    if (row[0] != RowKeys.OBJECTS && row[0] != RowKeys.PARTS) {
      return null;
    }
    List<FileId> body;
    try {
      body = needles.ofBody(row, value);
    } catch (CorruptNeedleException _) {
      return null; // its list cannot be read anyhow
    }
    return body.stream().filter(needle -> needle.volume() == volume).findFirst().orElse(null);
  }

  private void key(List<Row> rows) throws IOException {
    var first = new ObjectRow(rows.getFirst().key);
    long bucketId = first.bucketId();
    String key = new String(first.key(), StandardCharsets.UTF_8);
    Optional<Bucket> bucket = buckets.apply(bucketId);
    if (bucket.isEmpty()) {
      return; // it is hidden by the deletion of its bucket
    }
    List<Row> all = rowsOf(bucketId, first.key());
    long newest = all.stream().mapToLong(row -> new ObjectRow(row.key).version()).max().orElse(0);
    for (Row row : rows) {
      var object = new ObjectRow(row.key);
      switch (object.facet()) {
        case ERASED -> commit(new Mutation.EraseVersion(bucketId, key, object.version(), clock.instant()),
            bucket.get().ownerId());
        case TAGS, ACL -> facet(row, object, key, all, bucket.get());
        case VERSION -> version(row, object, key, all, object.version() == newest, bucket.get());
      }
    }
    if (subjects.add(RemainsRow.Subject.ofObject(bucketId, key)) && !isBuried(bucket.get(), all, newest)) {
      eraseRemains(bucketId, key, bucket.get().ownerId());
    }
  }

  /// Something newer than all remains hides them anyhow.
  private boolean isBuried(Bucket bucket, List<Row> all, long newest) {
    return bucket.versioning() == Versioning.UNVERSIONED
        && all.stream().anyMatch(row -> new ObjectRow(row.key).version() == newest);
  }

  /// All rows of a key, settled ones too.
  private List<Row> rowsOf(long bucketId, byte[] key) throws IOException {
    var found = new ArrayList<Row>();
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, bucketId, key);
    for (byte[] from : List.of(prefix, RowKeys.settled(prefix))) {
      try (KeyCursor rows = store.cursor(from, RowKeys.after(from), Reach.DISK)) {
        for (boolean more = rows.seek(from); more; more = rows.next()) {
          byte[] row = from == prefix ? rows.key() : RowKeys.beforeSettling(rows.key());
          found.add(new Row(row, rows.value()));
        }
      }
    }
    return found;
  }

  private boolean isHere(Row row) {
    return RowValue.needle(row.value).volume() == volume;
  }

  private void facet(Row row, ObjectRow object, String key, List<Row> all, Bucket bucket) throws IOException {
    boolean isNewest = all.stream().map(other -> new ObjectRow(other.key)).noneMatch(
        other -> other.version() == object.version() && other.facet() == object.facet()
            && other.sequence() > object.sequence());
    boolean isAlive = all.stream().anyMatch(other -> new ObjectRow(other.key).version() == object.version()
        && new ObjectRow(other.key).facet() == Facet.VERSION && !isHere(other));
    if (isNewest && isAlive) {
      Mutation mutation = object.facet() == Facet.TAGS
          ? new Mutation.SetTags(bucket.id(), key, object.version(), clock.instant(),
              TagsBody.read(RowValue.body(row.value)).tags())
          : new Mutation.SetAcl(bucket.id(), key, object.version(), clock.instant(),
              AclBody.read(RowValue.body(row.value)).acl());
      commit(mutation, bucket.ownerId());
      watcher.kept("a property of " + names.of(row.key));
    }
  }

  private void version(Row row, ObjectRow object, String key, List<Row> all, boolean isNewest, Bucket bucket)
      throws IOException {
    VersionBody body = VersionBody.read(RowValue.body(row.value), bucket.ownerId());
    boolean isErased = all.stream().map(other -> new ObjectRow(other.key))
        .anyMatch(other -> other.facet() == Facet.ERASED && other.version() == object.version());
    boolean canBeSaidAgain = isNewest && !isErased && (body.kind() != VersionKind.OBJECT
        || !body.pieces().isEmpty() && firstPieceHere(row.key, row.value) == null);
    if (canBeSaidAgain) {
      commit(new Mutation.PutVersion(bucket.id(), key, body), bucket.ownerId());
      kept.add(body.completedUpload());
      watcher.kept(names.of(row.key));
      return;
    }
    if (body.completedUpload() != 0) {
      abort(body.completedUpload(), bucket.id(), object.key());
    }
    if (body.kind() == VersionKind.OBJECT && !isErased && !isHidden(object, all, body)) {
      lost(row);
    }
    if (bucket.versioning() == Versioning.UNVERSIONED) {
      if (isNewest) {
        commit(new Mutation.PutVersion(bucket.id(), key,
            VersionBody.absence(VersionKind.TOMBSTONE, true, clock.instant())), bucket.ownerId());
      }
    } else if (body.nullVersion()) {
      for (Row other : all) {
        var older = new ObjectRow(other.key);
        if (older.facet() == Facet.VERSION && older.version() < object.version() && !isHere(other)
            && VersionBody.isNullVersion(RowValue.body(other.value))) {
          commit(new Mutation.EraseVersion(bucket.id(), key, older.version(), clock.instant()),
              bucket.ownerId());
        }
      }
    }
  }

  /// A newer null version hides a null version.
  private static boolean isHidden(ObjectRow object, List<Row> all, VersionBody body) throws MalformedMutationException {
    if (!body.nullVersion()) {
      return false;
    }
    for (Row other : all) {
      var newer = new ObjectRow(other.key);
      if (newer.facet() == Facet.VERSION && newer.version() > object.version()
          && VersionBody.isNullVersion(RowValue.body(other.value))) {
        return true;
      }
    }
    return false;
  }

  /// What is marked dead in other volumes would be shown if its mark were lost, too.
  private void eraseRemains(long bucketId, String key, String owner) throws IOException {
    var subject = RemainsRow.Subject.ofObject(bucketId, key);
    for (VolumePosition other : volumes.ends()) {
      byte[] prefix = RemainsRow.of(other.volume(), subject);
      var found = new ArrayList<RemainsRow>();
      try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
        for (boolean more = rows.seek(prefix); more; more = rows.next()) {
          found.add(RemainsRow.read(rows.key(), rows.value()));
        }
      }
      for (RemainsRow remains : found) {
        if (remains.table() == RowKeys.OBJECTS && remains.volume() != volume) {
          commit(new Mutation.EraseVersion(bucketId, key, remains.sequence(), clock.instant()), owner);
        }
      }
    }
  }

  private void bucketDocument(Row row) throws IOException {
    long id = ByteBuffer.wrap(row.key).getLong(1);
    byte[] prefix = RowKeys.bucket(RowKeys.BUCKETS, id);
    if (RowKeys.lastSequence(row.key) < newestIn(prefix)) {
      return;
    }
    switch (BucketBody.read(RowValue.body(row.value), id)) {
      case BucketBody.Present(Bucket bucket) -> {
        if (!onlyLooks) {
          bucketTable.sayAgain(bucket.name());
        }
        watcher.kept(names.of(row.key));
      }
      case BucketBody.Deleted _ -> commit(new Mutation.DeleteBucket(id, "", clock.instant()), "");
    }
  }

  private void userDocument(Row row) throws IOException {
    String id = new String(row.key, 1, row.key.length - 1 - 2 - 8, StandardCharsets.UTF_8);
    if (RowKeys.lastSequence(row.key) < newestIn(RowKeys.user(id))) {
      return;
    }
    if (!onlyLooks) {
      users.sayAgain(id);
    }
    watcher.kept(names.of(row.key));
  }

  private long newestIn(byte[] prefix) throws IOException {
    long newest = 0;
    for (byte[] from : List.of(prefix, RowKeys.settled(prefix))) {
      try (KeyCursor rows = store.cursor(from, RowKeys.after(from), Reach.DISK)) {
        if (rows.seek(from)) {
          newest = Math.max(newest, RowKeys.lastSequence(rows.key()));
        }
      }
    }
    return newest;
  }

  /// Whatever is left of uploads whose end, or a part of which, lay here must not show again. Where the upload's own row is gone its needle
  /// may still tell which key it is of.
  private void uploads() throws IOException {
    endedUploads.removeAll(kept);
    endedUploads.removeAll(aborted);
    for (long upload : List.copyOf(endedUploads)) {
      byte[] end = DerivedRows.get(store, RowKeys.endedUpload(upload));
      if (end != null && UploadEnd.read(end).needle().volume() != volume) {
        endedUploads.remove(upload); // what ended it stays
      }
    }
    if (endedUploads.isEmpty()) {
      return;
    }
    byte[] table = RowKeys.table(RowKeys.UPLOADS);
    var found = new ArrayList<byte[]>();
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean more = rows.seek(table); more; more = rows.next()) {
        if (endedUploads.contains(RowKeys.lastLong(rows.key()))) {
          found.add(rows.key());
        }
      }
    }
    for (byte[] row : found) {
      abort(RowKeys.lastLong(row), ByteBuffer.wrap(row).getLong(1), RowKeys.keyOfUpload(row));
    }
    for (int other : volumesWithUploadsRemains()) {
      volumes.scan(VolumePosition.start(other), new NeedleVisitor() {
        @Override
        public void needle(FileId id, NeedleKind kind, long sequence, ByteBuf meta, int dataBytes) {}

        @Override
        public void dead(FileId id, NeedleKind kind, long sequence, ByteBuf meta) throws IOException {
          if (kind == NeedleKind.COMMIT) {
            Envelope envelope = Envelope.read(ByteBufUtil.getBytes(meta));
            boolean isOfUpload = envelope.kind() == MutationKind.CREATE_UPLOAD
                || envelope.kind() == MutationKind.PUT_PART;
            if (isOfUpload && endedUploads.contains(envelope.upload()) && !aborted.contains(envelope.upload())) {
              abort(envelope.upload(), envelope.bucketId(), envelope.key());
            }
          }
        }

        @Override
        public void damaged(DamagedNeedle needle) {}
      });
    }
  }

  private Set<Integer> volumesWithUploadsRemains() throws IOException {
    var found = new HashSet<Integer>();
    byte[] table = RowKeys.table(RowKeys.REMAINS);
    try (KeyCursor rows = store.cursor(table, RowKeys.after(table), Reach.DISK)) {
      for (boolean more = rows.seek(table); more; more = rows.next()) {
        RemainsRow remains = RemainsRow.read(rows.key(), rows.value());
        if (remains.table() == RowKeys.UPLOADS || remains.table() == RowKeys.PARTS) {
          found.add(remains.volume());
        }
      }
    }
    Set<Integer> there = new HashSet<>();
    volumes.ends().forEach(end -> there.add(end.volume()));
    found.retainAll(there);
    found.remove(volume);
    return found;
  }

  private void abort(long upload, long bucketId, byte[] key) throws IOException {
    if (!kept.contains(upload) && aborted.add(upload)) {
      commit(new Mutation.AbortUpload(bucketId, new String(key, StandardCharsets.UTF_8), upload,
          clock.instant()), "");
    }
  }

  /// Deletes every row that follows from needles in volumes that were given up. Done again by the next start if it does not come to its end.
  public static void deleteRows(KeyStore store, Set<Integer> gone) throws IOException {
    var batch = new KeyBatch();
    DerivedRows.forEach(store, (row, value) -> {
      if (gone.contains(RowNeedles.own(row, value).volume())) {
        batch.delete(row);
        if (RowKeys.canBeSettled(row)) {
          batch.delete(RowKeys.settledRow(row));
        }
        writeIfMuch(store, batch);
      }
    });
    byte[] ends = RowKeys.settled(RowKeys.table(RowKeys.ENDED_UPLOADS));
    try (KeyCursor rows = store.cursor(ends, RowKeys.after(ends), Reach.DISK)) {
      for (boolean more = rows.seek(ends); more; more = rows.next()) {
        if (gone.contains(UploadEnd.read(rows.value()).needle().volume())) {
          batch.delete(rows.key());
          writeIfMuch(store, batch);
        }
      }
    }
    for (int volume : gone) {
      for (byte[] prefix : List.of(RowKeys.chunks(volume), RowKeys.halves(volume), RemainsRow.in(volume))) {
        try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
          for (boolean more = rows.seek(prefix); more; more = rows.next()) {
            batch.delete(rows.key());
            writeIfMuch(store, batch);
          }
        }
      }
      LostTruths.forEach(store, lost -> {
        if (lost.volume() == volume) {
          batch.delete(lost.key());
        }
      });
      batch.delete(RowKeys.position(volume)); // last: while it is there, somebody has to do this
    }
    store.write(batch);
  }

  private static void writeIfMuch(KeyStore store, KeyBatch batch) throws IOException {
    if (batch.sizeBytes() >= BATCH_BYTES) {
      store.write(batch);
      batch.clear();
    }
  }
}

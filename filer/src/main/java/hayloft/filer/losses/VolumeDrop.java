package hayloft.filer.losses;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.common.volume.CorruptNeedleException;
import hayloft.common.volume.DamagedNeedle;
import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.NeedleNotUnderstoodException;
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
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Gives a volume up so that nothing comes back which something in it hides. Used once, by one thread; the volume takes
/// no needles any more.
///
/// All that is in it is known by rows, which hold what the needles say, so its files may be gone. What is only said
/// there and can be said again is committed anew in other volumes: tombstones, erasures, ends of uploads, documents of
/// buckets and users, tags, books, and objects whose bytes lie elsewhere. The rest is named as lost; what a lost
/// version hid is erased by name.
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
  ///
  /// In slices, with no cursor open while they are worked on: a volume may have tens of millions of rows.
  public void recommit() throws IOException {
    if (!onlyLooks) {
      books();
    }
    DerivedRows.forEach(store, this::namePiecesIn, (_, _) -> {});
    byte[] objects = RowKeys.table(RowKeys.OBJECTS);
    forEachObjectHere(objects, object -> key(object.bucketId(), object.key()));
    forEachObjectHere(RowKeys.settled(objects), object -> {
      // else it was among the former
      if (!hasRowHere(RowKeys.oneKey(RowKeys.OBJECTS, object.bucketId(), object.key()))) {
        key(object.bucketId(), object.key());
      }
    });
    for (byte table : RowKeys.DERIVED_TABLES) {
      if (table != RowKeys.OBJECTS) {
        forEachRowHere(RowKeys.table(table), this::document);
      }
    }
    for (byte table : List.of(RowKeys.BUCKETS, RowKeys.USERS)) {
      forEachRowHere(RowKeys.settled(RowKeys.table(table)), this::document);
    }
    uploads();
  }

  /// Is shown objects by a row of theirs.
  @FunctionalInterface
  private interface ObjectVisitor {
    void object(ObjectRow row) throws IOException;
  }

  private void forEachObjectHere(byte[] prefix, ObjectVisitor visitor) throws IOException {
    var last = new Object() {
      @Nullable
      ObjectRow row;
    };
    forEachRowHere(prefix, (key, _) -> {
      var row = new ObjectRow(key);
      if (last.row == null || !row.isOfSameKey(last.row)) {
        last.row = row;
        visitor.object(row);
      }
    });
  }

  /// Shows each row whose needle lies in the volume, under the key that it had before it was settled.
  private void forEachRowHere(byte[] prefix, DerivedRows.Visitor visitor) throws IOException {
    byte[] from = prefix;
    while (from != null) {
      var slice = new ArrayList<Row>();
      from = collectRowsHere(prefix, from, slice);
      for (Row row : slice) {
        visitor.row(row.key, row.value);
      }
    }
  }

  /// Null if there are no more; else where to go on.
  private byte @Nullable [] collectRowsHere(byte[] prefix, byte[] from, List<Row> slice) throws IOException {
    int bytes = 0;
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(from); found; found = rows.next()) {
        if (bytes >= BATCH_BYTES) {
          return rows.key();
        }
        byte[] key = prefix[0] == RowKeys.SETTLED ? RowKeys.beforeSettling(rows.key()) : rows.key();
        byte[] value = rows.value();
        if (RowNeedles.own(key, value).volume() == volume) {
          slice.add(new Row(key, value));
          bytes += key.length + value.length;
        }
      }
    }
    return null;
  }

  private boolean hasRowHere(byte[] prefix) throws IOException {
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        if (RowNeedles.own(rows.key(), rows.value()).volume() == volume) {
          return true;
        }
      }
    }
    return false;
  }

  /// A row of any table but that of objects.
  private void document(byte[] key, byte[] value) throws IOException {
    switch (key[0]) {
      case RowKeys.BUCKETS -> bucketDocument(key, value);
      case RowKeys.USERS -> userDocument(key);
      case RowKeys.UPLOADS -> {
        lost(key, value);
        abort(RowKeys.lastLong(key), ByteBuffer.wrap(key).getLong(1), RowKeys.keyOfUpload(key));
      }
      case RowKeys.PARTS -> {
        lost(key, value);
        endedUploads.add(ByteBuffer.wrap(key).getLong(1));
      }
      case RowKeys.ENDED_UPLOADS -> endedUploads.add(RowKeys.lastLong(key));
      default -> throw new IllegalStateException("no table of needles: " + (char) key[0]);
    }
  }

  private void commit(Mutation mutation, String usualOwner) throws IOException {
    if (!onlyLooks) {
      committer.commit(MutationCodec.encode(mutation, true, usualOwner), Durability.FSYNC);
    }
  }

  private void lost(byte[] row, byte[] value) throws IOException {
    watcher.lost(name(row, value), NeedleAt.of(RowNeedles.own(row, value)));
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
    forEachRowHere(RowKeys.table(RowKeys.DEAD_MARKS), (row, value) -> {
      int marked = RowKeys.volumeOf(row);
      if (marked != volume) {
        marks.mark(marked, DeadKeys.ofBody(RowValue.body(value)));
      }
    });
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

  private void key(long bucketId, byte[] utf8) throws IOException {
    String key = new String(utf8, StandardCharsets.UTF_8);
    try (KeyStripes.Hold _ = stripes.exclusive(bucketId, key)) {
      Optional<Bucket> bucket = buckets.apply(bucketId);
      if (bucket.isPresent()) { // else it is hidden by the deletion of its bucket
        key(bucket.get(), key, utf8);
      }
    }
  }

  private void key(Bucket bucket, String key, byte[] utf8) throws IOException {
    var outline = KeyOutline.read(store, bucket.id(), utf8, volume);
    long newestLostNull = 0;
    for (KeyOutline.Line line : outline.all()) {
      if (!line.isHere()) {
        continue;
      }
      switch (line.facet()) {
        case ERASED -> erase(bucket, key, line.version());
        case TAGS, ACL -> {
          if (outline.isInForce(line)) {
            property(row(bucket, utf8, line), line, key, bucket);
          }
        }
        case VERSION -> {
          if (!version(row(bucket, utf8, line), line, key, outline, bucket) && line.isNull()) {
            newestLostNull = Math.max(newestLostNull, line.version());
          }
        }
      }
    }
    if (bucket.versioning() != Versioning.UNVERSIONED) {
      eraseNullsBelow(newestLostNull, bucket, key, outline);
      eraseRemains(bucket.id(), key, bucket.ownerId());
    } // else something newer than all remains hides them anyhow
  }

  private void erase(Bucket bucket, String key, long version) throws IOException {
    commit(new Mutation.EraseVersion(bucket.id(), key, version, clock.instant()), bucket.ownerId());
  }

  private Row row(Bucket bucket, byte[] key, KeyOutline.Line line) throws IOException {
    byte[] row = RowKeys.facet(bucket.id(), key, line.version(), line.facet(), line.sequence());
    byte[] value = DerivedRows.get(store, row);
    if (value == null) {
      throw new IllegalStateException("a row went away that only collections take: " + names.of(row));
    }
    return new Row(row, value);
  }

  private void property(Row row, KeyOutline.Line line, String key, Bucket bucket) throws IOException {
    Mutation mutation = line.facet() == Facet.TAGS
        ? new Mutation.SetTags(bucket.id(), key, line.version(), clock.instant(),
            TagsBody.read(RowValue.body(row.value)).tags())
        : new Mutation.SetAcl(bucket.id(), key, line.version(), clock.instant(),
            AclBody.read(RowValue.body(row.value)).acl());
    commit(mutation, bucket.ownerId());
    watcher.kept("a property of " + names.of(row.key));
  }

  /// False if it is not there any more.
  private boolean version(Row row, KeyOutline.Line line, String key, KeyOutline outline, Bucket bucket)
      throws IOException {
    VersionBody body = VersionBody.read(RowValue.body(row.value), bucket.ownerId());
    boolean canBeSaidAgain = outline.isOfNewest(line) && !outline.isErased(line)
        && (body.kind() != VersionKind.OBJECT
            || !body.pieces().isEmpty() && firstPieceHere(row.key, row.value) == null);
    if (canBeSaidAgain) {
      commit(new Mutation.PutVersion(bucket.id(), key, body), bucket.ownerId());
      if (body.completedUpload() != 0) {
        kept.add(body.completedUpload());
      }
      watcher.kept(names.of(row.key));
      return true;
    }
    if (body.completedUpload() != 0) {
      abort(body.completedUpload(), bucket.id(), key.getBytes(StandardCharsets.UTF_8));
    }
    if (body.kind() == VersionKind.OBJECT && !outline.isErased(line) && !outline.isHidden(line)) {
      lost(row.key, row.value);
    }
    if (bucket.versioning() == Versioning.UNVERSIONED && outline.isOfNewest(line)) {
      commit(new Mutation.PutVersion(bucket.id(), key,
          VersionBody.absence(VersionKind.TOMBSTONE, true, clock.instant())), bucket.ownerId());
    }
    return false;
  }

  /// The null version that is lost hid them.
  private void eraseNullsBelow(long version, Bucket bucket, String key, KeyOutline outline) throws IOException {
    for (KeyOutline.Line older : outline.all()) {
      if (older.isNull() && !older.isHere() && older.version() < version) {
        erase(bucket, key, older.version());
      }
    }
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

  private void bucketDocument(byte[] row, byte[] value) throws IOException {
    long id = ByteBuffer.wrap(row).getLong(1);
    byte[] prefix = RowKeys.bucket(RowKeys.BUCKETS, id);
    if (RowKeys.lastSequence(row) < newestIn(prefix)) {
      return;
    }
    switch (BucketBody.read(RowValue.body(value), id)) {
      case BucketBody.Present(Bucket bucket) -> {
        if (!onlyLooks) {
          bucketTable.sayAgain(bucket.name());
        }
        watcher.kept(names.of(row));
      }
      case BucketBody.Deleted _ -> commit(new Mutation.DeleteBucket(id, "", clock.instant()), "");
    }
  }

  private void userDocument(byte[] row) throws IOException {
    String id = new String(row, 1, row.length - 1 - 2 - 8, StandardCharsets.UTF_8);
    if (RowKeys.lastSequence(row) < newestIn(RowKeys.user(id))) {
      return;
    }
    if (!onlyLooks) {
      users.sayAgain(id);
    }
    watcher.kept(names.of(row));
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

  /// Whatever is left of uploads whose end, or a part of which, lay here must not show again. Where the upload's own
  /// row is gone its needle may still tell which key it is of.
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
            Envelope envelope = read(meta);
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

  private static Envelope read(ByteBuf meta) throws NeedleNotUnderstoodException {
    try {
      return Envelope.read(ByteBufUtil.getBytes(meta));
    } catch (MalformedMutationException e) {
      throw new NeedleNotUnderstoodException(String.valueOf(e.getMessage()), e);
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

  /// Deletes every row that follows from needles in volumes that were given up. Done again by the next start if it does
  /// not come to its end.
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

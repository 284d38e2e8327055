package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.body.Bodies;
import hayloft.filer.body.ReadPins;
import hayloft.filer.gc.KeyRows.FacetRow;
import hayloft.filer.gc.KeyRows.Group;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.BodyTime;
import hayloft.filer.mutation.BucketBody;
import hayloft.filer.mutation.PartBody;
import hayloft.filer.mutation.UserBody;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Finds what is dead and in which order it has to be marked. Confined to the collector.
///
/// The one rule: the mark of what was killed is durable before the mark of its killer is made, or a rebuild would bring
/// it back. A killer always has a higher sequence than what it kills, so oldest first is right within a key; what belongs
/// to a version (its chunks, the parts of the upload it completed) goes before the version. The key store is no exception:
/// see [Cutoff]. It needs no lock: what is dead stays dead, and only the collector takes rows away.
final class Undertaker {

  private static final int KEYS_OF_A_BUCKET_AT_ONCE = 256;

  private static final Cutoff EVERYTHING = new Cutoff(Instant.MAX, Long.MAX_VALUE);

  private final KeyStore store;
  private final Bodies bodies;
  private final ReadPins pins;

  Undertaker(KeyStore store, Bodies bodies, ReadPins pins) {
    this.store = store;
    this.bodies = bodies;
    this.pins = pins;
  }

  /// What became of a look at a note.
  ///
  /// @param settled nothing more is to be expected from the note once the list is worked off
  record Verdict(DeathList list, boolean settled) {

    static Verdict later() {
      return new Verdict(new DeathList(), false);
    }
  }

  /// @param uploads of the key that have to be looked at
  Verdict key(long bucketId, String key, Set<Long> uploads, Cutoff cutoff) throws IOException {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    KeyRows rows = KeyRows.read(store, bucketId, keyBytes);
    rows.judge(cutoff);
    if (isPinned(rows)) {
      return Verdict.later();
    }
    var list = new DeathList();
    for (long upload : uploads) {
      upload(list, bucketId, keyBytes, upload, rows, cutoff);
    }
    deadVersions(list, bucketId, keyBytes, rows, cutoff);
    return new Verdict(list, true);
  }

  private boolean isPinned(KeyRows rows) {
    return rows.groups().stream().anyMatch(group -> group.dead && pins.isPinned(group.version));
  }

  private void deadVersions(DeathList list, long bucketId, byte[] key, KeyRows rows, Cutoff cutoff)
      throws IOException {
    for (FacetRow facet : rows.deadFacets(cutoff)) {
      Group group = rows.group(facet.row().version());
      if (group != null && facet == group.made && group.body != null) {
        whatBelongsTo(list, bucketId, key, group.body);
      }
      list.thenMark(facet.needle());
      list.deleteRow(facet.row().bytes());
    }
  }

  /// The parts of the upload that the version completed, and its chunks.
  private void whatBelongsTo(DeathList list, long bucketId, byte[] key, VersionBody body) throws IOException {
    long upload = body.completedUpload();
    if (upload != 0) {
      parts(list, upload, Set.of());
      uploadItself(list, bucketId, key, upload);
      list.deleteRow(RowKeys.endedUpload(upload));
    }
    list.thenMarkChunks(needles(body));
  }

  private Set<FileId> needles(VersionBody body) throws IOException {
    var needles = new LinkedHashSet<FileId>();
    bodies.collectNeedles(body.pieces(), needles);
    body.partsNeedle().map(Piece::needle).ifPresent(needles::add);
    return needles;
  }

  private void upload(DeathList list, long bucketId, byte[] key, long upload, KeyRows rows, Cutoff cutoff)
      throws IOException {
    byte[] ended = store.get(RowKeys.endedUpload(upload));
    if (ended == null) {
      replacedParts(list, upload, cutoff);
      return;
    }
    UploadEnd end = UploadEnd.read(ended);
    if (!end.completed()) {
      abortedUpload(list, bucketId, key, upload, end);
      return;
    }
    Group made = rows.group(end.sequence());
    VersionBody body = made == null ? null : made.body;
    if (made != null && body != null && !made.dead) {
      parts(list, upload, needles(body));
      uploadItself(list, bucketId, key, upload);
    }
  }

  private void abortedUpload(DeathList list, long bucketId, byte[] key, long upload, UploadEnd end)
      throws IOException {
    parts(list, upload, Set.of());
    uploadItself(list, bucketId, key, upload);
    list.thenMark(end.needle());
    list.deleteRow(RowKeys.endedUpload(upload));
  }

  /// The parts of an upload, but for those in use: their bytes first, then their needles.
  private void parts(DeathList list, long upload, Set<FileId> used) throws IOException {
    byte[] all = RowKeys.parts(upload);
    var chunks = new LinkedHashSet<FileId>();
    var partNeedles = new ArrayList<FileId>();
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean found = rows.seek(all); found; found = rows.next()) {
        byte[] value = rows.value();
        FileId needle = RowValue.needle(value);
        if (!used.contains(needle)) {
          partNeedles.add(needle);
          list.deleteRow(rows.key());
          bodies.collectNeedles(PartBody.read(RowValue.body(value)).pieces(), chunks);
        }
      }
    }
    chunks.removeAll(used);
    list.thenMarkChunks(chunks);
    list.thenMarkAll(partNeedles);
  }

  /// The parts of an upload under way below a newer one of their number that is old enough: nothing can come to use
  /// them.
  private void replacedParts(DeathList list, long upload, Cutoff cutoff) throws IOException {
    byte[] all = RowKeys.parts(upload);
    var chunks = new LinkedHashSet<FileId>();
    var partNeedles = new ArrayList<FileId>();
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      int number = 0;
      boolean replaced = false;
      for (boolean found = rows.seek(all); found; found = rows.next()) {
        byte[] row = rows.key();
        if (RowKeys.numberOfPart(row) != number) {
          number = RowKeys.numberOfPart(row);
          replaced = false;
        }
        byte[] value = rows.value();
        PartBody body = PartBody.read(RowValue.body(value));
        if (replaced) {
          bodies.collectNeedles(body.pieces(), chunks);
          partNeedles.add(RowValue.needle(value));
          list.deleteRow(row);
        }
        replaced |= cutoff.covers(body.modified(), RowKeys.lastSequence(row));
      }
    }
    list.thenMarkChunks(chunks);
    list.thenMarkAll(partNeedles);
  }

  private void uploadItself(DeathList list, long bucketId, byte[] key, long upload) throws IOException {
    byte[] row = RowKeys.upload(bucketId, key, upload);
    byte[] value = store.get(row);
    if (value != null) {
      list.thenMark(RowValue.needle(value));
      list.deleteRow(row);
    }
  }

  /// Old documents of a bucket; if it was deleted, everything in it before that, some keys at a time.
  Verdict bucket(long bucketId, Cutoff cutoff) throws IOException {
    List<Document> documents = documents(RowKeys.bucket(RowKeys.BUCKETS, bucketId));
    boolean deleted = !documents.isEmpty() && documents.getFirst().isCovered(cutoff)
        && BucketBody.read(RowValue.body(documents.getFirst().value()), bucketId) instanceof BucketBody.Deleted;
    if (deleted) {
      Optional<Verdict> inside = insideDeletedBucket(bucketId);
      if (inside.isPresent()) {
        return inside.get();
      }
    }
    return new Verdict(deadDocuments(documents, deleted, cutoff), true);
  }

  /// Empty once there is nothing left in it.
  private Optional<Verdict> insideDeletedBucket(long bucketId) throws IOException {
    var list = new DeathList();
    boolean pinned = false;
    List<byte[]> keys = firstKeys(bucketId);
    for (byte[] key : keys) {
      KeyRows rows = KeyRows.read(store, bucketId, key);
      rows.judgeAllDead();
      if (isPinned(rows)) {
        pinned = true;
      } else {
        deadVersions(list, bucketId, key, rows, EVERYTHING);
      }
    }
    if (keys.isEmpty()) {
      uploadsOfDeletedBucket(list, bucketId);
    }
    return pinned || list.stepCount() > 0 ? Optional.of(new Verdict(list, false)) : Optional.empty();
  }

  private List<byte[]> firstKeys(long bucketId) throws IOException {
    byte[] all = RowKeys.bucket(RowKeys.OBJECTS, bucketId);
    var keys = new ArrayList<byte[]>();
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      boolean found = rows.seek(all);
      while (found && keys.size() < KEYS_OF_A_BUCKET_AT_ONCE) {
        var row = new ObjectRow(rows.key());
        keys.add(row.key());
        found = rows.seek(row.afterKey());
      }
    }
    return keys;
  }

  private void uploadsOfDeletedBucket(DeathList list, long bucketId) throws IOException {
    byte[] all = RowKeys.bucket(RowKeys.UPLOADS, bucketId);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      boolean found = rows.seek(all);
      for (int i = 0; found && i < KEYS_OF_A_BUCKET_AT_ONCE; i++) {
        byte[] row = rows.key();
        long upload = RowKeys.lastLong(row);
        byte[] key = RowKeys.keyOfUpload(row);
        byte[] ended = store.get(RowKeys.endedUpload(upload));
        if (ended != null) {
          abortedUpload(list, bucketId, key, upload, UploadEnd.read(ended));
        } else {
          parts(list, upload, Set.of());
          uploadItself(list, bucketId, key, upload);
        }
        found = rows.next();
      }
    }
  }

  Verdict user(String id, Cutoff cutoff) throws IOException {
    List<Document> documents = documents(RowKeys.user(id));
    boolean deleted = !documents.isEmpty() && UserBody.read(RowValue.body(documents.getFirst().value())).deleted();
    return new Verdict(deadDocuments(documents, deleted, cutoff), true);
  }

  /// A document of a bucket or a user.
  private record Document(byte[] row, byte[] value, Instant at) {
    boolean isCovered(Cutoff cutoff) {
      return cutoff.covers(at, RowKeys.lastSequence(row));
    }
  }

  private List<Document> documents(byte[] prefix) throws IOException {
    var newestFirst = new ArrayList<Document>();
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        byte[] value = rows.value();
        newestFirst.add(new Document(rows.key(), value, BodyTime.of(RowValue.body(value))));
      }
    }
    return newestFirst;
  }

  /// All documents below one that is old enough, oldest first, and a deletion after what it deleted.
  private static DeathList deadDocuments(List<Document> newestFirst, boolean deleted, Cutoff cutoff) {
    var dead = new ArrayList<Document>();
    boolean hidden = false;
    for (Document document : newestFirst) {
      boolean oldEnough = document.isCovered(cutoff);
      if (hidden || deleted && oldEnough && document == newestFirst.getFirst()) {
        dead.add(document);
      }
      hidden |= oldEnough;
    }
    var list = new DeathList();
    for (Document document : dead.reversed()) {
      list.thenMark(RowValue.needle(document.value()));
      list.deleteRow(document.row());
    }
    return list;
  }

  /// All needles that any row of an object key refers to: its versions', and its uploads' parts.
  ///
  /// Parts are read before versions: a completion between the two moves pieces from the former to the latter.
  Set<FileId> referenced(long bucketId, String key) throws IOException {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    var needles = new HashSet<FileId>();
    byte[] uploads = RowKeys.oneKey(RowKeys.UPLOADS, bucketId, keyBytes);
    try (KeyCursor rows = store.cursor(uploads, RowKeys.after(uploads), Reach.DISK)) {
      for (boolean found = rows.seek(uploads); found; found = rows.next()) {
        referencedByParts(RowKeys.lastLong(rows.key()), needles);
      }
    }
    for (Group group : KeyRows.read(store, bucketId, keyBytes).groups()) {
      if (group.body != null) {
        needles.addAll(needles(group.body));
      }
    }
    return needles;
  }

  private void referencedByParts(long upload, Set<FileId> into) throws IOException {
    byte[] all = RowKeys.parts(upload);
    try (KeyCursor rows = store.cursor(all, RowKeys.after(all), Reach.DISK)) {
      for (boolean found = rows.seek(all); found; found = rows.next()) {
        bodies.collectNeedles(PartBody.read(RowValue.body(rows.value())).pieces(), into);
      }
    }
  }
}

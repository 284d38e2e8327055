package hayloft.filer.uploads;

import hayloft.common.Durability;
import hayloft.common.FileId;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.Bucket;
import hayloft.filer.ChecksumAlgorithm;
import hayloft.filer.CompleteOutcome;
import hayloft.filer.ListedUpload;
import hayloft.filer.ObjectChecksum;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.Part;
import hayloft.filer.PartChoice;
import hayloft.filer.PartOutcome;
import hayloft.filer.Precondition;
import hayloft.filer.PutOutcome;
import hayloft.filer.StoredBody;
import hayloft.filer.Upload;
import hayloft.filer.UploadContents;
import hayloft.filer.UploadPage;
import hayloft.filer.UploadQuery;
import hayloft.filer.body.Bodies;
import hayloft.filer.commit.Committer;
import hayloft.filer.commit.KeyStripes;
import hayloft.filer.commit.Sequences;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.FieldReader;
import hayloft.filer.mutation.Mutation;
import hayloft.filer.mutation.MutationCodec;
import hayloft.filer.mutation.PartBody;
import hayloft.filer.mutation.PartTable;
import hayloft.filer.mutation.UploadBody;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.objects.ObjectTable;
import hayloft.filer.objects.VersionIds;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import hayloft.filer.rows.UploadEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Multipart uploads of all buckets. Thread-safe; waits.
///
/// An upload is under way if it has a row in table U and none in table E. Parts are put under their key's stripe held
/// shared, so that they run side by side; what ends an upload holds it exclusively, so that no part slips in behind the
/// end.
public final class UploadTable {

  private final KeyStore store;
  private final Committer committer;
  private final KeyStripes stripes;
  private final Sequences sequences;
  private final Bodies bodies;
  private final ObjectTable objects;
  private final LongFunction<Optional<Bucket>> buckets;
  private final InstantSource clock;
  private final Durability durability;
  private final UploadConfig config;

  /// @param buckets the bucket with an id as it is now; empty if it was deleted
  /// @param durability of mutations that come without one
  public UploadTable(KeyStore store, Committer committer, KeyStripes stripes, Sequences sequences, Bodies bodies,
      ObjectTable objects, LongFunction<Optional<Bucket>> buckets, InstantSource clock, Durability durability,
      UploadConfig config) {
    this.store = store;
    this.committer = committer;
    this.stripes = stripes;
    this.sequences = sequences;
    this.bodies = bodies;
    this.objects = objects;
    this.buckets = buckets;
    this.clock = clock;
    this.durability = durability;
    this.config = config;
  }

  /// @throws BucketGoneException if the bucket was deleted meanwhile
  public Upload create(Bucket bucket, String key, ObjectDraft draft, Optional<ChecksumAlgorithm> checksum,
      boolean composite) throws IOException {
    try (KeyStripes.Hold _ = stripes.shared(bucket.id(), key)) {
      if (buckets.apply(bucket.id()).isEmpty()) {
        throw new BucketGoneException(bucket.name());
      }
      long upload = sequences.next();
      var body = new UploadBody(now(), draft, checksum, composite);
      // Synced whatever the bucket's durability is: parts without their upload could never be found again.
      committer.commit(MutationCodec.encode(new Mutation.CreateUpload(bucket.id(), key, upload, body), false,
          bucket.ownerId()), Durability.FSYNC);
      return upload(bucket, key, upload, body);
    }
  }

  private static Upload upload(Bucket bucket, String key, long upload, UploadBody body) {
    return new Upload(VersionIds.of(upload), bucket.id(), key, body.initiated(), body.attributes(), body.checksum(),
        body.composite());
  }

  /// An upload under way, as [hayloft.filer.Catalog#findUpload] shows it.
  public Optional<Upload> find(Bucket bucket, String key, String uploadId) throws IOException {
    OptionalLong upload = VersionIds.parse(uploadId);
    if (upload.isEmpty()) {
      return Optional.empty();
    }
    FieldReader row = underWay(bucket, key, upload.getAsLong());
    return row == null
        ? Optional.empty()
        : Optional.of(upload(bucket, key, upload.getAsLong(), UploadBody.readShown(row, bucket.ownerId())));
  }

  private @Nullable FieldReader underWay(Bucket bucket, String key, long upload) throws IOException {
    byte[] value = store.get(RowKeys.upload(bucket.id(), key.getBytes(StandardCharsets.UTF_8), upload));
    if (value == null || store.get(RowKeys.endedUpload(upload)) != null) {
      return null;
    }
    return RowValue.body(value);
  }

  /// Takes the body, whatever comes of it.
  public PartOutcome putPart(Bucket bucket, Upload upload, int number, String etag, Optional<ObjectChecksum> checksum,
      Optional<ObjectChecksum> defaultSum, StoredBody body, Durability partDurability) throws IOException {
    return switch (body) {
      case StoredBody.InMemory(ByteBuf bytes) -> {
        try {
          yield commitPart(bucket, upload, number, partDurability, bytes,
              new PartBody(now(), bytes.readableBytes(), etag, checksum, defaultSum, List.of()));
        } finally {
          bytes.release();
        }
      }
      case StoredBody.InChunks(long sizeBytes, List<Piece> chunks) -> {
        var garbage = new ArrayList<>(chunks);
        try {
          Bodies.Rooted rooted = bodies.rooted(chunks, new Bodies.Owner(bucket.id(), upload.key()), partDurability);
          garbage.addAll(rooted.lists());
          PartOutcome outcome = commitPart(bucket, upload, number, partDurability, Unpooled.EMPTY_BUFFER,
              new PartBody(now(), sizeBytes, etag, checksum, defaultSum, rooted.roots()));
          if (outcome instanceof PartOutcome.Stored) {
            if (!rooted.lists().isEmpty()) {
              bodies.claimed(garbage);
            }
            garbage.clear();
          }
          yield outcome;
        } finally {
          bodies.discard(garbage);
        }
      }
    };
  }

  /// Borrows the data.
  private PartOutcome commitPart(Bucket bucket, Upload upload, int number, Durability partDurability, ByteBuf data,
      PartBody body) throws IOException {
    OptionalLong id = VersionIds.parse(upload.uploadId());
    if (id.isEmpty()) {
      return new PartOutcome.NoSuchUpload();
    }
    try (KeyStripes.Hold _ = stripes.shared(bucket.id(), upload.key())) {
      if (buckets.apply(bucket.id()).isEmpty() || underWay(bucket, upload.key(), id.getAsLong()) == null) {
        return new PartOutcome.NoSuchUpload();
      }
      var mutation = new Mutation.PutPart(bucket.id(), upload.key(), id.getAsLong(), number, body);
      boolean replaces = isThere(id.getAsLong(), number);
      committer.commit(MutationCodec.encode(mutation, replaces, bucket.ownerId()), data.retainedDuplicate(),
          partDurability);
      return new PartOutcome.Stored(
          new Part(number, body.sizeBytes(), body.etag(), body.modified(), body.checksum(), body.defaultSum()));
    }
  }

  /// Of two parts of one number that come at once neither may see the other: then the older one's bytes stay until the
  /// upload ends.
  private boolean isThere(long upload, int number) throws IOException {
    byte[] rows = RowKeys.partNumber(upload, number);
    try (KeyCursor row = store.cursor(rows, RowKeys.after(rows), Reach.DISK)) {
      return row.seek(rows);
    }
  }

  public List<Part> listParts(Bucket bucket, Upload upload, int afterNumber, int limit) throws IOException {
    OptionalLong id = VersionIds.parse(upload.uploadId());
    var parts = new ArrayList<Part>();
    if (id.isEmpty() || underWay(bucket, upload.key(), id.getAsLong()) == null) {
      return parts;
    }
    try (var rows = new PartCursor(store, id.getAsLong(), afterNumber + 1)) {
      PartRow row = parts.size() < limit ? rows.next() : null;
      while (row != null) {
        parts.add(row.part());
        row = parts.size() < limit ? rows.next() : null;
      }
    }
    return parts;
  }

  public CompleteOutcome complete(Bucket bucket, String key, String uploadId, List<PartChoice> choices,
      Optional<ObjectChecksum> checksum, Precondition condition) throws IOException {
    OptionalLong id = VersionIds.parse(uploadId);
    if (id.isEmpty()) {
      return new CompleteOutcome.NoSuchUpload();
    }
    long upload = id.getAsLong();
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      if (buckets.apply(bucket.id()).isEmpty()) {
        return new CompleteOutcome.BucketGone();
      }
      FieldReader row = underWay(bucket, key, upload);
      if (row == null) {
        return completedBefore(bucket, key, upload, choices);
      }
      return switch (Completion.check(choices, uploaded(upload), config)) {
        case Completion.Check.Bad(CompleteOutcome why) -> why;
        case Completion.Check.Good(Completion completion) -> commitCompletion(bucket, key, upload, completion,
            UploadBody.read(row, bucket.ownerId()).attributes().withChecksum(checksum), condition);
      };
    }
  }

  /// Completing twice gives the same answer while the object stands.
  private CompleteOutcome completedBefore(Bucket bucket, String key, long upload, List<PartChoice> choices)
      throws IOException {
    byte[] ended = store.get(RowKeys.endedUpload(upload));
    if (ended == null) {
      return new CompleteOutcome.NoSuchUpload();
    }
    UploadEnd end = UploadEnd.read(ended);
    Optional<ObjectVersion> made = end.completed()
        ? objects.findBySequence(bucket, key, end.sequence())
        : Optional.empty();
    return made.isPresent() && Completion.isSame(choices, objects.parts(made.get()))
        ? new CompleteOutcome.Completed(made.get())
        : new CompleteOutcome.NoSuchUpload();
  }

  private Map<Integer, PartRow> uploaded(long upload) throws IOException {
    var parts = new HashMap<Integer, PartRow>();
    try (var rows = new PartCursor(store, upload, 0)) {
      for (PartRow row = rows.next(); row != null; row = rows.next()) {
        parts.put(row.number(), row);
      }
    }
    return parts;
  }

  private CompleteOutcome commitCompletion(Bucket bucket, String key, long upload, Completion completion,
      ObjectDraft attributes, Precondition condition) throws IOException {
    var owner = new Bodies.Owner(bucket.id(), key);
    var garbage = new ArrayList<Piece>();
    try {
      var pieces = new ArrayList<Piece>();
      completion.parts().forEach(row -> pieces.addAll(row.pieces()));
      Bodies.Rooted rooted = bodies.rooted(pieces, owner, bucket.durabilityOr(durability));
      garbage.addAll(rooted.lists());
      List<Part> table = completion.table();
      Optional<Piece> tableNeedle = partsNeedle(table, owner, bucket.durabilityOr(durability));
      tableNeedle.ifPresent(garbage::add);
      List<Part> inlineTable = tableNeedle.isPresent() ? List.of() : table;
      PutOutcome outcome = objects.putCompleted(bucket, key, condition, pieces,
          (now, nullVersion) -> new VersionBody(VersionKind.OBJECT, nullVersion, now, completion.sizeBytes(),
              completion.etag(), completion.parts().size(), attributes, rooted.roots(), inlineTable, tableNeedle,
              upload));
      return switch (outcome) {
        case PutOutcome.Stored(ObjectVersion version) -> {
          bodies.claimed(garbage);
          garbage.clear();
          yield new CompleteOutcome.Completed(version);
        }
        case PutOutcome.Refused(Precondition.Verdict verdict) -> new CompleteOutcome.Refused(verdict);
        case PutOutcome.BucketGone _ -> new CompleteOutcome.BucketGone();
      };
    } finally {
      bodies.discard(garbage);
    }
  }

  /// A long table goes to a needle of its own: rows stay short, because listings read them.
  private Optional<Piece> partsNeedle(List<Part> table, Bodies.Owner owner, Durability promised)
      throws IOException {
    byte[] bytes = PartTable.encode(table);
    if (bytes.length <= config.inlinePartTableBytes()) {
      return Optional.empty();
    }
    FileId needle = bodies.writeNeedle(Unpooled.wrappedBuffer(bytes), owner, promised);
    return Optional.of(new Piece(needle, bytes.length, false));
  }

  /// False if there is no such upload.
  public boolean abort(Bucket bucket, String key, String uploadId) throws IOException {
    OptionalLong id = VersionIds.parse(uploadId);
    if (id.isEmpty()) {
      return false;
    }
    try (KeyStripes.Hold _ = stripes.exclusive(bucket.id(), key)) {
      if (buckets.apply(bucket.id()).isEmpty() || underWay(bucket, key, id.getAsLong()) == null) {
        return false;
      }
      var mutation = new Mutation.AbortUpload(bucket.id(), key, id.getAsLong(), now());
      committer.commit(MutationCodec.encode(mutation, true, bucket.ownerId()), bucket.durabilityOr(durability));
      return true;
    }
  }

  public UploadPage list(Bucket bucket, UploadQuery query) throws IOException {
    return new UploadListing(bucket, query).page(store);
  }

  /// What there is of an upload: of parts with the same number the newest counts. Walks over all of them.
  public UploadContents contents(ListedUpload upload) throws IOException {
    long parts = 0;
    long bytes = 0;
    Instant newest = upload.initiated();
    try (var rows = new PartCursor(store, VersionIds.parse(upload.uploadId()).orElseThrow(), 0)) {
      for (PartRow row = rows.next(); row != null; row = rows.next()) {
        parts++;
        bytes += row.body().sizeBytes();
        newest = row.body().modified().isAfter(newest) ? row.body().modified() : newest;
      }
    }
    return new UploadContents(parts, bytes, newest);
  }

  private Instant now() {
    return clock.instant().truncatedTo(ChronoUnit.MILLIS);
  }
}

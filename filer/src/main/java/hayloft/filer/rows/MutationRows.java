package hayloft.filer.rows;

import hayloft.common.FileId;
import hayloft.filer.BodyLocation.Piece;
import hayloft.filer.keystore.KeyBatch;
import hayloft.filer.mutation.DeadKeys;
import hayloft.filer.mutation.Envelope;
import hayloft.filer.mutation.Envelope.BodyOutline;
import hayloft.filer.mutation.MalformedMutationException;
import hayloft.filer.mutation.MutationKind;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Which rows follow from a needle. A function of its head and meta alone, and the rows are put blindly: needles may be
/// applied in any order, in parallel, and twice. Stateless.
///
/// A needle's rows live exactly as long as the needle is not marked dead, and from then on, as long as its bytes are in
/// a file, it has a row in R ([RemainsRow]): that is the invariant between the store and the volumes. Table C is the
/// exception, a work list: a chunk that is applied after its commit leaves a row there, which the collector checks and
/// removes.
public final class MutationRows {

  private MutationRows() {}

  /// Adds the rows of the needle `id` with that sequence and that meta to a batch.
  ///
  /// @throws MalformedMutationException if the meta is of a newer program
  public static void add(KeyBatch batch, FileId id, long sequence, byte[] meta) throws MalformedMutationException {
    Envelope envelope = Envelope.read(meta);
    switch (envelope.kind()) {
      case PUT_VERSION -> addVersion(batch, id, sequence, envelope);
      case SET_TAGS -> addFacet(batch, id, sequence, envelope, Facet.TAGS);
      case SET_ACL -> addFacet(batch, id, sequence, envelope, Facet.ACL);
      case ERASE_VERSION -> addFacet(batch, id, sequence, envelope, Facet.ERASED);
      case CREATE_UPLOAD -> batch.put(RowKeys.upload(envelope.bucketId(), envelope.key(), envelope.upload()),
          RowValue.of(id, envelope.bodyBytes()));
      case PUT_PART -> {
        batch.put(RowKeys.part(envelope.upload(), envelope.partNumber(), sequence),
            RowValue.of(id, envelope.bodyBytes()));
        claimChunks(batch, envelope.outline().pieces());
        if (envelope.kills()) {
          noteUpload(batch, sequence, envelope);
        }
      }
      case ABORT_UPLOAD -> {
        batch.put(RowKeys.endedUpload(envelope.upload()),
            new UploadEnd(id, sequence, envelope.outline().at(), false).toBytes());
        noteUpload(batch, sequence, envelope);
      }
      case PUT_BUCKET, DELETE_BUCKET -> {
        batch.put(RowKeys.bucketDocument(envelope.bucketId(), sequence), RowValue.of(id, envelope.bodyBytes()));
        if (envelope.kills()) {
          note(batch, sequence, new GarbageNote.OfBucket(envelope.outline().at(), envelope.bucketId()));
        }
      }
      case PUT_USER, DELETE_USER -> {
        batch.put(RowKeys.userDocument(envelope.userId(), sequence), RowValue.of(id, envelope.bodyBytes()));
        if (envelope.kills()) {
          note(batch, sequence, new GarbageNote.OfUser(envelope.outline().at(), envelope.userId()));
        }
      }
      case CHUNK -> batch.put(RowKeys.chunk(id.volume(), id.key()),
          new ChunkOwner(sequence, envelope.bucketId(), text(envelope.key())).toBytes());
      case MARK_DEAD -> {
        batch.put(RowKeys.deadMark(envelope.volume(), sequence), RowValue.of(id, envelope.bodyBytes()));
        for (long key : DeadKeys.ofBody(envelope.body())) {
          batch.delete(RowKeys.chunk(envelope.volume(), key));
          batch.delete(RowKeys.half(envelope.volume(), key));
        }
      }
      case VOLUME_STATE -> batch.put(RowKeys.volumeState(envelope.volume(), sequence),
          RowValue.of(id, envelope.bodyBytes()));
    }
  }

  /// Adds what a rebuild has to look at besides: a part lives by its upload, and if its mark was lost, and the upload's
  /// was not, nothing else leads to it.
  ///
  /// @throws MalformedMutationException if the meta is of a newer program
  public static void noteIfPart(KeyBatch batch, long sequence, byte[] meta) throws MalformedMutationException {
    Envelope envelope = Envelope.read(meta);
    if (envelope.kind() == MutationKind.PUT_PART) {
      noteUpload(batch, sequence, envelope);
    }
  }

  private static void noteUpload(KeyBatch batch, long sequence, Envelope envelope) throws MalformedMutationException {
    note(batch, sequence, new GarbageNote.OfUpload(envelope.outline().at(), envelope.bucketId(), text(envelope.key()),
        envelope.upload()));
  }

  /// Adds what follows from a needle that is marked dead and still in its file: its row in R, if it is of a kind that
  /// would show something were its mark lost.
  ///
  /// @throws MalformedMutationException if the meta is of a newer program
  public static void addDead(KeyBatch batch, FileId id, long sequence, byte[] meta) throws MalformedMutationException {
    Envelope envelope = Envelope.read(meta);
    byte table = switch (envelope.kind()) {
      case PUT_VERSION -> VersionBody.read(envelope.body(), "").kind() == VersionKind.TOMBSTONE ? 0 : RowKeys.OBJECTS;
      case CREATE_UPLOAD -> RowKeys.UPLOADS;
      case PUT_PART -> RowKeys.PARTS;
      case PUT_BUCKET -> RowKeys.BUCKETS;
      case PUT_USER -> RowKeys.USERS;
      case SET_TAGS, SET_ACL, ERASE_VERSION, ABORT_UPLOAD, DELETE_BUCKET, DELETE_USER, CHUNK, MARK_DEAD, VOLUME_STATE ->
        0;
    };
    RemainsRow.Subject subject = switch (table) {
      case 0 -> null;
      case RowKeys.BUCKETS -> RemainsRow.Subject.ofBucket(envelope.bucketId());
      case RowKeys.USERS -> RemainsRow.Subject.ofUser(envelope.userId());
      default -> new RemainsRow.Subject(envelope.bucketId(), envelope.key());
    };
    if (subject != null) {
      long named = table == RowKeys.UPLOADS ? envelope.upload() : sequence; // all that the row of an upload knows
      new RemainsRow(id.volume(), subject, named, id.key(), table).addTo(batch);
    }
  }

  private static void addVersion(KeyBatch batch, FileId id, long sequence, Envelope envelope)
      throws MalformedMutationException {
    batch.put(RowKeys.facet(envelope.bucketId(), envelope.key(), sequence, Facet.VERSION, sequence),
        RowValue.of(id, envelope.bodyBytes()));
    BodyOutline body = envelope.outline();
    claimChunks(batch, body.pieces());
    if (body.completedUpload() != 0) {
      batch.put(RowKeys.endedUpload(body.completedUpload()), new UploadEnd(id, sequence, body.at(), true).toBytes());
      note(batch, sequence,
          new GarbageNote.OfUpload(body.at(), envelope.bucketId(), text(envelope.key()), body.completedUpload()));
    } else if (envelope.kills()) {
      note(batch, sequence, new GarbageNote.OfKey(body.at(), envelope.bucketId(), text(envelope.key())));
    }
  }

  private static void addFacet(KeyBatch batch, FileId id, long sequence, Envelope envelope, Facet facet)
      throws MalformedMutationException {
    batch.put(RowKeys.facet(envelope.bucketId(), envelope.key(), envelope.version(), facet, sequence),
        RowValue.of(id, envelope.bodyBytes()));
    if (envelope.kills()) {
      note(batch, sequence,
          new GarbageNote.OfKey(envelope.outline().at(), envelope.bucketId(), text(envelope.key())));
    }
  }

  private static void claimChunks(KeyBatch batch, List<Piece> pieces) {
    for (Piece piece : pieces) {
      batch.delete(RowKeys.chunk(piece.needle().volume(), piece.needle().key()));
    }
  }

  private static void note(KeyBatch batch, long sequence, GarbageNote note) {
    batch.put(RowKeys.garbage(sequence), note.toBytes());
  }

  private static String text(byte[] key) {
    return new String(key, StandardCharsets.UTF_8);
  }
}

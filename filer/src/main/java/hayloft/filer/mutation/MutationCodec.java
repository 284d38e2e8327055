package hayloft.filer.mutation;

import hayloft.common.volume.NeedleKind;
import hayloft.common.volume.Subject;
import java.nio.charset.StandardCharsets;

/// The meta of a needle of the catalog, format version 1. Stateless.
///
///     0         1       2       3
///     +---------+-------+-------+------------------+--------------------+------------------
///     | format  | kind  | flags | varint(envelope) | envelope: fields   | body: fields ...
///     +---------+-------+-------+------------------+--------------------+------------------
///
/// The flag 1 says that the mutation may have killed something. The envelope names whom the mutation concerns, and so
/// the key of its row; the body is the row's value. Both are tagged fields ([FieldWriter]).
///
/// The envelope begins with the mutation's subject: the fields that say whose truth it is ([#subject]).
public final class MutationCodec {

  static final int FORMAT_VERSION = 1;
  static final int KILLS = 1;
  static final int UNSYNCED = 2;
  private static final int FLAGS_AT = 2;

  static final int BUCKET = 1;
  static final int KEY = 2;
  static final int VERSION = 3;
  static final int UPLOAD = 4;
  static final int PART_NUMBER = 5;
  static final int USER = 6;
  static final int VOLUME = 7;
  static final int BUCKET_NAME = 8;
  // 9 second key, 10 request id, 11 writer's session, 12 S3 call, 13 principal's number, 14 source address are
  // reserved, and never part of a row

  private static final int USUAL_BODY_BYTES = 96;

  private MutationCodec() {}

  /// @param kills the mutation may have made something older unreachable
  /// @param usualOwner owner of the bucket, whom bodies leave out; empty where no bucket is concerned
  public static byte[] encode(Mutation mutation, boolean kills, String usualOwner) {
    var envelope = new FieldWriter(64);
    var body = new FieldWriter(USUAL_BODY_BYTES);
    MutationKind kind = write(mutation, envelope, body, usualOwner);
    var meta = new FieldWriter(5 + envelope.sizeBytes() + body.sizeBytes());
    meta.oneByte(FORMAT_VERSION);
    meta.oneByte(kind.code());
    meta.oneByte(kills ? KILLS : 0);
    meta.varint(envelope.sizeBytes());
    meta.append(envelope);
    meta.append(body);
    return meta.toBytes();
  }

  /// Notes in an encoded mutation that it is acknowledged before a sync: a power cut may take what it refers to and
  /// leave it.
  public static void markUnsynced(byte[] meta) {
    meta[FLAGS_AT] |= UNSYNCED;
  }

  public static boolean isUnsynced(byte[] meta) {
    return meta.length > FLAGS_AT && (meta[FLAGS_AT] & UNSYNCED) != 0;
  }

  /// Where an encoded mutation says whose truth it is; none in a chunk, and in what level 1 wrote.
  ///
  /// @throws IllegalArgumentException if the bytes are no mutation
  public static Subject subject(byte[] meta) {
    try {
      var head = new FieldReader(meta);
      head.raw(FLAGS_AT);
      head.oneByte();
      int envelopeBytes = head.length();
      int from = head.position();
      var fields = new FieldReader(meta, from, from + envelopeBytes);
      int to = switch (MutationKind.ofCode(meta[1])) {
        case PUT_VERSION, SET_TAGS, SET_ACL, ERASE_VERSION -> endOf(fields, BUCKET) < 0 ? -1 : endOf(fields, KEY);
        case CREATE_UPLOAD, PUT_PART, ABORT_UPLOAD -> endOf(fields, UPLOAD);
        case PUT_BUCKET, DELETE_BUCKET -> endOf(fields, BUCKET_NAME);
        case PUT_USER, DELETE_USER -> endOf(fields, USER);
        case MARK_DEAD, VOLUME_STATE -> endOf(fields, VOLUME);
        case CHUNK -> -1;
      };
      return to < 0 ? Subject.NONE : new Subject(from, Math.min(to - from, Subject.MAX_LENGTH_BYTES));
    } catch (MalformedMutationException e) {
      throw new IllegalArgumentException("no mutation: " + e.getMessage(), e);
    }
  }

  /// Where the next field ends; -1 if it is another one than expected.
  private static int endOf(FieldReader fields, int tag) throws MalformedMutationException {
    return fields.next() && fields.tag() == tag ? fields.position() : -1;
  }

  private static MutationKind write(Mutation mutation, FieldWriter envelope, FieldWriter body, String usualOwner) {
    return switch (mutation) {
      case Mutation.PutVersion put -> {
        object(envelope, put.bucketId(), put.key());
        put.body().write(body, usualOwner);
        yield MutationKind.PUT_VERSION;
      }
      case Mutation.SetTags tags -> {
        object(envelope, tags.bucketId(), tags.key());
        envelope.number(VERSION, tags.version());
        TagsBody.write(body, tags);
        yield MutationKind.SET_TAGS;
      }
      case Mutation.SetAcl acl -> {
        object(envelope, acl.bucketId(), acl.key());
        envelope.number(VERSION, acl.version());
        AclBody.write(body, acl);
        yield MutationKind.SET_ACL;
      }
      case Mutation.EraseVersion erase -> {
        object(envelope, erase.bucketId(), erase.key());
        envelope.number(VERSION, erase.version());
        body.number(BodyTags.AT, erase.at().toEpochMilli());
        yield MutationKind.ERASE_VERSION;
      }
      case Mutation.CreateUpload create -> {
        envelope.number(UPLOAD, create.upload());
        object(envelope, create.bucketId(), create.key());
        create.body().write(body, usualOwner);
        yield MutationKind.CREATE_UPLOAD;
      }
      case Mutation.PutPart part -> {
        envelope.number(UPLOAD, part.upload());
        object(envelope, part.bucketId(), part.key());
        envelope.number(PART_NUMBER, part.number());
        part.body().write(body);
        yield MutationKind.PUT_PART;
      }
      case Mutation.AbortUpload abort -> {
        envelope.number(UPLOAD, abort.upload());
        object(envelope, abort.bucketId(), abort.key());
        body.number(BodyTags.AT, abort.at().toEpochMilli());
        yield MutationKind.ABORT_UPLOAD;
      }
      case Mutation.PutBucket put -> {
        envelope.text(BUCKET_NAME, put.bucket().name());
        envelope.number(BUCKET, put.bucket().id());
        BucketBody.write(body, put.bucket(), put.at());
        yield MutationKind.PUT_BUCKET;
      }
      case Mutation.DeleteBucket delete -> {
        if (!delete.name().isEmpty()) {
          envelope.text(BUCKET_NAME, delete.name());
        }
        envelope.number(BUCKET, delete.bucketId());
        BucketBody.writeDeleted(body, delete.at());
        yield MutationKind.DELETE_BUCKET;
      }
      case Mutation.PutUser put -> {
        envelope.text(USER, put.id());
        put.body().write(body);
        yield MutationKind.PUT_USER;
      }
      case Mutation.DeleteUser delete -> {
        envelope.text(USER, delete.id());
        UserBody.deleted(delete.at()).write(body);
        yield MutationKind.DELETE_USER;
      }
      case Mutation.Chunk chunk -> {
        object(envelope, chunk.bucketId(), chunk.key());
        body.number(BodyTags.AT, chunk.at().toEpochMilli());
        yield MutationKind.CHUNK;
      }
      case Mutation.MarkDead mark -> {
        envelope.number(VOLUME, mark.volume());
        body.number(BodyTags.AT, mark.at().toEpochMilli());
        body.bytes(BodyTags.DEAD_KEYS, DeadKeys.encode(mark.keys()));
        yield MutationKind.MARK_DEAD;
      }
      case Mutation.SetVolumeState set -> {
        envelope.number(VOLUME, set.volume());
        set.body().write(body);
        yield MutationKind.VOLUME_STATE;
      }
    };
  }

  private static void object(FieldWriter envelope, long bucketId, String key) {
    envelope.number(BUCKET, bucketId);
    envelope.text(KEY, key);
  }

  /// Whether a needle is one that a catalog may have written. Nothing of one that is not gets into rows: whatever reads
  /// these relies on it.
  ///
  /// @throws MalformedMutationException what is wrong with it
  public static void requireUnderstood(NeedleKind kind, byte[] meta) throws MalformedMutationException {
    Mutation mutation;
    try {
      mutation = decode(meta, "");
    } catch (IllegalArgumentException e) { // values check themselves
      throw new MalformedMutationException(String.valueOf(e.getMessage()));
    }
    NeedleKind own = switch (mutation) {
      case Mutation.Chunk _ -> NeedleKind.CHUNK;
      case Mutation.MarkDead mark -> bookOn(mark.volume(), 1);
      case Mutation.SetVolumeState set -> bookOn(set.volume(), 0);
      case Mutation.PutVersion _,Mutation.SetTags _,Mutation.SetAcl _,Mutation.EraseVersion _ -> NeedleKind.COMMIT;
      case Mutation.CreateUpload _,Mutation.PutPart _,Mutation.AbortUpload _ -> NeedleKind.COMMIT;
      case Mutation.PutBucket _,Mutation.DeleteBucket _,Mutation.PutUser _,Mutation.DeleteUser _ -> NeedleKind.COMMIT;
    };
    if (own != kind) {
      throw new MalformedMutationException("what a needle of kind " + own + " says, in one of kind " + kind);
    }
  }

  private static NeedleKind bookOn(int volume, int lowest) throws MalformedMutationException {
    if (volume < lowest) {
      throw new MalformedMutationException("a book on volume " + volume + ", which there cannot be");
    }
    return NeedleKind.BOOK;
  }

  /// The mutation that a meta tells, for tools and tests; the catalog itself works on rows.
  ///
  /// @param usualOwner as in [#encode]
  public static Mutation decode(byte[] meta, String usualOwner) throws MalformedMutationException {
    Envelope envelope = Envelope.read(meta);
    long bucketId = envelope.bucketId();
    String key = new String(envelope.key(), StandardCharsets.UTF_8);
    return switch (envelope.kind()) {
      case PUT_VERSION -> new Mutation.PutVersion(bucketId, key, VersionBody.read(envelope.body(), usualOwner));
      case SET_TAGS -> {
        TagsBody tags = TagsBody.read(envelope.body());
        yield new Mutation.SetTags(bucketId, key, envelope.version(), tags.at(), tags.tags());
      }
      case SET_ACL -> {
        AclBody acl = AclBody.read(envelope.body());
        yield new Mutation.SetAcl(bucketId, key, envelope.version(), acl.at(), acl.acl());
      }
      case ERASE_VERSION -> new Mutation.EraseVersion(bucketId, key, envelope.version(), envelope.outline().at());
      case CREATE_UPLOAD -> new Mutation.CreateUpload(bucketId, key, envelope.upload(),
          UploadBody.read(envelope.body(), usualOwner));
      case PUT_PART -> new Mutation.PutPart(bucketId, key, envelope.upload(), envelope.partNumber(),
          PartBody.read(envelope.body()));
      case ABORT_UPLOAD -> new Mutation.AbortUpload(bucketId, key, envelope.upload(), envelope.outline().at());
      case PUT_BUCKET -> switch (BucketBody.read(envelope.body(), bucketId)) {
        case BucketBody.Present(var bucket) -> new Mutation.PutBucket(bucket, envelope.outline().at());
        case BucketBody.Deleted _ -> throw new MalformedMutationException("a created bucket that says deleted");
      };
      case DELETE_BUCKET -> new Mutation.DeleteBucket(bucketId, envelope.bucketName(), envelope.outline().at());
      case PUT_USER -> new Mutation.PutUser(envelope.userId(), UserBody.read(envelope.body()));
      case DELETE_USER -> new Mutation.DeleteUser(envelope.userId(), envelope.outline().at());
      case CHUNK -> new Mutation.Chunk(bucketId, key, envelope.outline().at());
      case MARK_DEAD -> new Mutation.MarkDead(envelope.volume(), envelope.outline().at(),
          DeadKeys.ofBody(envelope.body()));
      case VOLUME_STATE -> new Mutation.SetVolumeState(envelope.volume(), VolumeStateBody.read(envelope.body()));
    };
  }
}

package hayloft.filer.mutation;

import java.nio.charset.StandardCharsets;

/// The meta of a needle of the catalog, format version 1. Stateless.
///
///     0         1       2       3
///     +---------+-------+-------+------------------+--------------------+------------------
///     | format  | kind  | flags | varint(envelope) | envelope: fields   | body: fields ...
///     +---------+-------+-------+------------------+--------------------+------------------
///
/// The flag 1 says that the mutation may have killed something. The envelope names whom the mutation concerns, and so the
/// key of its row; the body is the row's value. Both are tagged fields ([FieldWriter]).
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

  /// Notes in an encoded mutation that it is acknowledged before a sync: a power cut may take what it refers to and leave it.
  public static void markUnsynced(byte[] meta) {
    meta[FLAGS_AT] |= UNSYNCED;
  }

  public static boolean isUnsynced(byte[] meta) {
    return meta.length > FLAGS_AT && (meta[FLAGS_AT] & UNSYNCED) != 0;
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
        object(envelope, create.bucketId(), create.key());
        envelope.number(UPLOAD, create.upload());
        create.body().write(body, usualOwner);
        yield MutationKind.CREATE_UPLOAD;
      }
      case Mutation.PutPart part -> {
        object(envelope, part.bucketId(), part.key());
        envelope.number(UPLOAD, part.upload());
        envelope.number(PART_NUMBER, part.number());
        part.body().write(body);
        yield MutationKind.PUT_PART;
      }
      case Mutation.AbortUpload abort -> {
        object(envelope, abort.bucketId(), abort.key());
        envelope.number(UPLOAD, abort.upload());
        body.number(BodyTags.AT, abort.at().toEpochMilli());
        yield MutationKind.ABORT_UPLOAD;
      }
      case Mutation.PutBucket put -> {
        envelope.number(BUCKET, put.bucket().id());
        BucketBody.write(body, put.bucket(), put.at());
        yield MutationKind.PUT_BUCKET;
      }
      case Mutation.DeleteBucket delete -> {
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
    };
  }

  private static void object(FieldWriter envelope, long bucketId, String key) {
    envelope.number(BUCKET, bucketId);
    envelope.text(KEY, key);
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
      case DELETE_BUCKET -> new Mutation.DeleteBucket(bucketId, envelope.outline().at());
      case PUT_USER -> new Mutation.PutUser(envelope.userId(), UserBody.read(envelope.body()));
      case DELETE_USER -> new Mutation.DeleteUser(envelope.userId(), envelope.outline().at());
      case CHUNK -> new Mutation.Chunk(bucketId, key, envelope.outline().at());
    };
  }
}

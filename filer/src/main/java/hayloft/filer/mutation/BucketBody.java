package hayloft.filer.mutation;

import hayloft.common.Durability;
import hayloft.filer.Bucket;
import hayloft.filer.Versioning;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// The document of a bucket in its needle and its row.
public sealed interface BucketBody {

  record Present(Bucket bucket) implements BucketBody {}

  record Deleted() implements BucketBody {}

  static void write(FieldWriter out, Bucket bucket, Instant at) {
    out.number(BodyTags.AT, at.toEpochMilli());
    out.text(BodyTags.BUCKET_NAME, bucket.name());
    out.text(BodyTags.BUCKET_OWNER, bucket.ownerId());
    out.text(BodyTags.REGION, bucket.region());
    out.number(BodyTags.CREATED, bucket.created().toEpochMilli());
    out.number(BodyTags.VERSIONING, code(bucket.versioning()));
    if (bucket.objectLock()) {
      out.number(BodyTags.OBJECT_LOCK, 1);
    }
    bucket.durability().ifPresent(durability -> out.number(BodyTags.BUCKET_DURABILITY, code(durability)));
    new TreeMap<>(bucket.settings()).forEach((name, document) -> out.pair(BodyTags.SETTING, name, document));
  }

  static void writeDeleted(FieldWriter out, Instant at) {
    out.number(BodyTags.AT, at.toEpochMilli());
    out.number(BodyTags.DELETED, 1);
  }

  static BucketBody read(FieldReader in, long bucketId) throws MalformedMutationException {
    String name = "";
    String owner = "";
    String region = "";
    Instant created = Instant.EPOCH;
    Versioning versioning = Versioning.UNVERSIONED;
    boolean objectLock = false;
    Map<String, String> settings = new TreeMap<>();
    Optional<Durability> durability = Optional.empty();
    while (in.next()) {
      switch (in.tag()) {
        case BodyTags.DELETED -> {
          return new Deleted();
        }
        case BodyTags.BUCKET_NAME -> name = in.text();
        case BodyTags.BUCKET_OWNER -> owner = in.text();
        case BodyTags.REGION -> region = in.text();
        case BodyTags.CREATED -> created = Instant.ofEpochMilli(in.number());
        case BodyTags.VERSIONING -> versioning = versioning((int) in.number());
        case BodyTags.OBJECT_LOCK -> objectLock = in.number() != 0;
        case BodyTags.BUCKET_DURABILITY -> durability = Optional.of(durability((int) in.number()));
        case BodyTags.SETTING -> in.pairInto(settings);
        default -> {
          // a field of a newer program
        }
      }
    }
    return new Present(
        new Bucket(bucketId, name, owner, region, created, versioning, objectLock, settings, durability));
  }

  private static int code(Versioning versioning) {
    return switch (versioning) {
      case UNVERSIONED -> 0;
      case ENABLED -> 1;
      case SUSPENDED -> 2;
    };
  }

  private static Versioning versioning(int code) throws MalformedMutationException {
    return switch (code) {
      case 0 -> Versioning.UNVERSIONED;
      case 1 -> Versioning.ENABLED;
      case 2 -> Versioning.SUSPENDED;
      default -> throw new MalformedMutationException("bucket of unknown versioning " + code);
    };
  }

  private static int code(Durability durability) {
    return switch (durability) {
      case FSYNC -> 1;
      case OS -> 2;
    };
  }

  private static Durability durability(int code) throws MalformedMutationException {
    return switch (code) {
      case 1 -> Durability.FSYNC;
      case 2 -> Durability.OS;
      default -> throw new MalformedMutationException("bucket of unknown durability " + code);
    };
  }
}

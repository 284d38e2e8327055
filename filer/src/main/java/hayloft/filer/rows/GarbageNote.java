package hayloft.filer.rows;

import hayloft.filer.mutation.FieldReader;
import hayloft.filer.mutation.FieldWriter;
import hayloft.filer.mutation.MalformedMutationException;
import java.time.Instant;

/// The value of a row in table G: where a mutation may have killed something. Immutable.
public sealed interface GarbageNote {

  /// When it was killed.
  Instant at();

  /// Versions and facets of a key.
  record OfKey(Instant at, long bucketId, String key) implements GarbageNote {}

  /// Parts of an upload that was ended, and versions of its key; or parts that were sent again, if it was not; or all
  /// of them, if the upload is gone.
  record OfUpload(Instant at, long bucketId, String key, long upload) implements GarbageNote {}

  /// Documents of a bucket, and if it was deleted, everything in it.
  record OfBucket(Instant at, long bucketId) implements GarbageNote {}

  /// Documents of a user.
  record OfUser(Instant at, String userId) implements GarbageNote {}

  /// Tagged fields: 1 milliseconds, 2 bucket, 3 key, 4 upload, 5 user.
  default byte[] toBytes() {
    var out = new FieldWriter(64);
    out.number(1, at().toEpochMilli());
    switch (this) {
      case OfKey note -> {
        out.number(2, note.bucketId);
        out.text(3, note.key);
      }
      case OfUpload note -> {
        out.number(2, note.bucketId);
        out.text(3, note.key);
        out.number(4, note.upload);
      }
      case OfBucket note -> out.number(2, note.bucketId);
      case OfUser note -> out.text(5, note.userId);
    }
    return out.toBytes();
  }

  static GarbageNote read(byte[] value) throws MalformedMutationException {
    var in = new FieldReader(value);
    Instant at = Instant.EPOCH;
    long bucketId = 0;
    boolean hasKey = false;
    String key = "";
    long upload = 0;
    String userId = "";
    while (in.next()) {
      switch (in.tag()) {
        case 1 -> at = Instant.ofEpochMilli(in.number());
        case 2 -> bucketId = in.number();
        case 3 -> {
          hasKey = true;
          key = in.text();
        }
        case 4 -> upload = in.number();
        case 5 -> userId = in.text();
        default -> throw new MalformedMutationException("garbage note with unknown field " + in.tag());
      }
    }
    if (bucketId == 0) {
      return new OfUser(at, userId);
    }
    if (!hasKey) {
      return new OfBucket(at, bucketId);
    }
    return upload == 0 ? new OfKey(at, bucketId, key) : new OfUpload(at, bucketId, key, upload);
  }
}

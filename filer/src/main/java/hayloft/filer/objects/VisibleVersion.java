package hayloft.filer.objects;

import hayloft.common.FileId;
import hayloft.filer.BodyLocation;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.rows.ObjectRow;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// A version that exists: an object or a delete marker. Immutable.
///
/// @param tags as they are now
/// @param retagged they were changed after the version was made
record VisibleVersion(ObjectRow row, FileId needle, VersionBody body, Map<String, String> tags, boolean retagged) {

  boolean isMarker() {
    return body.kind() == VersionKind.DELETE_MARKER;
  }

  long sequence() {
    return row.version();
  }

  String versionId() {
    return body.nullVersion() ? VersionIds.NULL : VersionIds.of(row.version());
  }

  ObjectVersion object() {
    return object(row.bucketId(), new String(row.key(), StandardCharsets.UTF_8), row.version(), needle, body, tags);
  }

  static ObjectVersion object(long bucketId, String key, long sequence, FileId needle, VersionBody body,
      Map<String, String> tags) {
    ObjectDraft made = body.attributes();
    ObjectDraft attributes = tags == made.tags()
        ? made
        : new ObjectDraft(made.headers(), made.userMetadata(), tags, made.ownerId(), made.storageClass(),
            made.checksum());
    String versionId = body.nullVersion() ? VersionIds.NULL : VersionIds.of(sequence);
    BodyLocation location = body.pieces().isEmpty()
        ? new BodyLocation.Inline(needle)
        : new BodyLocation.Chunks(needle, body.pieces());
    return new ObjectVersion(bucketId, key, sequence, versionId, body.sizeBytes(), body.etag(), body.modified(),
        attributes, body.partCount(), location);
  }
}

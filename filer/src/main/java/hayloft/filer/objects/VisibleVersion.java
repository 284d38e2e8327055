package hayloft.filer.objects;

import hayloft.common.FileId;
import hayloft.filer.BodyLocation;
import hayloft.filer.ChecksumKind;
import hayloft.filer.ListedVersion;
import hayloft.filer.ObjectDraft;
import hayloft.filer.ObjectVersion;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.rows.ObjectRow;

/// A version that exists: an object or a delete marker. Immutable.
///
/// @param attributes as they are now
/// @param retagged the tags were changed after the version was made
/// @param relisted so was the access control list
/// @param whole all of it was read, and not just what listings show
record VisibleVersion(ObjectRow row, FileId needle, VersionBody body, ObjectDraft attributes, boolean retagged,
    boolean relisted, boolean whole) {

  boolean isMarker() {
    return body.kind() == VersionKind.DELETE_MARKER;
  }

  long sequence() {
    return row.version();
  }

  String versionId() {
    return body.nullVersion() ? VersionIds.NULL : VersionIds.of(row.version());
  }

  /// What listings show of it.
  ///
  /// @param key as text
  ListedVersion listed(String key) {
    return new ListedVersion(key, sequence(), body.nullVersion(), needle.volume(), body.sizeBytes(), body.etag(),
        body.modified(), attributes.ownerId(), attributes.storageClass(), ChecksumKind.of(attributes.checksum()));
  }

  ObjectVersion object() {
    if (!whole) {
      throw new IllegalStateException("of " + row + " was read what listings show, and nothing else");
    }
    return object(row.bucketId(), row.keyText(), row.version(), needle, body,
        attributes);
  }

  static ObjectVersion object(long bucketId, String key, long sequence, FileId needle, VersionBody body,
      ObjectDraft attributes) {
    String versionId = body.nullVersion() ? VersionIds.NULL : VersionIds.of(sequence);
    BodyLocation location = body.pieces().isEmpty()
        ? new BodyLocation.Inline(needle)
        : new BodyLocation.Chunks(needle, body.pieces());
    return new ObjectVersion(bucketId, key, sequence, versionId, body.sizeBytes(), body.etag(), body.modified(),
        attributes, body.partCount(), location);
  }
}

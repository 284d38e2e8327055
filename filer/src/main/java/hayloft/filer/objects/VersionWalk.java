package hayloft.filer.objects;

import hayloft.common.FileId;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.ObjectDraft;
import hayloft.filer.mutation.AclBody;
import hayloft.filer.mutation.TagsBody;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Walks the rows of objects and says which versions exist. Confined to one thread; borrows the cursor.
///
/// What a reader makes of a key's rows, newest version first: a version with an `erased` facet does not exist; of
/// versions with the null id only the newest may exist, and it hides the others even if it was erased itself; a tombstone
/// is a null version that is never seen. The first that exists is the current one.
final class VersionWalk {

  private static final int STEPS_BEFORE_SEEK = 4;
  /// So many keys without a pause: some 0.3 ms.
  private static final int KEYS_BETWEEN_PAUSES = 256;

  private final KeyCursor rows;
  private final String bucketOwner;
  private @Nullable ObjectRow row; // the row under the cursor, null behind the last
  private boolean stepDue; // the row was used up; stepping on is put off, because often nobody asks for the next
  private boolean nullSeen;
  private int keysLeft;

  VersionWalk(KeyCursor rows, String bucketOwner) {
    this.rows = rows;
    this.bucketOwner = bucketOwner;
  }

  /// Moves to the first row at or after some row key, which must be a key's first or a version's first.
  boolean seek(byte[] rowKey) throws IOException {
    row = rows.seek(rowKey) ? new ObjectRow(rows.key()) : null;
    stepDue = false;
    nullSeen = false;
    return row != null;
  }

  private void step() throws IOException {
    row = rows.next() ? new ObjectRow(rows.key()) : null;
  }

  /// The row under the cursor; null at the end.
  @Nullable
  ObjectRow row() throws IOException {
    if (stepDue) {
      stepDue = false;
      step();
    }
    return row;
  }

  /// The next version of a key that exists, null if the key has none left; the cursor then stands on another key or at the
  /// end.
  @Nullable
  VisibleVersion nextVisible(ObjectRow ofKey) throws IOException {
    while (true) {
      ObjectRow first = row();
      if (first == null || !first.isOfSameKey(ofKey)) {
        return null;
      }
      VisibleVersion version = nextVersion(first);
      if (version != null) {
        return version;
      }
    }
  }

  /// Reads one version's facets, whichever the cursor stands on. Null if it does not exist.
  @Nullable
  VisibleVersion nextVersion(ObjectRow first) throws IOException {
    boolean erased = false;
    byte[] tags = null;
    byte[] acl = null;
    byte[] value = null;
    ObjectRow at = first;
    while (at != null && at.version() == first.version() && at.isOfSameKey(first)) {
      switch (at.facet()) {
        case Facet.ERASED -> erased = true;
        case Facet.TAGS -> tags = tags == null ? rows.value() : tags;
        case Facet.ACL -> acl = acl == null ? rows.value() : acl;
        case Facet.VERSION -> {
          value = rows.value();
          stepDue = true; // the last facet of its version
        }
      }
      if (stepDue) {
        break;
      }
      step();
      at = row;
    }
    if (value == null) {
      return null; // its needle is dead or damaged: facets alone make no version
    }
    VersionBody body = VersionBody.read(RowValue.body(value), bucketOwner);
    if (body.nullVersion()) {
      if (nullSeen) {
        return null;
      }
      nullSeen = true;
    }
    if (erased || body.kind() == VersionKind.TOMBSTONE) {
      return null;
    }
    FileId needle = RowValue.needle(value);
    ObjectDraft attributes = body.attributes();
    if (tags != null) {
      attributes = attributes.withTags(TagsBody.read(RowValue.body(tags)).tags());
    }
    if (acl != null) {
      attributes = attributes.withAcl(AclBody.read(RowValue.body(acl)).acl());
    }
    return new VisibleVersion(first, needle, body, attributes, tags != null, acl != null);
  }

  boolean nullSeen() {
    return nullSeen;
  }

  /// Moves to the first row of the next key.
  void leaveKey(ObjectRow ofKey) throws IOException {
    nullSeen = false;
    if (++keysLeft % KEYS_BETWEEN_PAUSES == 0) {
      Thread.yield(); // a virtual thread that steps over many dead keys would keep its carrier from all others until the end
    }
    for (int steps = 0; steps < STEPS_BEFORE_SEEK; steps++) {
      ObjectRow at = row();
      if (at == null || !at.isOfSameKey(ofKey)) {
        return;
      }
      step();
    }
    ObjectRow at = row();
    if (at != null && at.isOfSameKey(ofKey)) {
      seek(ofKey.afterKey());
    }
  }
}

package hayloft.filer.objects;

import hayloft.filer.Bucket;
import hayloft.filer.Lookup;
import hayloft.filer.VersionSelector;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// Finds versions of one key: one short seek. Thread-safe.
final class ObjectFinder {

  private final KeyStore store;

  ObjectFinder(KeyStore store) {
    this.store = store;
  }

  /// What a key looks like.
  ///
  /// @param hasRows there is anything at all, be it invisible
  /// @param current the newest version that exists, object or delete marker
  record KeyState(boolean hasRows, @Nullable VisibleVersion current) {}

  KeyState state(Bucket bucket, String key, Reach reach) throws IOException {
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, bucket.id(), key.getBytes(StandardCharsets.UTF_8));
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), reach)) {
      var walk = new VersionWalk(rows, bucket.ownerId());
      walk.seek(prefix);
      ObjectRow first = walk.row();
      return first == null ? new KeyState(false, null) : new KeyState(true, walk.nextVisible(first));
    }
  }

  /// The version that is meant, object or delete marker; null if there is none.
  @Nullable
  VisibleVersion find(Bucket bucket, String key, VersionSelector which, Reach reach) throws IOException {
    return switch (which) {
      case VersionSelector.Latest _ -> state(bucket, key, reach).current();
      case VersionSelector.Exactly(String id) when id.equals(VersionIds.NULL) -> findNull(bucket, key, reach);
      case VersionSelector.Exactly(String id) -> {
        OptionalLong sequence = VersionIds.parse(id);
        VisibleVersion found = sequence.isPresent() ? findExactly(bucket, key, sequence.getAsLong(), reach) : null;
        yield found == null || found.body().nullVersion() ? null : found;
      }
    };
  }

  private @Nullable VisibleVersion findNull(Bucket bucket, String key, Reach reach) throws IOException {
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, bucket.id(), key.getBytes(StandardCharsets.UTF_8));
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), reach)) {
      var walk = new VersionWalk(rows, bucket.ownerId());
      walk.seek(prefix);
      ObjectRow at = walk.row();
      while (at != null && !walk.nullSeen()) {
        VisibleVersion version = walk.nextVersion(at);
        if (version != null && version.body().nullVersion()) {
          return version;
        }
        at = walk.row();
      }
      return null;
    }
  }

  /// The version with a sequence. If it is a null version, a newer one may hide it: the caller must know.
  private @Nullable VisibleVersion findExactly(Bucket bucket, String key, long sequence, Reach reach)
      throws IOException {
    byte[] prefix = RowKeys.version(bucket.id(), key.getBytes(StandardCharsets.UTF_8), sequence);
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), reach)) {
      var walk = new VersionWalk(rows, bucket.ownerId());
      walk.seek(prefix);
      ObjectRow first = walk.row();
      return first == null ? null : walk.nextVersion(first);
    }
  }

  Lookup lookup(Bucket bucket, String key, VersionSelector which, Reach reach) throws IOException {
    VisibleVersion found = find(bucket, key, which, reach);
    if (found == null) {
      return new Lookup.Absent();
    }
    if (!found.isMarker()) {
      return new Lookup.Found(found.object());
    }
    return new Lookup.DeleteMarker(found.versionId(), found.body().modified(),
        isLatest(bucket, key, which, found, reach));
  }

  private boolean isLatest(Bucket bucket, String key, VersionSelector which, VisibleVersion found, Reach reach)
      throws IOException {
    if (which instanceof VersionSelector.Latest) {
      return true;
    }
    VisibleVersion current = state(bucket, key, reach).current();
    return current != null && current.sequence() == found.sequence();
  }
}

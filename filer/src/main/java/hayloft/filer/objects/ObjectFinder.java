package hayloft.filer.objects;

import hayloft.filer.Bucket;
import hayloft.filer.Lookup;
import hayloft.filer.VersionSelector;
import hayloft.filer.Versioning;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.Needs;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Finds versions of one key: one short seek, but for keys with many versions that do not exist ([VersionWalk]), and
/// for the null version of a key with many newer ones, which are stepped over. Thread-safe.
final class ObjectFinder {

  private final KeyStore store;
  private final LongFunction<Optional<Bucket>> buckets;
  private final HiddenVersions hiddenVersions = new HiddenVersions();

  /// @param buckets the bucket with an id as it is now; empty if it was deleted
  ObjectFinder(KeyStore store, LongFunction<Optional<Bucket>> buckets) {
    this.store = store;
    this.buckets = buckets;
  }

  /// A walk over rows of a bucket, for one answer.
  VersionWalk walk(KeyCursor rows, Bucket bucket, Reach reach) {
    return walk(rows, bucket, reach, VersionWalk.Detail.ALL);
  }

  /// The same for a page that shows what there is.
  VersionWalk walkToShow(KeyCursor rows, Bucket bucket) {
    return walk(rows, bucket, Reach.DISK, VersionWalk.Detail.SHOWN);
  }

  private VersionWalk walk(KeyCursor rows, Bucket bucket, Reach reach, VersionWalk.Detail detail) {
    return new VersionWalk(rows, bucket.ownerId(), () -> isUnversioned(bucket.id()), hiddenVersions, reach, detail);
  }

  /// As it is now, and hence has been all the time: versioning is not undone. A version that is none of the null ones
  /// is made by somebody who saw another state before.
  private boolean isUnversioned(long bucketId) {
    return buckets.apply(bucketId).map(now -> now.versioning() == Versioning.UNVERSIONED).orElse(false);
  }

  /// What a key looks like.
  ///
  /// @param hasRows there is anything at all, be it invisible
  /// @param current the newest version that exists, object or delete marker
  record KeyState(boolean hasRows, @Nullable VisibleVersion current) {}

  KeyState state(Bucket bucket, String key, Reach reach) throws IOException {
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, bucket.id(), key.getBytes(StandardCharsets.UTF_8));
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), reach)) {
      var walk = walk(rows, bucket, reach);
      walk.seek(prefix);
      ObjectRow first = walk.row();
      return first == null ? new KeyState(false, null) : new KeyState(true, walk.nextVisible(first));
    }
  }

  /// The version that is meant, object or delete marker; null if there is none.
  @Nullable
  VisibleVersion find(Bucket bucket, String key, VersionSelector which, Reach reach) throws IOException {
    VisibleVersion found = lookFor(bucket, key, which, reach);
    if (found != null && !Needs.areMet(found.body().needs())) {
      throw new IOException("version " + found.versionId() + " of " + bucket.name() + "/" + key
          + " needs what this program does not know (bits " + Long.toHexString(found.body().needs())
          + "): it is of a newer one, which alone can serve or delete it");
    }
    return found;
  }

  private @Nullable VisibleVersion lookFor(Bucket bucket, String key, VersionSelector which, Reach reach)
      throws IOException {
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
      var walk = walk(rows, bucket, reach);
      walk.seek(prefix);
      ObjectRow first = walk.row();
      while (first != null && !walk.nullSeen()) {
        VisibleVersion version = walk.nextVisible(first);
        if (version == null || version.body().nullVersion()) {
          return version;
        }
      }
      return null;
    }
  }

  /// The version with a sequence. If it is a null version, a newer one may hide it: the caller must know.
  private @Nullable VisibleVersion findExactly(Bucket bucket, String key, long sequence, Reach reach)
      throws IOException {
    byte[] prefix = RowKeys.version(bucket.id(), key.getBytes(StandardCharsets.UTF_8), sequence);
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), reach)) {
      var walk = walk(rows, bucket, reach);
      walk.seek(prefix);
      ObjectRow first = walk.row();
      return first == null ? null : walk.nextVersion(first);
    }
  }

  /// The version with a sequence if it exists, null version or not.
  @Nullable
  VisibleVersion findBySequence(Bucket bucket, String key, long sequence) throws IOException {
    VisibleVersion found = findExactly(bucket, key, sequence, Reach.DISK);
    if (found == null || !found.body().nullVersion()) {
      return found;
    }
    VisibleVersion existing = findNull(bucket, key, Reach.DISK);
    return existing != null && existing.sequence() == sequence ? existing : null;
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

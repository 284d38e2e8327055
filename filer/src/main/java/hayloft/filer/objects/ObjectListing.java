package hayloft.filer.objects;

import hayloft.filer.Bucket;
import hayloft.filer.ListQuery;
import hayloft.filer.ListedVersion;
import hayloft.filer.ObjectPage;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// One page of a bucket's current objects. Confined to one call.
///
/// A common prefix costs one seek past it, however many keys it stands for, as long as the first of them is alive. Keys
/// that were deleted and not collected yet, and keys under delete markers, are stepped over one by one, about 1 us of
/// CPU each: whether a key is alive only its own first row tells, and any key in between may be written to again, so
/// that nothing is worth remembering.
final class ObjectListing {

  private final Bucket bucket;
  private final ListQuery query;
  private final ObjectFinder finder;
  private final ListRange range;
  private final List<ListedVersion> objects = new ArrayList<>();
  private final List<String> commonPrefixes = new ArrayList<>();
  private @Nullable String last;

  ObjectListing(Bucket bucket, ListQuery query, ObjectFinder finder) {
    this.finder = finder;
    this.bucket = bucket;
    this.query = query;
    range = new ListRange(RowKeys.OBJECTS, bucket.id(), query.prefix(), query.delimiter());
  }

  ObjectPage page(KeyStore store) throws IOException {
    if (query.limit() <= 0) {
      return new ObjectPage(List.of(), List.of(), Optional.empty());
    }
    try (KeyCursor rows = range.open(store)) {
      var walk = finder.walkToShow(rows, bucket);
      boolean more = fill(walk);
      return new ObjectPage(objects, commonPrefixes, more ? Optional.ofNullable(last) : Optional.empty());
    }
  }

  /// True if there is more than fits.
  private boolean fill(VersionWalk walk) throws IOException {
    walk.seek(query.after().map(range::afterEntry).orElse(range.from()));
    ObjectRow first = walk.row();
    while (first != null) {
      VisibleVersion current = walk.nextVisible(first);
      if (current == null || current.isMarker()) {
        walk.leaveKey(first);
      } else if (objects.size() + commonPrefixes.size() == query.limit() || !add(walk, first, current)) {
        return true;
      }
      first = walk.row();
    }
    return false;
  }

  /// False if there is no room for it.
  private boolean add(VersionWalk walk, ObjectRow first, VisibleVersion current) throws IOException {
    byte[] rolledUp = range.commonPrefix(first);
    if (rolledUp == null) {
      ListedVersion object = current.listed(first.keyText());
      if (!query.room().takes(object.key(), RowHeap.of(object, first.escapedKeyBytes(), bucket.ownerId()))) {
        return false;
      }
      objects.add(object);
      last = object.key();
      walk.leaveKey(first);
    } else {
      String commonPrefix = new String(rolledUp, StandardCharsets.UTF_8);
      if (!query.room().takes(commonPrefix, RowHeap.ofPrefix(commonPrefix))) {
        return false;
      }
      commonPrefixes.add(commonPrefix);
      last = commonPrefix;
      walk.seek(range.afterPrefix(rolledUp));
    }
    return true;
  }
}

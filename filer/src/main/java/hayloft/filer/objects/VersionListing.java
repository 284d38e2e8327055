package hayloft.filer.objects;

import hayloft.common.volume.StoreBusyException;
import hayloft.filer.Bucket;
import hayloft.filer.ListedVersion;
import hayloft.filer.VersionPage;
import hayloft.filer.VersionPage.Entry;
import hayloft.filer.VersionQuery;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One page of all versions and delete markers of a bucket. Confined to one call.
///
/// A page that goes on within a key seeks to its place, and looks besides at the key's current version only.
final class VersionListing {

  private final Bucket bucket;
  private final VersionQuery query;
  private final ObjectFinder finder;
  private final ListRange range;
  private final List<Entry> entries = new ArrayList<>();
  private final List<String> commonPrefixes = new ArrayList<>();
  private VersionPage.@Nullable Next last;

  VersionListing(Bucket bucket, VersionQuery query, ObjectFinder finder) {
    this.bucket = bucket;
    this.query = query;
    this.finder = finder;
    range = new ListRange(RowKeys.OBJECTS, bucket.id(), query.prefix(), query.delimiter());
  }

  VersionPage page(KeyStore store) throws IOException {
    if (query.limit() <= 0) {
      return new VersionPage(List.of(), List.of(), Optional.empty());
    }
    try (KeyCursor rows = range.open(store)) {
      boolean more = fill(finder.walkToShow(rows, bucket));
      return new VersionPage(entries, commonPrefixes, more ? Optional.ofNullable(last) : Optional.empty());
    }
  }

  /// True if there is more than fits.
  private boolean fill(VersionWalk walk) throws IOException {
    if (begin(walk)) {
      return true;
    }
    ObjectRow first = walk.row();
    while (first != null) {
      byte[] rolledUp = range.commonPrefix(first);
      boolean more = rolledUp == null
          ? addVersions(walk, first, walk.nextVisible(first), true)
          : addPrefix(walk, first, rolledUp);
      if (more) {
        return true;
      }
      first = walk.row();
    }
    return false;
  }

  /// Moves to the first row of the first key that is to be listed from its newest version on; lists what is left of the
  /// key before.
  private boolean begin(VersionWalk walk) throws IOException {
    if (query.afterKey().isEmpty()) {
      walk.seek(range.from());
      return false;
    }
    String afterKey = query.afterKey().get();
    byte[] key = afterKey.getBytes(StandardCharsets.UTF_8);
    if (query.afterVersionId().isEmpty() || range.commonPrefix(key) != null) {
      walk.seek(range.afterEntry(afterKey));
      return false;
    }
    byte[] keyRows = range.atKey(afterKey);
    walk.seek(keyRows);
    ObjectRow first = walk.row();
    if (first == null || !Arrays.equals(first.key(), key)) {
      return false;
    }
    Optional<VersionPosition> position = position(walk, first, query.afterVersionId().get());
    walk.seek(keyRows);
    return position.isPresent() && addOlder(walk, first, position.get());
  }

  /// Where a marker of a client leads; empty to begin with the key's newest version, which repeats rather than passing
  /// over anything.
  private Optional<VersionPosition> position(VersionWalk walk, ObjectRow first, String marker) throws IOException {
    if (!marker.equals(VersionIds.NULL)) {
      return VersionPosition.parse(marker);
    }
    OptionalLong newestNull = walk.newestNull(first);
    return newestNull.isPresent()
        ? Optional.of(new VersionPosition(newestNull.getAsLong(), true))
        : Optional.empty();
  }

  /// The versions of a key below a position. The cursor stands on the key's first row.
  private boolean addOlder(VersionWalk walk, ObjectRow first, VersionPosition position) throws IOException {
    VisibleVersion current = walk.nextVisible(first);
    if (current == null || current.sequence() < position.sequence()) {
      return addVersions(walk, first, current, true); // all above are gone
    }
    boolean nullPassed = position.nullPassed() || walk.nullSeen();
    walk.seekWithin(below(first, position.sequence()), nullPassed);
    VisibleVersion next = walk.nextVisible(first);
    if (nullPassed) {
      return addVersions(walk, first, next, false);
    }
    while (next != null && !walk.nullSeen()) {
      if (add(walk, next, false)) {
        return true;
      }
      next = walk.nextVisible(first);
    }
    if (next != null && next.body().nullVersion() && isHidden(walk, first, next)) {
      next = walk.nextVisible(first);
    }
    return addVersions(walk, first, next, false);
  }

  /// Whether there is a null version above one that was found by seeking; the walk goes on below that one.
  private static boolean isHidden(VersionWalk walk, ObjectRow first, VisibleVersion found) throws IOException {
    walk.seek(RowKeys.oneKey(RowKeys.OBJECTS, first.bucketId(), first.key()));
    OptionalLong newestNull = walk.newestNull(first);
    walk.seekWithin(below(first, found.sequence()), true);
    return newestNull.isPresent() && newestNull.getAsLong() != found.sequence();
  }

  private static byte[] below(ObjectRow ofKey, long sequence) {
    return RowKeys.after(RowKeys.version(ofKey.bucketId(), ofKey.key(), sequence));
  }

  /// True if they do not fit.
  ///
  /// @param next the first of them; null for none
  private boolean addVersions(VersionWalk walk, ObjectRow first, @Nullable VisibleVersion next, boolean latest)
      throws IOException {
    boolean isLatest = latest;
    for (VisibleVersion version = next; version != null; version = walk.nextVisible(first)) {
      if (add(walk, version, isLatest)) {
        return true;
      }
      isLatest = false;
    }
    walk.leaveKey(first);
    return false;
  }

  private boolean isFull() {
    return entries.size() + commonPrefixes.size() == query.limit();
  }

  /// True if it does not fit.
  private boolean add(VersionWalk walk, VisibleVersion version, boolean latest) throws StoreBusyException {
    if (isFull()) {
      return true;
    }
    String key = version.row().keyText();
    Entry entry;
    long heapBytes;
    if (version.isMarker()) {
      String versionId = version.versionId();
      entry = new Entry.Marker(key, version.sequence(), versionId, version.body().modified(), bucket.ownerId(), latest);
      heapBytes = RowHeap.ofMarker(key, versionId);
    } else {
      ListedVersion listed = version.listed(key);
      entry = new Entry.Version(listed, latest);
      heapBytes = RowHeap.of(listed, version.row().escapedKeyBytes(), bucket.ownerId());
    }
    if (!query.room().takes(key, heapBytes)) {
      return true;
    }
    entries.add(entry);
    last = new VersionPage.Next(key,
        Optional.of(new VersionPosition(version.sequence(), walk.nullSeen()).text()));
    return false;
  }

  private boolean addPrefix(VersionWalk walk, ObjectRow first, byte[] rolledUp) throws IOException {
    if (walk.nextVisible(first) == null) {
      walk.leaveKey(first);
      return false;
    }
    if (isFull()) {
      return true;
    }
    String commonPrefix = new String(rolledUp, StandardCharsets.UTF_8);
    if (!query.room().takes(commonPrefix, RowHeap.ofPrefix(commonPrefix))) {
      return true;
    }
    commonPrefixes.add(commonPrefix);
    last = new VersionPage.Next(commonPrefix, Optional.empty());
    walk.seek(range.afterPrefix(rolledUp));
    return false;
  }
}

package hayloft.filer.objects;

import hayloft.filer.Bucket;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/// One page of all versions and delete markers of a bucket. Confined to one call.
final class VersionListing {

  private final Bucket bucket;
  private final VersionQuery query;
  private final ListRange range;
  private final List<Entry> entries = new ArrayList<>();
  private final List<String> commonPrefixes = new ArrayList<>();
  private VersionPage.@Nullable Next last;

  VersionListing(Bucket bucket, VersionQuery query) {
    this.bucket = bucket;
    this.query = query;
    range = new ListRange(RowKeys.OBJECTS, bucket.id(), query.prefix(), query.delimiter());
  }

  VersionPage page(KeyStore store) throws IOException {
    if (query.limit() <= 0) {
      return new VersionPage(List.of(), List.of(), Optional.empty());
    }
    try (KeyCursor rows = range.open(store)) {
      var walk = new VersionWalk(rows, bucket.ownerId());
      boolean more = fill(walk);
      return new VersionPage(entries, commonPrefixes, more ? Optional.ofNullable(last) : Optional.empty());
    }
  }

  private boolean fill(VersionWalk walk) throws IOException {
    boolean resumed = false;
    if (query.afterKey().isEmpty()) {
      walk.seek(range.from());
    } else {
      String afterKey = query.afterKey().get();
      resumed = query.afterVersionId().isPresent()
          && range.commonPrefix(afterKey.getBytes(StandardCharsets.UTF_8)) == null;
      walk.seek(resumed ? range.atKey(afterKey) : range.afterEntry(afterKey));
    }
    ObjectRow first = walk.row();
    while (first != null) {
      byte[] rolledUp = range.commonPrefix(first.key());
      boolean more = rolledUp == null
          ? addKey(walk, first, resumed && isAfterKey(first) ? query.afterVersionId().orElse("") : "")
          : addPrefix(walk, first, rolledUp);
      if (more) {
        return true;
      }
      first = walk.row();
    }
    return false;
  }

  private boolean isAfterKey(ObjectRow first) {
    return new String(first.key(), StandardCharsets.UTF_8).equals(query.afterKey().orElse(""));
  }

  private boolean isFull() {
    return entries.size() + commonPrefixes.size() == query.limit();
  }

  /// @param afterVersionId where an earlier page ended within this key; empty to begin with the newest
  private boolean addKey(VersionWalk walk, ObjectRow first, String afterVersionId) throws IOException {
    boolean skipping = !afterVersionId.isEmpty();
    OptionalLong afterSequence = VersionIds.parse(afterVersionId);
    boolean latest = true;
    VisibleVersion version = walk.nextVisible(first);
    while (version != null) {
      if (skipping && afterSequence.isPresent()) {
        skipping = version.sequence() >= afterSequence.getAsLong();
      }
      if (!skipping) {
        if (isFull()) {
          return true;
        }
        add(version, latest);
      } else if (version.versionId().equals(afterVersionId)) {
        skipping = false;
      }
      latest = false;
      version = walk.nextVisible(first);
    }
    walk.leaveKey(first);
    return false;
  }

  private void add(VisibleVersion version, boolean latest) {
    String key = new String(version.row().key(), StandardCharsets.UTF_8);
    entries.add(version.isMarker()
        ? new Entry.Marker(key, version.versionId(), version.body().modified(), bucket.ownerId(), latest)
        : new Entry.Version(version.object(), latest));
    last = new VersionPage.Next(key, Optional.of(version.versionId()));
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
    commonPrefixes.add(commonPrefix);
    last = new VersionPage.Next(commonPrefix, Optional.empty());
    walk.seek(range.afterPrefix(rolledUp));
    return false;
  }
}

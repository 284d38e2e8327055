package hayloft.filer.gc;

import hayloft.common.FileId;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.BodyTime;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.mutation.VersionKind;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All rows of one key, and which of them are dead. Immutable once read.
///
/// A killer counts only if it is old enough. What is dead:
///
/// - a version that was erased, and all facets with it;
/// - a null version below another one that is old enough, or that is dead itself;
/// - a tombstone, once it is old enough;
/// - tags below newer tags of the same version, and access control lists likewise;
/// - facets whose version is gone.
final class KeyRows {

  /// One facet.
  record FacetRow(ObjectRow row, FileId needle, Instant at) {}

  /// One version, newest facets first.
  static final class Group {
    final long version;
    final List<FacetRow> erased = new ArrayList<>();
    final List<FacetRow> tags = new ArrayList<>();
    final List<FacetRow> acls = new ArrayList<>();
    @Nullable
    FacetRow made;
    @Nullable
    VersionBody body;
    boolean dead;

    Group(long version) {
      this.version = version;
    }

    /// The highest sequence of its facets but for the version's own.
    long newest() {
      long newest = 0;
      for (FacetRow facet : erased) {
        newest = Math.max(newest, facet.row().sequence());
      }
      for (FacetRow facet : tags) {
        newest = Math.max(newest, facet.row().sequence());
      }
      for (FacetRow facet : acls) {
        newest = Math.max(newest, facet.row().sequence());
      }
      return newest;
    }
  }

  private final List<Group> newestFirst;

  private KeyRows(List<Group> newestFirst) {
    this.newestFirst = newestFirst;
  }

  static KeyRows read(KeyStore store, long bucketId, byte[] key) throws IOException {
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, bucketId, key);
    var groups = new ArrayList<Group>();
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        var row = new ObjectRow(rows.key());
        if (groups.isEmpty() || groups.getLast().version != row.version()) {
          groups.add(new Group(row.version()));
        }
        add(groups.getLast(), row, rows.value());
      }
    }
    return new KeyRows(groups);
  }

  private static void add(Group group, ObjectRow row, byte[] value) throws IOException {
    FileId needle = RowValue.needle(value);
    switch (row.facet()) {
      case Facet.ERASED -> group.erased.add(new FacetRow(row, needle, BodyTime.of(RowValue.body(value))));
      case Facet.TAGS -> group.tags.add(new FacetRow(row, needle, BodyTime.of(RowValue.body(value))));
      case Facet.ACL -> group.acls.add(new FacetRow(row, needle, BodyTime.of(RowValue.body(value))));
      case Facet.VERSION -> {
        VersionBody body = VersionBody.read(RowValue.body(value), "");
        group.made = new FacetRow(row, needle, body.modified());
        group.body = body;
      }
    }
  }

  List<Group> groups() {
    return newestFirst;
  }

  /// @param cutoff killers up to it count
  void judge(Cutoff cutoff) {
    boolean nullHidden = false;
    for (Group group : newestFirst) {
      VersionBody body = group.body;
      if (body == null) {
        group.dead = group.newest() <= cutoff.sequence();
        continue;
      }
      boolean oldEnough = cutoff.covers(body.modified(), group.version);
      boolean wasErased = group.erased.stream().anyMatch(facet -> cutoff.covers(facet.at(), facet.row().sequence()));
      boolean isOldTombstone = body.kind() == VersionKind.TOMBSTONE && oldEnough;
      group.dead = wasErased || isOldTombstone || body.nullVersion() && nullHidden;
      if (body.nullVersion() && (group.dead || oldEnough)) {
        nullHidden = true;
      }
    }
  }

  /// Everything is dead: the bucket was deleted.
  void judgeAllDead() {
    newestFirst.forEach(group -> group.dead = true);
  }

  /// The dead facets, those that were made first at the head.
  List<FacetRow> deadFacets(Cutoff cutoff) {
    var dead = new ArrayList<FacetRow>();
    for (Group group : newestFirst) {
      FacetRow made = group.made;
      if (group.dead) {
        dead.addAll(group.erased);
        dead.addAll(group.tags);
        dead.addAll(group.acls);
        if (made != null) {
          dead.add(made);
        }
      } else {
        addHidden(group.tags, cutoff, dead);
        addHidden(group.acls, cutoff, dead);
      }
    }
    dead.sort((a, b) -> Long.compareUnsigned(a.row().sequence(), b.row().sequence()));
    return dead;
  }

  private static void addHidden(List<FacetRow> newestFirst, Cutoff cutoff, List<FacetRow> dead) {
    boolean hidden = false;
    for (FacetRow facet : newestFirst) {
      if (hidden) {
        dead.add(facet);
      }
      hidden |= cutoff.covers(facet.at(), facet.row().sequence());
    }
  }

  /// The version with a sequence, null if it is not there.
  @Nullable
  Group group(long version) {
    for (Group group : newestFirst) {
      if (group.version == version) {
        return group;
      }
    }
    return null;
  }
}

package hayloft.filer.losses;

import hayloft.filer.Bucket;
import hayloft.filer.VersionSelector;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.Subjects;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.objects.VersionIds;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.OptionalLong;
import java.util.Set;

/// Whether answers about objects are sure although something is lost. Thread-safe; waits, but for [#mayBeUnsure].
///
/// A version of sequence s is hidden, changed or taken away by mutations of the same key with higher sequences only. So
/// an answer is sure if what it rests on is newer than everything that is lost of the key.
public final class Certainty {

  private final KeyStore store;
  private final LostTruths truths;

  public Certainty(KeyStore store, LostTruths truths) {
    this.store = store;
    this.truths = truths;
  }

  /// Whether anything at all is lost of the key; does not wait.
  public boolean mayBeUnsure(Bucket bucket, String key) {
    return !truths.isEmpty() && truths.newestOf(Subjects.ofObject(bucket.id(), key)) != 0;
  }

  /// @throws hayloft.filer.LostTruthException if what rows say of a version may be out of date
  public void require(Bucket bucket, String key, VersionSelector which) throws IOException {
    if (mayBeUnsure(bucket, key)) {
      truths.requireSure(Subjects.ofObject(bucket.id(), key), restsOn(bucket, key, which),
          () -> bucket.name() + "/" + key);
    }
  }

  /// Whether [#require] would throw.
  public boolean isUnsure(Bucket bucket, String key, VersionSelector which) throws IOException {
    return mayBeUnsure(bucket, key)
        && truths.isUnsure(Subjects.ofObject(bucket.id(), key), restsOn(bucket, key, which));
  }

  private long restsOn(Bucket bucket, String key, VersionSelector which) throws IOException {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    return switch (which) {
      case VersionSelector.Latest _ -> newest(bucket, keyBytes, false);
      case VersionSelector.Exactly(String id) when id.equals(VersionIds.NULL) -> newest(bucket, keyBytes, true);
      case VersionSelector.Exactly(String id) -> {
        OptionalLong sequence = VersionIds.parse(id);
        if (sequence.isEmpty()) {
          yield Long.MAX_VALUE; // there can be no such version
        }
        long version = sequence.getAsLong();
        boolean isThere = store.get(RowKeys.facet(bucket.id(), keyBytes, version, Facet.VERSION, version)) != null;
        yield isThere ? version : version - 1; // the version itself may be what is lost
      }
    };
  }

  /// The sequence of the newest version that was not erased, be it an object, a marker or a tombstone, settled or not;
  /// 0 if there is none.
  private long newest(Bucket bucket, byte[] key, boolean nullOnly) throws IOException {
    byte[] prefix = RowKeys.oneKey(RowKeys.OBJECTS, bucket.id(), key);
    Set<Long> erased = new HashSet<>();
    erasures(prefix, 0, erased);
    erasures(RowKeys.settled(prefix), 1, erased);
    return Math.max(newest(prefix, 0, nullOnly, erased), newest(RowKeys.settled(prefix), 1, nullOnly, erased));
  }

  private void erasures(byte[] prefix, int from, Set<Long> erased) throws IOException {
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        var row = new ObjectRow(from == 0 ? rows.key() : RowKeys.beforeSettling(rows.key()));
        if (row.facet() == Facet.ERASED) {
          erased.add(row.version());
        }
      }
    }
  }

  private long newest(byte[] prefix, int from, boolean nullOnly, Set<Long> erased) throws IOException {
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      for (boolean found = rows.seek(prefix); found; found = rows.next()) {
        var row = new ObjectRow(from == 0 ? rows.key() : RowKeys.beforeSettling(rows.key()));
        if (row.facet() == Facet.VERSION && !erased.contains(row.version())
            && (!nullOnly || VersionBody.read(RowValue.body(rows.value()), "").nullVersion())) {
          return row.version();
        }
      }
    }
    return 0;
  }
}

package hayloft.filer.audit;

import hayloft.common.FileId;
import hayloft.common.volume.Presence;
import hayloft.common.volume.VolumeClient;
import hayloft.filer.Bucket;
import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.mutation.VersionBody;
import hayloft.filer.rows.Facet;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import hayloft.filer.rows.RowValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/// Tells rows that no reader sees any more: they wait for the collector, or it took them away before a kill that forgot
/// it, and has to wait before it may do so again. What such a row names may be marked dead or have left its file
/// meanwhile, and nothing is wrong with that. Confined to one thread.
final class Unseen {
  private final KeyStore store;
  private final VolumeClient volumes;
  private final LongFunction<Optional<Bucket>> buckets;
  private @Nullable Set<Long> settledEnds;

  Unseen(KeyStore store, VolumeClient volumes, LongFunction<Optional<Bucket>> buckets) {
    this.store = store;
    this.volumes = volumes;
    this.buckets = buckets;
  }

  /// Whether a row is unseen, and a needle that it names is marked dead or was taken away by a compaction.
  boolean isForgotten(byte[] row, FileId needle) throws IOException {
    boolean isMarked = volumes.presence(needle.volume(), needle.key()) == Presence.DEAD
        || volumes.isCompactedAway(needle.volume(), needle.key());
    return isMarked && isUnseen(row);
  }

  private boolean isUnseen(byte[] row) throws IOException {
    if (RowKeys.canBeSettled(row) && store.get(RowKeys.settledRow(row)) != null) {
      return true;
    }
    return switch (row[0]) {
      case RowKeys.OBJECTS -> isOfNoBucket(row) || isHidden(new ObjectRow(row));
      case RowKeys.BUCKETS, RowKeys.USERS -> !isFirst(row, row.length - Long.BYTES);
      case RowKeys.UPLOADS -> isOfNoBucket(row) || isEnded(RowKeys.lastLong(row));
      case RowKeys.PARTS -> isEnded(ByteBuffer.wrap(row).getLong(1)) || !isFirst(row, row.length - Long.BYTES);
      case RowKeys.ENDED_UPLOADS -> settledEnds().contains(RowKeys.lastLong(row));
      default -> false;
    };
  }

  private boolean isOfNoBucket(byte[] row) {
    return buckets.apply(ByteBuffer.wrap(row).getLong(1)).isEmpty();
  }

  private boolean isEnded(long upload) throws IOException {
    return store.get(RowKeys.endedUpload(upload)) != null;
  }

  /// Whether a row is the newest of those that begin like it.
  private boolean isFirst(byte[] row, int prefixBytes) throws IOException {
    byte[] prefix = Arrays.copyOf(row, prefixBytes);
    try (KeyCursor rows = store.cursor(prefix, RowKeys.after(prefix), Reach.DISK)) {
      return !rows.seek(prefix) || Arrays.equals(rows.key(), row);
    }
  }

  /// By a newer null version, an erasure, or a newer property of its kind.
  private boolean isHidden(ObjectRow object) throws IOException {
    boolean newerNullVersion = false;
    byte[] key = RowKeys.oneKey(RowKeys.OBJECTS, object.bucketId(), object.key());
    try (KeyCursor rows = store.cursor(key, RowKeys.after(key), Reach.DISK)) {
      for (boolean more = rows.seek(key); more; more = rows.next()) {
        var other = new ObjectRow(rows.key());
        if (other.version() < object.version()) {
          return false;
        }
        boolean isNullVersion = other.facet() == Facet.VERSION
            && VersionBody.isNullVersion(RowValue.body(rows.value()));
        if (other.version() > object.version()) {
          newerNullVersion |= isNullVersion;
        } else if (other.facet() == Facet.ERASED && object.facet() != Facet.ERASED
            || other.facet() == object.facet() && other.sequence() > object.sequence()
            || isNullVersion && newerNullVersion) {
          return true;
        }
      }
    }
    return false;
  }

  private Set<Long> settledEnds() throws IOException {
    Set<Long> found = settledEnds;
    if (found == null) {
      found = new HashSet<>();
      byte[] ends = RowKeys.settled(RowKeys.table(RowKeys.ENDED_UPLOADS));
      try (KeyCursor rows = store.cursor(ends, RowKeys.after(ends), Reach.DISK)) {
        for (boolean more = rows.seek(ends); more; more = rows.next()) {
          found.add(RowKeys.lastLong(rows.key()));
        }
      }
      settledEnds = found;
    }
    return found;
  }
}

package hayloft.filer.objects;

import hayloft.filer.keystore.KeyCursor;
import hayloft.filer.keystore.KeyStore;
import hayloft.filer.keystore.KeyStore.Reach;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The rows of a table that a listing with a prefix, a delimiter and a position runs over. Immutable.
public final class ListRange {

  private final byte table;
  private final long bucketId;
  private final byte[] from;
  private final RollUp rollUp;

  public ListRange(byte table, long bucketId, String prefix, String delimiter) {
    byte[] prefixBytes = prefix.getBytes(StandardCharsets.UTF_8);
    this.table = table;
    this.bucketId = bucketId;
    from = RowKeys.keysWithPrefix(table, bucketId, prefixBytes);
    rollUp = new RollUp(prefixBytes, delimiter.getBytes(StandardCharsets.UTF_8));
  }

  public KeyCursor open(KeyStore store) {
    return store.cursor(from, RowKeys.after(from), Reach.DISK);
  }

  public byte[] from() {
    return from;
  }

  /// Null if the row's key stands for itself.
  byte @Nullable [] commonPrefix(ObjectRow row) {
    return rollUp.isNothing() ? null : rollUp.commonPrefix(row.key());
  }

  /// Null if the key stands for itself.
  public byte @Nullable [] commonPrefix(byte[] key) {
    return rollUp.commonPrefix(key);
  }

  /// The row to go on at behind a common prefix.
  public byte[] afterPrefix(byte[] commonPrefix) {
    return RowKeys.after(RowKeys.keysWithPrefix(table, bucketId, commonPrefix));
  }

  /// The row to go on at behind a key or a common prefix that an earlier page ended with. A common prefix that is not
  /// greater than it was listed already, so the whole of it is passed over.
  public byte[] afterEntry(String entry) {
    byte[] key = entry.getBytes(StandardCharsets.UTF_8);
    byte[] rolledUp = commonPrefix(key);
    byte[] next = rolledUp == null
        ? RowKeys.after(RowKeys.oneKey(table, bucketId, key))
        : afterPrefix(rolledUp);
    return Arrays.compareUnsigned(next, from) < 0 ? from : next;
  }

  /// The first row of a key.
  public byte[] atKey(String key) {
    return RowKeys.oneKey(table, bucketId, key.getBytes(StandardCharsets.UTF_8));
  }
}

package hayloft.filer.rows;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/// The key of an object's row, taken apart. Immutable; borrows the array.
///
///     O bucket(8) key-escaped 00 00 ~version(8) facet(1) ~sequence(8)
public final class ObjectRow {

  private static final int KEY_FROM = 9;
  private static final int TAIL = 2 + 8 + 1 + 8;

  private final byte[] row;
  private final ByteBuffer numbers;

  public ObjectRow(byte[] row) {
    if (row.length < KEY_FROM + TAIL || row[0] != RowKeys.OBJECTS) {
      throw new IllegalStateException("not an object row: " + HexFormat.of().formatHex(row));
    }
    this.row = row;
    this.numbers = ByteBuffer.wrap(row);
  }

  public byte[] bytes() {
    return row;
  }

  public long bucketId() {
    return numbers.getLong(1);
  }

  /// The object key in UTF-8.
  public byte[] key() {
    return RowKeys.unescaped(row, KEY_FROM, row.length - TAIL);
  }

  public boolean isOfSameKey(ObjectRow other) {
    int keyEnd = row.length - TAIL;
    return other.row.length == row.length && Arrays.equals(row, 1, keyEnd, other.row, 1, keyEnd);
  }

  public long version() {
    return ~numbers.getLong(row.length - 17);
  }

  public Facet facet() {
    return Facet.ofCode(row[row.length - 9]);
  }

  public long sequence() {
    return ~numbers.getLong(row.length - 8);
  }

  /// The least row above all rows of this key.
  public byte[] afterKey() {
    byte[] next = Arrays.copyOf(row, row.length - TAIL + 2);
    next[next.length - 1] = 1;
    return next;
  }
}

package hayloft.filer.rows;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// The key of an object's row, taken apart. Immutable; borrows the array.
///
///     O bucket(8) key-escaped 00 00 ~version(8) facet(1) ~sequence(8)
public final class ObjectRow {

  private static final int KEY_FROM = 9;
  private static final int TAIL = 2 + 8 + 1 + 8;
  private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final byte[] row;

  public ObjectRow(byte[] row) {
    if (row.length < KEY_FROM + TAIL || row[0] != RowKeys.OBJECTS) {
      throw new IllegalStateException("not an object row: " + HexFormat.of().formatHex(row));
    }
    this.row = row;
  }

  public byte[] bytes() {
    return row;
  }

  public long bucketId() {
    return (long) LONG.get(row, 1);
  }

  /// The object key in UTF-8.
  public byte[] key() {
    return RowKeys.unescaped(row, KEY_FROM, row.length - TAIL);
  }

  /// The object key. Nearly none has anything escaped, and a text is searched faster than bytes are copied one by one.
  public String keyText() {
    String text = new String(row, KEY_FROM, escapedKeyBytes(), StandardCharsets.UTF_8);
    return text.indexOf('\0') < 0 ? text : new String(key(), StandardCharsets.UTF_8);
  }

  /// What the key takes in the row, in bytes: one more than in UTF-8 for each zero.
  public int escapedKeyBytes() {
    return row.length - TAIL - KEY_FROM;
  }

  public boolean isOfSameKey(ObjectRow other) {
    int keyEnd = row.length - TAIL;
    return other.row.length == row.length && Arrays.equals(row, 1, keyEnd, other.row, 1, keyEnd);
  }

  public long version() {
    return ~(long) LONG.get(row, row.length - 17);
  }

  public Facet facet() {
    return Facet.ofCode(row[row.length - 9]);
  }

  public long sequence() {
    return ~(long) LONG.get(row, row.length - 8);
  }

  /// The least row above all rows of this key.
  public byte[] afterKey() {
    byte[] next = Arrays.copyOf(row, row.length - TAIL + 2);
    next[next.length - 1] = 1;
    return next;
  }
}

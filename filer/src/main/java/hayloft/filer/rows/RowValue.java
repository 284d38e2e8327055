package hayloft.filer.rows;

import hayloft.common.FileId;
import hayloft.filer.mutation.FieldReader;
import java.nio.ByteBuffer;

/// The value of rows in tables O, U, P, B, K, D and S: the needle that they follow from, and its body.
///
///     volume(4) needle key(8) cookie(4) body, verbatim as in the needle
public final class RowValue {

  private static final int NEEDLE_BYTES = 16;

  private RowValue() {}

  public static byte[] of(FileId needle, byte[] body) {
    return ByteBuffer.allocate(NEEDLE_BYTES + body.length).putInt(needle.volume()).putLong(needle.key())
        .putInt(needle.cookie()).put(body).array();
  }

  public static FileId needle(byte[] value) {
    var in = ByteBuffer.wrap(value);
    return new FileId(in.getInt(), in.getLong(), in.getInt());
  }

  public static FieldReader body(byte[] value) {
    return new FieldReader(value, NEEDLE_BYTES, value.length);
  }
}

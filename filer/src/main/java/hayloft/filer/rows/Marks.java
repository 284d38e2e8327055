package hayloft.filer.rows;

import java.nio.ByteBuffer;

/// The rows of table M: what the catalog's store says of itself.
public final class Marks {

  /// Layout of the rows; a store of another version is thrown away and rebuilt.
  public static final long FORMAT_VERSION = 2;

  public static final String FORMAT = "format";
  /// Id of the store that the rows were made from.
  public static final String STORE = "store";
  /// The highest epoch that the store knows of: every needle of it and of those before is in the rows, or behind the
  /// positions.
  public static final String EPOCH = "epoch";
  /// Every mutation with a sequence up to this one is applied, or known to have failed.
  public static final String WATERMARK = "watermark";

  private Marks() {}

  public static long number(byte[] value) {
    return ByteBuffer.wrap(value).getLong();
  }

  public static byte[] number(long value) {
    return ByteBuffer.allocate(8).putLong(value).array();
  }
}

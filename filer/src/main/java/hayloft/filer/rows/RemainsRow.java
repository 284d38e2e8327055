package hayloft.filer.rows;

import hayloft.filer.keystore.KeyBatch;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// A row of table R: a needle that is marked dead, still in its file, and would show something if its mark were lost.
/// Immutable.
///
///     R volume(4) bucket(8) key-escaped 00 00 sequence(8)     ->     needle key(8) letter of its table(1)
///
/// @param volume that the needle lies in
/// @param table in which it had its row: O, U, P, B or K
public record RemainsRow(int volume, Subject subject, long sequence, long needleKey, byte table) {

  private static final int SUBJECT_FROM = 1 + 4;
  private static final int TERMINATOR = 2;
  private static final byte[] NO_KEY = {};

  /// Whose remains they are: of an object key, with its uploads; of a bucket's documents, with an empty key; of a
  /// user's, with bucket 0.
  public record Subject(long bucketId, byte[] key) {

    public static Subject ofObject(long bucketId, String key) {
      return new Subject(bucketId, key.getBytes(StandardCharsets.UTF_8));
    }

    public static Subject ofBucket(long bucketId) {
      return new Subject(bucketId, NO_KEY);
    }

    public static Subject ofUser(String id) {
      return new Subject(0, id.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Subject(long otherBucket, byte[] otherKey) && bucketId == otherBucket
          && Arrays.equals(key, otherKey);
    }

    @Override
    public int hashCode() {
      return Long.hashCode(bucketId) * 31 + Arrays.hashCode(key);
    }
  }

  public void addTo(KeyBatch batch) {
    batch.put(key(), ByteBuffer.allocate(9).putLong(needleKey).put(table).array());
  }

  /// The key of the row.
  public byte[] key() {
    return ofSubject(volume, subject, 8).putLong(sequence).array();
  }

  /// All remains in a volume begin with it.
  public static byte[] in(int volume) {
    return ByteBuffer.allocate(SUBJECT_FROM).put(RowKeys.REMAINS).putInt(volume).array();
  }

  /// All remains of a subject in a volume begin with it.
  public static byte[] of(int volume, Subject subject) {
    return ofSubject(volume, subject, 0).array();
  }

  private static ByteBuffer ofSubject(int volume, Subject subject, int tailBytes) {
    byte[] bucketAndKey = RowKeys.escaped((byte) 0, subject.bucketId(), subject.key(), TERMINATOR);
    int length = SUBJECT_FROM + bucketAndKey.length - 1;
    return ByteBuffer.allocate(length + tailBytes).put(RowKeys.REMAINS).putInt(volume)
        .put(bucketAndKey, 1, bucketAndKey.length - 1);
  }

  public static RemainsRow read(byte[] row, byte[] value) {
    int keyFrom = SUBJECT_FROM + 8;
    int keyTo = row.length - 8 - TERMINATOR;
    if (keyTo < keyFrom || row[0] != RowKeys.REMAINS) {
      throw new IllegalStateException("not a row of remains: " + HexFormat.of().formatHex(row));
    }
    var numbers = ByteBuffer.wrap(row);
    var in = ByteBuffer.wrap(value);
    return new RemainsRow(numbers.getInt(1),
        new Subject(numbers.getLong(SUBJECT_FROM), RowKeys.unescaped(row, keyFrom, keyTo)),
        numbers.getLong(row.length - 8), in.getLong(), in.get());
  }
}

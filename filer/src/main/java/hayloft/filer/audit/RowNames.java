package hayloft.filer.audit;

import hayloft.filer.Bucket;
import hayloft.filer.rows.ObjectRow;
import hayloft.filer.rows.RowKeys;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.LongFunction;

/// Says in words what a row is about. Thread-safe.
public final class RowNames {
  /// What the name of an object begins with.
  public static final String OBJECT = "object ";

  private static final int USER_TAIL = 2 + 8;

  private final LongFunction<Optional<Bucket>> buckets;

  public RowNames(LongFunction<Optional<Bucket>> buckets) {
    this.buckets = buckets;
  }

  public String object(long bucketId, byte[] key) {
    return bucket(bucketId) + "/" + new String(key, StandardCharsets.UTF_8);
  }

  String bucket(long id) {
    return buckets.apply(id).map(Bucket::name).orElse("deleted bucket " + id);
  }

  public String of(byte[] row) {
    return switch (row[0]) {
      case RowKeys.OBJECTS -> {
        var object = new ObjectRow(row);
        yield OBJECT + object(object.bucketId(), object.key());
      }
      case RowKeys.UPLOADS -> "upload of " + object(ByteBuffer.wrap(row).getLong(1), RowKeys.keyOfUpload(row));
      case RowKeys.PARTS -> "part " + RowKeys.numberOfPart(row) + " of upload " + ByteBuffer.wrap(row).getLong(1);
      case RowKeys.ENDED_UPLOADS -> "end of upload " + RowKeys.lastLong(row);
      case RowKeys.BUCKETS -> "bucket " + bucket(ByteBuffer.wrap(row).getLong(1));
      case RowKeys.USERS -> "user " + new String(row, 1, row.length - 1 - USER_TAIL, StandardCharsets.UTF_8);
      default -> throw new IllegalStateException("no table of needles: " + (char) row[0]);
    };
  }
}

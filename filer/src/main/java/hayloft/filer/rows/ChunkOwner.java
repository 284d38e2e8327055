package hayloft.filer.rows;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/// The value of a row in table C: for which object a chunk was written. Immutable.
///
///     sequence(8) bucket(8) key in UTF-8
public record ChunkOwner(long sequence, long bucketId, String key) {

  public byte[] toBytes() {
    byte[] keyBytes = key.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(16 + keyBytes.length).putLong(sequence).putLong(bucketId).put(keyBytes).array();
  }

  public static ChunkOwner read(byte[] value) {
    var in = ByteBuffer.wrap(value);
    return new ChunkOwner(in.getLong(), in.getLong(),
        new String(value, 16, value.length - 16, StandardCharsets.UTF_8));
  }
}

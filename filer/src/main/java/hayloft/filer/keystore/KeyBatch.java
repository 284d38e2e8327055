package hayloft.filer.keystore;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Puts and deletes that are to be applied together, in order. Confined to one thread. It keeps the arrays it is given.
public final class KeyBatch {

  private static final int ROW_OVERHEAD_BYTES = 16;

  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte @Nullable []> values = new ArrayList<>();
  private int sizeBytes;

  public void put(byte[] key, byte[] value) {
    keys.add(key);
    values.add(value);
    sizeBytes += key.length + value.length + ROW_OVERHEAD_BYTES;
  }

  public void delete(byte[] key) {
    keys.add(key);
    values.add(null);
    sizeBytes += key.length + ROW_OVERHEAD_BYTES;
  }

  public boolean isEmpty() {
    return keys.isEmpty();
  }

  public int count() {
    return keys.size();
  }

  /// About what it takes in memory.
  public int sizeBytes() {
    return sizeBytes;
  }

  public void clear() {
    keys.clear();
    values.clear();
    sizeBytes = 0;
  }

  public byte[] key(int index) {
    return keys.get(index);
  }

  /// Null for a delete.
  public byte @Nullable [] value(int index) {
    return values.get(index);
  }
}

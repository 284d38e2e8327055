package hayloft.filer.objects;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which common prefix a key rolls up to: what stands up to the first delimiter behind the prefix. Immutable.
public final class RollUp {

  private final byte[] prefix;
  private final byte[] delimiter;

  /// @param delimiter empty for none
  public RollUp(byte[] prefix, byte[] delimiter) {
    this.prefix = prefix;
    this.delimiter = delimiter;
  }

  /// Every key stands for itself.
  boolean isNothing() {
    return delimiter.length == 0;
  }

  /// Null if the key stands for itself.
  public byte @Nullable [] commonPrefix(byte[] key) {
    if (isNothing() || key.length < prefix.length
        || !Arrays.equals(key, 0, prefix.length, prefix, 0, prefix.length)) {
      return null;
    }
    for (int i = prefix.length; i + delimiter.length <= key.length; i++) {
      if (Arrays.equals(key, i, i + delimiter.length, delimiter, 0, delimiter.length)) {
        return Arrays.copyOf(key, i + delimiter.length);
      }
    }
    return null;
  }
}

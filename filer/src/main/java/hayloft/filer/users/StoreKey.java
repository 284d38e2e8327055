package hayloft.filer.users;

import java.util.Arrays;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// The store's own key: 32 bytes that seal secrets before they reach a needle. Immutable. Never printed.
public final class StoreKey {

  public static final int BYTES = 32;

  private final SecretKeySpec key;
  private final String place;

  /// @param bytes copied
  /// @throws IllegalArgumentException unless there are 32
  public StoreKey(byte[] bytes) {
    this(bytes, "the store's key");
  }

  /// @param bytes copied
  /// @param place where it was found, for messages: a file or a variable
  /// @throws IllegalArgumentException unless there are 32
  public StoreKey(byte[] bytes, String place) {
    this.place = place;
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("the store's key must have " + BYTES + " bytes, got " + bytes.length);
    }
    key = new SecretKeySpec(Arrays.copyOf(bytes, BYTES), "AES");
  }

  SecretKey aes() {
    return key;
  }

  String place() {
    return place;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof StoreKey that && key.equals(that.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public String toString() {
    return "StoreKey";
  }
}

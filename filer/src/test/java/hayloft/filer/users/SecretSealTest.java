package hayloft.filer.users;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Base64;
import org.junit.jupiter.api.Test;

final class SecretSealTest {

  private final StoreKey key = new StoreKey(new byte[StoreKey.BYTES]);

  @Test
  void aSecretIsOpenedOnlyWithTheSameKeyAndForTheSameUser() throws IOException {
    var seal = new SecretSeal(key);
    String sealed = seal.seal("ann", "s3cr3t", false);
    assertEquals("s3cr3t", seal.open("ann", sealed, false));
    assertNotEquals(sealed, seal.seal("ann", "s3cr3t", false));
    assertThrows(IOException.class, () -> seal.open("bob", sealed, false));
    byte[] other = new byte[StoreKey.BYTES];
    other[0] = 1;
    assertThrows(IOException.class, () -> new SecretSeal(new StoreKey(other)).open("ann", sealed, false));
  }

  /// A program that does not know disabled users opens what begins with 1 alone.
  @Test
  void aDisabledUsersSecretIsNoneOfAnEnabledOne() throws IOException {
    var seal = new SecretSeal(key);
    String sealed = seal.seal("ann", "s3cr3t", true);
    byte[] bytes = Base64.getDecoder().decode(sealed);
    assertEquals(2, bytes[0]);
    assertEquals("s3cr3t", seal.open("ann", sealed, true));
    assertThrows(IOException.class, () -> seal.open("ann", sealed, false));
    bytes[0] = 1;
    assertThrows(IOException.class, () -> seal.open("ann", Base64.getEncoder().encodeToString(bytes), false));
  }

  @Test
  void aKeyWithAFlippedBitIsToldWithItsPlaceAndWhatToDo() {
    String sealed = new SecretSeal(key).seal("root", "s3cr3t", false);
    for (int bit = 0; bit < 8 * StoreKey.BYTES; bit++) {
      byte[] flipped = new byte[StoreKey.BYTES];
      flipped[bit / 8] = (byte) (1 << bit % 8);
      var seal = new SecretSeal(new StoreKey(flipped, "/data/store.key"));
      var refusal = assertThrows(IOException.class, () -> seal.open("root", sealed, false));
      assertEquals(
          "the secret of user root cannot be opened with /data/store.key: it is not the key that sealed it, or a"
              + " damaged copy. Restore the store's key from a backup, or set HAYLOFT_STORE_KEY to it",
          refusal.getMessage());
    }
  }

  @Test
  void aKeyOfAnotherLengthIsRefusedAndNoneIsPrinted() {
    assertThrows(IllegalArgumentException.class, () -> new StoreKey(new byte[31]));
    assertEquals("StoreKey", key.toString());
  }
}

package hayloft.filer.users;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/// Seals secrets with AES-256-GCM under the store's key. Thread-safe.
///
///     sealed := version(1) nonce(12) ciphertext tag(16), in base64
///
/// The user's id is authenticated with it, so that a sealed secret cannot be moved to another user.
final class SecretSeal {

  private static final byte VERSION = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final StoreKey key;
  private final SecureRandom random = new SecureRandom();

  SecretSeal(StoreKey key) {
    this.key = key;
  }

  String seal(String userId, String secret) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] text = cipher(Cipher.ENCRYPT_MODE, nonce, userId).doFinal(secret.getBytes(StandardCharsets.UTF_8));
      byte[] sealed = new byte[1 + NONCE_BYTES + text.length];
      sealed[0] = VERSION;
      System.arraycopy(nonce, 0, sealed, 1, NONCE_BYTES);
      System.arraycopy(text, 0, sealed, 1 + NONCE_BYTES, text.length);
      return Base64.getEncoder().encodeToString(sealed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is part of every JDK", e);
    }
  }

  /// @throws IOException if the secret was sealed under another key (one flipped bit makes another), or for another
  ///   user; says what to do
  String open(String userId, String sealedSecret) throws IOException {
    byte[] sealed = Base64.getDecoder().decode(sealedSecret);
    if (sealed.length <= 1 + NONCE_BYTES || sealed[0] != VERSION) {
      throw new IOException("secret of user " + userId + ": sealed in an unknown way");
    }
    byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
    try {
      byte[] text = cipher(Cipher.DECRYPT_MODE, nonce, userId).doFinal(sealed, 1 + NONCE_BYTES,
          sealed.length - 1 - NONCE_BYTES);
      return new String(text, StandardCharsets.UTF_8);
    } catch (GeneralSecurityException e) {
      throw new IOException("the secret of user " + userId + " cannot be opened with " + key.place()
          + ": it is not the key that sealed it, or a damaged copy. Restore the store's key from a backup, or set"
          + " HAYLOFT_STORE_KEY to it", e);
    }
  }

  private Cipher cipher(int mode, byte[] nonce, String userId) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key.aes(), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(userId.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}

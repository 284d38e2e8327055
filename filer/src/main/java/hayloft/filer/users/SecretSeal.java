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
/// Version 1 is the secret of a user who may sign, 2 that of a disabled one. Programs from before there were disabled
/// users skip the field that says so, but know version 1 alone: they leave such a user aside instead of letting them
/// in.
///
/// The user's id, and of version 2 a zero and `disabled` behind it, is authenticated with it, so that a sealed secret
/// cannot be moved to another user, nor made one of another version.
final class SecretSeal {

  private static final byte ENABLED = 1;
  private static final byte DISABLED = 2;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final StoreKey key;
  private final SecureRandom random = new SecureRandom();

  SecretSeal(StoreKey key) {
    this.key = key;
  }

  String seal(String userId, String secret, boolean disabled) {
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] text = cipher(Cipher.ENCRYPT_MODE, nonce, bound(userId, disabled))
          .doFinal(secret.getBytes(StandardCharsets.UTF_8));
      byte[] sealed = new byte[1 + NONCE_BYTES + text.length];
      sealed[0] = disabled ? DISABLED : ENABLED;
      System.arraycopy(nonce, 0, sealed, 1, NONCE_BYTES);
      System.arraycopy(text, 0, sealed, 1 + NONCE_BYTES, text.length);
      return Base64.getEncoder().encodeToString(sealed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("AES-GCM is part of every JDK", e);
    }
  }

  /// @throws IOException if the secret was sealed under another key (one flipped bit makes another), or for another
  ///   user; says what to do
  String open(String userId, String sealedSecret, boolean disabled) throws IOException {
    byte[] sealed = Base64.getDecoder().decode(sealedSecret);
    if (sealed.length <= 1 + NONCE_BYTES || sealed[0] != (disabled ? DISABLED : ENABLED)) {
      throw new IOException("secret of user " + userId + ": sealed in an unknown way");
    }
    byte[] nonce = Arrays.copyOfRange(sealed, 1, 1 + NONCE_BYTES);
    try {
      byte[] text = cipher(Cipher.DECRYPT_MODE, nonce, bound(userId, disabled)).doFinal(sealed, 1 + NONCE_BYTES,
          sealed.length - 1 - NONCE_BYTES);
      return new String(text, StandardCharsets.UTF_8);
    } catch (GeneralSecurityException e) {
      throw new IOException("the secret of user " + userId + " cannot be opened with " + key.place()
          + ": it is not the key that sealed it, or a damaged copy. Restore the store's key from a backup, or set"
          + " HAYLOFT_STORE_KEY to it", e);
    }
  }

  /// An id has no zero in it.
  private static String bound(String userId, boolean disabled) {
    return disabled ? userId + "\0disabled" : userId;
  }

  private Cipher cipher(int mode, byte[] nonce, String boundTo) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, key.aes(), new GCMParameterSpec(TAG_BITS, nonce));
    cipher.updateAAD(boundTo.getBytes(StandardCharsets.UTF_8));
    return cipher;
  }
}

package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;

/// A key for HMAC ([RFC 2104](https://www.rfc-editor.org/rfc/rfc2104)) that has hashed its pads once and for all: each
/// signature copies two digest states instead of looking a `Mac` up and hashing two blocks more. Thread-safe.
final class HmacKey {

  private static final int BLOCK_BYTES = 64; // of SHA-1 and SHA-256 alike

  private final MessageDigest inner;
  private final MessageDigest outer;

  private HmacKey(MessageDigest digest, byte[] key) {
    byte[] pad = Arrays.copyOf(key.length > BLOCK_BYTES ? copy(digest).digest(key) : key, BLOCK_BYTES);
    inner = copy(digest);
    outer = copy(digest);
    for (int i = 0; i < BLOCK_BYTES; i++) {
      pad[i] ^= 0x36;
    }
    inner.update(pad);
    for (int i = 0; i < BLOCK_BYTES; i++) {
      pad[i] ^= 0x36 ^ 0x5c;
    }
    outer.update(pad);
  }

  static HmacKey sha256(byte[] key) {
    return new HmacKey(Digests.SHA256, key);
  }

  static HmacKey sha1(byte[] key) {
    return new HmacKey(Digests.SHA1, key);
  }

  byte[] sign(ByteText text) {
    MessageDigest digest = copy(inner);
    text.feed(digest);
    return finish(digest);
  }

  byte[] sign(String text) {
    MessageDigest digest = copy(inner);
    digest.update(text.getBytes(UTF_8));
    return finish(digest);
  }

  private byte[] finish(MessageDigest digest) {
    byte[] hash = digest.digest();
    MessageDigest last = copy(outer);
    last.update(hash);
    return last.digest();
  }

  static byte[] sha256Of(ByteText text) {
    MessageDigest digest = copy(Digests.SHA256);
    text.feed(digest);
    return digest.digest();
  }

  private static MessageDigest copy(MessageDigest digest) {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("the JDK's own digests can be copied", e);
    }
  }

  /// Never used but to be copied.
  private static final class Digests {
    private static final MessageDigest SHA1 = digest("SHA-1");
    private static final MessageDigest SHA256 = digest("SHA-256");

    private static MessageDigest digest(String name) {
      try {
        return MessageDigest.getInstance(name);
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every JDK has " + name, e);
      }
    }
  }
}

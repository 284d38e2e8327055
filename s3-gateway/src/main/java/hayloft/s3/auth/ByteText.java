package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.security.MessageDigest;
import java.util.Arrays;

/// Text to be hashed or signed, as bytes, growing. Not thread-safe. Chars are bytes (ISO-8859-1), as the head's parser
/// gives them.
final class ByteText {

  private static final byte[] UPPER_HEX = "0123456789ABCDEF".getBytes(ISO_8859_1);
  private static final byte[] LOWER_HEX = "0123456789abcdef".getBytes(ISO_8859_1);

  private byte[] bytes;
  private int length;

  ByteText(int expectedBytes) {
    bytes = new byte[expectedBytes];
  }

  ByteText put(String text) {
    return put(text, 0, text.length());
  }

  @SuppressWarnings("deprecation") // the one way from a String's chars to bytes without a copy; it drops high bytes
  ByteText put(String text, int from, int to) {
    room(to - from);
    text.getBytes(from, to, bytes, length);
    length += to - from;
    return this;
  }

  ByteText put(char c) {
    room(1);
    bytes[length++] = (byte) c;
    return this;
  }

  /// `%` and two digits.
  void putEscaped(int b) {
    room(3);
    bytes[length++] = '%';
    bytes[length++] = UPPER_HEX[b >> 4 & 0xF];
    bytes[length++] = UPPER_HEX[b & 0xF];
  }

  ByteText putHex(byte[] raw) {
    room(raw.length * 2);
    for (byte b : raw) {
      bytes[length++] = LOWER_HEX[b >> 4 & 0xF];
      bytes[length++] = LOWER_HEX[b & 0xF];
    }
    return this;
  }

  int length() {
    return length;
  }

  void feed(MessageDigest digest) {
    digest.update(bytes, 0, length);
  }

  String from(int start) {
    return new String(bytes, start, length - start, ISO_8859_1);
  }

  @Override
  public String toString() {
    return from(0);
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}

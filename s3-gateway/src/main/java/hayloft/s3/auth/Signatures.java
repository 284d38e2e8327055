package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Base64;

/// Signatures as they are written in requests. What is no signature reads as an empty one, which equals none.
final class Signatures {

  private static final int SHA256_HEX_DIGITS = 64;
  private static final byte[] NONE = new byte[0];

  private Signatures() {}

  static byte[] parseHex(String text) {
    if (text.length() != SHA256_HEX_DIGITS) {
      return NONE;
    }
    byte[] raw = new byte[SHA256_HEX_DIGITS / 2];
    for (int i = 0; i < raw.length; i++) {
      int high = digit(text.charAt(2 * i));
      int low = digit(text.charAt(2 * i + 1));
      if (high < 0 || low < 0) {
        return NONE;
      }
      raw[i] = (byte) (high << 4 | low);
    }
    return raw;
  }

  static boolean isSha256(String text) {
    return parseHex(text).length > 0;
  }

  static byte[] parseBase64(String text) {
    try {
      return Base64.getDecoder().decode(text.getBytes(ISO_8859_1));
    } catch (IllegalArgumentException _) {
      return NONE;
    }
  }

  static int digit(char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
      return c - 'a' + 10;
    }
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  }
}

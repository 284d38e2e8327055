package hayloft.s3.auth;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.util.AsciiString;
import java.util.Base64;

/// Signatures as they are written in requests. What is no signature reads as an empty one, which equals none.
final class Signatures {

  private static final int SHA256_HEX_DIGITS = 64;
  private static final byte[] NONE = new byte[0];

  private static final AsciiString AMZ_PREFIX = AsciiString.cached("x-amz-");
  private static final AsciiString HAYLOFT_PREFIX = AsciiString.cached("x-hayloft-");

  private Signatures() {}

  /// Whether a header is S3's or Hayloft's: in a signed request such a one is signed, too, or it was added by
  /// somebody else.
  static boolean mustBeSigned(CharSequence header) {
    return AMZ_PREFIX.regionMatches(true, 0, header, 0, AMZ_PREFIX.length()) || isHayloftOwn(header);
  }

  /// Whether a header is Hayloft's own, which signatures of version 2 do not cover.
  static boolean isHayloftOwn(CharSequence header) {
    return HAYLOFT_PREFIX.regionMatches(true, 0, header, 0, HAYLOFT_PREFIX.length());
  }

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

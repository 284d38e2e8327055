package hayloft.s3.request;

import hayloft.s3.error.S3Error;
import hayloft.s3.error.S3Exception;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Percent-encoding as S3 has it. Text that was encoded is UTF-8, strictly.
public final class PercentEncoding {

  /// The most that a key takes in a document, encoded or escaped, in bytes: a control character is six.
  public static final int MOST_BYTES_OF_KEY = 6 * Addressing.MAX_KEY_BYTES;

  private static final char[] DIGITS = "0123456789ABCDEF".toCharArray();

  private PercentEncoding() {}

  /// Decodes a path or a part of it: `+` stays what it is.
  ///
  /// @throws S3Exception InvalidURI if an escape is broken or the bytes are not UTF-8
  public static String decodePath(String raw) {
    return decode(raw, false);
  }

  /// Decodes a name or value of a query: `+` is a space.
  ///
  /// @throws S3Exception InvalidURI if an escape is broken or the bytes are not UTF-8
  public static String decodeQuery(String raw) {
    return decode(raw, true);
  }

  /// Encodes a key for `encoding-type=url`: everything but letters, digits and `-_.~/`. A space becomes `%20`, which
  /// readers that take `+` for a space understand too.
  public static String encodeKey(String key) {
    byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
    StringBuilder encoded = new StringBuilder(bytes.length + 16);
    for (byte b : bytes) {
      if (isPlain(b)) {
        encoded.append((char) b);
      } else {
        encoded.append('%').append(DIGITS[(b >> 4) & 0xf]).append(DIGITS[b & 0xf]);
      }
    }
    return encoded.toString();
  }

  /// What [#encodeKey] makes of a key, in bytes; or somewhat more.
  public static int encodedBytes(String key) {
    int total = 0;
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c > 0x7f) {
        total += c < 0x800 ? 6 : 9; // three for each of its bytes; of a surrogate pair's four it is two too many
      } else {
        total += isPlain((byte) c) ? 1 : 3;
      }
    }
    return total;
  }

  private static boolean isPlain(byte b) {
    return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' || b >= '0' && b <= '9' || b == '-' || b == '_' || b == '.'
        || b == '~' || b == '/';
  }

  /// Characters beyond ASCII in `raw` are bytes of the request line that were not escaped.
  private static String decode(String raw, boolean plusIsSpace) {
    int first = firstToDecode(raw, plusIsSpace);
    if (first < 0) {
      return raw;
    }
    byte[] bytes = new byte[raw.length()];
    int length = 0;
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        if (i + 2 >= raw.length()) {
          throw new S3Exception(S3Error.Plain.INVALID_URI);
        }
        bytes[length++] = (byte) (digit(raw.charAt(i + 1)) << 4 | digit(raw.charAt(i + 2)));
        i += 2;
      } else if (c > 0xff) {
        throw new S3Exception(S3Error.Plain.INVALID_URI);
      } else {
        bytes[length++] = (byte) (c == '+' && plusIsSpace ? ' ' : c);
      }
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
    } catch (CharacterCodingException _) {
      throw new S3Exception(S3Error.Plain.INVALID_URI);
    }
  }

  private static int firstToDecode(String raw, boolean plusIsSpace) {
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%' || c == '+' && plusIsSpace || c > 0x7f) {
        return i;
      }
    }
    return -1;
  }

  private static int digit(char c) {
    int value = c > 0x7f ? -1 : Character.digit(c, 16);
    if (value < 0) {
      throw new S3Exception(S3Error.Plain.INVALID_URI);
    }
    return value;
  }
}

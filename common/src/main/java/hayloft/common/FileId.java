package hayloft.common;

/// Names one needle: the volume it lies in, its key, and a cookie that cannot be guessed. Immutable.
///
/// As text, the form that users of this design know: `3,01637037d6` is volume 3, key 0x01, cookie 0x637037d6; the last
/// eight hex digits are the cookie, what stands before them is the key without leading zero bytes.
///
/// @param volume volume id, positive
/// @param key store-wide unique needle key, never 0
/// @param cookie 32 random bits; a read with another cookie finds nothing
public record FileId(int volume, long key, int cookie) {

  /// No master comes so far: a million keys a second would take it more than a hundred thousand years. What lies above
  /// was written by somebody else.
  public static final long HIGHEST_KEY = 1L << 62;

  /// No master comes so far: a volume a second would take it more than thirty years. What is said of one above was said
  /// by somebody else, and no id is counted from it.
  public static final int HIGHEST_VOLUME = 1 << 30;

  private static final int COOKIE_DIGITS = 8;
  private static final int MAX_KEY_DIGITS = 16;

  public FileId {
    if (volume <= 0) {
      throw new IllegalArgumentException("volume id must be positive, got " + volume);
    }
    if (key == 0) {
      throw new IllegalArgumentException("needle key must not be 0");
    }
  }

  /// Reads the text form.
  ///
  /// @throws IllegalArgumentException if the text is not a file id; the message quotes it
  public static FileId parse(String text) {
    int comma = text.indexOf(',');
    int digits = text.length() - comma - 1;
    if (comma <= 0 || digits <= COOKIE_DIGITS || digits > MAX_KEY_DIGITS + COOKIE_DIGITS) {
      throw new IllegalArgumentException("not a file id (volume,keycookie): " + text);
    }
    try {
      int cookieStart = text.length() - COOKIE_DIGITS;
      return new FileId(Integer.parseUnsignedInt(text, 0, comma, 10),
          Long.parseUnsignedLong(text, comma + 1, cookieStart, 16),
          Integer.parseUnsignedInt(text, cookieStart, text.length(), 16));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a file id (volume,keycookie): " + text, e);
    }
  }

  /// Whether a master may have handed a key out.
  public static boolean isCountable(long key) {
    return key > 0 && key <= HIGHEST_KEY;
  }

  /// The part after the comma: key and cookie in hex.
  public String keyAndCookie() {
    String keyDigits = Long.toHexString(key);
    String even = keyDigits.length() % 2 == 0 ? keyDigits : "0" + keyDigits;
    String cookieDigits = Integer.toHexString(cookie);
    return even + "0".repeat(COOKIE_DIGITS - cookieDigits.length()) + cookieDigits;
  }

  @Override
  public String toString() {
    return volume + "," + keyAndCookie();
  }
}

package hayloft.common.log;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Hides what would let a reader of a log act as the one who sent a request: signatures, tokens, keys. Stateless.
///
/// A name and `=` or `:` before a value betray it, wherever it stands: in a query, a header, a form, a message, a URL
/// within a parameter of another. Names are compared as a server would obey them, decoded and without regard to case,
/// and so that what stands between a name and its `=` does not hide it: blanks, quotes, `[]`, a `+` or a `%00`. A
/// client that spells a signature wrongly has not made it worthless. Access keys stay, they say who it was.
public final class CredentialMask {

  private static final String MASK = "...";
  private static final String AUTHORIZATION = "authorization";
  private static final Set<String> NAMES = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  /// Of a name, with each character encoded thrice, and of what may stand behind it.
  private static final int MOST_NAME_CHARS = 512;
  private static final int MOST_ENCODINGS = 3;

  static {
    NAMES.addAll(Set.of("X-Amz-Signature", "Signature", "X-Amz-Security-Token", "jwt", AUTHORIZATION,
        "Proxy-Authorization", "Cookie", "X-Amz-Server-Side-Encryption-Customer-Key",
        "X-Amz-Copy-Source-Server-Side-Encryption-Customer-Key", "Password", "SecretKey", "SecretAccessKey",
        "secret_access_key"));
  }

  private CredentialMask() {}

  /// The text with `...` in the place of each credential.
  public static String over(String text) {
    StringBuilder masked = null;
    int copied = 0;
    int parted = 0; // the end of the last separator: no name goes across one
    for (int at = 0; at < text.length(); at++) {
      int width = separator(text, at);
      if (width == 0) {
        continue;
      }
      String name = secretBefore(text, copied, parted, at, isColon(text, at, width));
      parted = at + width;
      if (name == null) {
        continue;
      }
      int begin = at + width;
      while (begin < text.length() && opensValue(text.charAt(begin))) {
        begin++;
      }
      int end = endOf(text, begin, width > 1, name.regionMatches(true, name.length() - AUTHORIZATION.length(),
          AUTHORIZATION, 0, AUTHORIZATION.length()) || name.equalsIgnoreCase("Cookie"));
      if (end > begin) {
        masked = (masked == null ? new StringBuilder(text.length()) : masked).append(text, copied, begin).append(MASK);
        copied = end;
        at = end - 1;
      }
    }
    return masked == null ? text : masked.append(text, copied, text.length()).toString();
  }

  /// How many characters part a name from its value here: `=`, `:`, `%3D`, `%253D`; 0 if none do. A blank does behind
  /// `Bearer`.
  private static int separator(String text, int at) {
    char c = text.charAt(at);
    if (c == '=' || c == ':' || c == ' ' && text.regionMatches(true, at - "Bearer".length(), "Bearer", 0, 6)) {
      return 1;
    }
    if (c != '%') {
      return 0;
    }
    int digits = afterEncodedPercents(text, at + 1);
    return isHex(text, digits, "3d") || isHex(text, digits, "3a") ? digits + 2 - at : 0;
  }

  private static boolean isColon(String text, int at, int width) {
    return width == 1 ? text.charAt(at) == ':' : isHex(text, at + width - 2, "3a");
  }

  private static int afterEncodedPercents(String text, int at) {
    int digits = at;
    while (digits - at < 2 * MOST_ENCODINGS && text.startsWith("25", digits)) {
      digits += 2;
    }
    return digits;
  }

  private static boolean isHex(String text, int at, String digits) {
    return text.regionMatches(true, at, digits, 0, 2);
  }

  /// The name that ends here, if it is one of a credential.
  ///
  /// @param parted where the separator before this one ended
  /// @param isColon between it and its value
  private static @Nullable String secretBefore(String text, int least, int parted, int end, boolean isColon) {
    int last = end;
    if (last > least && text.charAt(last - 1) == ']') { // `name[a=b]=`
      int bracket = last - 1;
      while (bracket > least && last - bracket < MOST_NAME_CHARS && text.charAt(bracket) != '[') {
        bracket--;
      }
      last = text.charAt(bracket) == '[' ? bracket : last;
    }
    int from = last < parted ? least : Math.max(least, parted);
    int begin = last;
    while (begin > from && last - begin < MOST_NAME_CHARS && !endsNames(text.charAt(begin - 1))) {
      begin--;
    }
    String before = decoded(text.substring(begin, last));
    String name = lastName(before);
    if (NAMES.contains(name) || isOfAmazon(name) || name.equalsIgnoreCase("Bearer") && text.charAt(end) == ' ') {
      return name;
    }
    return isColon && isVersion2(before) ? "Signature" : null;
  }

  /// One of Amazon's names with something before it, such as the rest of a broken `%3F`.
  private static boolean isOfAmazon(String name) {
    for (String known : NAMES) {
      int from = name.length() - known.length();
      if (from > 0 && known.startsWith("X-Amz-") && name.regionMatches(true, from, known, 0, known.length())) {
        return true;
      }
    }
    return false;
  }

  /// Version 2 of the signature: `AWS access-key:signature`.
  private static boolean isVersion2(String before) {
    int begin = before.length();
    while (begin > 0 && !isBlank(before.charAt(begin - 1)) && before.charAt(begin - 1) != '+') {
      begin--;
    }
    return begin < before.length() && before.regionMatches(true, begin - "AWS ".length(), "AWS", 0, 3);
  }

  /// Nothing of a name stands before it, unless it is encoded.
  private static boolean endsNames(char c) {
    return c == '&' || c == '?' || c == '=' || c == ':' || c == ',' || c == ';' || c == '\n' || c == '\r';
  }

  /// Without what stands between it and its `=`.
  private static String lastName(String text) {
    int end = text.length();
    while (end > 0 && !isOfName(text.charAt(end - 1)) && !endsNames(text.charAt(end - 1))) {
      int bracket = text.charAt(end - 1) == ']' ? text.lastIndexOf('[', end - 1) : -1;
      end = bracket < 0 ? end - 1 : bracket;
    }
    int begin = end;
    while (begin > 0 && isOfName(text.charAt(begin - 1))) {
      begin--;
    }
    return text.substring(begin, end);
  }

  private static String decoded(String text) {
    String decoded = text;
    for (int i = 0; i <= MOST_ENCODINGS && decoded.indexOf('%') >= 0; i++) {
      decoded = decodedOnce(decoded);
    }
    return decoded;
  }

  private static String decodedOnce(String text) {
    StringBuilder decoded = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int high = c == '%' && i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = high < 0 ? -1 : Character.digit(text.charAt(i + 2), 16);
      if (low >= 0) {
        decoded.append((char) (high << 4 | low));
        i += 2;
      } else {
        decoded.append(c);
      }
    }
    return decoded.toString();
  }

  /// @param isEncoded a parameter of a URL within a parameter
  /// @param hasBlanks a header's value: to its end
  private static int endOf(String text, int begin, boolean isEncoded, boolean hasBlanks) {
    for (int at = begin; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '&' || c == '\n' || c == '\r' || isQuote(c)) {
        return at;
      }
      if (!hasBlanks && (isBlank(c) || c == ',' || c == ';' || c == ')' || c == '<')) {
        return at;
      }
      if (isEncoded && c == '%' && isHex(text, afterEncodedPercents(text, at + 1), "26")) {
        return at;
      }
    }
    return text.length();
  }

  private static boolean isOfName(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_';
  }

  private static boolean isBlank(char c) {
    return c == ' ' || c == '\t';
  }

  private static boolean opensValue(char c) {
    return isBlank(c) || isQuote(c) || c == '\\';
  }

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }
}

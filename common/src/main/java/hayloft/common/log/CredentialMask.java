package hayloft.common.log;

import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Hides what would let a reader of a log act as the one who sent a request: signatures, tokens, keys. Stateless.
///
/// A name and `=` or `:` before a value betray it, wherever it stands: in a query, a header, a form, a message, a URL
/// within a parameter of another. Names are compared as a server would obey them, decoded and without regard to case.
/// Access keys stay, they say who it was.
public final class CredentialMask {

  private static final String MASK = "...";
  private static final String AUTHORIZATION = "authorization";
  private static final Set<String> NAMES = new TreeSet<>(String.CASE_INSENSITIVE_ORDER);
  /// Of a name, with each character encoded twice.
  private static final int MOST_NAME_CHARS = 256;
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
    for (int at = 0; at < text.length(); at++) {
      int width = separator(text, at);
      if (width == 0) {
        continue;
      }
      String name = secretBefore(text, copied, at);
      if (name == null) {
        continue;
      }
      int begin = at + width;
      while (begin < text.length() && (isBlank(text.charAt(begin)) || isQuote(text.charAt(begin)))) {
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
  private static @Nullable String secretBefore(String text, int least, int end) {
    int last = end;
    while (last > least && (isBlank(text.charAt(last - 1)) || isQuote(text.charAt(last - 1)))) {
      last--;
    }
    int begin = last;
    while (begin > least && last - begin < MOST_NAME_CHARS && (isOfName(text.charAt(begin - 1))
        || text.charAt(begin - 1) == '%')) {
      begin--;
    }
    String name = lastName(decoded(text.substring(begin, last)));
    if (NAMES.contains(name) || name.equalsIgnoreCase("Bearer") && text.charAt(end) == ' ') {
      return name;
    }
    // version 2 of the signature: `AWS access-key:signature`
    return text.charAt(end) == ':' && text.regionMatches(begin - "AWS ".length(), "AWS ", 0, 4) ? "Signature" : null;
  }

  private static String lastName(String text) {
    int begin = text.length();
    while (begin > 0 && isOfName(text.charAt(begin - 1))) {
      begin--;
    }
    return text.substring(begin);
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

  private static boolean isQuote(char c) {
    return c == '"' || c == '\'';
  }
}

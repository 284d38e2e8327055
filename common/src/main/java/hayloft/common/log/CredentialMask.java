package hayloft.common.log;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Hides what would let a reader of a log act as the one who sent a request: signatures, tokens, keys. Stateless.
///
/// A name and `=` or `:` before a value betray it, wherever it stands: in a query, a header, a form, a message, a URL
/// within a parameter of another. Names are compared by the letters that they end in, so that a variable, a key of a
/// file and a parameter are the same; as a server would obey them, decoded and without regard to case; and so that
/// what stands between a name and its `=` does not hide it: blanks, quotes, `[]`, a `+` or a `%00`. A client that
/// spells a signature wrongly has not made it worthless. A URL's password goes too. Access keys and users stay, they
/// say who it was.
public final class CredentialMask {

  private static final String MASK = "...";
  private static final String AUTHORIZATION = "authorization";
  private static final String COOKIE = "cookie";
  /// What names of credentials end in, by their letters: `secretaccesskey` is `AWS_SECRET_ACCESS_KEY` too.
  private static final List<String> ENDINGS = List.of("signature", "securitytoken", "sessiontoken", "accesstoken",
      "refreshtoken", "authtoken", "metricstoken", "jwt", AUTHORIZATION, COOKIE, "serversideencryptioncustomerkey",
      "password", "passwd", "secret", "secretkey", "secretaccesskey");
  /// Of a name, with each character encoded thrice, and of what may stand behind it.
  private static final int MOST_NAME_CHARS = 512;
  private static final int MOST_ENCODINGS = 3;

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
      boolean isColon = isColon(text, at, width);
      String name = secretBefore(text, copied, parted, at, isColon);
      boolean isUser = name == null && isColon && isUser(text, parted, at);
      parted = at + width;
      int begin = at + width;
      int end = begin;
      if (name != null) {
        while (begin < text.length() && opensValue(text.charAt(begin))) {
          begin++;
        }
        end = endOf(text, begin, width > 1, endsIn(name, AUTHORIZATION) || endsIn(name, COOKIE));
      } else if (isUser) {
        end = endOfPassword(text, begin, width);
      }
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
    if (isCredential(name) || name.equalsIgnoreCase("Bearer") && text.charAt(end) == ' ') {
      return name;
    }
    return isColon && isVersion2(before) ? "Signature" : null;
  }

  /// @param ending lower-case letters
  private static boolean endsIn(String name, String ending) {
    int at = name.length();
    for (int letter = ending.length() - 1; letter >= 0; letter--) {
      at--;
      while (at >= 0 && !isLetter(name.charAt(at))) {
        at--;
      }
      if (at < 0 || Character.toLowerCase(name.charAt(at)) != ending.charAt(letter)) {
        return false;
      }
    }
    return true;
  }

  private static boolean isCredential(String name) {
    for (String ending : ENDINGS) {
      if (endsIn(name, ending)) {
        return true;
      }
    }
    return false;
  }

  /// Whether what ends here is the user of a URL: `https://user:password@host`.
  ///
  /// @param parted where the separator before this one ended
  private static boolean isUser(String text, int parted, int end) {
    if (parted == 0 || end - parted < 2 || end - parted > MOST_NAME_CHARS) {
      return false;
    }
    char first = text.charAt(parted);
    return first == '/'
        ? text.charAt(parted + 1) == '/'
        : first == '%' && decoded(text.substring(parted, end)).startsWith("//");
  }

  /// The `@` behind the password of a URL; where the password begins if there is none.
  ///
  /// @param width of the separator before it, which tells how often the URL is encoded
  private static int endOfPassword(String text, int begin, int width) {
    int end = begin;
    int last = Math.min(text.length(), begin + MOST_NAME_CHARS);
    for (int at = begin; at < last; at++) {
      char c = text.charAt(at);
      int digits = c == '%' ? afterEncodedPercents(text, at + 1) : at;
      boolean isEncodedAlike = c == '%' && digits + 2 - at == width;
      if (c == '@' || c == '%' && isHex(text, digits, "40")) {
        end = at;
      } else if (endsAuthority(c) || isEncodedAlike && (isHex(text, digits, "2f") || isHex(text, digits, "3f"))) {
        break;
      }
    }
    return end;
  }

  private static boolean endsAuthority(char c) {
    return c == '/' || c == '?' || c == '#' || c == '&' || c == '\\' || c == '<' || c == '\n' || c == '\r' || isBlank(c)
        || isQuote(c);
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

  private static boolean isLetter(char c) {
    return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
  }

  private static boolean isOfName(char c) {
    return isLetter(c) || c >= '0' && c <= '9' || c == '-' || c == '_';
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

package hayloft.common.log;

/// How text that others chose stands in a log: on one line, of bounded length, without credentials, and so that nobody
/// is fooled by what it looks like. Stateless.
///
/// ASCII and letters and digits of any language stay as they are. Everything else is escaped as in JSON: control
/// characters, separators of lines and paragraphs, marks that turn the direction of writing, halves of surrogate pairs.
public final class LogText {

  /// Of a value; a longer one ends in `…` and says how long it was.
  public static final int MOST_CHARS = 300;
  /// Of what a fault says of itself: it names files and places.
  public static final int MOST_REASON_CHARS = 1000;

  private static final char CUT = '…';

  private LogText() {}

  /// A value as it stands behind `key=`: as it is if it is one plain word, else in quotes.
  public static String value(String text, int mostChars) {
    StringBuilder value = new StringBuilder(Math.min(text.length(), mostChars) + 16);
    append(value, text, mostChars);
    return value.toString();
  }

  static void append(StringBuilder into, String text, int mostChars) {
    String shown = shown(text, mostChars);
    if (isWord(shown)) {
      into.append(shown);
      return;
    }
    into.append('"');
    escape(into, shown, true);
    into.append('"');
  }

  /// A sentence that was not put together from values: a library's, or a line of a stack trace.
  public static String sentence(String text) {
    return sentence(text, Integer.MAX_VALUE);
  }

  public static String sentence(String text, int mostChars) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), mostChars) + 16);
    escape(line, shown(text, mostChars), false);
    return line.toString();
  }

  private static String shown(String text, int mostChars) {
    if (text.length() <= mostChars) {
      return CredentialMask.over(text);
    }
    return CredentialMask.over(text.substring(0, mostChars)) + CUT + " (" + text.length() + " characters)";
  }

  private static boolean isWord(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ' ' || c == '"' || c == '\\' || c == '=' || c == CUT || !isPlain(c)) {
        return false;
      }
    }
    return !text.isEmpty();
  }

  private static void escape(StringBuilder into, String text, boolean isQuoted) {
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      if (isQuoted && (codePoint == '"' || codePoint == '\\')) {
        into.append('\\').append((char) codePoint);
      } else if (isPlain(codePoint)) {
        into.appendCodePoint(codePoint);
      } else {
        switch (codePoint) {
          case '\n' -> into.append("\\n");
          case '\r' -> into.append("\\r");
          case '\t' -> into.append("\\t");
          default -> {
            for (char c : Character.toChars(codePoint)) {
              into.append("\\u").append(Character.forDigit(c >> 12, 16)).append(Character.forDigit(c >> 8 & 15, 16))
                  .append(Character.forDigit(c >> 4 & 15, 16)).append(Character.forDigit(c & 15, 16));
            }
          }
        }
      }
    }
  }

  /// Whether it may stand in any log as it is.
  public static boolean isPlain(int codePoint) {
    if (codePoint < 0x7F) {
      return codePoint >= ' ';
    }
    return codePoint == CUT || Character.isLetterOrDigit(codePoint) && !isBlankLetter(codePoint);
  }

  /// Fillers of Hangul are letters that nobody sees.
  private static boolean isBlankLetter(int codePoint) {
    return codePoint == 0x115F || codePoint == 0x1160 || codePoint == 0x3164 || codePoint == 0xFFA0;
  }
}

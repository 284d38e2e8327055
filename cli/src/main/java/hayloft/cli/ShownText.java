package hayloft.cli;

/// Text that others chose, a key or the name of a user, as it is shown to people: on one line, and without anything
/// that a terminal would take for an order or that makes a name look like another. Stateless.
///
/// What is escaped is escaped as in JSON: control characters (ESC, CR, LF, those of C1), separators of lines and
/// paragraphs, marks that turn the direction of writing or that nobody sees, halves of surrogate pairs. All else,
/// a backslash too, stays as it is; `--json` tells names exactly.
public final class ShownText {

  private ShownText() {}

  /// As one line.
  public static String of(String text) {
    int first = 0;
    while (first < text.length() && isPlainAscii(text.charAt(first))) {
      first++;
    }
    return first == text.length() ? text : escaped(text, false);
  }

  /// The same for text of several lines that this program has put together itself: line ends stay.
  public static String lines(String text) {
    return escaped(text, true);
  }

  private static boolean isPlainAscii(char c) {
    return c >= ' ' && c < 0x7F;
  }

  private static String escaped(String text, boolean keepsLines) {
    var shown = new StringBuilder(text.length() + 16);
    int codePoint;
    for (int i = 0; i < text.length(); i += Character.charCount(codePoint)) {
      codePoint = text.codePointAt(i);
      if (isShown(codePoint) || keepsLines && codePoint == '\n') {
        shown.appendCodePoint(codePoint);
      } else {
        escape(codePoint, shown);
      }
    }
    return shown.toString();
  }

  private static boolean isShown(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL, Character.FORMAT, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
        false;
      default -> !isBlankLetter(codePoint);
    };
  }

  /// Fillers of Hangul are letters that nobody sees.
  private static boolean isBlankLetter(int codePoint) {
    return codePoint == 0x115F || codePoint == 0x1160 || codePoint == 0x3164 || codePoint == 0xFFA0;
  }

  private static void escape(int codePoint, StringBuilder into) {
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

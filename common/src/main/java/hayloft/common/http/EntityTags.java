package hayloft.common.http;

/// Entity tags as conditions name them, against that of what is there, which is a strong one. Stateless. [RFC 9110,
/// section 8.8.3.2](https://www.rfc-editor.org/rfc/rfc9110#section-8.8.3.2)
///
/// `If-Match` and `If-Range` compare strongly: a weak tag (`W/"…"`) equals none, since whoever has it does not claim to
/// have the very bytes. `If-None-Match` compares weakly. Tags without their quotes are taken, because clients of S3
/// send them; the tag that is there is always given without.
public final class EntityTags {

  private static final String WEAK = "W/";

  private EntityTags() {}

  /// Whether `*` or one of the tags is this one, as `If-Match` has it.
  public static boolean anyIsStrongly(String list, String etag) {
    return anyIs(list, etag, false);
  }

  /// Whether `*` or one of the tags is this one, weak or not, as `If-None-Match` has it.
  public static boolean anyIsWeakly(String list, String etag) {
    return anyIs(list, etag, true);
  }

  /// Whether a single tag is this one, as `If-Range` has it.
  public static boolean isStrongly(String tag, String etag) {
    return strong(tag).equals(etag);
  }

  /// A tag without its quotes. A weak one stays as it is, so that it equals none.
  public static String strong(String tag) {
    String text = tag.strip();
    return text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"")
        ? text.substring(1, text.length() - 1)
        : text;
  }

  /// A tag without its quotes, and without the mark of a weak one.
  public static String weak(String tag) {
    String text = tag.strip();
    return strong(text.startsWith(WEAK) ? text.substring(WEAK.length()) : text);
  }

  private static boolean anyIs(String list, String etag, boolean weakly) {
    int at = 0;
    while (at < list.length()) {
      int end = end(list, at);
      String tag = list.substring(at, end).strip();
      if (tag.equals("*") || (weakly ? weak(tag) : strong(tag)).equals(etag)) {
        return true;
      }
      at = end + 1;
    }
    return false;
  }

  /// Of the entry that begins there: a comma in quotes is the tag's own.
  private static int end(String list, int from) {
    boolean quoted = false;
    for (int at = from; at < list.length(); at++) {
      char c = list.charAt(at);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        return at;
      }
    }
    return list.length();
  }
}

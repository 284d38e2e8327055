package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// How many answers a server may give at most to what a client has sent: a second, stricter opinion of where requests
/// end.
///
/// After the first request whose end two readers could see at different places nothing may be answered any more; a
/// proxy would hand that answer to somebody else. [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112#section-6.3)
///
/// @param methods of the requests that may be answered, in their order
record Framing(List<String> methods) {

  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final String END_OF_HEAD = "\r\n\r\n";

  static Framing of(byte[] sent) {
    String text = new String(sent, ISO_8859_1);
    List<String> methods = new ArrayList<>();
    int at = 0;
    while (at < text.length()) {
      if (text.startsWith("\r\n", at)) { // one empty line before a request is nothing
        at += 2;
        continue;
      }
      int end = text.indexOf(END_OF_HEAD, at);
      methods.add(text.substring(at, Math.max(at, text.indexOf(' ', at))));
      if (end < 0) {
        break;
      }
      int next = endOfBody(text, end + END_OF_HEAD.length(), text.substring(at, end));
      if (next < 0) {
        break;
      }
      at = next;
    }
    return new Framing(methods);
  }

  /// -1 if what follows cannot be told from the body.
  private static int endOfBody(String text, int body, String head) {
    String[] lines = head.split("\r\n", -1);
    if (!lines[0].matches(TOKEN + " \\S+ HTTP/1\\.[01]")) {
      return -1;
    }
    @Nullable
    String length = null;
    @Nullable
    String encoding = null;
    for (int i = 1; i < lines.length; i++) {
      if (!lines[i].matches("(?s)" + TOKEN + ":.*") || lines[i].matches("(?s).*[\r\n\0].*")) {
        return -1;
      }
      String name = lines[i].substring(0, lines[i].indexOf(':')).toLowerCase(Locale.ROOT);
      String value = lines[i].substring(name.length() + 1).strip();
      if (name.equals("content-length")) {
        if (length != null || !value.matches("[0-9]{1,18}")) {
          return -1;
        }
        length = value;
      } else if (name.equals("transfer-encoding")) {
        if (encoding != null || !value.equalsIgnoreCase("chunked")) {
          return -1;
        }
        encoding = value;
      }
    }
    if (encoding != null) {
      return length != null || lines[0].endsWith("1.0") ? -1 : endOfChunks(text, body);
    }
    long end = body + (length == null ? 0 : Long.parseLong(length));
    return end > text.length() ? -1 : (int) end;
  }

  private static int endOfChunks(String text, int from) {
    int at = from;
    while (true) {
      int line = text.indexOf("\r\n", at);
      if (line < 0 || !text.substring(at, line).matches("[0-9a-fA-F]{1,15}([ \t]*;[^\r\n\0]*)?")) {
        return -1;
      }
      long size = Long.parseLong(text.substring(at, line).replaceAll("[^0-9a-fA-F].*", ""), 16);
      at = line + 2;
      if (size == 0) {
        return endOfTrailer(text, at);
      }
      if (at + size + 2 > text.length() || !text.startsWith("\r\n", (int) (at + size))) {
        return -1;
      }
      at += (int) size + 2;
    }
  }

  private static int endOfTrailer(String text, int from) {
    int at = from;
    while (true) {
      int line = text.indexOf("\r\n", at);
      if (line < 0) {
        return -1;
      }
      if (line == at) {
        return at + 2;
      }
      if (!text.substring(at, line).matches(TOKEN + ":[^\r\n\0]*")) {
        return -1;
      }
      at = line + 2;
    }
  }
}

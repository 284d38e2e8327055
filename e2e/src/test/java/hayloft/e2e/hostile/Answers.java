package hayloft.e2e.hostile;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What came back over a connection, until the server ended it.
///
/// @param statuses of the answers, in their order; interim ones (100) are left out
/// @param fault what is wrong with the last one, or empty
record Answers(List<Integer> statuses, List<String> heads, String fault) {

  /// @param methods of the requests that may be answered: an answer to HEAD has no body
  static Answers read(InputStream in, List<String> methods) {
    List<Integer> statuses = new ArrayList<>();
    List<String> heads = new ArrayList<>();
    String fault = "";
    try {
      for (String head = head(in); !head.isEmpty(); head = head(in)) {
        if (!head.matches("(?s)HTTP/1\\.1 [1-5][0-9][0-9] .*")) {
          fault = "no answer: " + head.substring(0, Math.min(200, head.length()));
          break;
        }
        int status = Integer.parseInt(head.substring(9, 12));
        if (status == 100) {
          continue;
        }
        String method = statuses.size() < methods.size() ? methods.get(statuses.size()) : "";
        statuses.add(status);
        heads.add(head);
        if (!method.equals("HEAD") && status != 204 && status != 304) {
          skipBody(in, head.toLowerCase(Locale.ROOT));
        }
      }
    } catch (EOFException e) {
      fault = "an answer that was broken off";
    } catch (IOException e) {
      fault = isReset(e) ? "" : e.toString();
    }
    return new Answers(statuses, heads, fault);
  }

  /// What was sent after the server had closed makes its kernel reset the connection.
  private static boolean isReset(IOException e) {
    return String.valueOf(e.getMessage()).contains("reset") || String.valueOf(e.getMessage()).contains("Broken pipe");
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n", Math.max(0, head.length() - 4)) < 0) {
      int next = in.read();
      if (next < 0) {
        return head.toString();
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void skipBody(InputStream in, String head) throws IOException {
    if (head.contains("\r\ntransfer-encoding: chunked\r\n")) {
      for (int size = chunk(in); size > 0; size = chunk(in)) {
        in.skipNBytes(size + 2);
      }
      in.skipNBytes(2);
      return;
    }
    int at = head.indexOf("\r\ncontent-length: ");
    if (at >= 0) {
      in.skipNBytes(Long.parseLong(head.substring(at + 18, head.indexOf("\r\n", at + 2))));
    }
  }

  private static int chunk(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    while (line.indexOf("\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    return Integer.parseInt(line.toString().strip(), 16);
  }

  /// For messages.
  static String readable(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    StringBuilder readable = new StringBuilder();
    for (char c : text.substring(0, Math.min(3_000, text.length())).toCharArray()) {
      if (c == '\r') {
        readable.append("\\r");
      } else if (c == '\n') {
        readable.append("\\n\n");
      } else if (c < 32 || c > 126) {
        readable.append(String.format("\\x%02x", (int) c));
      } else {
        readable.append(c);
      }
    }
    return readable + (text.length() > 3_000 ? "… " + text.length() + " bytes" : "");
  }
}

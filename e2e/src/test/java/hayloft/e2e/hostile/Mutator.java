package hayloft.e2e.hostile;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;

/// Makes nonsense of what was right. Confined to one thread.
final class Mutator {

  /// Stands in what is logged, as a line of its own if somebody writes line breaks there.
  static final String FORGED = "2026-01-01T00:00:00.000Z INFO hayloft.forged";

  private static final List<String> PIECES = List.of("\r\n", "\n", "\r", "\0", "\t", " ", "\r\n ", "\r\n\r\n", ":", ";",
      ",", "&", "=", "?", "/", "..", "//", "%", "%0a", "%0d%0a", "%00", "%2F", "%252F", "%c0%af", "%ff", "%zz", "+",
      "\"",
      "<", ">", "&lt;", "&#0;", "&#xFFFF;", "<!--", "]]>", "<![CDATA[", "<!DOCTYPE a [<!ENTITY b \"bb\">]>&b;",
      "xmlns:a=''",
      "${filename}", "--", "\r\n--", "-1", "0", "00", "0x10", "+1", "2147483648", "4294967296", "9223372036854775807",
      "9223372036854775808", "99999999999999999999999999", "1e9", "NaN", "é", "\u007f", "\u0085", "\u00a0",
      "\n" + FORGED, "%0a" + FORGED.replace(" ", "%20"), "\r\nContent-Length: 5", "\r\nContent-Length: 0",
      "\r\nContent-Length : 5", "\r\nTransfer-Encoding: chunked", "\r\nTransfer-Encoding: identity",
      "\r\nTransfer-Encoding:\tchunked", "\r\nTransfer-Encoding: xchunked", "\r\ntransfer-encoding: chunked, chunked",
      "\r\nConnection: close", "\r\nExpect: 100-continue", "\r\nUpgrade: h2c", "\r\nHost: other", "HTTP/1.0",
      "HTTP/2.0",
      "0\r\n\r\n", "1\r\na\r\n", "-1\r\n", "ffffffffffffffff\r\n", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n",
      "\r\nRange: bytes=0-0,1-1", "\r\nRange: bytes=-0", "\r\nx-amz-copy-source: /canary/key",
      "\r\nx-amz-acl: public-read-write",
      "\r\nx-amz-date: 1", "\r\nIf-Match: *", "\r\nx-http-method-override: DELETE",
      "\r\nx-amz-decoded-content-length: -1");

  private final Random random;

  Mutator(Random random) {
    this.random = random;
  }

  /// With one to four mistakes in it.
  byte[] mutate(byte[] right) {
    String text = new String(right, ISO_8859_1);
    for (int i = random.nextInt(1, 5); i > 0; i--) {
      text = mutate(text);
    }
    return text.getBytes(ISO_8859_1);
  }

  /// With one.
  String mutate(String text) {
    int from = random.nextInt(text.length() + 1);
    int to = Math.min(text.length(), from + 1 + random.nextInt(1 << random.nextInt(8)));
    String before = text.substring(0, from);
    String part = text.substring(from, to);
    String after = text.substring(to);
    return switch (random.nextInt(10)) {
      case 0 -> before + flip(part) + after;
      case 1 -> before + after;
      case 2 -> before + part + part + after;
      case 3 -> before + part.repeat(random.nextInt(2, 200)) + after;
      case 4 -> before;
      case 5 -> before + text.substring(random.nextInt(text.length() + 1)) + after;
      case 6 -> digits(text);
      case 7 -> behindLine(text, piece());
      default -> before + piece() + part + after;
    };
  }

  private String flip(String part) {
    if (part.isEmpty()) {
      return piece();
    }
    int at = random.nextInt(part.length());
    return part.substring(0, at) + (char) (part.charAt(at) ^ 1 << random.nextInt(8)) + part.substring(at + 1);
  }

  /// One of its numbers becomes another.
  private String digits(String text) {
    List<int[]> numbers = Pattern.compile("[0-9]+").matcher(text).results()
        .map(m -> new int[]{m.start(), m.end()}).toList();
    if (numbers.isEmpty()) {
      return text + piece();
    }
    int[] number = numbers.get(random.nextInt(numbers.size()));
    String other = switch (random.nextInt(6)) {
      case 0 -> "";
      case 1 -> "-" + text.substring(number[0], number[1]);
      case 2 -> "9".repeat(random.nextInt(1, 40));
      case 3 -> "0" + text.substring(number[0], number[1]);
      case 4 -> Long.toString(random.nextLong());
      default -> Integer.toString(random.nextInt(100));
    };
    return text.substring(0, number[0]) + other + text.substring(number[1]);
  }

  private String behindLine(String text, String piece) {
    List<Integer> ends = Pattern.compile("\r\n").matcher(text).results().map(m -> m.start()).toList();
    if (ends.isEmpty()) {
      return text + piece;
    }
    int at = ends.get(random.nextInt(ends.size()));
    return text.substring(0, at) + piece + text.substring(at);
  }

  String piece() {
    return PIECES.get(random.nextInt(PIECES.size()));
  }
}

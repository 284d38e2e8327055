package hayloft.volume.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.volume.http.UploadedBlob.BadFormException;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The first file of a form: the first part that has a file name. [RFC 7578](https://www.rfc-editor.org/rfc/rfc7578)
///
/// @param name without directories, empty if it has none
/// @param contentType empty if the part has none
/// @param contentEncoding empty if the part has none
/// @param from where its bytes lie in the form
record FormFile(String name, String contentType, String contentEncoding, int from, int lengthBytes) {

  private static final int MAX_HEAD_BYTES = 16 << 10;
  private static final int MAX_PARTS = 100;
  private static final int MAX_BOUNDARY = 70;
  /// `name=token` or `name="text"`; in the text only a quote and a backslash are escaped, as file names have
  /// backslashes of their own.
  private static final Pattern PARAMETER = Pattern
      .compile(";\\s*([^\\s=;]+)\\s*=\\s*(?:\"((?:[^\"\\\\]|\\\\.)*)\"|([^;\\s]*))");
  private static final Pattern PRINTABLE = Pattern.compile("[ -~]*");

  /// @param form all of its bytes, which stay as they are
  /// @param contentType of the form, with its boundary
  static FormFile find(ByteBuf form, String contentType) throws BadFormException {
    String boundary = parameters(contentType).getOrDefault("boundary", "");
    if (boundary.isEmpty() || boundary.length() > MAX_BOUNDARY) {
      throw new BadFormException("not a form: its type has no boundary of at most " + MAX_BOUNDARY + " letters");
    }
    byte[] between = ("\r\n--" + boundary).getBytes(ISO_8859_1);
    int end = form.writerIndex();
    int at = startsWith(form, form.readerIndex(), between, 2)
        ? form.readerIndex() + between.length - 2
        : behind(form, form.readerIndex(), between);
    for (int part = 0; part < MAX_PARTS && at > 0 && at + 2 <= end; part++) {
      if (form.getByte(at) == '-' && form.getByte(at + 1) == '-') {
        throw new BadFormException("the form has no file");
      }
      int headEnd = headEnd(form, at);
      Map<String, String> head = fields(form.toString(at, headEnd - at, UTF_8));
      int content = headEnd + 4;
      int next = behind(form, content - 2, between); // an empty part may share its line's end
      if (next < 0) {
        break;
      }
      Map<String, String> disposition = parameters(head.getOrDefault("content-disposition", ""));
      if (disposition.containsKey("filename") || disposition.containsKey("filename*")) {
        return new FormFile(name(disposition), head.getOrDefault("content-type", ""),
            head.getOrDefault("content-encoding", ""), content, Math.max(0, next - between.length - content));
      }
      at = next;
    }
    throw new BadFormException("not a form: it has no end, or more than " + MAX_PARTS + " parts");
  }

  /// Where the blank line behind a part's head begins.
  private static int headEnd(ByteBuf form, int from) throws BadFormException {
    int last = Math.min(form.writerIndex(), from + MAX_HEAD_BYTES) - 3;
    for (int at = from; at < last; at++) {
      if (form.getByte(at) == '\r' && form.getByte(at + 1) == '\n' && form.getByte(at + 2) == '\r'
          && form.getByte(at + 3) == '\n') {
        return at;
      }
    }
    throw new BadFormException("not a form: a part's head has no end within " + MAX_HEAD_BYTES + " bytes");
  }

  private static Map<String, String> fields(String head) throws BadFormException {
    Map<String, String> fields = new HashMap<>();
    for (String line : head.split("\r\n", -1)) {
      int colon = line.indexOf(':');
      String name = colon < 0 ? "" : line.substring(0, colon).strip().toLowerCase(Locale.ROOT);
      String value = line.substring(colon + 1).strip();
      if ((name.equals("content-type") || name.equals("content-encoding")) && !PRINTABLE.matcher(value).matches()) {
        throw new BadFormException("not a form: its " + name + " has letters that no header may have");
      }
      fields.put(name, value);
    }
    return fields;
  }

  /// Behind the next boundary, or -1.
  private static int behind(ByteBuf form, int from, byte[] between) {
    int end = form.writerIndex();
    for (int at = form.indexOf(from, end, (byte) '\r'); at >= 0; at = form.indexOf(at + 1, end, (byte) '\r')) {
      if (startsWith(form, at, between, 0)) {
        return at + between.length;
      }
    }
    return -1;
  }

  private static boolean startsWith(ByteBuf form, int at, byte[] bytes, int skipped) {
    if (form.writerIndex() - at < bytes.length - skipped) {
      return false;
    }
    for (int i = skipped; i < bytes.length; i++) {
      if (form.getByte(at + i - skipped) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, String> parameters(String value) {
    Map<String, String> parameters = new HashMap<>();
    Matcher each = PARAMETER.matcher(value);
    while (each.find()) {
      String quoted = each.group(2);
      String text = quoted == null ? each.group(3) : quoted.replaceAll("\\\\([\"\\\\])", "$1");
      parameters.putIfAbsent(each.group(1).toLowerCase(Locale.ROOT), text);
    }
    return parameters;
  }

  /// `filename*` is in [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187)'s form; browsers and curl send UTF-8 in
  /// `filename`, with `%22` for a quote.
  private static String name(Map<String, String> disposition) throws BadFormException {
    String extended = disposition.getOrDefault("filename*", "");
    String name = disposition.getOrDefault("filename", "").replace("%22", "\"");
    if (extended.regionMatches(true, 0, "utf-8'", 0, 6)) {
      try {
        String escaped = extended.substring(extended.lastIndexOf('\'') + 1).replace("+", "%2B");
        name = QueryStringDecoder.decodeComponent(escaped);
      } catch (IllegalArgumentException _) { // said here, for people
        throw new BadFormException("not a form: filename* is not in UTF-8 with percent signs");
      }
    }
    return name.substring(name.lastIndexOf('/') + 1);
  }
}

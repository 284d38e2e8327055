package hayloft.s3.form;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.http.RequestBody;
import hayloft.common.memory.Claims;
import hayloft.s3.error.S3Exception;
import hayloft.s3.request.PercentEncoding;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The parts of a `multipart/form-data` body, one after the other, as they come. Confined to one virtual thread; holds one
/// piece of the body at a time. [RFC 7578](https://www.rfc-editor.org/rfc/rfc7578),
/// [RFC 2046, 5.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1)
///
/// A part ends before `CRLF -- boundary`. What of it stands at the end of a piece is held back until the next piece shows
/// whether it goes on; it need not be copied, because its bytes are known. CR occurs at its begin only, so a mismatch is at
/// most the first byte of another one.
final class FormParts implements AutoCloseable {

  /// @param fileName without directories, if the part has one
  record Head(String name, Optional<String> fileName) {}

  private static final int MAX_HEAD_BYTES = 8 << 10;
  private static final int MAX_BOUNDARY_CHARACTERS = 70;

  private final RequestBody body;
  private final byte[] delimiter;
  private @Nullable ByteBuf piece;
  private @Nullable ByteBuf ready;
  private boolean started;
  private int matched = 2; // the first delimiter may do without its line end
  private boolean atPartEnd;

  FormParts(RequestBody body, String boundary) {
    this.body = body;
    this.delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
  }

  Claims claims() {
    return body.claims();
  }

  /// The boundary that a Content-Type names; empty if it is no form's, or the boundary none.
  static Optional<String> boundary(String contentType) {
    String[] parameters = contentType.split(";", -1);
    if (!parameters[0].strip().equalsIgnoreCase("multipart/form-data")) {
      return Optional.empty();
    }
    for (int i = 1; i < parameters.length; i++) {
      int equals = parameters[i].indexOf('=');
      if (equals > 0 && parameters[i].substring(0, equals).strip().equalsIgnoreCase("boundary")) {
        String value = parameters[i].substring(equals + 1).strip();
        String boundary = value.length() > 2 && value.startsWith("\"") && value.endsWith("\"")
            ? value.substring(1, value.length() - 1)
            : value;
        return Optional.of(boundary).filter(text -> !text.isEmpty() && text.length() <= MAX_BOUNDARY_CHARACTERS
            && text.indexOf('\r') < 0 && text.indexOf('\n') < 0);
      }
    }
    return Optional.empty();
  }

  /// Moves to the next part, whatever is left of this one. Null after the last.
  ///
  /// @throws S3Exception MalformedPOSTRequest
  @Nullable
  Head next() throws IOException {
    for (ByteBuf rest = content(); rest != null; rest = content()) {
      rest.release();
    }
    atPartEnd = false;
    String end = line(2);
    if (end.startsWith("--")) {
      atPartEnd = true;
      return null;
    }
    if (!end.isBlank()) {
      throw malformed();
    }
    Optional<Head> head = Optional.empty();
    int bytes = 0;
    for (String line = line(MAX_HEAD_BYTES); !line.isEmpty(); line = line(MAX_HEAD_BYTES - bytes)) {
      bytes += line.length();
      int colon = line.indexOf(':');
      if (colon <= 0) {
        throw malformed();
      }
      if (line.substring(0, colon).strip().equalsIgnoreCase("content-disposition")) {
        head = Optional.of(disposition(line.substring(colon + 1)));
      }
    }
    return head.orElseThrow(FormParts::malformed);
  }

  /// The next piece of the part, null at its end. The caller takes the buffer.
  ///
  /// @throws S3Exception MalformedPOSTRequest if the body ends before the part does
  @Nullable
  ByteBuf content() throws IOException {
    ByteBuf held = ready;
    if (held != null) {
      ready = null;
      return held;
    }
    while (!atPartEnd) {
      ByteBuf in = fill();
      int before = matched;
      int from = in.readerIndex();
      int to = scan(in);
      int count = before + to - from - matched;
      int known = Math.min(before, count);
      atPartEnd = matched == delimiter.length;
      if (atPartEnd) {
        matched = 0;
      }
      ByteBuf rest = count > known ? in.readRetainedSlice(count - known) : null;
      in.readerIndex(to);
      if (known > 0) {
        ready = rest;
        return Unpooled.wrappedBuffer(delimiter, 0, known);
      }
      if (rest != null) {
        return rest;
      }
    }
    return null;
  }

  /// Matches on until the delimiter is whole or the piece used up.
  ///
  /// @return index behind what was looked at
  private int scan(ByteBuf in) {
    int at = in.readerIndex();
    int limit = in.writerIndex();
    while (at < limit && matched < delimiter.length) {
      if (matched == 0) {
        int found = in.indexOf(at, limit, (byte) '\r');
        if (found < 0) {
          return limit;
        }
        at = found;
      }
      byte b = in.getByte(at++);
      if (b == delimiter[matched]) {
        matched++;
      } else {
        matched = b == '\r' ? 1 : 0;
      }
    }
    return at;
  }

  /// A piece with bytes left.
  private ByteBuf fill() throws IOException {
    ByteBuf now = piece;
    while (now == null || !now.isReadable()) {
      if (now != null) {
        piece = null;
        now.release();
      }
      now = null;
      if (!started) {
        started = true;
        now = body.whole();
      }
      if (now == null) {
        now = body.next();
      }
      if (now == null) {
        throw malformed();
      }
      piece = now;
    }
    return now;
  }

  /// A line without its end; `--` at its begin ends it too.
  private String line(int maxBytes) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    boolean afterCr = false;
    while (true) {
      byte b = fill().readByte();
      if (afterCr && b == '\n') {
        return line.toString(UTF_8);
      }
      if (afterCr || line.size() >= Math.max(maxBytes, 1)) {
        throw malformed();
      }
      afterCr = b == '\r';
      if (!afterCr) {
        line.write(b);
      }
      if (maxBytes == 2 && line.size() == 2 && line.toString(UTF_8).equals("--")) {
        return "--";
      }
    }
  }

  private static Head disposition(String value) {
    Optional<String> name = Optional.empty();
    Optional<String> fileName = Optional.empty();
    int at = value.indexOf(';');
    if (at < 0 || !value.substring(0, at).strip().equalsIgnoreCase("form-data")) {
      throw malformed();
    }
    while (at >= 0 && at < value.length()) {
      int equals = value.indexOf('=', at);
      if (equals < 0) {
        break;
      }
      String parameter = value.substring(at + 1, equals).strip().toLowerCase(Locale.ROOT);
      StringBuilder text = new StringBuilder();
      at = readValue(value, equals + 1, text);
      switch (parameter) {
        case "name" -> name = Optional.of(text.toString());
        case "filename" -> fileName = fileName.or(() -> Optional.of(withoutDirectories(text.toString())));
        case "filename*" -> fileName = Optional.of(withoutDirectories(extended(text.toString())));
        default -> {
          // of no concern here
        }
      }
    }
    return new Head(name.orElseThrow(FormParts::malformed), fileName);
  }

  /// A token or a quoted string.
  ///
  /// @return index of the next semicolon, or -1
  private static int readValue(String header, int from, StringBuilder out) {
    int at = from;
    while (at < header.length() && header.charAt(at) == ' ') {
      at++;
    }
    if (at < header.length() && header.charAt(at) == '"') {
      for (at++; at < header.length() && header.charAt(at) != '"'; at++) {
        if (header.charAt(at) == '\\' && at + 1 < header.length() && header.charAt(at + 1) == '"') {
          at++; // other backslashes are meant as they stand: browsers do not escape them
        }
        out.append(header.charAt(at));
      }
      return header.indexOf(';', at);
    }
    int end = header.indexOf(';', at);
    out.append(header.substring(at, end < 0 ? header.length() : end).strip());
    return end;
  }

  /// `utf-8''` and escapes, [RFC 8187](https://www.rfc-editor.org/rfc/rfc8187).
  private static String extended(String text) {
    int quotes = text.indexOf("''");
    if (quotes < 0 || !text.substring(0, quotes).equalsIgnoreCase("utf-8")) {
      throw malformed();
    }
    return PercentEncoding.decodePath(text.substring(quotes + 2));
  }

  private static String withoutDirectories(String path) {
    return path.substring(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  }

  static S3Exception malformed() {
    return FormErrors.error("MalformedPOSTRequest",
        "The body of your POST request is not well-formed multipart/form-data.");
  }

  @Override
  public void close() {
    ByteBuf rest = piece;
    piece = null;
    if (rest != null) {
      rest.release();
    }
    ByteBuf held = ready;
    ready = null;
    if (held != null) {
      held.release();
    }
  }
}

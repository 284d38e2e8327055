package hayloft.common.form;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import hayloft.common.http.RequestBody;
import hayloft.common.memory.Claim;
import hayloft.common.memory.Claims;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The parts of a `multipart/form-data` body, one after the other, as they come. Confined to one virtual thread; holds
/// one piece of the body and one head at a time. [RFC 7578](https://www.rfc-editor.org/rfc/rfc7578),
/// [RFC 2046, 5.1](https://www.rfc-editor.org/rfc/rfc2046#section-5.1)
///
/// A part ends before `CRLF -- boundary` with nothing but blanks behind it on its line, or `--`; a line that only
/// begins like that is the part's own. What of it stands at the end of a piece is held back until the next piece
/// shows whether it goes on. CR occurs at its begin and at the end of its line only, so a mismatch is at most the first
/// byte of another one. The line end that a delimiter begins with may be that of the blank line behind a head, when
/// the part is empty; before the first boundary there may be none.
///
/// What stands before the first boundary is skipped, and what follows the last is not read.
public final class FormParts implements AutoCloseable {

  static final int MAX_HEAD_BYTES = 8 << 10;
  /// A policy's form may have hundreds of metadata fields.
  static final int MAX_PARTS = 1000;
  /// Of a head; each costs more than its bytes.
  private static final int MAX_FIELDS = 32;
  public static final int MAX_BOUNDARY_CHARACTERS = 70;
  private static final int LINE_END_BYTES = 2;
  /// Behind a boundary on its line. Nobody sends more than one or two.
  static final int MAX_BLANKS = 128;

  /// How a part ended.
  private enum End {
    NOT_YET,
    BEFORE_ANOTHER,
    OF_ALL
  }

  private final RequestBody body;
  private final Claim heads;
  /// `CRLF -- boundary`, and room for what stands behind it on its line.
  private final byte[] line;
  private final int delimiterBytes;
  private @Nullable ByteBuf piece;
  private @Nullable ByteBuf ready;
  private boolean started;
  private int headBytes;
  private int matched = LINE_END_BYTES; // of the line; what it has behind the delimiter was written there
  private int shared = LINE_END_BYTES; // of what is matched, bytes that are not the part's in any case
  private End end = End.NOT_YET;
  private int parts;

  /// @param boundary as [#boundary] gives it
  /// @param heads grows with the largest head, once; borrowed
  public FormParts(RequestBody body, String boundary, Claim heads) {
    this.body = body;
    this.heads = heads;
    byte[] delimiter = ("\r\n--" + boundary).getBytes(ISO_8859_1);
    this.delimiterBytes = delimiter.length;
    this.line = Arrays.copyOf(delimiter, delimiterBytes + MAX_BLANKS + LINE_END_BYTES);
  }

  /// Where whoever keeps contents of parts counts them.
  public Claims claims() {
    return body.claims();
  }

  /// The boundary that a Content-Type names; empty if it is no form's, or the boundary none.
  public static Optional<String> boundary(String contentType) {
    try {
      ParameterizedValue type = ParameterizedValue.parse(contentType);
      return type.value().equals("multipart/form-data")
          ? type.find("boundary").map(ParameterizedValue.Parameter::text).filter(FormParts::isBoundary)
          : Optional.empty();
    } catch (MalformedFormException _) { // an absence, too
      return Optional.empty();
    }
  }

  /// More than the RFC's letters, since clients use more.
  private static boolean isBoundary(String text) {
    return !text.isEmpty() && text.length() <= MAX_BOUNDARY_CHARACTERS && !text.endsWith(" ")
        && text.chars().allMatch(c -> c >= ' ' && c <= '~');
  }

  /// Moves to the next part, whatever is left of this one. Null after the last.
  ///
  /// @throws MalformedFormException if there is none, and this was not the last
  public @Nullable PartHead next() throws IOException {
    skipContent();
    if (end == End.OF_ALL) {
      return null;
    }
    parts++;
    if (parts > MAX_PARTS) {
      throw new MalformedFormException("it has more than " + MAX_PARTS + " parts");
    }
    if (parts == 1) {
      heads.grow(MAX_HEAD_BYTES);
    }
    List<String> lines = new ArrayList<>();
    headBytes = 0;
    for (String line = line(); !line.isEmpty(); line = line()) {
      lines.add(line);
      if (lines.size() > MAX_FIELDS) {
        throw new MalformedFormException("a part's head has more than " + MAX_FIELDS + " fields");
      }
    }
    PartHead head = PartHead.parse(lines);
    matched = LINE_END_BYTES;
    shared = LINE_END_BYTES;
    end = End.NOT_YET;
    return head;
  }

  private void skipContent() throws IOException {
    boolean isPreamble = parts == 0;
    int bytes = 0;
    for (ByteBuf rest = content(); rest != null; rest = content()) {
      bytes += isPreamble ? rest.readableBytes() : 0;
      rest.release();
      if (bytes > MAX_HEAD_BYTES) {
        throw new MalformedFormException("its first boundary does not come within " + MAX_HEAD_BYTES + " bytes");
      }
    }
  }

  /// The next piece of the part, null at its end. The caller takes the buffer.
  ///
  /// @throws MalformedFormException if the body ends before the part does
  public @Nullable ByteBuf content() throws IOException {
    ByteBuf held = ready;
    if (held != null) {
      ready = null;
      return held;
    }
    while (end == End.NOT_YET) {
      ByteBuf in = more();
      if (in == null) {
        if (!isClosed()) {
          throw new MalformedFormException("it ends before its last boundary");
        }
        end = End.OF_ALL;
        return null;
      }
      int before = matched;
      byte[] heldBytes = before > delimiterBytes ? line.clone() : line; // the delimiter itself stays as it is
      int from = in.readerIndex();
      int to = scan(in);
      int count = before + to - from - matched;
      int known = Math.min(before, count);
      int notOurs = Math.min(shared, known);
      if (count > 0) {
        shared = 0;
      }
      ByteBuf rest = count > known ? in.readRetainedSlice(count - known) : null;
      in.readerIndex(to);
      if (known > notOurs) {
        ready = rest;
        return Unpooled.wrappedBuffer(heldBytes, notOurs, known - notOurs);
      }
      if (rest != null) {
        return rest;
      }
    }
    return null;
  }

  /// Matches on until the part is at its end or the piece used up.
  ///
  /// @return index behind what was looked at
  private int scan(ByteBuf in) throws MalformedFormException {
    int at = in.readerIndex();
    int limit = in.writerIndex();
    while (at < limit && end == End.NOT_YET) {
      if (matched == 0) {
        int found = in.indexOf(at, limit, (byte) '\r');
        if (found < 0) {
          return limit;
        }
        at = found;
      }
      byte b = in.getByte(at++);
      if (matched < delimiterBytes ? b == line[matched] : goesOn(b)) {
        line[matched] = b;
        matched++;
      } else {
        matched = b == '\r' ? 1 : 0;
      }
    }
    return at;
  }

  /// Whether a byte behind the delimiter fits what is already there; it may be what ends the part.
  private boolean goesOn(byte b) throws MalformedFormException {
    int behind = matched - delimiterBytes;
    if (isClosed()) {
      if (!isBlank(b) && b != '\r' && b != '\n') {
        return false;
      }
      end = End.OF_ALL;
      return true;
    }
    byte last = behind == 0 ? (byte) ' ' : line[matched - 1];
    if (isBlank(b) && isBlank(last)) {
      if (behind == MAX_BLANKS) {
        throw new MalformedFormException("more than " + MAX_BLANKS + " blanks stand behind a boundary");
      }
      return true;
    }
    if (b == '\n' && last == '\r') {
      end = End.BEFORE_ANOTHER;
      return true;
    }
    return b == '\r' && isBlank(last) || b == '-' && (behind == 0 || behind == 1 && last == '-');
  }

  /// Whether the delimiter is that behind the last part, if its line ends here.
  private boolean isClosed() {
    return matched == delimiterBytes + 2 && line[delimiterBytes] == '-' && line[delimiterBytes + 1] == '-';
  }

  private static boolean isBlank(byte b) {
    return b == ' ' || b == '\t';
  }

  /// A piece with bytes left.
  private ByteBuf fill() throws IOException {
    ByteBuf more = more();
    if (more == null) {
      throw new MalformedFormException("it ends before its last boundary");
    }
    return more;
  }

  /// As [#fill()], null at the body's end.
  private @Nullable ByteBuf more() throws IOException {
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
        return null;
      }
      piece = now;
    }
    return now;
  }

  /// A line of a head, without its end.
  private String line() throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    for (byte b = fill().readByte(); b != '\r'; b = fill().readByte()) {
      if (b == '\n' || b == 0) {
        throw new MalformedFormException("a head has a character that none may have");
      }
      headBytes++;
      if (headBytes > MAX_HEAD_BYTES) {
        throw new MalformedFormException("a part's head has no end within " + MAX_HEAD_BYTES + " bytes");
      }
      text.write(b);
    }
    if (fill().readByte() != '\n') {
      throw new MalformedFormException("a head has a character that none may have");
    }
    return text.toString(UTF_8);
  }

  /// Lets go of what is left of the piece; the claim stays its owner's.
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

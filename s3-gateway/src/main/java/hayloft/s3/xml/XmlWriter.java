package hayloft.s3.xml;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Instant;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Writes an answer's XML. Confined to one thread.
///
/// Escapes as S3 does: the five special characters by name, control characters as numeric references even where XML 1.0
/// has no place for them (clients that cannot take those ask for `encoding-type=url`).
///
/// The bytes grow in an array and not in a direct buffer, whose every byte costs a bounds and a session check: that
/// made a page of 1,000 keys twice as expensive, far more than the one copy to the socket that the array costs.
public final class XmlWriter {

  /// The namespace of S3's documents.
  public static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

  /// What every document begins with.
  public static final String DECLARATION = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  private static final String[] ASCII_REFERENCES = asciiReferences();
  /// Of the chars below 0x80, 0 for those that stand for themselves.
  private static final byte[] NOT_PLAIN = notPlain();
  /// What the chars below 0x80 take.
  private static final byte[] ESCAPED_BYTES = asciiBytes();

  /// Where the bytes of a document are counted before they are kept.
  public interface Room {

    /// So many bytes more are about to be kept.
    void take(int bytes);

    /// The document is complete.
    ///
    /// @return what to do once its bytes are released
    Runnable handOn();
  }

  private final @Nullable Room room;
  private byte[] bytes;
  private int length;
  private long lastDay;
  private int dayAt; // where it stands; 0 if nowhere yet

  /// Begins a document that is small, whatever clients have stored.
  ///
  /// @param expectedBytes a guess; the document grows
  public XmlWriter(int expectedBytes) {
    this(expectedBytes, null);
  }

  /// Begins a document whose bytes are counted.
  ///
  /// @param expectedBytes a guess; the document grows
  public XmlWriter(int expectedBytes, @Nullable Room room) {
    this.room = room;
    int first = Math.max(64, expectedBytes);
    if (room != null) {
      room.take(first);
    }
    bytes = new byte[first];
    ascii(DECLARATION);
  }

  /// References of the chars below 0x80 that cannot stand for themselves; empty for those that can.
  private static String[] asciiReferences() {
    String[] table = new String[0x80];
    for (char c = 0; c < table.length; c++) {
      table[c] = reference(c);
    }
    return table;
  }

  private static byte[] asciiBytes() {
    byte[] table = new byte[ASCII_REFERENCES.length];
    for (int c = 0; c < table.length; c++) {
      table[c] = (byte) Math.max(1, ASCII_REFERENCES[c].length());
    }
    return table;
  }

  /// What a text takes in a document, escaped, in bytes.
  public static int escapedBytes(String value) {
    int total = 0;
    for (int at = 0; at < value.length(); at++) {
      char c = value.charAt(at);
      if (c < ESCAPED_BYTES.length) {
        total += ESCAPED_BYTES[c];
      } else {
        int referenceBytes = reference(c).length();
        total += referenceBytes > 0 ? referenceBytes : utf8Bytes(c);
      }
    }
    return total;
  }

  /// Of a char beyond ASCII; two surrogates make four.
  private static int utf8Bytes(char c) {
    return c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
  }

  private static byte[] notPlain() {
    byte[] table = new byte[ASCII_REFERENCES.length];
    for (int c = 0; c < table.length; c++) {
      table[c] = (byte) (ASCII_REFERENCES[c].isEmpty() ? 0 : 1);
    }
    table['?'] = 1;
    return table;
  }

  public void open(String name) {
    room(name.length() + 2);
    bytes[length++] = '<';
    fitting(name);
    bytes[length++] = '>';
  }

  /// Opens an S3 document: the root element in S3's namespace.
  public void openRoot(String name) {
    openWith(name, "xmlns=\"" + NAMESPACE + '"');
  }

  /// An S3 document that is nothing but a root element with text.
  public void rootText(String name, String value) {
    openRoot(name);
    escape(value);
    close(name);
  }

  /// Opens an element with attributes, which must be constants of the program.
  public void openWith(String name, String attributes) {
    ascii("<" + name + ' ' + attributes + '>');
  }

  public void close(String name) {
    room(name.length() + 3);
    bytes[length++] = '<';
    bytes[length++] = '/';
    fitting(name);
    bytes[length++] = '>';
  }

  /// An element with text, escaped.
  public void text(String name, String value) {
    open(name);
    escape(value);
    close(name);
  }

  /// Elements that are a constant of the program.
  public void constant(String elements) {
    ascii(elements);
  }

  public void number(String name, long value) {
    open(name);
    ascii(Long.toString(value));
    close(name);
  }

  public void flag(String name, boolean value) {
    open(name);
    ascii(value ? "true" : "false");
    close(name);
  }

  /// Of one day there are often many, whose date is looked up once: a calendar costs more than the rest of an entry.
  public void time(String name, Instant value) {
    open(name);
    room(Timestamps.ISO_BYTES);
    long day = Timestamps.day(value);
    if (dayAt > 0 && day == lastDay) {
      System.arraycopy(bytes, dayAt, bytes, length, Timestamps.DAY_BYTES);
      Timestamps.putTimeOfDay(value, bytes, length);
    } else {
      Timestamps.putIso(value, bytes, length);
      lastDay = day;
      dayAt = length;
    }
    length += Timestamps.ISO_BYTES;
    close(name);
  }

  /// An ETag in quotes.
  ///
  /// @param hex or anything else that needs no escaping
  public void etag(String hex) {
    ascii("<ETag>&quot;");
    ascii(hex);
    ascii("&quot;</ETag>");
  }

  /// Ends the document. The caller takes the buffer.
  public ByteBuf finish() {
    return room == null
        ? Unpooled.wrappedBuffer(bytes, 0, length)
        : new CountedBytes(bytes, length, room.handOn());
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      int larger = Math.max(bytes.length + bytes.length / 2, length + more);
      if (room != null) {
        room.take(larger - bytes.length);
      }
      bytes = Arrays.copyOf(bytes, larger);
    }
  }

  private void ascii(String text) {
    room(text.length());
    fitting(text);
  }

  @SuppressWarnings("deprecation") // the one way from a String's chars to bytes without a copy; these are ASCII
  private void fitting(String text) {
    text.getBytes(0, text.length(), bytes, length);
    length += text.length();
  }

  /// Most texts hold nothing to escape: those are found out first and copied at once. Bytes are several times cheaper
  /// to look through than a String's chars.
  private void escape(String value) {
    byte[] ascii = value.getBytes(US_ASCII);
    if (isPlain(ascii)) {
      raw(ascii);
      return;
    }
    room(value.length());
    for (int at = 0; at < value.length(); at++) {
      char c = value.charAt(at);
      if (c >= 0x80) {
        escapeBeyondAscii(value, at);
        return;
      }
      String reference = ASCII_REFERENCES[c];
      if (reference.isEmpty()) {
        room(1);
        bytes[length++] = (byte) c;
      } else {
        ascii(reference);
      }
    }
  }

  /// A question mark may be one, or stand for a char that is not ASCII: such a text is looked through char by char.
  private static boolean isPlain(byte[] ascii) {
    int found = 0;
    for (byte b : ascii) {
      found |= NOT_PLAIN[b];
    }
    return found == 0;
  }

  private void escapeBeyondAscii(String value, int from) {
    StringBuilder escaped = new StringBuilder(value.length() + 16);
    for (int at = from; at < value.length(); at++) {
      char c = value.charAt(at);
      String reference = reference(c);
      if (reference.isEmpty()) {
        escaped.append(c);
      } else {
        escaped.append(reference);
      }
    }
    raw(escaped.toString().getBytes(UTF_8));
  }

  private void raw(byte[] encoded) {
    room(encoded.length);
    System.arraycopy(encoded, 0, bytes, length, encoded.length);
    length += encoded.length;
  }

  private static String reference(char c) {
    return switch (c) {
      case '&' -> "&amp;";
      case '<' -> "&lt;";
      case '>' -> "&gt;";
      case '"' -> "&quot;";
      case '\'' -> "&apos;";
      case 0x7f, 0xfffe, 0xffff -> numeric(c);
      default -> c < ' ' || c >= 0x80 && c < 0xa0 || c == 0x2028 ? numeric(c) : "";
    };
  }

  private static String numeric(char c) {
    return "&#x" + Integer.toHexString(c) + ';';
  }
}

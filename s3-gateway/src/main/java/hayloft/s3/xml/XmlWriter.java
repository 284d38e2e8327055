package hayloft.s3.xml;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.time.Instant;

/// Writes an answer's XML straight into a buffer. Confined to one thread; owns the buffer until [#finish].
///
/// Escapes as S3 does: the five special characters by name, control characters as numeric references even where XML 1.0
/// has no place for them (clients that cannot take those ask for `encoding-type=url`).
public final class XmlWriter {

  /// The namespace of S3's documents.
  public static final String NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/";

  private static final String DECLARATION = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

  private final ByteBuf out;

  /// Begins a document.
  ///
  /// @param expectedBytes a guess; the buffer grows
  public XmlWriter(int expectedBytes) {
    out = ByteBufAllocator.DEFAULT.buffer(expectedBytes);
    ByteBufUtil.writeAscii(out, DECLARATION);
  }

  public void open(String name) {
    out.writeByte('<');
    ByteBufUtil.writeAscii(out, name);
    out.writeByte('>');
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
    out.writeByte('<');
    ByteBufUtil.writeAscii(out, name);
    out.writeByte(' ');
    ByteBufUtil.writeAscii(out, attributes);
    out.writeByte('>');
  }

  public void close(String name) {
    out.writeByte('<');
    out.writeByte('/');
    ByteBufUtil.writeAscii(out, name);
    out.writeByte('>');
  }

  /// An element with text, escaped.
  public void text(String name, String value) {
    open(name);
    escape(value);
    close(name);
  }

  public void number(String name, long value) {
    open(name);
    ByteBufUtil.writeAscii(out, Long.toString(value));
    close(name);
  }

  public void flag(String name, boolean value) {
    open(name);
    ByteBufUtil.writeAscii(out, value ? "true" : "false");
    close(name);
  }

  public void time(String name, Instant value) {
    open(name);
    ByteBufUtil.writeAscii(out, Timestamps.iso(value));
    close(name);
  }

  /// An ETag in quotes.
  public void etag(String hex) {
    ByteBufUtil.writeAscii(out, "<ETag>&quot;");
    escape(hex);
    ByteBufUtil.writeAscii(out, "&quot;</ETag>");
  }

  /// Ends the document. The caller takes the buffer.
  public ByteBuf finish() {
    return out;
  }

  private void escape(String value) {
    int written = 0;
    int length = value.length();
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      if (c >= ' ' && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'' && c < 0x7f) {
        continue;
      }
      String reference = reference(c);
      if (reference.isEmpty()) {
        continue;
      }
      ByteBufUtil.writeUtf8(out, value, written, i);
      ByteBufUtil.writeAscii(out, reference);
      written = i + 1;
    }
    ByteBufUtil.writeUtf8(out, value, written, length);
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

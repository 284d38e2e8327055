package hayloft.s3.xml;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Looks over a document before the parser does, and refuses what would cost more than any S3 document: one pass that
/// keeps a few counts. Confined to one call.
///
/// The parser's work is not linear in everything: it walks all namespaces in scope and all attributes of an element
/// for each new one, and a table of names whose hash anybody can compute. 22,000 namespaces in one element (354 KiB)
/// took it 6 s.
///
/// What is markup is told as the parser tells it ([XML 1.0 section 2](https://www.w3.org/TR/xml/#sec-documents));
/// what is not well-formed is refused where it would leave that in doubt, and otherwise left to the parser. Bytes are
/// UTF-8: there all markup is ASCII.
final class XmlBounds {

  static final int MAX_DEPTH = 16;
  static final int MAX_ELEMENTS = 100_000; // 10,000 parts of at most 8 elements each, and some air
  /// Of one element: namespaces of the document, of `xsi:type`, and air.
  static final int MAX_ATTRIBUTES = 16;
  /// Of elements, attributes and processing instructions, with their prefixes; S3's longest has 33 letters.
  static final int MAX_NAME_BYTES = 128;
  /// Different ones in a document; S3's have some 10.
  static final int MAX_NAMES = 256;
  /// Between `&` and `;`.
  private static final int MAX_REFERENCE_BYTES = 32;
  private static final int MAX_DECLARATION_BYTES = 256;

  private static final Pattern ENCODING = Pattern.compile("encoding\\s*=\\s*[\"']([^\"']*)[\"']");
  private static final byte[] DECLARATION = "<?xml".getBytes(US_ASCII);
  private static final byte[] COMMENT = "<!--".getBytes(US_ASCII);
  private static final byte[] COMMENT_END = "-->".getBytes(US_ASCII);
  private static final byte[] CDATA = "<![CDATA[".getBytes(US_ASCII);
  private static final byte[] CDATA_END = "]]>".getBytes(US_ASCII);
  private static final byte[] INSTRUCTION_END = "?>".getBytes(US_ASCII);
  /// Nobody outside knows which names look alike to [#names].
  private static final long SECRET = ThreadLocalRandom.current().nextLong() | 1;

  private final byte[] document;
  private int at;
  private int depth;
  private int elements;
  /// Fingerprints, each at the first free place from where it belongs.
  private final long[] names = new long[2 * MAX_NAMES];
  private int nameCount;

  private XmlBounds(byte[] document) {
    this.document = document;
  }

  /// @throws MalformedXmlException if the document is beyond bounds, not in UTF-8, or has a document type
  static void check(byte[] document) throws MalformedXmlException {
    new XmlBounds(document).walk();
  }

  private void walk() throws MalformedXmlException {
    skipByteOrderMark();
    requireUtf8();
    while (at < document.length) {
      switch (document[at]) {
        case '<' -> markup();
        case '&' -> reference();
        case 0 -> throw malformed("not in UTF-8");
        default -> at++;
      }
    }
  }

  private void skipByteOrderMark() {
    if (document.length >= 3 && document[0] == (byte) 0xEF && document[1] == (byte) 0xBB
        && document[2] == (byte) 0xBF) {
      at = 3;
    }
  }

  /// The parser tells other encodings by the first bytes, and by the declaration.
  private void requireUtf8() throws MalformedXmlException {
    if (at == document.length || document[at] != '<' && !isSpace(document[at])) {
      throw malformed("does not begin with markup in UTF-8");
    }
    if (startsWith(DECLARATION)) {
      int from = at;
      skipTo(INSTRUCTION_END, MAX_DECLARATION_BYTES);
      Matcher encoding = ENCODING.matcher(new String(document, from, at - from, US_ASCII));
      while (encoding.find()) {
        String name = encoding.group(1);
        if (!name.equalsIgnoreCase("UTF-8") && !name.equalsIgnoreCase("UTF8")) {
          throw malformed("not in UTF-8");
        }
      }
    }
  }

  private void markup() throws MalformedXmlException {
    switch (byteAt(at + 1)) {
      case '/' -> {
        at += 2;
        name();
        skipSpace();
        expect('>');
        depth--;
      }
      case '?' -> {
        at += 2;
        countName();
        skipTo(INSTRUCTION_END, Integer.MAX_VALUE);
      }
      case '!' -> {
        if (startsWith(COMMENT)) {
          at += COMMENT.length;
          skipTo(COMMENT_END, Integer.MAX_VALUE);
        } else if (startsWith(CDATA)) {
          at += CDATA.length;
          skipTo(CDATA_END, Integer.MAX_VALUE);
        } else {
          throw malformed("document types are refused");
        }
      }
      default -> {
        at++;
        element();
      }
    }
  }

  private void element() throws MalformedXmlException {
    if (++elements > MAX_ELEMENTS || ++depth > MAX_DEPTH) {
      throw malformed("deeper or longer than any S3 document");
    }
    countName();
    int attributes = 0;
    while (true) {
      skipSpace();
      switch (byteAt(at)) {
        case '>' -> {
          at++;
          return;
        }
        case '/' -> {
          at++;
          expect('>');
          depth--;
          return;
        }
        default -> {
          if (++attributes > MAX_ATTRIBUTES) {
            throw malformed("an element with more than " + MAX_ATTRIBUTES + " attributes");
          }
          attribute();
        }
      }
    }
  }

  private void attribute() throws MalformedXmlException {
    countName();
    skipSpace();
    expect('=');
    skipSpace();
    byte quote = byteAt(at);
    if (quote != '"' && quote != '\'') {
      throw malformed("an attribute without quotes");
    }
    at++;
    for (byte b = byteAt(at); b != quote; b = byteAt(at)) {
      switch (b) {
        case '&' -> reference();
        case '<', 0 -> throw malformed("markup within an attribute");
        default -> at++;
      }
    }
    at++;
  }

  private void reference() throws MalformedXmlException {
    int from = at;
    while (byteAt(at) != ';') {
      if (++at - from > MAX_REFERENCE_BYTES) {
        throw malformed("a reference that does not end");
      }
    }
    at++;
  }

  /// Moves behind a name and counts it if it is a new one.
  private void countName() throws MalformedXmlException {
    long fingerprint = name();
    int place = (int) (fingerprint >>> 32) & names.length - 1;
    while (names[place] != 0) {
      if (names[place] == fingerprint) {
        return;
      }
      place = place + 1 & names.length - 1;
    }
    if (++nameCount > MAX_NAMES) {
      throw malformed("more than " + MAX_NAMES + " different names");
    }
    names[place] = fingerprint;
  }

  /// Moves behind a name. Which characters it may have is the parser's business.
  private long name() throws MalformedXmlException {
    int from = at;
    long fingerprint = SECRET;
    while (!endsName(byteAt(at))) {
      fingerprint = (fingerprint ^ document[at++]) * SECRET;
      fingerprint ^= fingerprint >>> 29;
    }
    if (at == from || at - from > MAX_NAME_BYTES) {
      throw malformed("a name of " + (at - from) + " bytes");
    }
    return fingerprint == 0 ? 1 : fingerprint;
  }

  private static boolean endsName(byte b) {
    return switch (b) {
      case ' ', '\t', '\r', '\n', '/', '>', '=', '<', '?', '"', '\'', '&', 0 -> true;
      default -> false;
    };
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  private void skipSpace() throws MalformedXmlException {
    while (isSpace(byteAt(at))) {
      at++;
    }
  }

  private void expect(char wanted) throws MalformedXmlException {
    if (byteAt(at) != wanted) {
      throw malformed("no " + wanted + " where there has to be one");
    }
    at++;
  }

  private boolean startsWith(byte[] wanted) {
    if (document.length - at < wanted.length) {
      return false;
    }
    for (int i = 0; i < wanted.length; i++) {
      if (document[at + i] != wanted[i]) {
        return false;
      }
    }
    return true;
  }

  /// Moves behind the next occurrence, which is within so many bytes.
  private void skipTo(byte[] end, int within) throws MalformedXmlException {
    int from = at;
    while (!startsWith(end)) {
      byteAt(at);
      if (document[at] == 0 || ++at - from > within) {
        throw malformed("no end, or not in UTF-8");
      }
    }
    at += end.length;
  }

  private byte byteAt(int index) throws MalformedXmlException {
    if (index >= document.length) {
      throw malformed("ends too early");
    }
    return document[index];
  }

  private MalformedXmlException malformed(String why) {
    return new MalformedXmlException(why + ", at byte " + at);
  }
}

package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.AsciiString;
import org.jspecify.annotations.Nullable;

/// Reads request heads, strictly: what two parsers could understand differently is refused, because that is what
/// request smuggling lives on. [RFC 9112](https://www.rfc-editor.org/rfc/rfc9112) sections 2 to 7; where it lets a
/// server be lenient (bare LF, folded lines, blanks before a colon, repeated Content-Length, both framings at once),
/// this is not.
///
/// Confined to one event loop, and serves all of its connections: the head is copied into one array, which is several
/// times faster to walk than a direct buffer, and header names that come again and again are kept.
final class RequestHeadParser {

  /// Where the search for the end of a connection's head has got to. Confined to the connection's event loop.
  static final class Progress {
    private int scannedBytes;
    private int lineBytes = -1;
    private boolean beganAsHead;

    /// Whether what was read last begins a request by HEAD, readable or not: its answer has no body.
    boolean beganAsHead() {
      return beganAsHead;
    }

    void reset() {
      scannedBytes = 0;
      lineBytes = -1;
    }
  }

  private static final int HEAD_METHOD = 0x48454144; // "HEAD"
  private static final int MAX_FIELDS = 256;
  private static final int NAME_CACHE_SLOTS = 512;
  private static final int MAX_CACHED_NAME_BYTES = 48;
  private static final int MAX_METHOD_BYTES = 24;
  private static final int MAX_LENGTH_DIGITS = 18;

  /// RFC 9110 tokens: the lower-case form of each byte that may stand in one, 0 for the others.
  private static final byte[] TOKEN = tokens();

  private static final AsciiString HOST = AsciiString.cached("host");

  private final int maxLineBytes;
  private final int maxFieldBytes;
  private final byte[] head;
  private final @Nullable AsciiString[] names = new @Nullable AsciiString[NAME_CACHE_SLOTS];

  RequestHeadParser(int maxLineBytes, int maxFieldBytes) {
    this.maxLineBytes = maxLineBytes;
    this.maxFieldBytes = maxFieldBytes;
    this.head = new byte[maxLineBytes + maxFieldBytes + 4];
  }

  /// Takes a head off the buffer, if it is there to its end; else null, and the buffer keeps it. Borrows the buffer.
  @Nullable
  RequestHead parse(ByteBuf in, Progress progress) throws RefusedRequestException {
    progress.beganAsHead = false;
    if (progress.scannedBytes == 0) {
      skipEmptyLines(in);
    }
    progress.beganAsHead = in.readableBytes() > Integer.BYTES && in.getInt(in.readerIndex()) == HEAD_METHOD
        && in.getByte(in.readerIndex() + Integer.BYTES) == ' ';
    int available = Math.min(in.readableBytes(), head.length);
    int from = Math.max(0, progress.scannedBytes - 3);
    in.getBytes(in.readerIndex() + from, head, from, available - from);
    int end = findEnd(from, available, progress);
    int lineBytes = progress.lineBytes >= 0 ? progress.lineBytes : available;
    if (lineBytes > maxLineBytes) {
      throw new RefusedRequestException(414, "request line longer than " + maxLineBytes + " bytes");
    }
    if ((end < 0 ? available : end) - lineBytes > maxFieldBytes) {
      throw new RefusedRequestException(431, "header fields longer than " + maxFieldBytes + " bytes");
    }
    if (end < 0) {
      // a lone CR may turn out to be half of an empty line, which is skipped only at the start
      progress.scannedBytes = available == 1 && head[0] == '\r' ? 0 : available;
      return null;
    }
    if (from > 0) {
      in.getBytes(in.readerIndex(), head, 0, end);
    }
    int lineEnd = progress.lineBytes;
    progress.reset();
    in.skipBytes(end);
    return parse(lineEnd, end);
  }

  /// RFC 9112 section 2.2: empty lines before a request are ignored.
  private static void skipEmptyLines(ByteBuf in) throws RefusedRequestException {
    while (in.readableBytes() >= 2 && in.getByte(in.readerIndex()) == '\r') {
      if (in.getByte(in.readerIndex() + 1) != '\n') {
        throw new RefusedRequestException(400, "CR without LF");
      }
      in.skipBytes(2);
    }
  }

  /// Index after the empty line that ends the head, or -1.
  private int findEnd(int from, int to, Progress progress) throws RefusedRequestException {
    byte[] h = head;
    for (int i = Math.max(from, 0); i < to; i++) {
      if (h[i] != '\n') {
        continue;
      }
      if (i == 0 || h[i - 1] != '\r') {
        if (i > from || from == 0) {
          throw new RefusedRequestException(400, "LF without CR");
        }
        continue; // the byte before lies outside what was copied, and was looked at the last time
      }
      if (progress.lineBytes < 0) {
        progress.lineBytes = i + 1;
      }
      if (i >= from + 3 && h[i - 2] == '\n' && h[i - 3] == '\r') {
        return i + 1;
      }
    }
    return -1;
  }

  private RequestHead parse(int lineEnd, int end) throws RefusedRequestException {
    int methodEnd = indexOf(' ', 0, lineEnd);
    int targetEnd = methodEnd < 0 ? -1 : indexOf(' ', methodEnd + 1, lineEnd);
    if (targetEnd < 0) {
      throw new RefusedRequestException(400, "malformed request line");
    }
    HttpMethod method = method(methodEnd);
    boolean http10 = http10(targetEnd + 1, lineEnd - 2);
    String target = target(methodEnd + 1, targetEnd);

    HttpHeaders headers = DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    Framing framing = new Framing(http10);
    int at = lineEnd;
    int fields = 0;
    while (at < end - 2) {
      if (++fields > MAX_FIELDS) {
        throw new RefusedRequestException(431, "more than " + MAX_FIELDS + " header fields");
      }
      at = field(at, headers, framing);
    }
    framing.check();
    if (!target.startsWith("/")) {
      target = originForm(method, target, headers);
    }
    return new RequestHead(method, target, headers, http10, framing.keepAlive, framing.bodyBytes(),
        framing.expectsContinue && !http10);
  }

  private HttpMethod method(int to) throws RefusedRequestException {
    if (to == 0 || to > MAX_METHOD_BYTES) {
      throw new RefusedRequestException(400, "malformed method");
    }
    for (int i = 0; i < to; i++) {
      if (TOKEN[head[i] & 0xFF] == 0) {
        throw new RefusedRequestException(400, "invalid character in method");
      }
    }
    if (to == 3 && head[0] == 'G' && head[1] == 'E' && head[2] == 'T') {
      return HttpMethod.GET;
    }
    if (to == 3 && head[0] == 'P' && head[1] == 'U' && head[2] == 'T') {
      return HttpMethod.PUT;
    }
    return HttpMethod.valueOf(new String(head, 0, to, ISO_8859_1));
  }

  private boolean http10(int from, int to) throws RefusedRequestException {
    byte[] h = head;
    if (to - from != 8 || h[from] != 'H' || h[from + 1] != 'T' || h[from + 2] != 'T' || h[from + 3] != 'P'
        || h[from + 4] != '/' || h[from + 6] != '.') {
      throw new RefusedRequestException(400, "malformed HTTP version");
    }
    if (h[from + 5] != '1' || h[from + 7] != '0' && h[from + 7] != '1') {
      throw new RefusedRequestException(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    }
    return h[from + 7] == '0';
  }

  private String target(int from, int to) throws RefusedRequestException {
    for (int i = from; i < to; i++) {
      if (head[i] <= ' ' || head[i] == 0x7F) { // bytes from 0x80 on are negative
        throw new RefusedRequestException(400, "invalid character in request target");
      }
    }
    if (from == to) {
      throw new RefusedRequestException(400, "empty request target");
    }
    return new String(head, from, to - from, ISO_8859_1);
  }

  /// RFC 9112 section 3.2: the absolute form carries the host, and wins over the field.
  private static String originForm(HttpMethod method, String target, HttpHeaders headers)
      throws RefusedRequestException {
    if (target.equals("*") && method.equals(HttpMethod.OPTIONS)) {
      return target;
    }
    int scheme = target.startsWith("http://") ? 7 : target.startsWith("https://") ? 8 : -1;
    if (scheme < 0) {
      throw new RefusedRequestException(400, "request target is neither a path nor a URL");
    }
    int path = scheme;
    while (path < target.length() && target.charAt(path) != '/' && target.charAt(path) != '?') {
      path++;
    }
    headers.set(HOST, target.substring(scheme, path));
    return path < target.length() && target.charAt(path) == '/' ? target.substring(path) : "/" + target.substring(path);
  }

  /// Reads one field line and returns where the next one begins.
  private int field(int from, HttpHeaders headers, Framing framing) throws RefusedRequestException {
    byte[] h = head;
    int at = from;
    int hash = 0;
    byte lower;
    while ((lower = TOKEN[h[at] & 0xFF]) != 0) {
      h[at++] = lower;
      hash = 31 * hash + lower;
    }
    if (h[at] != ':' || at == from) {
      throw new RefusedRequestException(400,
          at == from && (h[at] == ' ' || h[at] == '\t') ? "folded header field" : "invalid header field name");
    }
    int nameBytes = at - from;
    int valueFrom = at + 1;
    while (h[valueFrom] == ' ' || h[valueFrom] == '\t') {
      valueFrom++;
    }
    int lineEnd = valueFrom;
    byte b;
    while ((b = h[lineEnd]) >= ' ' && b != 0x7F || b < 0 || b == '\t') {
      lineEnd++;
    }
    if (b != '\r' || h[lineEnd + 1] != '\n') {
      throw new RefusedRequestException(400, "invalid character in header field");
    }
    int valueTo = lineEnd;
    while (valueTo > valueFrom && (h[valueTo - 1] == ' ' || h[valueTo - 1] == '\t')) {
      valueTo--;
    }
    AsciiString name = name(from, nameBytes, hash);
    String value = new String(h, valueFrom, valueTo - valueFrom, ISO_8859_1);
    framing.see(name, value);
    headers.add(name, value);
    return lineEnd + 2;
  }

  private AsciiString name(int from, int bytes, int hash) {
    if (bytes > MAX_CACHED_NAME_BYTES) {
      return new AsciiString(head, from, bytes, true);
    }
    int slot = (hash ^ hash >>> 9) & NAME_CACHE_SLOTS - 1;
    AsciiString known = names[slot];
    if (known != null && known.length() == bytes && matches(known, from)) {
      return known;
    }
    AsciiString fresh = new AsciiString(head, from, bytes, true);
    names[slot] = fresh;
    return fresh;
  }

  private boolean matches(AsciiString known, int from) {
    byte[] array = known.array();
    int offset = known.arrayOffset();
    for (int i = 0; i < known.length(); i++) {
      if (array[offset + i] != head[from + i]) {
        return false;
      }
    }
    return true;
  }

  private int indexOf(char wanted, int from, int to) {
    for (int i = from; i < to; i++) {
      if (head[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /// Whether a field's name may have it.
  static boolean mayStandInName(byte b) {
    return TOKEN[b & 0xFF] != 0;
  }

  private static byte[] tokens() {
    byte[] lowerCase = new byte[256];
    for (char c = '0'; c <= '9'; c++) {
      lowerCase[c] = (byte) c;
    }
    for (char c = 'a'; c <= 'z'; c++) {
      lowerCase[c] = (byte) c;
      lowerCase[c - 'a' + 'A'] = (byte) c;
    }
    for (char c : "!#$%&'*+-.^_`|~".toCharArray()) {
      lowerCase[c] = (byte) c;
    }
    return lowerCase;
  }

  /// What the fields say of the body's length and of the connection.
  private static final class Framing {

    private final boolean http10;
    private boolean host;
    private boolean keepAlive;
    private boolean close;
    private boolean chunked;
    private boolean expectsContinue;
    private long contentLength = -1;

    Framing(boolean http10) {
      this.http10 = http10;
      this.keepAlive = !http10;
    }

    void see(AsciiString name, String value) throws RefusedRequestException {
      switch (name.length()) {
        case 4 -> {
          if (name.contentEquals("host")) {
            if (host) {
              throw new RefusedRequestException(400, "more than one Host");
            }
            host = true;
          }
        }
        case 6 -> {
          if (name.contentEquals("expect")) {
            // RFC 9110 section 10.1.1 lets a server refuse others with 417; S3 passes over them, and its test suites
            // send them
            expectsContinue |= hasContinue(value);
          }
        }
        case 10 -> {
          if (name.contentEquals("connection")) {
            seeConnection(value);
          }
        }
        case 14 -> {
          if (name.contentEquals("content-length")) {
            if (contentLength >= 0) {
              throw new RefusedRequestException(400, "more than one Content-Length");
            }
            contentLength = length(value);
          }
        }
        case 17 -> {
          if (name.contentEquals("transfer-encoding")) {
            if (chunked || http10) {
              throw new RefusedRequestException(400, "Transfer-Encoding twice or in HTTP/1.0");
            }
            if (!value.equalsIgnoreCase("chunked")) {
              throw new RefusedRequestException(501, "the only Transfer-Encoding understood is chunked");
            }
            chunked = true;
          }
        }
        default -> {
          // no other field says anything of the framing
        }
      }
    }

    /// The field is a list.
    private static boolean hasContinue(String value) {
      for (String expectation : value.split(",", -1)) {
        if (expectation.strip().equalsIgnoreCase("100-continue")) {
          return true;
        }
      }
      return false;
    }

    private void seeConnection(String value) {
      for (String option : value.split(",", -1)) {
        if (option.strip().equalsIgnoreCase("close")) {
          close = true;
        } else if (option.strip().equalsIgnoreCase("keep-alive")) {
          keepAlive = true;
        }
      }
    }

    void check() throws RefusedRequestException {
      if (!host && !http10) {
        throw new RefusedRequestException(400, "no Host");
      }
      if (chunked && contentLength >= 0) {
        throw new RefusedRequestException(400, "both Content-Length and Transfer-Encoding");
      }
      keepAlive &= !close;
    }

    long bodyBytes() {
      return chunked ? RequestHead.CHUNKED : Math.max(0, contentLength);
    }

    private static long length(String value) throws RefusedRequestException {
      long length = 0;
      for (int i = 0; i < value.length(); i++) {
        int digit = value.charAt(i) - '0';
        if (digit < 0 || digit > 9) {
          throw new RefusedRequestException(400, "Content-Length is not a number");
        }
        length = length * 10 + digit;
      }
      if (value.isEmpty() || value.length() > MAX_LENGTH_DIGITS) {
        throw new RefusedRequestException(400, "Content-Length is not a number of bytes");
      }
      return length;
    }
  }
}

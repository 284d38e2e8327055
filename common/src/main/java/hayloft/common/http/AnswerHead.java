package hayloft.common.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Locale;
import java.util.Map;

/// Writes the heads of answers. Confined to one event loop: a head is put together in one array, which is several times
/// faster than single writes to a direct buffer, and then copied once.
final class AnswerHead {

  /// How the end of the body shows.
  sealed interface Framing {
    record Length(long bytes) implements Framing {}

    record Chunked() implements Framing {}

    /// By the end of the connection; or there is no body and nothing to be said of it.
    record Unframed() implements Framing {}

    /// Of an answer whose body has a known length.
    static Framing of(RequestHead request, int status, HttpHeaders headers, long bytes) {
      if (status == 204 || status < 200) {
        return new Unframed();
      }
      if (isBodiless(request, status)) { // the length that a GET would have, if the handler knows it
        String given = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (given != null) {
          return new Length(Long.parseLong(given));
        }
        return status == 304 ? new Unframed() : new Length(bytes);
      }
      return new Length(bytes);
    }

    /// Of one whose length is not known before its end.
    static Framing ofUnknownLength(RequestHead request, int status) {
      return isBodiless(request, status) || request.http10() ? new Unframed() : new Chunked();
    }
  }

  private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter
      .ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  private static final byte[] VERSION = "HTTP/1.1 ".getBytes(ISO_8859_1);
  private static final byte[] CONTENT_LENGTH = "content-length: ".getBytes(ISO_8859_1);
  private static final byte[] CHUNKED = "transfer-encoding: chunked\r\n".getBytes(ISO_8859_1);
  private static final byte[] CLOSE = "connection: close\r\n".getBytes(ISO_8859_1);
  private static final byte[] KEEP_ALIVE = "connection: keep-alive\r\n".getBytes(ISO_8859_1);

  private byte[] head = new byte[4096];
  private int length;

  private long dateSecond = -1;
  private byte[] dateLine = new byte[0];

  /// Whether the answer ends with its head.
  static boolean isBodiless(RequestHead request, int status) {
    return request.method().equals(HttpMethod.HEAD) || status == 204 || status == 304 || status < 200;
  }

  /// A new buffer with the head; the caller takes it.
  ///
  /// @param close says that the connection ends after this answer
  /// @param sayKeepAlive says that it does not, which an HTTP/1.0 client has to be told
  ByteBuf write(ByteBufAllocator allocator, int status, HttpHeaders headers, Framing framing, boolean close,
      boolean sayKeepAlive) {
    length = 0;
    put(VERSION);
    putDigits(status);
    put((byte) ' ');
    put(HttpResponseStatus.valueOf(status).reasonPhrase(), false);
    endLine();
    Iterator<Map.Entry<CharSequence, CharSequence>> fields = headers.iteratorCharSequence();
    while (fields.hasNext()) {
      Map.Entry<CharSequence, CharSequence> field = fields.next();
      if (!isOurs(field.getKey())) {
        put(field.getKey(), false);
        put((byte) ':');
        put((byte) ' ');
        put(field.getValue(), true);
        endLine();
      }
    }
    switch (framing) {
      case Framing.Length(long bytes) -> {
        put(CONTENT_LENGTH);
        putDigits(bytes);
        endLine();
      }
      case Framing.Chunked _ -> put(CHUNKED);
      case Framing.Unframed _ -> {
      }
    }
    if (close) {
      put(CLOSE);
    } else if (sayKeepAlive) {
      put(KEEP_ALIVE);
    }
    putDate();
    endLine();
    return allocator.directBuffer(length).writeBytes(head, 0, length);
  }

  /// Fields that the server alone decides.
  private static boolean isOurs(CharSequence name) {
    return switch (name.length()) {
      case 4 -> AsciiString.contentEqualsIgnoreCase(name, "date");
      case 10 -> AsciiString.contentEqualsIgnoreCase(name, "connection");
      case 14 -> AsciiString.contentEqualsIgnoreCase(name, "content-length");
      case 17 -> AsciiString.contentEqualsIgnoreCase(name, "transfer-encoding");
      default -> false;
    };
  }

  /// @param isValue of a field, in which a tab may stand as well
  private void put(CharSequence text, boolean isValue) {
    int count = text.length();
    room(count);
    if (text instanceof AsciiString ascii) {
      System.arraycopy(ascii.array(), ascii.arrayOffset(), head, length, count);
    } else {
      for (int i = 0; i < count; i++) {
        char c = text.charAt(i);
        head[length + i] = c <= 0xFF ? (byte) c : (byte) '?';
      }
    }
    // What a handler echoes must not be able to end a line and begin a field of its own.
    for (int i = length; i < length + count; i++) {
      if (head[i] >= 0 && head[i] < ' ' && !(isValue && head[i] == '\t') || head[i] == 0x7F) {
        head[i] = ' ';
      }
    }
    length += count;
  }

  private void put(byte[] bytes) {
    room(bytes.length);
    System.arraycopy(bytes, 0, head, length, bytes.length);
    length += bytes.length;
  }

  private void put(byte b) {
    room(1);
    head[length++] = b;
  }

  private void putDigits(long number) {
    room(20);
    int digits = 1;
    for (long rest = number; rest >= 10; rest /= 10) {
      digits++;
    }
    long rest = number;
    for (int i = length + digits - 1; i >= length; i--) {
      head[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
  }

  private void endLine() {
    put((byte) '\r');
    put((byte) '\n');
  }

  private void putDate() {
    long millis = System.currentTimeMillis();
    if (millis / 1000 != dateSecond) {
      dateSecond = millis / 1000;
      dateLine = ("date: " + HTTP_DATE.format(Instant.ofEpochMilli(millis)) + "\r\n").getBytes(ISO_8859_1);
    }
    put(dateLine);
  }

  private void room(int bytes) {
    if (head.length - length < bytes) {
      head = Arrays.copyOf(head, Math.max(head.length * 2, length + bytes));
    }
  }
}

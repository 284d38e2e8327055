package hayloft.common.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/// What an answer says that the server gives by itself: one of its bounds is reached, or the request is none.
///
/// @param headers without those that every answer gets
/// @param document the body, in the language of whoever serves the port; empty for none
public record Refusal(HttpHeaders headers, String document) {

  /// The status of one who has too much to do.
  static final int BUSY = 503;

  /// Nothing but the status.
  public static Refusal bare() {
    return new Refusal(Replies.headers(), "");
  }

  /// For people, whatever the language of the port is.
  static Refusal text(String sentence) {
    return new Refusal(Replies.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8"), sentence);
  }

  /// A new buffer; the caller takes it.
  ByteBuf body() {
    return document.isEmpty() ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(document.getBytes(UTF_8));
  }
}

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

  /// As the ports of the roles say what is wrong: `{"error": why}`.
  ///
  /// @param status as [HttpHandler#refusal] has it
  public static Refusal json(int status) {
    return new Refusal(Replies.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json"),
        "{\"error\":\"" + why(status) + "\"}");
  }

  private static String why(int status) {
    return switch (status) {
      case 408 -> "the request came too slowly";
      case 414, 431 -> "the head of the request is too large";
      case 500 -> "a fault of the server's own; its log says more";
      case 501 -> "the only Transfer-Encoding that is understood is chunked";
      case 505 -> "only HTTP/1.0 and HTTP/1.1 are spoken here";
      case BUSY -> "too much is under way; try again";
      default -> "the request is none that HTTP knows";
    };
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

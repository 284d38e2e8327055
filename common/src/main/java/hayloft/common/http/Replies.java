package hayloft.common.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;

/// Small answers that every role gives.
public final class Replies {

  private Replies() {}

  /// Headers without Netty's checks: what an answer must not contain is replaced when it is written.
  public static HttpHeaders headers() {
    return DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
  }

  public static void empty(HttpExchange exchange, int status) {
    exchange.respond(status, headers(), Unpooled.EMPTY_BUFFER);
  }

  public static void text(HttpExchange exchange, int status, String text) {
    respond(exchange, status, "text/plain; charset=utf-8", text.getBytes(UTF_8));
  }

  /// @param json a document in UTF-8, which the answer keeps
  public static void json(HttpExchange exchange, int status, byte[] json) {
    respond(exchange, status, "application/json", json);
  }

  private static void respond(HttpExchange exchange, int status, String contentType, byte[] body) {
    exchange.respond(status, headers().set(HttpHeaderNames.CONTENT_TYPE, contentType), Unpooled.wrappedBuffer(body));
  }
}

package hayloft.common.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;

/// Complete answers in JSON, as the ports of master and volume server give them. Stateless.
public final class JsonAnswer {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  private JsonAnswer() {}

  public static void send(HttpExchange exchange, int status, JsonNode json) {
    send(exchange, status, new DefaultHttpHeaders(), json);
  }

  /// Adds `Content-Type` to the headers. A HEAD is answered without the body, but with its length.
  public static void send(HttpExchange exchange, int status, HttpHeaders headers, JsonNode json) {
    byte[] body = bytes(json);
    headers.set(HttpHeaderNames.CONTENT_TYPE, "application/json");
    ByteBuf sent = Unpooled.wrappedBuffer(body);
    if (exchange.method().equals(HttpMethod.HEAD)) {
      headers.set(HttpHeaderNames.CONTENT_LENGTH, body.length);
      sent = Unpooled.EMPTY_BUFFER;
    }
    exchange.respond(status, headers, sent);
  }

  /// `{"error": message}`.
  public static void error(HttpExchange exchange, int status, String message) {
    send(exchange, status, JsonNodeFactory.instance.objectNode().put("error", message));
  }

  /// 401 that asks for a bearer token.
  public static void unauthorized(HttpExchange exchange, String message) {
    var headers = new DefaultHttpHeaders();
    headers.set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    send(exchange, 401, headers, JsonNodeFactory.instance.objectNode().put("error", message));
  }

  private static byte[] bytes(JsonNode json) {
    try {
      return MAPPER.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a JSON tree that cannot be written", e);
    }
  }
}

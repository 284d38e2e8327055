package hayloft.common.http;

/// Answers requests. One instance serves all connections, so it is thread-safe.
@FunctionalInterface
public interface HttpHandler {

  /// Called on the event loop once the head of a request has arrived and, if the body is small (at most
  /// [HttpServerConfig#aggregateBytes()] by its Content-Length, and the client does not wait for `100-continue`), the
  /// whole body too. It answers at once, or calls [HttpExchange#fork]; it never waits. What it throws becomes a 500.
  void handle(HttpExchange exchange);
}

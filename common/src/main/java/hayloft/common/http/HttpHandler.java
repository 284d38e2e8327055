package hayloft.common.http;

/// Answers requests. One instance serves all connections, so it is thread-safe.
@FunctionalInterface
public interface HttpHandler {

  /// Called on the event loop once the head of a request has arrived and, if the body is small (at most
  /// [HttpServerConfig#aggregateBytes()] by its Content-Length, and the client does not wait for `100-continue`), the
  /// whole body too. It answers at once, or calls [HttpExchange#fork] or [HttpExchange#later]; it never waits. What it
  /// throws becomes a 500.
  void handle(HttpExchange exchange);

  /// What to tell a client that the server refuses by itself. Called on the event loop.
  ///
  /// @param status 503 beyond a bound; 500 for a fault; 400, 408, 414, 431, 501 or 505 for what is no request that HTTP
  ///     knows, or came too slowly
  /// @param target that was asked for; empty if that is not known, or if a connection is refused
  default Refusal refusal(int status, String target) {
    return Refusal.bare();
  }
}

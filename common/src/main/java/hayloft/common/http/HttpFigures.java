package hayloft.common.http;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import java.util.Locale;

/// What one port tells of itself. Thread-safe.
record HttpFigures(HttpServer server, String port) implements FigureSource {

  private static final Figure OPEN = Figure.gauge("hayloft_http_connections", "Connections that are open.", "port");
  private static final Figure MOST = Figure.gauge("hayloft_http_connections_max",
      "How many may be open at a time; further ones are answered 503 and closed.", "port");
  private static final Figure ACCEPTED = Figure.counter("hayloft_http_connections_accepted",
      "Connections that clients have made, those that were refused included.", "port");
  private static final Figure FORKS = Figure.gauge("hayloft_http_forks",
      "Requests that wait for something, each on a virtual thread.", "port");
  private static final Figure MOST_FORKS = Figure.gauge("hayloft_http_forks_max",
      "How many may at a time; further ones are answered 503.", "port");
  private static final Figure BUFFERED = Figure.gauge("hayloft_http_buffered_bytes",
      "Bytes of bodies and answers on their way between sockets and requests.", "port");
  private static final Figure MOST_BUFFERED = Figure.gauge("hayloft_http_buffered_bytes_max",
      "How many there may be; above half of it each connection keeps to one piece, above all of it requests are "
          + "answered 503.",
      "port");
  private static final Figure HEAP = Figure.gauge("hayloft_http_heap_bytes",
      "Bytes of the heap that connections and waiting requests are counted with.", "port");
  private static final Figure MOST_HEAP = Figure.gauge("hayloft_http_heap_bytes_max",
      "How many there may be; beyond that idle connections are closed, and requests are answered 503.", "port");
  private static final Figure STRANGERS = Figure.gauge("hayloft_http_strangers_ratio",
      "How much of what they may have is held by connections without credentials together, by kind: `buffers`, `heap` "
          + "and `forks`.",
      "port", "kind");
  private static final Figure REFUSED = Figure.counter("hayloft_http_refused",
      "What the port refused by itself, by reason: with 503 `connections`, `forks`, `buffered` (bytes on their way) "
          + "and `memory` (of the process) and `share` (this sender, or all strangers together, have as much as they "
          + "may); closed for others `idle`, and for a TLS handshake that took too long `slow_handshake`; with 408 "
          + "`slow_head`; with another 4xx or 5xx `malformed`.",
      "port", "reason");

  @Override
  public void tell(Figures into) {
    into.number(OPEN, server.connections(), port);
    into.number(MOST, server.maxConnections(), port);
    into.number(ACCEPTED, server.acceptedConnections(), port);
    into.number(FORKS, server.forks(), port);
    into.number(MOST_FORKS, server.config().maxForks(), port);
    into.number(BUFFERED, server.bufferedBytes().get(), port);
    into.number(MOST_BUFFERED, server.bufferedBytes().budgetBytes(), port);
    into.number(HEAP, server.ledger().heapBytes(), port);
    into.number(MOST_HEAP, server.ledger().maxHeapBytes(), port);
    Account strangers = server.ledger().strangers();
    for (Ledger.Kept kind : Ledger.Kept.values()) {
      into.number(STRANGERS, (double) strangers.held(kind) / strangers.most(kind), port,
          kind.name().toLowerCase(Locale.ROOT));
    }
    for (HttpServer.Refused reason : HttpServer.Refused.values()) {
      into.number(REFUSED, server.refused(reason), port, reason.name().toLowerCase(Locale.ROOT));
    }
  }
}

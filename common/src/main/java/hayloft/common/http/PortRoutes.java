package hayloft.common.http;

import hayloft.common.metrics.Figure;
import hayloft.common.metrics.FigureSource;
import hayloft.common.metrics.Figures;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/// Counts the requests of one role's port by what they mean. Thread-safe.
///
/// Whoever answers asks for its routes when it is built, and names one with [HttpExchange#watch] once it knows what a
/// request is. So there are as many as the program has names for, whatever clients ask for; what is none of them is
/// [#NONE].
public final class PortRoutes implements FigureSource {

  /// Of what the port knows no name for: unknown paths, and everything while it starts.
  public static final String NONE = "none";

  private static final ExchangeTally.Names NAMES = new ExchangeTally.Names(
      Figure.histogram("hayloft_http_request_seconds",
          "Requests to the ports of the roles and how long they took, from the first byte of the head to the last byte "
              + "of the answer given to the socket; requests to the S3 port are told by operation. Status is a class "
              + "(`2xx`), `gone` if the client left before an answer, `broken` if the answer did not end.",
          "port", "route", "status"),
      Figure.histogram("hayloft_http_first_byte_seconds",
          "How long such a request took to the first byte of the answer, from the last byte of the request. Requests "
              + "without an answer are left out.",
          "port", "route"),
      Figure.counter("hayloft_http_received_bytes", "Bytes of bodies that clients sent to the ports of the roles.",
          "port", "route"),
      Figure.counter("hayloft_http_sent_bytes", "Bytes of bodies that the ports of the roles sent.", "port", "route"));

  private final String port;
  private final Map<String, Route> routes = new ConcurrentSkipListMap<>();

  /// @param port its role, the value of the label
  public PortRoutes(String port) {
    this.port = port;
  }

  /// Counts what it watches. One for all requests of its name: it keeps nothing of any of them.
  private record Route(ExchangeTally tally) implements ExchangeWatcher {

    @Override
    public String reference() {
      return "-";
    }

    @Override
    public Refusal refusal(int status) {
      return Refusal.json(status);
    }

    @Override
    public void ended(ExchangeTimes times) {
      tally.count(times);
    }
  }

  /// Who counts the requests of a route.
  ///
  /// @param name one that the program knows beforehand, never a part of a request
  public ExchangeWatcher route(String name) {
    return routes.computeIfAbsent(name, _ -> new Route(new ExchangeTally(NAMES, port, name)));
  }

  @Override
  public void tell(Figures into) {
    routes.values().forEach(route -> route.tally().tell(into));
  }
}

package hayloft.common.http;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Keeps web pages of others from using a port without signatures through somebody's browser, which reaches what they
/// do not: answers 403 to what a browser says, or shows, to come from elsewhere, and hands on everything else.
/// Immutable; thread-safe.
///
/// Refused are [`Sec-Fetch-Site`](https://www.w3.org/TR/fetch-metadata/) other than `same-origin` and `none`; an
/// `Origin` or `Referer` that is not the `Host` asked for; a `Host` that is empty or none of the [KnownHosts]; and
/// bodies of the kinds that a form sends without asking first, if a browser sends them. Programs that are no browsers
/// send none of these fields but `Host`.
public final class SiteGuard implements HttpHandler {

  private static final Set<String> OWN_SITE = Set.of("same-origin", "none");
  private static final Set<String> FORM_TYPES = Set.of("", "application/x-www-form-urlencoded", "multipart/form-data",
      "text/plain");

  private final HttpHandler port;
  private final KnownHosts hosts;
  private final ExchangeWatcher refused;

  /// @param port what is guarded
  /// @param routes by which what is refused is counted
  public SiteGuard(HttpHandler port, KnownHosts hosts, PortRoutes routes) {
    this.port = port;
    this.hosts = hosts;
    this.refused = routes.route(PortRoutes.NONE);
  }

  @Override
  public void handle(HttpExchange exchange) {
    Optional<String> reason = reason(exchange.method(), exchange.headers());
    if (reason.isPresent()) {
      exchange.watch(refused);
      JsonAnswer.error(exchange, 403, reason.get());
    } else {
      port.handle(exchange);
    }
  }

  @Override
  public Refusal refusal(int status, String target) {
    return port.refusal(status, target);
  }

  /// Why not; empty if it may.
  private Optional<String> reason(HttpMethod method, HttpHeaders headers) {
    String asked = headers.get(HttpHeaderNames.HOST);
    if (asked != null && !hosts.knows(asked)) { // in HTTP/1.0, which no browser speaks, it may be missing
      return Optional.of(asked.isBlank()
          ? "the field Host names nobody"
          : "this port is not known as " + asked + "; if it is yours, name it with --known-host");
    }
    String host = asked == null ? "" : asked;
    for (String site : headers.getAll("sec-fetch-site")) {
      if (!OWN_SITE.contains(site.strip().toLowerCase(Locale.ROOT))) {
        return Optional.of("a web page of another site may not ask here (Sec-Fetch-Site: " + site + ")");
      }
    }
    if (Stream.of(HttpHeaderNames.ORIGIN, HttpHeaderNames.REFERER).flatMap(name -> headers.getAll(name).stream())
        .anyMatch(page -> isElsewhere(page, host))) {
      return Optional.of("a web page of another site may not ask here (Origin or Referer)");
    }
    if (method.equals(HttpMethod.POST) && isOfABrowser(headers) && FORM_TYPES.contains(type(headers))) {
      return Optional.of("a browser's form may not change anything here");
    }
    return Optional.empty();
  }

  private static boolean isOfABrowser(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.ORIGIN) || headers.entries().stream().map(Map.Entry::getKey)
        .anyMatch(name -> name.regionMatches(true, 0, "sec-fetch-", 0, "sec-fetch-".length()));
  }

  /// Whether the body says to be of a kind that the form of a web page sends without asking first, whoever sends it.
  public static boolean isOfAForm(HttpHeaders headers) {
    return headers.contains(HttpHeaderNames.CONTENT_TYPE) && FORM_TYPES.contains(type(headers));
  }

  private static String type(HttpHeaders headers) {
    String type = headers.get(HttpHeaderNames.CONTENT_TYPE, "");
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /// @param origin scheme, host and port, perhaps with a path; `null` stands for one that is not told
  private static boolean isElsewhere(String origin, String host) {
    if (origin.isEmpty()) {
      return false;
    }
    int from = origin.indexOf("://");
    if (from < 0) {
      return true;
    }
    int to = origin.indexOf('/', from + 3);
    return !origin.substring(from + 3, to < 0 ? origin.length() : to).equalsIgnoreCase(host);
  }
}

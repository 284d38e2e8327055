package hayloft.common.metrics;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// Where figures are sent, and how often. Immutable.
/// [OTLP/HTTP](https://opentelemetry.io/docs/specs/otlp/#otlphttp)
///
/// @param endpoint with its path
/// @param headers sent along; they hold secrets
/// @param resource attributes that tell this store from others
public record OtlpTarget(URI endpoint, Duration interval, Map<String, String> headers, Map<String, String> resource) {

  private static final String METRICS = "/v1/metrics";
  private static final String HEADERS_ARE = "headers are name=value, separated by commas, the values percent-encoded";
  private static final Pattern HEADER_NAME = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]+");
  private static final Pattern HEADER_VALUE = Pattern.compile("[ -~]*");

  public OtlpTarget {
    if (interval.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException("otlp-interval is less than a second: " + interval);
    }
    headers = Map.copyOf(headers);
    resource = Map.copyOf(resource);
  }

  /// An address as people write it; without a path it means the one that receivers have.
  ///
  /// @throws IllegalArgumentException if nothing could be sent there
  public static URI endpoint(String text) {
    try {
      URI uri = new URI(text.strip());
      boolean isHttp = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
      if (!isHttp || uri.getHost() == null || uri.getUserInfo() != null || uri.getFragment() != null) {
        throw new IllegalArgumentException("no address of a receiver");
      }
      String path = uri.getRawPath();
      return path == null || path.isEmpty() || path.equals("/") ? uri.resolve(METRICS) : uri;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("no address of a receiver", e);
    }
  }

  /// `name=value` separated by commas, values percent-encoded, as OpenTelemetry's own variable has them.
  ///
  /// @throws IllegalArgumentException if they cannot be sent; it does not repeat them
  public static Map<String, String> headers(String text) {
    Map<String, String> headers = new LinkedHashMap<>();
    for (String pair : text.split(",")) {
      int equals = pair.indexOf('=');
      if (pair.isBlank()) {
        continue;
      }
      String name = equals < 0 ? "" : pair.substring(0, equals).strip();
      String value = decoded(pair.substring(equals + 1).strip());
      if (!HEADER_NAME.matcher(name).matches() || !HEADER_VALUE.matcher(value).matches()) {
        throw new IllegalArgumentException(HEADERS_ARE);
      }
      headers.put(name, value);
    }
    return headers;
  }

  private static String decoded(String value) {
    try {
      return URLDecoder.decode(value.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException _) { // its message repeats a part of the value
      throw new IllegalArgumentException(HEADERS_ARE);
    }
  }

  @Override
  public String toString() {
    return "OtlpTarget[endpoint=" + endpoint + ", interval=" + interval + "]"; // the headers are secrets
  }
}

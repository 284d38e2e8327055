package hayloft.cli.server;

import hayloft.cli.config.Variables;
import hayloft.common.metrics.OtlpTarget;
import java.util.Map;

/// What requests to the receiver of figures carry besides their body. Stateless.
final class OtlpHeaders {

  private OtlpHeaders() {}

  /// @throws IllegalArgumentException if the variable holds none
  static Map<String, String> of(Map<String, String> environment) {
    try {
      return OtlpTarget.headers(environment.getOrDefault(Variables.OTLP_HEADERS, ""));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(Variables.OTLP_HEADERS + ": " + e.getMessage(), e);
    }
  }
}

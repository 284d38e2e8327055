package hayloft.cli.server;

import hayloft.s3.record.AccessLog;
import java.time.Duration;
import java.util.Optional;

/// How the server may be watched. Immutable.
///
/// @param metricsToken what who reads `/metrics` must have; empty for anybody
/// @param accessLog file, or `-` for standard output; empty for none
/// @param slowRequest requests that take longer are logged; empty for none
record Watching(Optional<String> metricsToken, Optional<String> accessLog, AccessLog.Format accessLogFormat,
    Optional<Duration> slowRequest) {

  @Override
  public String toString() {
    return "Watching[accessLog=" + accessLog + ", slowRequest=" + slowRequest + "]"; // the token is a secret
  }
}
